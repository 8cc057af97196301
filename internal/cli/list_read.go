// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/pager"
	"k8s.io/utils/ptr"
)

// read the tenants that are asked for, page by page: one list for each status and plan, since a field
// selector has no "or".
func (o *ListOptions) read(ctx context.Context) ([]*unstructured.Unstructured, error) {
	objects, err := o.cluster.objects(tenants)
	if err != nil {
		return nil, err
	}
	list := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return objects.Namespace(o.Namespace).List(ctx, options)
	})
	list.PageSize = o.ChunkSize
	var found []*unstructured.Unstructured
	seen := map[types.UID]bool{} // one may change its status between two lists
	for _, selector := range fieldSelectors(o.Status, o.Plans) {
		options := metav1.ListOptions{LabelSelector: o.Selector, FieldSelector: selector}
		err := list.EachListItem(ctx, options, func(object runtime.Object) error {
			if one := object.(*unstructured.Unstructured); !seen[one.GetUID()] {
				seen[one.GetUID()] = true
				found = append(found, one)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
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
