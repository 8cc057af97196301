// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// listed is how many assets the inventory lists: as many as one may.
	listed = 2000
	// assetChanges is how often one of them is changed, for each side: fewer than a place has counted at once.
	assetChanges = 20
)

// changeAsset takes how long it takes until one asset changed among two thousand is counted. The floor is a bare
// client that writes the same inventory and a status of the same size.
func (b *bench) changeAsset(ctx context.Context) error {
	places, err := b.customersPlaces(ctx)
	if err != nil {
		return err
	}
	place := places[0]
	inventory := &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "bench"}}
	for n := range listed {
		inventory.Spec.Assets = append(inventory.Spec.Assets, asset(n))
	}
	if err := b.cluster.Client.Create(ctx, inventory); err != nil {
		return fmt.Errorf("creating an inventory of %d assets: %w", listed, err)
	}
	b.usage.quiet(ctx)
	var floor, operator []time.Duration
	for n := range assetChanges {
		start := time.Now()
		if err := b.writeAsset(ctx, inventory, n); err != nil {
			return err
		}
		counted := inventory.DeepCopy()
		counted.Status.ObservedGeneration = inventory.Generation
		counted.Status.Assets, counted.Status.Counted = new(int32(listed)), new(int32(n))
		if err := b.operator.Status().Patch(ctx, counted, client.MergeFrom(inventory)); err != nil {
			return err
		}
		floor = append(floor, time.Since(start))
	}
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	b.usage.quiet(ctx)
	changes, err := b.cluster.Client.Watch(ctx, &v1alpha1.AssetInventoryList{}, client.InNamespace(place))
	if err != nil {
		return err
	}
	defer changes.Stop()
	for n := range assetChanges {
		start := time.Now()
		if err := b.writeAsset(ctx, inventory, assetChanges+n); err != nil {
			return err
		}
		if err := awaitCounted(ctx, changes, inventory.Generation); err != nil {
			return err
		}
		operator = append(operator, time.Since(start))
	}
	progress("one asset changed among %d, %d times for each side", listed, assetChanges)
	b.report.assetChanged(percentile(operator, 50), percentile(floor, 50))
	return b.stopManager(ctx)
}

// asset is the nth.
func asset(n int) v1alpha1.Asset {
	return v1alpha1.Asset{Type: v1alpha1.AssetSubdomain, Value: v1alpha1.AssetValue(fmt.Sprintf("host-%d.customer.example", n))}
}

// writeAsset changes the nth asset to one that there was not.
func (b *bench) writeAsset(ctx context.Context, inventory *v1alpha1.AssetInventory, n int) error {
	before := inventory.DeepCopy()
	inventory.Spec.Assets[n] = asset(listed + n)
	return b.cluster.Client.Patch(ctx, inventory, client.MergeFrom(before))
}

// awaitCounted waits until a generation is counted.
func awaitCounted(ctx context.Context, changes watch.Interface, generation int64) error {
	patience := time.NewTimer(tallyPatience)
	defer patience.Stop()
	for {
		select {
		case change, open := <-changes.ResultChan():
			if !open {
				return fmt.Errorf("the watch of an inventory ended")
			}
			if seen, ok := change.Object.(*v1alpha1.AssetInventory); ok && seen.Status.ObservedGeneration >= generation {
				return nil
			}
		case <-patience.C:
			return fmt.Errorf("generation %d of an inventory was not counted within %s", generation, tallyPatience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
