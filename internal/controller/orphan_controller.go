// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// OrphanReconciler purges kept places that have no record any more when their time is up: the record of
// a root goes with the plain namespace that it lies in. What it waits for is written on the place.
type OrphanReconciler struct {
	// Client reads from the caches.
	Client client.Client
	// Live reads from the API server; asked before a place is given up.
	Live client.Reader
	// Clock says when a time is up.
	Clock clock.PassiveClock
}

// Reconcile looks at one namespace.
func (r *OrphanReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	place := &corev1.Namespace{}
	if err := r.Client.Get(ctx, req.NamespacedName, place); err != nil || place.DeletionTimestamp != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	until, kept := desired.KeptUntil(place)
	if !kept {
		return ctrl.Result{}, nil
	}
	orphaned, err := tenancy.Orphaned(ctx, r.Client, place)
	if err != nil {
		return ctrl.Result{}, err
	}
	left := until.Sub(r.Clock.Now())
	switch {
	case !orphaned:
		return ctrl.Result{RequeueAfter: max(left, time.Hour)}, nil // its record's reconciler comes first
	case left > 0:
		return ctrl.Result{RequeueAfter: left}, nil
	}
	return ctrl.Result{}, r.purge(ctx, place)
}

// purge deletes a place, as it was looked at, on the API server's own word that it is nobody's.
func (r *OrphanReconciler) purge(ctx context.Context, place *corev1.Namespace) error {
	orphaned, err := tenancy.Orphaned(ctx, r.Live, place)
	if err != nil {
		return err
	}
	if !orphaned {
		return fmt.Errorf("the cache lacks to whom namespace %q belongs", place.Name)
	}
	err = r.Client.Delete(ctx, place, client.Preconditions{UID: &place.UID, ResourceVersion: &place.ResourceVersion})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("purging namespace %q: %w", place.Name, err)
	}
	ctrl.LoggerFrom(ctx).Info("Purged a place that was kept and had no record any more", "tenant", place.Labels[v1alpha1.LabelTenant], "parent", place.Labels[v1alpha1.LabelParent])
	return nil
}
