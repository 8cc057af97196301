// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
	"github.com/tenantry/tenantry/internal/desired"
)

// assets are as many as the inventories in the tenant's place count.
func (l *Loader) assets(ctx context.Context, in *desired.Inputs) error {
	if in.PlaceUID == "" {
		return nil
	}
	inventories, err := Inventories(ctx, l.Reader, desired.NamespaceName(*in))
	for i := range inventories {
		if counted := inventories[i].Status.Counted; counted != nil {
			in.Assets += int64(*counted)
		}
	}
	return err
}

// Inventories in a namespace, as the cache has them, without their assets: they must not be changed.
func Inventories(ctx context.Context, cached client.Reader, namespace string) ([]v1alpha1.AssetInventory, error) {
	list := &v1alpha1.AssetInventoryList{}
	if err := cached.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the asset inventories in namespace %q: %w", namespace, err)
	}
	return list.Items, nil
}

// inventoriesAtOnce is how many inventories are in memory at the same time with all that they list: each
// may have a megabyte.
const inventoriesAtOnce = 4

// Inventory is an inventory that was read.
type Inventory struct {
	// Object is the inventory without its assets.
	Object *v1alpha1.AssetInventory
	// Reading is what it lists.
	Reading assets.Reading
}

// ReadInventories reads all inventories in a namespace from the API server, and returns the oldest first.
func ReadInventories(ctx context.Context, live client.Reader, namespace string) ([]Inventory, error) {
	var inventories []Inventory
	err := eachInventory(ctx, live, namespace, func(inventory *v1alpha1.AssetInventory) {
		object := inventory.DeepCopy()
		object.Spec.Assets, object.ManagedFields = nil, nil
		inventories = append(inventories, Inventory{Object: object, Reading: assets.Read(inventory.Spec.Assets)})
	})
	slices.SortFunc(inventories, func(a, b Inventory) int { return assets.Older(a.Object, b.Object) })
	return inventories, err
}

// eachInventory reads the inventories in a namespace from the API server, a few at a time.
func eachInventory(ctx context.Context, live client.Reader, namespace string, visit func(*v1alpha1.AssetInventory)) error {
	for from := ""; ; {
		list := &v1alpha1.AssetInventoryList{}
		err := live.List(ctx, list, client.InNamespace(namespace), client.Limit(inventoriesAtOnce), client.Continue(from))
		if err != nil {
			return fmt.Errorf("reading the asset inventories in namespace %q: %w", namespace, err)
		}
		for i := range list.Items {
			visit(&list.Items[i])
		}
		if from = list.Continue; from == "" {
			return nil
		}
	}
}
