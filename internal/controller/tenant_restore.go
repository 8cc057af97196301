// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// takeBack makes a place that was kept the tenant's own, with everything in it. Each step may be the
// last before a crash: the namespace, which says whose it is, comes when all else is done, and a
// record that no namespace answers to any more is removed by its own reconciler.
func (r *TenantReconciler) takeBack(ctx context.Context, in *desired.Inputs) error {
	kept := in.Kept
	if err := r.restoreCreator(ctx, in); err != nil {
		return err
	}
	former := tenancy.Holder{NamespacedName: client.ObjectKeyFromObject(in.Tenant), UID: types.UID(kept.UID)}
	if err := r.passClaims(ctx, former, tenancy.ClaimOf(in.Tenant)); err != nil {
		return err
	}
	if in.Tenant.Spec.SuperAdmin == "" && kept.SuperAdmin != "" && kept.SuperAdmin != desired.SuperAdmin(*in) {
		in.FormerSuperAdmin = kept.SuperAdmin
	}
	if err := r.restoreSyncs(ctx, in); err != nil {
		return err
	}
	namespace, err := r.takeNamespace(ctx, *in)
	if err != nil {
		return err
	}
	in.PlaceUID, in.Kept = namespace.UID, nil
	r.Reporter.Restored(*in, kept)
	if kept.Record == nil {
		return nil
	}
	err = r.Client.Delete(ctx, &v1alpha1.RetainedTenant{ObjectMeta: *kept.Record.ObjectMeta.DeepCopy()}, client.Preconditions{UID: &kept.Record.UID})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("removing retained tenant %q: %w", kept.Record.Name, err)
	}
	return nil
}

// restoreCreator names the former creator as the Tenant's: who restores a tenant does not come into it.
func (r *TenantReconciler) restoreCreator(ctx context.Context, in *desired.Inputs) error {
	creator := in.Kept.Creator
	if creator == "" || in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy] == creator {
		return nil
	}
	changed := in.Tenant.DeepCopy()
	metav1.SetMetaDataAnnotation(&changed.ObjectMeta, v1alpha1.AnnotationCreatedBy, creator)
	patch := client.MergeFromWithOptions(in.Tenant, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("writing the former creator of tenant %q: %w", in.Tenant.Name, err)
	}
	in.Tenant = changed
	return nil
}

// restoreSyncs notes in the Tenant's status which copies of Secrets lie in the place, before that is taken: the record goes afterwards.
func (r *TenantReconciler) restoreSyncs(ctx context.Context, in *desired.Inputs) error {
	if in.Kept.Record == nil {
		return nil
	}
	changed := in.Tenant.DeepCopy()
	changed.Status.Syncs = desired.RestoredSyncs(in.Tenant.Status.Syncs, in.Kept.Record)
	if _, err := status.Patch(ctx, r.Client, in.Tenant, changed, v1alpha1.FieldManager); err != nil {
		return fmt.Errorf("writing the former syncs of tenant %q: %w", in.Tenant.Name, err)
	}
	in.Tenant = changed
	return nil
}

// takeNamespace writes whose the place is now, on the very version that was looked at: it may be
// being purged at this moment.
func (r *TenantReconciler) takeNamespace(ctx context.Context, in desired.Inputs) (*corev1.Namespace, error) {
	wanted := desired.For(in).Namespace.Object
	live := &corev1.Namespace{}
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(wanted), live); err != nil {
		return nil, fmt.Errorf("reading namespace %q: %w", wanted.GetName(), err)
	}
	if live.ResourceVersion != in.Kept.Version {
		return nil, fmt.Errorf("taking namespace %q back: it has changed since it was looked at", wanted.GetName())
	}
	changed := live.DeepCopy()
	delete(changed.Annotations, v1alpha1.AnnotationRetainedUntil)
	maps.Copy(changed.Annotations, wanted.GetAnnotations())
	patch := client.MergeFromWithOptions(live, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return nil, fmt.Errorf("taking namespace %q back: %w", wanted.GetName(), err)
	}
	return changed, nil
}
