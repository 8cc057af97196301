// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
)

// RetainedTenantReconciler keeps the places of deleted tenants closed, gives them back when asked, and
// purges them when their time is up.
type RetainedTenantReconciler struct {
	// Tenants works on places.
	Tenants *TenantReconciler
	// Clock says when a time is up.
	Clock clock.PassiveClock
}

// Reconcile looks at one RetainedTenant.
func (r *RetainedTenantReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	record := &v1alpha1.RetainedTenant{}
	if err := r.Tenants.Client.Get(ctx, req.NamespacedName, record); err != nil || record.DeletionTimestamp != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	in, err := r.Tenants.Loader.Load(ctx, desired.Former(record))
	if err != nil {
		return ctrl.Result{}, err
	}
	seen, err := r.apply(ctx, in, record)
	if seen.Gone || seen.Deleting {
		return ctrl.Result{}, err
	}
	return r.report(ctx, in, record, seen, err)
}

// apply does what is due: nothing, until the deleted Tenant itself is gone.
func (r *RetainedTenantReconciler) apply(ctx context.Context, in desired.Inputs, record *v1alpha1.RetainedTenant) (standing.Kept, error) {
	present := &v1alpha1.Tenant{}
	err := r.Tenants.Client.Get(ctx, client.ObjectKeyFromObject(record), present)
	if client.IgnoreNotFound(err) != nil {
		return standing.Kept{}, fmt.Errorf("reading tenant %q: %w", record.Name, err)
	}
	if err == nil && string(present.UID) == record.Spec.UID {
		return standing.Kept{Deleting: true}, nil
	}
	due := desired.DueOf(record, r.Clock.Now())
	switch {
	case in.Kept != nil:
		return standing.Kept{Gone: true}, r.forget(ctx, record)
	case in.PlaceUID == "" || in.PlaceGoing:
		return r.purge(ctx, in, record)
	case err == nil && present.Spec.RestoreFrom != nil && present.Spec.RestoreFrom.UID == record.Spec.UID:
		return standing.Kept{Restoring: true}, nil
	case due == desired.DueRestore && err == nil:
		return r.close(ctx, in, standing.Kept{Hindered: present})
	case due == desired.DueRestore:
		return standing.Kept{Restoring: true}, r.restore(ctx, record)
	case due == desired.DuePurge:
		return r.purge(ctx, in, record)
	}
	return r.close(ctx, in, standing.Kept{})
}

// close keeps the place as it is for nobody: closed, and in order.
func (r *RetainedTenantReconciler) close(ctx context.Context, in desired.Inputs, kept standing.Kept) (standing.Kept, error) {
	seen, err := r.Tenants.establish(ctx, in)
	kept.Waiting = seen.Waiting
	return kept, err
}

// restore makes the Tenant again; its own reconciler takes the place back.
func (r *RetainedTenantReconciler) restore(ctx context.Context, record *v1alpha1.RetainedTenant) error {
	err := r.Tenants.Client.Create(ctx, desired.Restored(record), client.FieldOwner(v1alpha1.FieldManager))
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("making tenant %q again: %w", record.Name, err)
	}
	return nil
}

// purge deletes the place for good, once no child is in it any more.
func (r *RetainedTenantReconciler) purge(ctx context.Context, in desired.Inputs, record *v1alpha1.RetainedTenant) (standing.Kept, error) {
	gone, seen, err := r.Tenants.purge(ctx, in)
	if err != nil || !gone {
		return standing.Kept{Purging: true, Remaining: seen.Remaining}, err
	}
	return standing.Kept{Gone: true}, r.forget(ctx, record)
}

// forget removes a record whose place is gone, or somebody's again.
func (r *RetainedTenantReconciler) forget(ctx context.Context, record *v1alpha1.RetainedTenant) error {
	err := r.Tenants.Client.Delete(ctx, record.DeepCopy(), client.Preconditions{UID: &record.UID})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("removing retained tenant %q: %w", record.Name, err)
	}
	return nil
}

// report writes the record's status and says when the clock makes something due.
func (r *RetainedTenantReconciler) report(ctx context.Context, in desired.Inputs, record *v1alpha1.RetainedTenant, seen standing.Kept, applied error) (ctrl.Result, error) {
	if applied != nil {
		if seen.Problem = standing.Explain(applied); seen.Problem == nil {
			return ctrl.Result{}, applied
		}
	}
	now := r.Clock.Now()
	after := record.DeepCopy()
	after.Status = standing.OfRecord(in, record, seen, metav1.NewTime(now))
	if _, err := status.Patch(ctx, r.Tenants.Client, record, after, v1alpha1.FieldManager); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if applied != nil {
		return ctrl.Result{}, applied
	}
	// A purge goes on when the namespace or the last child has gone: the watches tell.
	if left := record.Spec.Until.Sub(now); left > 0 && !seen.Purging {
		return ctrl.Result{RequeueAfter: left}, nil
	}
	return ctrl.Result{}, nil
}
