// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// GrantReconciler says what becomes of each grant, and notices when its time is over. Who is let in is
// the business of the tenants that it speaks of.
type GrantReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Loader reads the place that a grant lies in.
	Loader *tenancy.Loader
	// Clock says when a time is over.
	Clock clock.PassiveClock
}

// Reconcile looks at one grant.
func (r *GrantReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	grant := &v1alpha1.TenantAccessGrant{}
	if err := r.Client.Get(ctx, req.NamespacedName, grant); err != nil || grant.DeletionTimestamp != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	seen, err := r.look(ctx, grant)
	if err != nil {
		return ctrl.Result{}, err
	}
	after := grant.DeepCopy()
	after.Status = standing.OfGrant(grant, seen, metav1.NewTime(r.Clock.Now()))
	if _, err := status.Patch(ctx, r.Client, grant, after, v1alpha1.FieldManager); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if end := access.End(after, r.Clock.Now()); end.After(r.Clock.Now()) {
		return ctrl.Result{RequeueAfter: end.Sub(r.Clock.Now())}, nil
	}
	return ctrl.Result{}, nil
}

// look loads the place of a grant and decides.
func (r *GrantReconciler) look(ctx context.Context, grant *v1alpha1.TenantAccessGrant) (standing.GrantSeen, error) {
	place, found, err := r.Loader.LoadGrant(ctx, grant)
	if err != nil || !found {
		return standing.GrantSeen{NoPlace: !found}, err
	}
	now := r.Clock.Now()
	seen := standing.GrantSeen{Standing: access.Judge(place, grant, now), Seats: place.Seats(grant)}
	if grant.Spec.Tenants == nil || !place.IsPartners() {
		return seen, nil
	}
	seen.AlreadyOwner = access.AlreadyOwner(place, grant, now)
	picked, err := r.Loader.Delegated(ctx, grant)
	seen.Tenants = &picked
	return seen, err
}
