// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/desired"
)

func TestWhatIsMadeIsKnownByName(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		known := desired.Made(in)
		for _, intent := range desired.For(in).InNamespace() {
			switch intent.Object.(type) {
			case *corev1.Secret: // it is never unwanted
				continue
			case *rbacv1.RoleBinding: // others name them
				continue
			}
			if !slices.ContainsFunc(known, func(object client.Object) bool { return same(object, intent.Object) }) {
				t.Errorf("%s would stay for ever, once made", describe(t, intent))
			}
		}
	})
}

func same(a, b client.Object) bool {
	return fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b) && client.ObjectKeyFromObject(a) == client.ObjectKeyFromObject(b) && maps.Equal(a.GetLabels(), b.GetLabels())
}

func TestWhatIsTakenFromTheClosedGoesFirst(t *testing.T) {
	forEachScenario(t, func(t *testing.T, _ string, in desired.Inputs) {
		entry, all := desired.MadeEntry(in), desired.Made(in)
		if !slices.EqualFunc(entry, all[:len(entry)], same) {
			t.Errorf("of %v, %v is first", all, all[:len(entry)])
		}
	})
}
