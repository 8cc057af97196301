// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controller runs the reconcilers: load, decide, apply, report.
package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// TenantReconciler makes each Tenant a place and keeps it true.
type TenantReconciler struct {
	// Client reads from the caches, and reads its own writes.
	Client client.Client
	// Live reads from the API server; asked only before data is given up as gone.
	Live client.Reader
	// Loader reads the world around a tenant.
	Loader *tenancy.Loader
	// Engine applies and prunes.
	Engine *apply.Engine
	// Reporter writes status and events.
	Reporter *Reporter
	// Wake takes tenants that another's change lets go on; nobody listens if it is nil.
	Wake chan<- event.GenericEvent
}

// Reconcile looks at one Tenant.
func (r *TenantReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); err != nil {
		if apierrors.IsNotFound(err) {
			r.settleHost(ctx, req.NamespacedName, "")
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	in, err := r.Loader.Load(ctx, tenant)
	if err != nil {
		return ctrl.Result{}, err
	}
	refusal := desired.Refuse(in)
	seen, applied := r.apply(ctx, in, refusal)
	result, err := r.Reporter.Report(ctx, in, seen, applied)
	if applied == nil && err == nil && seen.Complete() && tenant.DeletionTimestamp == nil {
		// The status has ceased to record what the tenant held before, so the next in line may have it.
		r.settleHost(ctx, req.NamespacedName, desired.Host(in))
	}
	return result, err
}

// apply brings the world to what was decided and says what became of it.
func (r *TenantReconciler) apply(ctx context.Context, in desired.Inputs, refusal *desired.Refusal) (standing.Seen, error) {
	switch {
	case in.Tenant.DeletionTimestamp != nil:
		return r.remove(ctx, in)
	case refusal != nil:
		return standing.Seen{Refusal: refusal}, r.confine(ctx, in)
	}
	if err := r.ensureFinalizer(ctx, in.Tenant); err != nil {
		return standing.Seen{}, err
	}
	return r.establish(ctx, in)
}

// establish makes the place: the namespace and what stands in it, then the quotas, and the way in
// once the quotas are enforced.
func (r *TenantReconciler) establish(ctx context.Context, in desired.Inputs) (standing.Seen, error) {
	seen := standing.Seen{}
	place := desired.For(in)
	if err := r.ensureNamespace(ctx, in, place); err != nil {
		return seen, err
	}
	seen.HasPlace = true
	stopping, err := r.shut(ctx, in, place)
	if err != nil {
		return seen, err
	}
	if err := r.applyAll(ctx, in, slices.Concat(place.Contents, place.Quotas)...); err != nil {
		return seen, err
	}
	if seen.Quota, seen.Waiting, err = r.awaitQuotas(ctx, place, place.Quotas); err != nil || seen.Waiting != "" {
		return seen, err
	}
	if err := r.open(ctx, in, place); err != nil {
		return seen, err
	}
	seen.Waiting = stopping
	return seen, r.prune(ctx, in, place, prunedKinds()...)
}

// ensureNamespace makes the place itself, on the API server's own word that its Tenant is there: a
// manager that leads no more, and does not know it, would make one that nobody takes away.
func (r *TenantReconciler) ensureNamespace(ctx context.Context, in desired.Inputs, place desired.Place) error {
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(place.Namespace.Object), &corev1.Namespace{})
	if apierrors.IsNotFound(err) {
		live := &v1alpha1.Tenant{}
		err = r.Live.Get(ctx, client.ObjectKeyFromObject(in.Tenant), live)
		if err == nil && (live.UID != in.Tenant.UID || (live.DeletionTimestamp == nil) != (in.Tenant.DeletionTimestamp == nil)) {
			err = errors.New("it was deleted, and the cache does not have that yet")
		}
	}
	if err != nil {
		return fmt.Errorf("making the place of tenant %q: %w", in.Tenant.Name, err)
	}
	return r.applyAll(ctx, in, place.Namespace)
}

// confine closes the place of a tenant that is refused, where it has one and must be closed: what is
// wrong with a tenant is no way round its suspension. All else in the place stays as it is, the host
// that it holds too; it waits for no other.
func (r *TenantReconciler) confine(ctx context.Context, in desired.Inputs) error {
	keep := ""
	if held := in.Tenant.Status.Hosts; len(held) > 0 {
		keep = string(held[0])
	}
	r.settleHost(ctx, client.ObjectKeyFromObject(in.Tenant), keep)
	if !in.Closed() || in.Tenant.Status.Namespace != desired.NamespaceName(in) {
		return nil
	}
	place := desired.For(in)
	if err := r.applyAll(ctx, in, place.Namespace); err != nil {
		return err
	}
	_, err := r.shut(ctx, in, place)
	return err
}

// shut takes the way in away, where the place has none, and ends the work of a closed tenant. It
// comes before anything else: a fault further down must not leave the place open. It says what it
// waits for.
func (r *TenantReconciler) shut(ctx context.Context, in desired.Inputs, place desired.Place) (string, error) {
	if len(place.Entry) > 0 {
		return "", nil
	}
	if err := r.prune(ctx, in, place, &networkingv1.IngressList{}); err != nil || !in.Closed() {
		return "", err
	}
	if err := r.applyAll(ctx, in, place.Shut...); err != nil {
		return "", err
	}
	quota, waiting, err := r.awaitQuotas(ctx, place, place.Shut)
	if err != nil || waiting != "" {
		return waiting, err
	}
	return r.stopWork(ctx, place, quota)
}

