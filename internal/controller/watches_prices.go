// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// reckoning is the pause between an event and the look at a namespace's PriceLists, in which all events come
// together: a status with two thousand tenants is written once for a thousand changes of theirs.
const reckoning = 3 * time.Second

// setup watches PriceLists, and what they speak of.
func (r *PriceListReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("pricelist").
		Watches(&v1alpha1.PriceList{}, gatheredFor(reckoning, toPrices), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.LicensePlan{}, gatheredFor(reckoning, toPrices), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Tenant{}, gatheredFor(reckoning, toPrices), builder.WithPredicates(bearsOnPrices())).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// toPrices maps an object to the PriceLists beside it, by their namespace.
func toPrices(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace()}}}
}

// bearsOnPrices lets a Tenant's events through that change what a plan's tenants use. At the start the
// PriceLists ask for themselves.
func bearsOnPrices() predicate.Predicate {
	isOnPlan := func(object client.Object) bool { return object.(*v1alpha1.Tenant).Status.Plan != "" }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList && isOnPlan(e.Object) },
		UpdateFunc: func(e event.UpdateEvent) bool {
			if !isOnPlan(e.ObjectOld) && !isOnPlan(e.ObjectNew) {
				return false
			}
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.UID != after.UID || before.Status.Plan != after.Status.Plan || units(before) != units(after)
		},
		DeleteFunc:  func(e event.DeleteEvent) bool { return isOnPlan(e.Object) },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// units are all that any plan may count of a Tenant.
func units(tenant *v1alpha1.Tenant) v1alpha1.Usage {
	if tenant.Status.Usage == nil {
		return v1alpha1.Usage{}
	}
	counted := *tenant.Status.Usage
	counted.Disk = nil
	return counted
}
