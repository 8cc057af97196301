// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
	going, err := r.goesWithItsKind(ctx, in.Tenant)
	if err != nil {
		return standing.Seen{HasPlace: true}, err
	}
	if going {
		return standing.Seen{HasPlace: true}, r.releaseTenant(ctx, in.Tenant)
	}
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

// goesWithItsKind says that a Tenant is deleted because the kind is: nobody asked for the end of its
// place, which stays as it is, for the Tenant to take back when the kind is there again. It is asked
// once, before anything is done about a deletion.
func (r *TenantReconciler) goesWithItsKind(ctx context.Context, tenant *v1alpha1.Tenant) (bool, error) {
	if tenant.Status.Phase == v1alpha1.PhaseTerminating {
		return false, nil
	}
	kind := &metav1.PartialObjectMetadata{}
	kind.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	err := r.Live.Get(ctx, client.ObjectKey{Name: "tenants." + v1alpha1.GroupVersion.Group}, kind)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the definition of the kind Tenant: %w", err)
	}
	return kind.DeletionTimestamp != nil, nil
}

// releaseTenant lets a deleted Tenant go.
func (r *TenantReconciler) releaseTenant(ctx context.Context, tenant *v1alpha1.Tenant) error {
	return client.IgnoreNotFound(patchFinalizer(ctx, r.Client, tenant, controllerutil.RemoveFinalizer))
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
	if _, err := r.revoke(ctx, in); err != nil {
		return true, err
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
	if err := r.releaseTenant(ctx, in.Tenant); err != nil {
		return true, err
	}
	r.Reporter.Retained(in)
	return true, nil
}

// remember makes the record of a deleted tenant, once: what is asked of a Tenant that is going is not
// what it was. A namespace that is going itself takes no record, nor does a cluster whose kind of them is
// going: the place is kept all the same, and says itself until when.
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
	kindIsGone := meta.IsNoMatchError(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err)
	if kindIsGone || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
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
	return true, standing.Seen{}, r.leaveHosts(ctx, in)
}

// leaveHosts gives up the hosts of a tenant whose place is gone. One that began to take a place back and
// did not come to its end gives them back: they go with the place.
func (r *TenantReconciler) leaveHosts(ctx context.Context, in desired.Inputs) error {
	holder := tenancy.HolderFor(in.Tenant)
	if in.Kept != nil {
		former := tenancy.Holder{NamespacedName: holder.NamespacedName, UID: types.UID(in.Kept.UID)}
		if err := r.passClaims(ctx, holder, tenancy.Claim{Tenant: former, Since: in.Tenant.CreationTimestamp.Time}); err != nil {
			return err
		}
	}
	return r.release(ctx, holder)
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
	if _, err := r.revoke(ctx, in); err != nil {
		return err
	}
	if err := r.prune(ctx, place, desired.MadeRoutes(in)...); err != nil {
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
	quota, err := r.quota(ctx, place, desired.QuotaName)
	if client.IgnoreNotFound(err) != nil {
		return "", err
	}
	if pods := quota.Status.Used[corev1.ResourcePods]; remaining == "" && !pods.IsZero() {
		remaining = fmt.Sprintf("%s pods have not ended", pods.String())
	}
	if strings.Contains(remaining, "pods") {
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
