// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

// remove takes a deleted tenant's place away, or keeps it for a while. A partner's that is not kept
// waits for its children, closed.
func (r *TenantReconciler) remove(ctx context.Context, in desired.Inputs) (standing.Seen, error) {
	if until := desired.RetainedUntil(in); until != nil {
		retained, err := r.retain(ctx, in)
		if retained || err != nil {
			return standing.Seen{HasPlace: true}, err
		}
	}
	gone, seen, err := r.purge(ctx, in)
	if err != nil || !gone {
		return seen, err
	}
	return standing.Seen{}, r.releaseTenant(ctx, in.Tenant)
}

// releaseTenant lets a deleted Tenant go.
func (r *TenantReconciler) releaseTenant(ctx context.Context, tenant *v1alpha1.Tenant) error {
	return client.IgnoreNotFound(r.patchFinalizer(ctx, tenant, controllerutil.RemoveFinalizer))
}

// retain closes the place of a deleted tenant, has a record of it made and lets the Tenant go. False
// says that there is no place to keep. What can't be closed for a lasting reason keeps nobody: access
// and route are gone, and the RetainedTenant goes on with it.
func (r *TenantReconciler) retain(ctx context.Context, in desired.Inputs) (bool, error) {
	place, namespace := desired.For(in), &corev1.Namespace{}
	err := client.IgnoreNotFound(r.Client.Get(ctx, client.ObjectKeyFromObject(place.Namespace.Object), namespace))
	if err != nil {
		return true, fmt.Errorf("reading namespace %q: %w", place.Namespace.Object.GetName(), err)
	}
	if in.PlaceUID == "" || namespace.UID != in.PlaceUID || namespace.DeletionTimestamp != nil {
		return false, nil
	}
	if err := r.applyAll(ctx, in, place.Namespace); err != nil {
		return true, err
	}
	if _, err := r.shut(ctx, in, place); err != nil && standing.Explain(err) == nil {
		return true, err
	}
	if err := r.remember(ctx, in); err != nil {
		return true, err
	}
	r.Reporter.Retained(in)
	return true, r.releaseTenant(ctx, in.Tenant)
}

// remember makes the record of a deleted tenant, once: what is asked of a Tenant that is going is not
// what it was. A namespace that is going itself takes no record: its tenants' places are kept all the
// same, for the same creator to take back.
func (r *TenantReconciler) remember(ctx context.Context, in desired.Inputs) error {
	made := &v1alpha1.RetainedTenant{}
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(in.Tenant), made)
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("reading retained tenant %q: %w", in.Tenant.Name, err)
	}
	if err == nil && made.Spec.UID == string(in.Tenant.UID) {
		return nil
	}
	err = r.applyAll(ctx, in, desired.Record(in))
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil
	}
	return err
}

// purge deletes the place of a tenant that is going, with everything in it, and gives its hosts up.
// It says whether all is gone.
func (r *TenantReconciler) purge(ctx context.Context, in desired.Inputs) (bool, standing.Seen, error) {
	if in.Children > 0 {
		seen, err := r.establish(ctx, in)
		seen.Waiting = ""
		return false, seen, err
	}
	seen, place := standing.Seen{HasPlace: true}, desired.For(in)
	if err := r.childless(ctx, in); err != nil {
		return false, seen, err
	}
	if err := r.shutForGood(ctx, in, place); err != nil {
		return false, seen, err
	}
	gone, err := r.removeNamespace(ctx, place)
	if err == nil && !gone {
		seen.Remaining, err = r.remaining(ctx, place)
	}
	if err != nil || !gone {
		return false, seen, err
	}
	return true, standing.Seen{}, r.release(ctx, client.ObjectKeyFromObject(in.Tenant))
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

// shutForGood takes the way in away and ends the work before the namespace is deleted: Kubernetes
// waits for each pod's own grace period, and leaves all else in place meanwhile.
func (r *TenantReconciler) shutForGood(ctx context.Context, in desired.Inputs, place desired.Place) error {
	if in.PlaceUID == "" {
		return nil
	}
	if err := r.prune(ctx, in, place, r.routes()...); err != nil {
		return err
	}
	quota, err := r.quota(ctx, place, desired.QuotaName)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	_, err = r.stopWork(ctx, place, quota)
	return err
}

// remaining says what keeps a namespace that is being deleted, in Kubernetes' own words. Pods that
// came in just before are among it.
func (r *TenantReconciler) remaining(ctx context.Context, place desired.Place) (string, error) {
	name := place.Namespace.Object.GetName()
	live := &corev1.Namespace{}
	if err := r.Live.Get(ctx, client.ObjectKey{Name: name}, live); err != nil {
		return "", client.IgnoreNotFound(err)
	}
	var causes []string
	for _, condition := range live.Status.Conditions {
		if condition.Status == corev1.ConditionTrue {
			causes = append(causes, condition.Message)
		}
	}
	remaining := strings.Join(causes, "; ")
	if strings.Contains(remaining, "pods.") {
		return remaining, r.stopPods(ctx, name)
	}
	return remaining, nil
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
