// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestAGrantIsWaitedForUntilItLetsIn(t *testing.T) {
	for name, test := range map[string]struct {
		active     metav1.ConditionStatus
		reason     string
		generation int64
		done       bool
		last       string
		code       int
	}{
		"let in":          {active: "True", reason: v1alpha1.ReasonGranted, generation: 2, done: true},
		"let in before":   {active: "True", reason: v1alpha1.ReasonGranted, generation: 1, last: "the operator has not looked at it yet"},
		"an owner anyway": {active: "False", reason: v1alpha1.ReasonAlreadyOwner, generation: 2, done: true},
		"no seat":         {active: "False", reason: v1alpha1.ReasonNoSeat, generation: 2, last: "NoSeat: why", code: exitRefused},
		"not allowed":     {active: "False", reason: v1alpha1.ReasonNotAllowed, generation: 2, last: "NotAllowed: why", code: exitRefused},
		"while suspended": {active: "False", reason: v1alpha1.ReasonSuspended, generation: 2, last: "Suspended: why"},
	} {
		t.Run(name, func(t *testing.T) {
			grant := &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
			grant.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionActive, Status: test.active, Reason: test.reason, Message: "why", ObservedGeneration: test.generation}}
			done, last, err := letIn(grant)
			if done != test.done || last != test.last || (err == nil) != (test.code == 0) || err != nil && codeOf(err) != test.code {
				t.Errorf("got %t, %q, %v", done, last, err)
			}
		})
	}
}

func TestDelegationsChooseTenants(t *testing.T) {
	for name, test := range map[string]struct {
		names    []string
		selector string
		want     any
	}{
		"by name, each once": {names: []string{"initech", "cybercorp", "initech"}, want: []any{"cybercorp", "initech"}},
		"by label":           {selector: "tier=gold", want: map[string]any{"matchLabels": map[string]any{"tier": "gold"}}},
		"by a set": {selector: "tier in (gold,lead)", want: map[string]any{
			"matchExpressions": []any{map[string]any{"key": "tier", "operator": "In", "values": []any{"gold", "lead"}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			field, err := selection(test.names, test.selector)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, field.Value); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := selection(nil, "tier in gold"); err == nil {
		t.Error("took what is no selector")
	}
}

func TestAGrantEndsWhenItSays(t *testing.T) {
	span, err := readSpan("", "2026-12-31T17:00:00Z", noon)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := newGrant("acme", "on-site", v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "tech"}, v1alpha1.RoleAdmin, span)
	if err != nil {
		t.Fatal(err)
	}
	if got := endOf(grant); got != "2026-12-31T17:00:00Z" {
		t.Errorf("by its spec it ends %q", got)
	}
	grant.Object["spec"], grant.Object["status"] = map[string]any{"duration": "8h"}, map[string]any{"expiresAt": "2026-11-23T20:00:00Z"}
	if got := endOf(grant); got != "2026-11-23T20:00:00Z" {
		t.Errorf("by its duration it ends %q", got)
	}
	delete(grant.Object, "status")
	if got := endOf(grant); got != "" {
		t.Errorf("before it began it ends %q", got)
	}
}
