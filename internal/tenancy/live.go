// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Live has a reader of the API server take the place of the manager's cache in a Loader: it finds by index what Load looks for.
func Live(reader client.Reader) client.Reader { return live{reader} }

type live struct{ client.Reader }

// List implements client.Reader.
func (l live) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	asked := (&client.ListOptions{}).ApplyOptions(options)
	if asked.FieldSelector == nil || asked.FieldSelector.Empty() {
		return l.Reader.List(ctx, list, asked)
	}
	value, byDefault := asked.FieldSelector.RequiresExactMatch(IndexDefaultBrand)
	profiles, ok := list.(*v1alpha1.WhiteLabelProfileList)
	if !byDefault || !ok {
		return fmt.Errorf("%T can't be found by %s without a cache", list, asked.FieldSelector)
	}
	asked.FieldSelector = nil
	if err := l.Reader.List(ctx, profiles, asked); err != nil {
		return err
	}
	profiles.Items = slices.DeleteFunc(profiles.Items, func(profile v1alpha1.WhiteLabelProfile) bool {
		return !slices.Contains(MarkedDefault(&profile), value)
	})
	return nil
}
