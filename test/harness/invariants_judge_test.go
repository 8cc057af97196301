// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// namespaced makes the operator's namespace "one", with further labels.
func namespaced(labels ...string) change {
	return func(w *Invariants, version int) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: "one", ResourceVersion: fmt.Sprint(version), Labels: map[string]string{v1alpha1.LabelManaged: "true"},
		}}
		for _, label := range labels {
			namespace.Labels[label] = "true"
		}
		w.observeNamespace(namespace, false)
	}
}

// limited gives the quota a limit, of which so much is enforced.
func limited(wanted, enforced string) change {
	return func(w *Invariants, version int) {
		quota := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: desired.QuotaName, ResourceVersion: fmt.Sprint(version)},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse(wanted)}},
		}
		if enforced != "" {
			quota.Status.Hard = corev1.ResourceList{corev1.ResourcePods: resource.MustParse(enforced)}
			quota.Status.Used = corev1.ResourceList{corev1.ResourcePods: resource.Quantity{}}
		}
		w.observeQuota(nil, quota, false)
	}
}

func bound(w *Invariants, version int) {
	w.observeCreation(&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: "in", ResourceVersion: fmt.Sprint(version)}})
}

// listed is that all quotas are listed again.
func listed(w *Invariants, _ int) { w.lists++ }

func TestWaysInAreJudgedByQuotas(t *testing.T) {
	for name, test := range map[string]struct {
		changes []change
		found   bool
	}{
		"a way in once the quota is enforced":                {[]change{namespaced(), limited("3", ""), limited("3", "3"), bound}, false},
		"a way in without a quota":                           {[]change{namespaced(), bound}, true},
		"a way in before the quota":                          {[]change{namespaced(), bound, limited("3", "3")}, true},
		"a way in while nothing is enforced":                 {[]change{namespaced(), limited("3", ""), bound, limited("3", "3")}, true},
		"a way in while the former limit is enforced":        {[]change{namespaced(), limited("3", "3"), limited("1", "3"), bound}, true},
		"a way in, and both are gone when quotas are listed": {[]change{namespaced(), bound, listed}, false},
		"a way in where people's directories lie":            {[]change{namespaced(v1alpha1.LabelDirectory), bound}, false},
		"a way into a namespace that is not the operator's":  {[]change{bound}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Invariants{quotas: map[client.ObjectKey][]quotaState{}, namespaces: map[string][]namespaceState{}}
			for i, change := range test.changes {
				change(w, i+1)
			}
			found := strings.Join(w.judge(), "; ")
			if test.found != strings.Contains(found, "before the quota of its namespace was enforced") {
				t.Errorf("found %q, want a violation: %t", found, test.found)
			}
		})
	}
}

func TestWatchesHaveToldWhatIs(t *testing.T) {
	for name, test := range map[string]struct {
		changes []change
		told    bool
	}{
		"all of it":                     {[]change{namespaced(), limited("3", ""), limited("3", "3")}, true},
		"not that the quota is counted": {[]change{namespaced(), limited("3", "")}, false},
		"not that there is a quota":     {[]change{namespaced()}, false},
		"not that there is a place":     {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Invariants{quotas: map[client.ObjectKey][]quotaState{}, namespaces: map[string][]namespaceState{}}
			for i, change := range test.changes {
				change(w, i+1)
			}
			quota := corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: desired.QuotaName, ResourceVersion: "3"}}
			namespace := corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "one", ResourceVersion: "1"}}
			if told := w.told([]corev1.ResourceQuota{quota}, []corev1.Namespace{namespace}); told != test.told {
				t.Errorf("told: %t, want %t", told, test.told)
			}
		})
	}
}
