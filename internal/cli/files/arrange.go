// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// Step is an object that is to be applied.
type Step struct {
	Object *unstructured.Unstructured
	// In is the Tenant among the others whose place the object lies in, by its name; nil if none of them has it.
	In *unstructured.Unstructured
}

// Arrange puts objects of kinds of ours into the order in which a cluster takes them: parents before children, Tenants before what lies
// in their places, and what is referred to before what refers to it.
func Arrange(objects []*unstructured.Unstructured) []Step {
	places := placesOf(objects)
	steps := make([]Step, 0, len(objects))
	depths := make(map[*unstructured.Unstructured]int, len(objects))
	for _, object := range objects {
		steps = append(steps, Step{Object: object, In: places[object.GetNamespace()]})
		depths[object] = depth(places, object)
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(depths[a.Object], depths[b.Object]), cmp.Compare(rank(a.Object), rank(b.Object)),
			cmp.Compare(a.Object.GetNamespace(), b.Object.GetNamespace()), cmp.Compare(a.Object.GetName(), b.Object.GetName()))
	})
	return steps
}

// depth is how many of the Tenants, by their places, are above an object. Names that go round in a circle are nobody's places.
func depth(places map[string]*unstructured.Unstructured, object *unstructured.Unstructured) int {
	above := 0
	for object = places[object.GetNamespace()]; object != nil && above < len(places); object = places[object.GetNamespace()] {
		above++
	}
	return above
}

// placesOf are the first Tenants among objects whose places namespaces are, by their names. Whether one is a root, none of them tells: its place
// may have either name.
func placesOf(objects []*unstructured.Unstructured) map[string]*unstructured.Unstructured {
	places := map[string]*unstructured.Unstructured{}
	for _, object := range objects {
		if object.GetKind() != "Tenant" {
			continue
		}
		tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}
		for _, parent := range []desired.Parent{desired.ParentNone, desired.ParentKnown} {
			place := desired.NamespaceName(desired.Inputs{Tenant: tenant, Parent: parent})
			if places[place] == nil && place != object.GetNamespace() {
				places[place] = object
			}
		}
	}
	return places
}
