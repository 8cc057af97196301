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
	steps := make([]Step, 0, len(objects))
	depths := map[*unstructured.Unstructured]int{}
	for _, object := range objects {
		steps = append(steps, Step{Object: object, In: placeOf(objects, object.GetNamespace())})
		depths[object] = depth(objects, object)
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(depths[a.Object], depths[b.Object]), cmp.Compare(rank(a.Object), rank(b.Object)),
			cmp.Compare(a.Object.GetNamespace(), b.Object.GetNamespace()), cmp.Compare(a.Object.GetName(), b.Object.GetName()))
	})
	return steps
}

// depth is how many of the objects are Tenants above one. Names that go round in a circle are nobody's places.
func depth(objects []*unstructured.Unstructured, object *unstructured.Unstructured) int {
	above := 0
	for object = placeOf(objects, object.GetNamespace()); object != nil && above < len(objects); object = placeOf(objects, object.GetNamespace()) {
		above++
	}
	return above
}

// placeOf is the Tenant among objects whose place a namespace is, by its name. Whether it is a root, none of them tells: it may have
// either name.
func placeOf(objects []*unstructured.Unstructured, namespace string) *unstructured.Unstructured {
	at := slices.IndexFunc(objects, func(object *unstructured.Unstructured) bool {
		if object.GetKind() != "Tenant" || object.GetNamespace() == namespace {
			return false
		}
		in := desired.Inputs{Tenant: &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName()}}}
		root := desired.NamespaceName(in)
		in.Parent = desired.ParentKnown
		return namespace == root || namespace == desired.NamespaceName(in)
	})
	if at < 0 {
		return nil
	}
	return objects[at]
}
