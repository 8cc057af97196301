// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/tenancy"
)

const (
	// capacityBatch is how long changes of a namespace are gathered before the books are looked at.
	capacityBatch = 50 * time.Millisecond
	// behindPause is how long the caches get to catch up with what somebody else knew.
	behindPause = 100 * time.Millisecond
)

// CapacityReconciler keeps the books of a namespace: which Tenant in it holds how much of what its partner and
// its plans have. They are written in the version that was read, or not at all. What they say is enforced by
// the quota in each place, which TenantReconciler writes.
type CapacityReconciler struct {
	// Client reads from the caches and writes the books.
	Client client.Client
	// Live reads from the API server; asked before anybody is struck off the books.
	Live client.Reader
	// Loader reads what decides.
	Loader *tenancy.Loader
}

// Reconcile looks at the books of one namespace, by its name.
func (r *CapacityReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	capacity, limited, err := r.Loader.LoadCapacity(ctx, req.Name, r.Live)
	if errors.Is(err, tenancy.ErrBehind) {
		return ctrl.Result{RequeueAfter: behindPause}, nil
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	if !limited {
		return ctrl.Result{}, r.close(ctx, capacity.Books.Object)
	}
	after := license.Allocate(capacity.Inputs)
	if capacity.Books.Object == nil || !after.Same(capacity.Before) {
		err = r.write(ctx, req.Name, capacity.Books.Object, after)
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return ctrl.Result{RequeueAfter: behindPause}, nil
	}
	if err != nil || capacity.Next.IsZero() {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: max(capacity.Next.Sub(r.Loader.Clock.Now()), time.Second)}, nil
}

// write writes the books in the version that was read.
func (r *CapacityReconciler) write(ctx context.Context, namespace string, before *corev1.ConfigMap, books license.Books) error {
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: tenancy.CapacityNamespace,
		Name:      namespace,
		Labels:    map[string]string{v1alpha1.LabelManaged: "true"},
	}}
	if before != nil {
		object = before.DeepCopy()
	}
	if err := tenancy.WriteBooks(object, books); err != nil {
		return err
	}
	var err error
	if before == nil {
		err = r.Client.Create(ctx, object, client.FieldOwner(v1alpha1.FieldManager))
	} else {
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		err = r.Client.Patch(ctx, object, patch, client.FieldOwner(v1alpha1.FieldManager))
	}
	if err != nil {
		return fmt.Errorf("writing the books of capacity of namespace %q: %w", namespace, err)
	}
	return nil
}

// close deletes books that are needed no more.
func (r *CapacityReconciler) close(ctx context.Context, books *corev1.ConfigMap) error {
	if books == nil {
		return nil
	}
	err := r.Client.Delete(ctx, books, client.Preconditions{UID: &books.UID, ResourceVersion: &books.ResourceVersion})
	if client.IgnoreNotFound(err) != nil && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting the books of capacity of namespace %q: %w", books.Name, err)
	}
	return nil
}
