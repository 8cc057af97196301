// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
)

// stopGrace is how many seconds a pod of a closed tenant has to end: Kubernetes' default.
const stopGrace = 30

// shut takes the routes of a closed tenant away and ends its work. It comes before what the place is made
// of: a fault further down must not leave the place open. It says what it waits for.
func (r *TenantReconciler) shut(ctx context.Context, in desired.Inputs, place desired.Place) (string, error) {
	if len(place.Entry) > 0 {
		return "", nil
	}
	if err := r.prune(ctx, place, desired.MadeEntry(in)...); err != nil || !in.Closed() {
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
	if err := r.stopPods(ctx, namespace); err != nil {
		return "", err
	}
	return fmt.Sprintf("stopping %s running pods in namespace %q", running.String(), namespace), nil
}

// stopPods deletes every pod of a namespace, in a time that the tenant has no say in: a pod may ask
// for a year to end itself.
func (r *TenantReconciler) stopPods(ctx context.Context, namespace string) error {
	err := r.Client.DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(namespace), client.GracePeriodSeconds(stopGrace))
	if err != nil {
		return fmt.Errorf("stopping the pods in namespace %q: %w", namespace, err)
	}
	return nil
}
