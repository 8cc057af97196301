// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/source"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/metrics"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// reconcileTimeout bounds one look at one tenant; reads wait for the cache to see our own writes.
const reconcileTimeout = time.Minute

// Bounds of the pause between two attempts at a tenant. The longest is how late the operator notices,
// at worst, that what no watch tells of was mended: the API server, or an object in its way.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = time.Minute
)

// SetupAll adds every controller to the manager.
func SetupAll(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	if err := AddIndexes(context.Background(), mgr.GetFieldIndexer()); err != nil {
		return err
	}
	wake := make(chan event.GenericEvent, 1024)
	reconciler := NewTenantReconciler(mgr, cfg)
	reconciler.Wake = wake
	if err := reconciler.setup(mgr, cfg, wake); err != nil {
		return fmt.Errorf("setting up the Tenant controller: %w", err)
	}
	return nil
}

// Ownership tells what is Tenantry's: by label, and a namespace by its Tenant's UID too.
func Ownership() apply.Ownership {
	return apply.Ownership{
		Prefix:      v1alpha1.Prefix,
		Labels:      []string{v1alpha1.LabelManaged, v1alpha1.LabelTenant, v1alpha1.LabelParent},
		Annotations: []string{v1alpha1.AnnotationTenantUID},
	}
}

// NewTenantReconciler wires a reconciler to a manager's clients.
func NewTenantReconciler(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) *TenantReconciler {
	return &TenantReconciler{
		Client: mgr.GetClient(),
		Live:   mgr.GetAPIReader(),
		Loader: &tenancy.Loader{Reader: mgr.GetClient(), Config: cfg, Hosts: &tenancy.Hosts{}},
		Engine: &apply.Engine{
			Client:       mgr.GetClient(),
			Live:         mgr.GetAPIReader(),
			FieldManager: v1alpha1.FieldManager,
			Ownership:    Ownership(),
			Observe:      func(kind string, outcome apply.Outcome) { metrics.Applied.Observe(kind, string(outcome)) },
		},
		Reporter: &Reporter{
			Client: mgr.GetClient(),
			Events: mgr.GetEventRecorder(v1alpha1.FieldManager),
			Clock:  clock.RealClock{},
		},
	}
}

// setup watches Tenants, what was made for them, and what else decides about them.
func (r *TenantReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, wake <-chan event.GenericEvent) error {
	related := mapper{reader: mgr.GetClient()}
	owned := handler.EnqueueRequestsFromMapFunc(toOwner)
	b := ctrl.NewControllerManagedBy(mgr).
		Named("tenant").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(asked())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toDescendants), builder.WithPredicates(reachesDescendants())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toParent), builder.WithPredicates(deleted())).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(related.toBlocked), builder.WithPredicates(deleted())).
		WatchesRawSource(source.Channel(wake, &handler.EnqueueRequestForObject{})).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: cfg.Workers,
			ReconciliationTimeout:   reconcileTimeout,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](firstPause, longestPause),
			UsePriorityQueue:        new(true),
		})
	for _, object := range []client.Object{
		&corev1.Namespace{},
		&corev1.ConfigMap{},
		&corev1.Secret{},
		&corev1.LimitRange{},
		&corev1.ResourceQuota{},
		&corev1.Service{},
		&networkingv1.NetworkPolicy{},
		&networkingv1.Ingress{},
	} {
		b = b.Watches(object, owned, builder.WithPredicates(drifted()))
	}
	return b.Complete(r)
}
