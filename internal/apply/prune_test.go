// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestWhatIsWantedNoMoreGoesUnlessItGoesOrIsAnothersAlready(t *testing.T) {
	t.Parallel()
	settings := func(name string, change ...func(*corev1.ConfigMap)) client.Object {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
		for _, change := range change {
			change(object)
		}
		return object
	}
	going := func(object *corev1.ConfigMap) { object.DeletionTimestamp = &metav1.Time{} }
	others := func(object *corev1.ConfigMap) {
		object.OwnerReferences = []metav1.OwnerReference{{Name: "portal", Controller: new(true)}}
	}
	owned := func(object *corev1.ConfigMap) { object.OwnerReferences = []metav1.OwnerReference{{Name: "portal"}} }
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "wanted"}}
	found := []client.Object{settings("wanted"), settings("old"), settings("going", going), settings("theirs", others), settings("owned", owned), secret}
	unwanted := Pruning{Scheme: scheme.Scheme}.UnwantedOf([]Intent{{Object: settings("wanted")}}, found...)
	var names []string
	for _, object := range unwanted {
		names = append(names, KindOf(scheme.Scheme, object)+" "+object.GetName())
	}
	if len(names) != 3 || names[0] != "ConfigMap old" || names[1] != "ConfigMap owned" || names[2] != "Secret wanted" {
		t.Error(names)
	}
	if len(found) != 6 || found[0].GetName() != "wanted" {
		t.Errorf("what was found was changed: %v", found)
	}
}
