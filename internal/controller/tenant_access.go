// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// revoke unbinds whoever is let in no more. It comes before anything else and waits for nothing: no quota
// that is full, no object in the way and nothing that is wrong with the tenant keeps anybody in. Who is let
// in comes late (letIn). It says whether it took anybody out.
func (r *TenantReconciler) revoke(ctx context.Context, in desired.Inputs) (revoked bool, err error) {
	if in.PlaceUID == "" {
		return false, nil
	}
	bindings := desired.Bindings(in)
	bound, err := r.bound(ctx, in)
	if err != nil {
		return false, err
	}
	if revoked, err = r.Engine.PruneFound(ctx, bindings, bound...); err != nil {
		return revoked, err
	}
	wanted := map[string]*rbacv1.RoleBinding{}
	for _, intent := range bindings {
		wanted[intent.Object.GetName()] = intent.Object.(*rbacv1.RoleBinding)
	}
	var failed []error
	for _, object := range bound {
		binding, stays := wanted[object.GetName()]
		if !stays {
			continue
		}
		narrowed, err := r.narrow(ctx, object.(*rbacv1.RoleBinding), binding.Subjects)
		failed, revoked = append(failed, err), revoked || narrowed
	}
	return revoked, errors.Join(failed...)
}

// bound are the tenant's bindings in its place, the cache's own: they must not be changed. To wait until the cache has all
// bindings that the operator writes anywhere would keep tenants waiting for each other: it is waited for those that were
// written here. What the list has too many is gone already, and a patch of what has changed fails.
func (r *TenantReconciler) bound(ctx context.Context, in desired.Inputs) ([]client.Object, error) {
	namespace := desired.NamespaceName(in)
	for _, name := range r.bindings.in(namespace) {
		err := r.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &rbacv1.RoleBinding{}, client.UnsafeDisableDeepCopy)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading binding %q in namespace %q: %w", name, namespace, err)
		}
	}
	r.bindings.found(namespace)
	return tenancy.Bound(ctx, r.Client, in, client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency)
}

// narrow takes those subjects out of a binding that are not wanted, and says whether there were any. What the API server does
// not let the operator change it may still delete: to change a binding takes the right to bind its role, and to delete
// it does not.
func (r *TenantReconciler) narrow(ctx context.Context, live *rbacv1.RoleBinding, wanted []rbacv1.Subject) (narrowed bool, err error) {
	unwanted := func(subject rbacv1.Subject) bool { return !slices.Contains(wanted, subject) }
	if !slices.ContainsFunc(live.Subjects, unwanted) {
		return false, nil
	}
	binding := live.DeepCopy()
	binding.Subjects = slices.DeleteFunc(binding.Subjects, unwanted)
	patch := client.MergeFromWithOptions(live, client.MergeFromWithOptimisticLock{})
	answered := r.written.begin(live)
	err = r.Client.Patch(ctx, binding, patch, client.FieldOwner(v1alpha1.FieldManager))
	if err == nil {
		answered(binding)
		r.bindings.add(live.Namespace, live.Name)
		return true, nil
	}
	answered(nil)
	if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) {
		err = r.Client.Delete(ctx, binding, client.Preconditions{UID: &live.UID})
	}
	if client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("taking subjects out of binding %q in namespace %q: %w", live.Name, live.Namespace, err)
	}
	return true, nil
}

// letIn binds roles and permissions, and sees to the first administrator's grant. One binding that fails
// keeps no other back. Two things are said and stop nothing: that the operator may not bind a permission's
// ClusterRole, because whoever runs the cluster has not said that it may; and that there is no seat for the
// first administrator.
func (r *TenantReconciler) letIn(ctx context.Context, in desired.Inputs, place desired.Place, seen *standing.Seen) error {
	var failed []error
	for _, intent := range place.Bindings {
		outcome, err := r.applyOne(ctx, in, intent)
		if err == nil && outcome != apply.Unchanged {
			r.bindings.add(intent.Object.GetNamespace(), intent.Object.GetName())
		}
		if apierrors.IsForbidden(err) && access.PermissionBinding(intent.Object.GetName()) {
			seen.Unbound = append(seen.Unbound, intent.Object.(*rbacv1.RoleBinding).RoleRef.Name)
			continue
		}
		failed = append(failed, err)
	}
	if err := errors.Join(failed...); err != nil {
		seen.NotBound = true
		return err
	}
	err := r.applyAll(ctx, in, place.FirstAdmin...)
	if standing.NoRoom(err) {
		seen.NoSeat = true
		return nil
	}
	return err
}
