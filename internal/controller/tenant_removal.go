// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// remove takes a deleted tenant's place away. A partner's waits for its children, closed.
func (r *TenantReconciler) remove(ctx context.Context, in desired.Inputs) (standing.Seen, error) {
	if !controllerutil.ContainsFinalizer(in.Tenant, v1alpha1.Finalizer) {
		return standing.Seen{}, nil
	}
	place := desired.For(in)
	if in.Children > 0 {
		seen, err := r.establish(ctx, in)
		seen.Waiting = ""
		return seen, err
	}
	if err := r.childless(ctx, in); err != nil {
		return standing.Seen{HasPlace: true}, err
	}
	gone, err := r.removeNamespace(ctx, place)
	if err != nil || !gone {
		return standing.Seen{HasPlace: true}, err
	}
	if err := r.patchFinalizer(ctx, in.Tenant, controllerutil.RemoveFinalizer); err != nil {
		return standing.Seen{}, client.IgnoreNotFound(err)
	}
	r.settleHost(ctx, client.ObjectKeyFromObject(in.Tenant), "")
	return standing.Seen{}, nil
}

// childless asks the API server itself whether a tenant has children, and returns an error if so:
// the cache may not have the latest yet, and what goes with the namespace is lost. One that is no
// partner any more may have children from before.
func (r *TenantReconciler) childless(ctx context.Context, in desired.Inputs) error {
	children, err := tenancy.Children(ctx, r.Live, in)
	if err == nil && children > 0 {
		err = fmt.Errorf("the cache lacks children of tenant %q that the API server has", in.Tenant.Name)
	}
	return err
}

// removeNamespace deletes the tenant's namespace, with everything in it, and says whether it is
// gone. A namespace that is not the tenant's is left alone, and counts as gone.
func (r *TenantReconciler) removeNamespace(ctx context.Context, place desired.Place) (gone bool, err error) {
	exists, err := r.Engine.Delete(ctx, place.Namespace)
	if conflict := (*apply.ConflictError)(nil); errors.As(err, &conflict) {
		return true, nil
	}
	if err != nil || exists {
		return false, err
	}
	// The finalizer is let go on the API server's own word.
	name := place.Namespace.Object.GetName()
	live := &corev1.Namespace{}
	err = r.Live.Get(ctx, client.ObjectKey{Name: name}, live)
	switch {
	case apierrors.IsNotFound(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("reading namespace %q: %w", name, err)
	case live.Annotations[v1alpha1.AnnotationTenantUID] != place.Namespace.Object.GetAnnotations()[v1alpha1.AnnotationTenantUID]:
		return true, nil
	}
	return false, fmt.Errorf("namespace %q exists and is not in the cache yet", name)
}
