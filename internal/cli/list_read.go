// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// read the tenants that are asked for, page by page: one list for each status and plan, since a field
// selector has no "or".
func (o *ListOptions) read(ctx context.Context) ([]*unstructured.Unstructured, error) {
	objects, err := o.cluster.objects(tenants)
	if err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	seen := map[types.UID]bool{} // one may change its status between two lists
	selectors := fieldSelectors(o.Status, o.Plans)
	if len(selectors) == 1 && o.firstPage() {
		page, err := objects.Namespace(o.Namespace).List(ctx, metav1.ListOptions{LabelSelector: o.Selector, FieldSelector: selectors[0], Limit: int64(o.Limit)})
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			found = append(found, o.slimmed(&page.Items[i]))
		}
		return found, nil
	}
	for _, selector := range selectors {
		options := metav1.ListOptions{LabelSelector: o.Selector, FieldSelector: selector}
		err := paged(ctx, o.ChunkSize, options, objects.Namespace(o.Namespace).List, func(one *unstructured.Unstructured) {
			if !seen[one.GetUID()] {
				seen[one.GetUID()] = true
				found = append(found, o.slimmed(one))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// orSiblings reads the namespace that is listed or, in a customer's place, the one that its siblings lie in.
func (o *ListOptions) orSiblings(ctx context.Context, read func(context.Context) ([]*unstructured.Unstructured, error)) ([]*unstructured.Unstructured, error) {
	found, err := read(ctx)
	if len(found) == 0 && !o.All && (err == nil || apierrors.IsForbidden(err)) {
		if parent := o.cluster.parent(ctx, o.Namespace, err != nil); parent != "" && parent != o.Namespace {
			o.Namespace = parent
			return read(ctx)
		}
	}
	return found, err
}

// slimmed is a tenant without what people are not shown: of thousands, who wrote which field is half of the memory.
func (o *ListOptions) slimmed(object *unstructured.Unstructured) *unstructured.Unstructured {
	if o.output.forPeople() {
		object.SetManagedFields(nil)
	}
	return object
}

// firstPage says whether the first page of a list holds all that is to be printed: the API server has the tenants of one namespace by name.
func (o *ListOptions) firstPage() bool {
	fits := o.Limit > 0 && (o.ChunkSize == 0 || int64(o.Limit) <= o.ChunkSize)
	return fits && o.Namespace != "" && !o.Reverse && o.InactiveFor == 0 && len(o.filters) == 0 && (o.SortBy == "" || o.SortBy == "name")
}

// fieldSelectors are those that together pick the tenants of any of these statuses that are on any of these plans.
func fieldSelectors(statuses, plans []string) []string {
	var selectors []string
	for _, status := range orAny(statuses) {
		for _, plan := range orAny(plans) {
			var terms []fields.Selector
			if plan != "" {
				terms = append(terms, fields.OneTermEqualSelector("spec.planRef.name", plan))
			}
			if status != "" {
				terms = append(terms, fields.OneTermEqualSelector("status.phase", status))
			}
			selectors = append(selectors, fields.AndSelectors(terms...).String())
		}
	}
	return selectors
}

// orAny is one empty value, for any, where there are none.
func orAny(values []string) []string {
	if len(values) == 0 {
		return []string{""}
	}
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// total is how many tenants there are in all where these were listed, as the API server counts them.
func (o *ListOptions) total(ctx context.Context) (int64, error) {
	objects, err := o.cluster.objects(tenants)
	if err != nil {
		return 0, err
	}
	one, err := objects.Namespace(o.Namespace).List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return 0, err
	}
	return int64(len(one.Items)) + ptr.Deref(one.GetRemainingItemCount(), 0), nil
}
