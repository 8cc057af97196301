// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// planBatch is how long changes of the Tenants on a plan are gathered: a thousand of them are few writes.
const planBatch = time.Second

// LicensePlanReconciler says what the Tenants on each plan hold together, and keeps a plan that is deleted until
// no Tenant is on it.
type LicensePlanReconciler struct {
	// Client reads from the caches, and writes status and finalizers.
	Client client.Client
	// Loader reads who is on a plan.
	Loader *tenancy.Loader
	// Clock says when a condition changed.
	Clock clock.PassiveClock
}

// Reconcile looks at one plan.
func (r *LicensePlanReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	plan := &v1alpha1.LicensePlan{}
	if err := r.Client.Get(ctx, req.NamespacedName, plan); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	seen, err := r.Loader.LoadPlan(ctx, plan)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.hold(ctx, plan, seen); err != nil {
		return ctrl.Result{}, err
	}
	after := plan.DeepCopy()
	after.Status = standing.OfPlan(plan, seen, metav1.NewTime(r.Clock.Now()))
	_, err = status.Patch(ctx, r.Client, plan, after, v1alpha1.FieldManager)
	return ctrl.Result{}, client.IgnoreNotFound(err)
}

// hold keeps a plan that is in use, by a finalizer, and lets one go that is not.
func (r *LicensePlanReconciler) hold(ctx context.Context, plan *v1alpha1.LicensePlan, seen standing.PlanSeen) error {
	change := controllerutil.AddFinalizer
	if plan.DeletionTimestamp != nil {
		if seen.Tenants > 0 {
			return nil
		}
		change = controllerutil.RemoveFinalizer
	}
	return client.IgnoreNotFound(patchFinalizer(ctx, r.Client, plan, change))
}
