// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestAPlaceSaysWhoseItIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		labels map[string]string
		want   bool
	}{
		"the tenant's":    {map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "cybercorp", v1alpha1.LabelParent: "acme"}, true},
		"a namesake's":    {map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "cybercorp", v1alpha1.LabelParent: "globex"}, false},
		"another's":       {map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "initech", v1alpha1.LabelParent: "acme"}, false},
		"none of ours":    {map[string]string{v1alpha1.LabelTenant: "cybercorp", v1alpha1.LabelParent: "acme"}, false},
		"no place at all": {nil, false},
	} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Labels: test.labels}}
		if isPlaceOf(namespace, types.NamespacedName{Namespace: "acme", Name: "cybercorp"}) != test.want {
			t.Errorf("%s: %v", name, !test.want)
		}
	}
}
