// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// change that a watch reports.
type change func(w *Invariants, version int)

func claimed(place string) change {
	return func(w *Invariants, version int) { w.observeClaim(claimOf(place, version), false, false) }
}

func unclaimed(w *Invariants, version int) { w.observeClaim(claimOf("", version), false, true) }

func relisted(w *Invariants, _ int) { w.claimLists++ }

func routed(by, place string) change {
	return func(w *Invariants, version int) { w.observeRouting(routeOf(by, place, version), false, false) }
}

func unrouted(place string) change {
	return func(w *Invariants, version int) {
		w.observeRouting(routeOf(v1alpha1.FieldManager, place, version), false, true)
	}
}

func claimOf(place string, version int) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: desired.ClaimNamespace, Name: "a.example", ResourceVersion: fmt.Sprint(version)},
		Data:       map[string]string{desired.ClaimPlace: place},
	}
}

func routeOf(by, place string, version int) *networkingv1.Ingress {
	written := metav1.NewFieldsV1(`{"f:spec":{"f:rules":{}}}`)
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: place, Name: "portal", ResourceVersion: fmt.Sprint(version),
			ManagedFields: []metav1.ManagedFieldsEntry{{Manager: by, FieldsV1: written}},
		},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{Host: "a.example"}}},
	}
}

func TestRoutesAreJudgedByClaims(t *testing.T) {
	const operator = v1alpha1.FieldManager
	for name, test := range map[string]struct {
		changes []change
		// says is part of the violation; empty for none.
		says string
	}{
		"a route after its claim is right":            {[]change{claimed("one"), routed(operator, "one")}, ""},
		"a route without a claim":                     {[]change{routed(operator, "one")}, `while it was claimed for ""`},
		"a route before its claim":                    {[]change{routed(operator, "one"), claimed("one")}, `while it was claimed for ""`},
		"a route after its claim went":                {[]change{claimed("one"), unclaimed, routed(operator, "one")}, `while it was claimed for ""`},
		"a route to another's host":                   {[]change{claimed("two"), routed(operator, "one")}, `while it was claimed for "two"`},
		"a route that stays when the host passes on":  {[]change{claimed("one"), routed(operator, "one"), unclaimed, claimed("two")}, `was claimed for "two" while`},
		"a route that goes before the host passes on": {[]change{claimed("one"), routed(operator, "one"), unrouted("one"), unclaimed, claimed("two"), routed(operator, "two")}, ""},
		"a claim that somebody deletes for a while":   {[]change{claimed("one"), routed(operator, "one"), unclaimed, claimed("one")}, ""},
		"a route that somebody else wrote":            {[]change{routed("kubectl-edit", "one")}, ""},
		"a route while changes were missed":           {[]change{routed(operator, "one"), relisted, claimed("one")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Invariants{claims: map[string][]claimState{}}
			for i, change := range test.changes {
				change(w, i+1)
			}
			found := strings.Join(w.judgeRoutings(), "; ")
			if test.says == "" && found != "" || !strings.Contains(found, test.says) {
				t.Errorf("found %q, want %q", found, test.says)
			}
		})
	}
}
