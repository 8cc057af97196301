// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// setup watches what decides who holds what.
func (r *CapacityReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	related := capacityMapper{mapper: mapper{reader: mgr.GetClient()}, shelf: r.Loader.Shelf}
	return ctrl.NewControllerManagedBy(mgr).
		Named("capacity").
		Watches(&v1alpha1.Tenant{}, after(capacityBatch, related.tenantToNamespaces), builder.WithPredicates(asksForCapacity())).
		Watches(&v1alpha1.RetainedTenant{}, after(capacityBatch, related.goneToNamespaces), builder.WithPredicates(deleted())).
		Watches(&v1alpha1.LicensePlan{}, after(capacityBatch, toItsNamespace), builder.WithPredicates(changesTerms())).
		Watches(&corev1.ConfigMap{}, after(capacityBatch, related.booksToNamespaces), builder.WithPredicates(books())).
		Watches(&corev1.ResourceQuota{}, after(capacityBatch, related.quotaToNamespace), builder.WithPredicates(changesEnforced())).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// setup watches plans, who is on them, and the books.
func (r *LicensePlanReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	related := mapper{reader: mgr.GetClient()}
	return ctrl.NewControllerManagedBy(mgr).
		Named("licenseplan").
		For(&v1alpha1.LicensePlan{}, builder.WithPredicates(changesTerms())).
		Watches(&v1alpha1.LicensePlan{}, after(planBatch, related.planToTrials), builder.WithPredicates(changesTerms())).
		Watches(&v1alpha1.Tenant{}, after(planBatch, tenantToPlans), builder.WithPredicates(changesPlan())).
		Watches(&corev1.ConfigMap{}, after(planBatch, related.booksToPlans), builder.WithPredicates(books())).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}
