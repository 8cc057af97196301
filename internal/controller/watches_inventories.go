// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// summing is the pause between a new count and the look at its Tenant, in which the counts of all
// inventories that a change moves assets between come together.
const summing = 100 * time.Millisecond

// setup watches inventories, and namespaces that become places.
func (r *InventoryReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("assetinventory").
		Watches(&v1alpha1.AssetInventory{}, handler.EnqueueRequestsFromMapFunc(toNamespace), builder.WithPredicates(r.listsAnew())).
		Watches(&corev1.Namespace{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(becomesPlace())).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// listsAnew lets events of inventories through after which other assets may be listed in their namespace:
// our own status writes are no news. It notes when one goes.
func (r *InventoryReconciler) listsAnew() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			replaced := e.ObjectOld.GetUID() != e.ObjectNew.GetUID()
			if replaced {
				r.Gone(e.ObjectNew.GetNamespace())
			}
			return replaced || e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration()
		},
		DeleteFunc: func(e event.DeleteEvent) bool {
			r.Gone(e.Object.GetNamespace())
			return true
		},
	}
}

// becomesPlace lets events of namespaces through that have become a tenant's place, or are one no more.
func becomesPlace() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return isPlace(context.Background(), e.ObjectOld) != isPlace(context.Background(), e.ObjectNew)
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// countsAnew lets events of inventories through that change how many assets their tenant has.
func countsAnew() predicate.Predicate {
	counted := func(object client.Object) *int32 { return object.(*v1alpha1.AssetInventory).Status.Counted }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList && counted(e.Object) != nil }, // all tenants are looked at then
		UpdateFunc: func(e event.UpdateEvent) bool {
			return !equality.Semantic.DeepEqual(counted(e.ObjectOld), counted(e.ObjectNew))
		},
		DeleteFunc: func(e event.DeleteEvent) bool { return counted(e.Object) != nil },
	}
}

// toNamespace maps an object to the namespace that it lies in.
func toNamespace(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: object.GetNamespace()}}}
}