// open makes the way in. The host is in the status before it is in a route, so that it stays this
// tenant's whatever happens in between.
func (r *TenantReconciler) open(ctx context.Context, in desired.Inputs, place desired.Place) error {
	if !in.Host.Held {
		return nil
	}
	if err := r.Reporter.ReserveHost(ctx, in); err != nil {
		return err
	}
	return r.applyAll(ctx, in, place.Entry...)
}

// awaitQuotas says what the place waits for: until the API server and the quota controller have
// taken a quota up, everything is admitted. It returns the first of the quotas.
func (r *TenantReconciler) awaitQuotas(ctx context.Context, place desired.Place, quotas []apply.Intent) (*corev1.ResourceQuota, string, error) {
	var first *corev1.ResourceQuota
	for _, intent := range quotas {
		quota, err := r.quota(ctx, place, intent.Object.GetName())
		if err != nil {
			return nil, "", err
		}
		if first == nil {
			first = quota
		}
		if !desired.Enforced(intent, quota) {
			return first, fmt.Sprintf("waiting for Kubernetes to enforce quota %q in namespace %q", intent.Object.GetName(), intent.Object.GetNamespace()), nil
		}
	}
	return first, "", nil
}

// quota reads one. Where it is older than its namespace, the cache may still have that of a former
// namespace of the same name, and the API server is asked; one that is not there is empty.
func (r *TenantReconciler) quota(ctx context.Context, place desired.Place, name string) (*corev1.ResourceQuota, error) {
	key := client.ObjectKey{Namespace: place.Namespace.Object.GetName(), Name: name}
	namespace, quota := &corev1.Namespace{}, &corev1.ResourceQuota{}
	err := r.Client.Get(ctx, client.ObjectKey{Name: key.Namespace}, namespace)
	if err == nil {
		err = r.Client.Get(ctx, key, quota)
	}
	if err == nil && quota.CreationTimestamp.Before(&namespace.CreationTimestamp) {
		quota = &corev1.ResourceQuota{}
		err = client.IgnoreNotFound(r.Live.Get(ctx, key, quota))
	}
	if err != nil {
		return &corev1.ResourceQuota{}, fmt.Errorf("reading quota %q in namespace %q: %w", name, key.Namespace, err)
	}
	return quota, nil
}

// stopWork deletes what runs in a closed tenant, once its quota lets nothing new start: that ends
// the pods' tokens too. The quotas' own counts say whether anything runs: the one of the suspension
// was counted when it was taken up, the other is charged with each pod that is let in.
func (r *TenantReconciler) stopWork(ctx context.Context, place desired.Place, shut *corev1.ResourceQuota) (string, error) {
	quota, err := r.quota(ctx, place, desired.QuotaName)
	if client.IgnoreNotFound(err) != nil {
		return "", err
	}
	running := shut.Status.Used[corev1.ResourcePods]
	if charged := quota.Status.Used[corev1.ResourcePods]; charged.Cmp(running) > 0 {
		running = charged
	}
	if running.IsZero() {
		return "", nil
	}
	namespace := place.Namespace.Object.GetName()
	if err := r.Client.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace)); err != nil {
		return "", fmt.Errorf("stopping the pods in namespace %q: %w", namespace, err)
	}
	return fmt.Sprintf("stopping %s running pods in namespace %q", running.String(), namespace), nil
}

func (r *TenantReconciler) applyAll(ctx context.Context, in desired.Inputs, intents ...apply.Intent) error {
	for _, intent := range intents {
		outcome, err := r.Engine.Apply(ctx, intent)
		if err != nil {
			return err
		}
		if outcome != apply.Unchanged {
			r.Reporter.Applied(ctx, in, intent.Object, outcome)
		}
	}
	return nil
}

// prunedKinds are the kinds that a place may hold and later not.
func prunedKinds() []client.ObjectList {
	return []client.ObjectList{
		&networkingv1.IngressList{},
		&corev1.ServiceList{},
		&corev1.ConfigMapList{},
		&corev1.LimitRangeList{},
		&networkingv1.NetworkPolicyList{},
		&corev1.ResourceQuotaList{},
	}
}

func (r *TenantReconciler) prune(ctx context.Context, in desired.Inputs, place desired.Place, kinds ...client.ObjectList) error {
	return r.Engine.Prune(ctx, place.Namespace.Object.GetName(), desired.OwnerLabels(in.Tenant), place.InNamespace(), kinds)
}

// ensureFinalizer adds the finalizer where admission has not: nothing is made for a Tenant that
// could go without a word.
func (r *TenantReconciler) ensureFinalizer(ctx context.Context, tenant *v1alpha1.Tenant) error {
	return r.patchFinalizer(ctx, tenant, controllerutil.AddFinalizer)
}

func (r *TenantReconciler) patchFinalizer(ctx context.Context, tenant *v1alpha1.Tenant, change func(client.Object, string) bool) error {
	changed := tenant.DeepCopy()
	if !change(changed, v1alpha1.Finalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(tenant, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, changed, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("writing the finalizer of tenant %q: %w", tenant.Name, err)
	}
	tenant.Finalizers, tenant.ResourceVersion = changed.Finalizers, changed.ResourceVersion
	return nil
}

// settleHost gives up every host that a tenant holds or waits for but one, and wakes who gets them.
func (r *TenantReconciler) settleHost(ctx context.Context, tenant client.ObjectKey, keep string) {
	for _, next := range r.Loader.Hosts.Settle(tenant, keep) {
		if r.Wake == nil {
			continue
		}
		woken := &v1alpha1.Tenant{}
		woken.Namespace, woken.Name = next.Namespace, next.Name
		select {
		case r.Wake <- event.GenericEvent{Object: woken}:
		case <-ctx.Done():
		}
	}
}
