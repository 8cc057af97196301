// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// A manager that leads no more may make what its successor has decided against.
func TestAWayInThatIsMadeIsLookedAt(t *testing.T) {
	for name, test := range map[string]struct {
		object client.Object
		looked bool
	}{
		"a binding":   {&rbacv1.RoleBinding{}, true},
		"a route":     {&networkingv1.Ingress{}, true},
		"a ConfigMap": {&corev1.ConfigMap{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := drifted().Create(event.CreateEvent{Object: test.object}); got != test.looked {
				t.Errorf("looked at once it is made: %t, want %t", got, test.looked)
			}
			if drifted().Create(event.CreateEvent{Object: test.object, IsInInitialList: true}) {
				t.Error("looked at once more at the start, when all tenants are")
			}
		})
	}
}
