// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/internal/desired"
)

func TestOnlyCountsThatAreReadHaveATenantLookedAt(t *testing.T) {
	used := func(name corev1.ResourceName, amount string) func(*corev1.ResourceQuota) {
		return func(quota *corev1.ResourceQuota) { quota.Status.Used[name] = resource.MustParse(amount) }
	}
	for name, test := range map[string]struct {
		change func(*corev1.ResourceQuota)
		looked bool
	}{
		"one ConfigMap more":             {used(corev1.ResourceConfigMaps, "2"), false},
		"more ConfigMaps than it allows": {used(corev1.ResourceConfigMaps, "9"), true},
		"one seat more":                  {used(desired.ResourceAgents, "2"), true},
		"one pod more":                   {used(corev1.ResourcePods, "2"), true},
		"more disk":                      {used(corev1.ResourceRequestsStorage, "2Gi"), true},
		"something counted at last":      {used(corev1.ResourceServices, "0"), true},
		"another limit":                  {func(quota *corev1.ResourceQuota) { quota.Spec.Hard[corev1.ResourcePods] = resource.MustParse("7") }, true},
		"a limit that is enforced":       {func(quota *corev1.ResourceQuota) { quota.Status.Hard = quota.Spec.Hard }, true},
		"another label":                  {func(quota *corev1.ResourceQuota) { quota.Labels = map[string]string{"a": "b"} }, true},
		"nothing, on a resync":           {func(quota *corev1.ResourceQuota) { quota.ResourceVersion = "1" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			before, after := countedQuota("1"), countedQuota("2")
			test.change(after)
			if got := counts().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}); got != test.looked {
				t.Errorf("looked at: %t, want %t", got, test.looked)
			}
		})
	}
	if !counts().Update(event.UpdateEvent{ObjectOld: &corev1.Service{}, ObjectNew: &corev1.Service{}}) {
		t.Error("an event of another kind is held back")
	}
}

func countedQuota(version string) *corev1.ResourceQuota {
	quota := &corev1.ResourceQuota{}
	quota.ResourceVersion = version
	quota.Spec.Hard, quota.Status.Used = corev1.ResourceList{}, corev1.ResourceList{}
	for _, name := range []corev1.ResourceName{corev1.ResourceConfigMaps, desired.ResourceAgents, corev1.ResourcePods, corev1.ResourceRequestsStorage} {
		quota.Spec.Hard[name], quota.Status.Used[name] = resource.MustParse("5"), resource.MustParse("1")
	}
	return quota
}
