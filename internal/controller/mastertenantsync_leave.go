// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// leave has all copies of a sync that is going taken away, or left to the tenants, and lets it go then.
func (r *SyncReconciler) leave(ctx context.Context, sync *v1alpha1.MasterTenantSync, tenants []*v1alpha1.Tenant) error {
	name := client.ObjectKeyFromObject(sync)
	if !controllerutil.ContainsFinalizer(sync, v1alpha1.Finalizer) {
		return nil
	}
	copies, err := r.Stores.CopiesOf(ctx, name)
	if err != nil {
		return err
	}
	held := map[string][]replication.Held{} // by the name of the tenant
	for _, one := range copies {
		tenant := one.Labels[v1alpha1.LabelTenant]
		held[tenant] = append(held[tenant], one)
	}
	anew := r.board.put(name, post{sync: sync, mode: syncLeave}, nil)
	left := false
	for _, tenant := range tenants {
		holds, err := r.holds(ctx, tenant, held)
		if err != nil {
			return err
		}
		if tenant.DeletionTimestamp == nil && (holds || hasEntry(tenant, sync.Name)) {
			left = true
			if anew {
				r.targets.poke(client.ObjectKeyFromObject(tenant))
			}
		}
	}
	if left {
		return nil
	}
	if err := r.leaveKept(ctx, sync, held); err != nil {
		return err
	}
	if err := tenancy.DropPins(ctx, r.Client, sync); err != nil {
		return err
	}
	return client.IgnoreNotFound(patchFinalizer(ctx, r.Client, sync, controllerutil.RemoveFinalizer))
}

// holds says whether copies lie in a tenant's own place, and takes them out of those that are held. The place of a former tenant of
// its name may hold some too, which are not its own to wait for.
func (r *SyncReconciler) holds(ctx context.Context, tenant *v1alpha1.Tenant, held map[string][]replication.Held) (bool, error) {
	copies := held[tenant.Name]
	if len(copies) == 0 || tenant.DeletionTimestamp != nil {
		return false, nil
	}
	place, err := r.Loader.PlaceOf(ctx, tenant)
	if err != nil || place == "" {
		return false, err
	}
	if copies[0].Namespace == place { // the places of a name follow each other: there is one at a time
		delete(held, tenant.Name)
		return true, nil
	}
	return false, nil
}

// leaveKept has the copies that lie in the places of deleted tenants be those tenants' own, where that is asked for: they may come
// back, when nobody knows any more. Other copies go when they do.
func (r *SyncReconciler) leaveKept(ctx context.Context, sync *v1alpha1.MasterTenantSync, held map[string][]replication.Held) error {
	if sync.Spec.OnLeave != v1alpha1.LeaveKeep {
		return nil
	}
	secrets, err := r.keptSecrets(ctx, sync)
	if err != nil {
		return err
	}
	for _, one := range secrets {
		tenant := one.Labels[v1alpha1.LabelTenant]
		held[tenant] = append(held[tenant], one)
	}
	for tenant, copies := range held {
		owner := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: sync.Namespace, Name: tenant}}
		for _, action := range replication.Leaving(sync.Name, v1alpha1.LeaveKeep, replication.Place{Labels: desired.OwnerLabels(owner), Held: copies}) {
			if err := r.Stores.Do(ctx, copies[0].Namespace, action); err != nil {
				return err
			}
		}
	}
	return nil
}

// keptSecrets are the copies of Secrets that lie in the places of deleted tenants, which their records tell. What the operator may not read any
// more it can't write either.
func (r *SyncReconciler) keptSecrets(ctx context.Context, sync *v1alpha1.MasterTenantSync) ([]replication.Held, error) {
	records := &v1alpha1.RetainedTenantList{}
	if err := r.Client.List(ctx, records, client.InNamespace(sync.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the retained tenants in namespace %q: %w", sync.Namespace, err)
	}
	var held []replication.Held
	for _, record := range records.Items {
		at := slices.IndexFunc(record.Spec.Syncs, func(retained v1alpha1.RetainedSync) bool { return retained.Name == sync.Name })
		if at < 0 {
			continue
		}
		for _, name := range record.Spec.Syncs[at].Secrets {
			seen, err := r.Stores.Look(ctx, replicas.SecretKey(name), record.Spec.Namespace)
			switch {
			case apierrors.IsForbidden(err):
			case err != nil:
				return nil, err
			case seen != nil && seen.IsCopy():
				held = append(held, *seen)
			}
		}
	}
	return held, nil
}
