// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestATenantIsRestoredOnceItHasItsPlace(t *testing.T) {
	record := func(uid types.UID, observed int64, conditions ...metav1.Condition) *v1alpha1.RetainedTenant {
		return &v1alpha1.RetainedTenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "cybercorp", UID: uid, Generation: 2},
			Spec:       v1alpha1.RetainedTenantSpec{UID: "deleted", Namespace: "acme-cybercorp"},
			Status:     v1alpha1.RetainedTenantStatus{ObservedGeneration: observed, Conditions: conditions},
		}
	}
	tenant := func(from, place string) *v1alpha1.Tenant {
		tenant := &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: place}}
		if from != "" {
			tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: from}
		}
		return tenant
	}
	ready := metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonRetained, Message: `a Tenant "cybercorp" exists`}
	stalled := metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue}
	for name, test := range map[string]struct {
		record *v1alpha1.RetainedTenant
		tenant *v1alpha1.Tenant
		done   bool
		last   string
		err    string
		code   int
	}{
		"not looked at":                {record: record("kept", 1), last: "the operator has not looked at it yet"},
		"made again":                   {record: record("kept", 2), tenant: tenant("deleted", ""), done: true},
		"made again, and record gone":  {tenant: tenant("deleted", "acme-cybercorp"), done: true},
		"its creator's, with its data": {tenant: tenant("", "acme-cybercorp"), done: true},
		"somebody else's, who waits":   {record: record("kept", 1), tenant: tenant("", ""), last: "the operator has not looked at it yet"},
		"somebody else's, in the way": {
			record: record("kept", 2, ready, stalled), tenant: tenant("", ""),
			last: `Retained: a Tenant "cybercorp" exists`, err: `tenant acme/cybercorp: Retained: a Tenant "cybercorp" exists`, code: exitFailure,
		},
		"somebody else's, from another": {record: record("kept", 2), tenant: tenant("other", ""), last: "the operator has not made it again yet"},
		"somebody else's, elsewhere":    {tenant: tenant("", "acme-cybercorp-2"), last: "the tenant of that name has not that place"},
		"deleted again meanwhile":       {record: record("later", 2), err: "what was kept of tenant acme/cybercorp is gone, and no tenant has it", code: exitNotFound},
		"purged meanwhile":              {err: "what was kept of tenant acme/cybercorp is gone, and no tenant has it", code: exitNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			done, last, err := restored(record("kept", 0), test.record, test.tenant)
			if done != test.done || last != test.last || (err == nil) != (test.err == "") {
				t.Fatalf("%v, %q, %v", done, last, err)
			}
			if err != nil && (err.Error() != test.err || codeOf(err) != test.code) {
				t.Errorf("%v with code %d", err, codeOf(err))
			}
		})
	}
}
