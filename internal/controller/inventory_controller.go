// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
	"github.com/tenantry/tenantry/internal/notify/throttle"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// Who changes an inventory has all inventories of the place read again, a megabyte each: one place has it
// done so often in a while, at once or spread, and then waits.
const (
	countsPerPlace = 60
	countsPeriod   = 5 * time.Minute
	countedPlaces  = 1 << 14
)

// InventoryReconciler counts the assets that the inventories of a place list, each once. What they list is
// not in memory: it is read from the API server, and only when something changed.
type InventoryReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Live reads from the API server.
	Live client.Reader
	// Clock says what time it is.
	Clock clock.PassiveClock

	pace *throttle.Throttle
	// confirmed are the places whose inventories depend on each other, and were counted since the start
	// and since one of them went.
	confirmed names
}

// NewInventoryReconciler shares the clients of a TenantReconciler.
func NewInventoryReconciler(tenants *TenantReconciler, now clock.PassiveClock) *InventoryReconciler {
	return &InventoryReconciler{
		Client: tenants.Client,
		Live:   tenants.Live,
		Clock:  now,
		pace:   throttle.New(countsPerPlace, countsPeriod, countedPlaces),
	}
}

// Reconcile looks at all inventories in the namespace that the request names.
func (r *InventoryReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	cached, err := tenancy.Inventories(ctx, r.Client, req.Name)
	if err != nil || len(cached) == 0 {
		r.confirmed.remove(req.Name)
		return ctrl.Result{}, err
	}
	namespace := &corev1.Namespace{}
	err = r.Client.Get(ctx, client.ObjectKey{Name: req.Name}, namespace)
	switch {
	case apierrors.IsNotFound(err): // one of the caches is behind the other
		return ctrl.Result{RequeueAfter: time.Second}, nil
	case err != nil:
		return ctrl.Result{}, fmt.Errorf("reading namespace %q, which has asset inventories: %w", req.Name, err)
	case namespace.DeletionTimestamp != nil:
		return ctrl.Result{}, nil
	case !isPlace(ctx, namespace):
		return ctrl.Result{}, r.disown(ctx, cached)
	case !slices.ContainsFunc(cached, r.isDue):
		return ctrl.Result{}, nil
	}
	if wait, allowed := r.pace.Allow(req.Name, r.Clock.Now()); !allowed {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	r.confirmed.add(req.Name) // before they are read: one that goes meanwhile is looked after again
	if err := r.count(ctx, req.Name); err != nil {
		r.confirmed.remove(req.Name)
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, nil
}

// isDue says that something changed since an inventory was counted, or may have: where an older one names
// some of its assets, that one may have gone while nobody looked.
func (r *InventoryReconciler) isDue(inventory v1alpha1.AssetInventory) bool {
	said := inventory.Status
	if said.ObservedGeneration != inventory.Generation || said.Counted == nil || said.Unique == nil {
		return true
	}
	return *said.Counted < *said.Unique && !r.confirmed.has(inventory.Namespace)
}

// Gone notes that an inventory in a namespace has gone: the next look counts those again that it may have
// kept from counting.
func (r *InventoryReconciler) Gone(namespace string) { r.confirmed.remove(namespace) }

// disown says of inventories that they lie in nobody's place. Nobody bounds what lies there, and it is not
// read.
func (r *InventoryReconciler) disown(ctx context.Context, cached []v1alpha1.AssetInventory) error {
	for i := range cached {
		if err := r.report(ctx, &cached[i], standing.InventorySeen{NotAPlace: true}); err != nil {
			return err
		}
	}
	return nil
}

// recount is what is to be said of one inventory.
type recount struct {
	inventory *v1alpha1.AssetInventory
	seen      standing.InventorySeen
}

// count reads all inventories of a place and says of each what it counts.
func (r *InventoryReconciler) count(ctx context.Context, namespace string) error {
	inventories, err := tenancy.ReadInventories(ctx, r.Live, namespace)
	if err != nil {
		return err
	}
	readings := make([]assets.Reading, 0, len(inventories))
	for _, inventory := range inventories {
		readings = append(readings, inventory.Reading)
	}
	recounts := make([]recount, 0, len(inventories))
	for i, counted := range assets.Count(readings) {
		recounts = append(recounts, recount{inventories[i].Object, standing.InventorySeen{Reading: readings[i], Counted: counted}})
	}
	slices.SortStableFunc(recounts, func(a, b recount) int { return a.turn() - b.turn() })
	for _, recount := range recounts {
		if err := r.report(ctx, recount.inventory, recount.seen); err != nil {
			return err
		}
	}
	return nil
}

// turn is when a recount is written. What falls comes before what rises, so that the sum is never higher
// than before and after. Who may be killed in between must find that there is more to do: an inventory
// that changed says so until it is written, one that counts less than it has says so too, and what falls
// without either comes first.
func (r recount) turn() int {
	said := r.inventory.Status
	changed := said.ObservedGeneration != r.inventory.Generation
	falls := said.Counted != nil && r.seen.Counted < int(*said.Counted)
	switch {
	case falls && !changed:
		return 0
	case falls:
		return 1
	case changed:
		return 2
	}
	return 3
}

func (r *InventoryReconciler) report(ctx context.Context, inventory *v1alpha1.AssetInventory, seen standing.InventorySeen) error {
	after := inventory.DeepCopy()
	after.Status = standing.OfInventory(inventory, seen, metav1.NewTime(r.Clock.Now()))
	_, err := status.Patch(ctx, r.Client, inventory, after, v1alpha1.FieldManager)
	return client.IgnoreNotFound(err)
}

// isPlace says whether a namespace is a tenant's place, by the labels that only the operator writes.
func isPlace(ctx context.Context, namespace client.Object) bool {
	return len(toOwner(ctx, namespace)) > 0
}
