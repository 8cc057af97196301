// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/source"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/kinds"
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

// Look-ups of domains at the same time: in all, and for the tenants of one partner. They wait for DNS,
// not for the processor.
const (
	proofWorkers    = 32
	proofsOfPartner = 4
	// turnPause is when a partner's next look-up is tried, where it has as many as it may have.
	turnPause = time.Second
)

// SetupAll adds every controller to the manager.
func SetupAll(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	if err := AddIndexes(context.Background(), mgr.GetFieldIndexer()); err != nil {
		return err
	}
	tenants, err := NewTenantReconciler(mgr, cfg)
	if err != nil {
		return err
	}
	wake := make(chan event.GenericEvent, 1024)
	tenants.Wake = wake
	if err := tenants.setup(mgr, cfg, wake); err != nil {
		return fmt.Errorf("setting up the Tenant controller: %w", err)
	}
	retained := &RetainedTenantReconciler{Tenants: tenants, Clock: clock.RealClock{}}
	if err := retained.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the RetainedTenant controller: %w", err)
	}
	capacity := &CapacityReconciler{Client: tenants.Client, Live: tenants.Live, Loader: tenants.Loader}
	if err := capacity.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the capacity controller: %w", err)
	}
	plans := &LicensePlanReconciler{Client: tenants.Client, Loader: tenants.Loader, Clock: clock.RealClock{}}
	if err := plans.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the LicensePlan controller: %w", err)
	}
	grants := &GrantReconciler{Client: tenants.Client, Loader: tenants.Loader, Clock: clock.RealClock{}}
	if err := grants.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the TenantAccessGrant controller: %w", err)
	}
	if err := NewDirectoryReconciler(tenants).setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the directory controller: %w", err)
	}
	if err := NewInventoryReconciler(tenants, clock.RealClock{}).setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the AssetInventory controller: %w", err)
	}
	orphans := &OrphanReconciler{Client: tenants.Client, Live: tenants.Live, Clock: clock.RealClock{}}
	if err := orphans.setup(mgr); err != nil {
		return fmt.Errorf("setting up the orphan controller: %w", err)
	}
	prices := &PriceListReconciler{Client: tenants.Client, Loader: tenants.Loader, Clock: clock.RealClock{}}
	if err := prices.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the PriceList controller: %w", err)
	}
	if err := NewDomainReconciler(tenants).setup(mgr); err != nil {
		return fmt.Errorf("setting up the domain controller: %w", err)
	}
	if err := setupSyncs(mgr, cfg, tenants); err != nil {
		return fmt.Errorf("setting up the controllers of syncs: %w", err)
	}
	if err := setupScans(mgr, cfg, tenants); err != nil {
		return fmt.Errorf("setting up the controllers of scans: %w", err)
	}
	return setupMail(mgr, cfg, tenants)
}

// NewTenantReconciler wires a reconciler to a manager's clients.
func NewTenantReconciler(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) (*TenantReconciler, error) {
	served, err := kinds.In(mgr.GetRESTMapper())
	if err != nil {
		return nil, err
	}
	if cfg.Edge.Type == configv1alpha1.EdgeGateway && !served.Gateway {
		return nil, errors.New("edge.type is Gateway, and this cluster does not serve HTTPRoutes and ListenerSets of gateway.networking.k8s.io/v1: install the Gateway API first (make install does)")
	}
	roots, err := certificateRoots(cfg.Domains.CertificateRoots)
	if err != nil {
		return nil, err
	}
	written := newEchoes()
	return &TenantReconciler{
		written: written,
		scanned: pokesAfter(summing),
		Client:  mgr.GetClient(),
		Live:    mgr.GetAPIReader(),
		Kinds:   served,
		Loader: &tenancy.Loader{
			Reader:  mgr.GetClient(),
			Secrets: mgr.GetAPIReader(),
			Config:  cfg,
			Roots:   roots,
			Clock:   clock.RealClock{},
			Hosts:   &tenancy.Hosts{},
			Shelf:   &tenancy.Shelf{},
			Looks:   &tenancy.Looks{},
		},
		Engine: &apply.Engine{
			Client:       mgr.GetClient(),
			Live:         mgr.GetAPIReader(),
			FieldManager: v1alpha1.FieldManager,
			Ownership:    desired.Ownership(),
			Observe:      func(kind string, outcome apply.Outcome) { metrics.Applied.Observe(kind, string(outcome)) },
			Writing:      written.begin,
		},
		Reporter: &Reporter{
			Client: mgr.GetClient(),
			Events: mgr.GetEventRecorder(v1alpha1.FieldManager),
			Clock:  clock.RealClock{},
		},
	}, nil
}

// certificateRoots are those of a PEM file, or the system's where none is named.
func certificateRoots(path string) (*x509.CertPool, error) {
	var bundle []byte
	if path != "" {
		read, err := os.ReadFile(path) //nolint:gosec // the operator of the cluster names it
		if err != nil {
			return nil, fmt.Errorf("domains.certificateRoots: %w", err)
		}
		bundle = read
	}
	roots, err := domain.Roots(bundle)
	if err != nil {
		return nil, fmt.Errorf("domains.certificateRoots: %w", err)
	}
	return roots, nil
}

// setup watches Tenants, what was made for them, and what else decides about them.
func (r *TenantReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, wake <-chan event.GenericEvent) error {
	related := mapper{reader: mgr.GetClient()}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("tenant").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(asked())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toDescendants), builder.WithPredicates(reachesDescendants())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toParent), builder.WithPredicates(deleted())).
		Watches(&v1alpha1.RetainedTenant{}, handler.EnqueueRequestsFromMapFunc(related.toParent), builder.WithPredicates(deleted())).
		Watches(&v1alpha1.RetainedTenant{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(deleted())).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(related.toBlocked), builder.WithPredicates(deleted())).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(related.claimToDescendants), builder.WithPredicates(partnerDomains())).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(related.toWanting), builder.WithPredicates(claimed())).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(toOwner), builder.WithPredicates(proven())).
		Watches(&v1alpha1.TenantAccessGrant{}, handler.EnqueueRequestsFromMapFunc(related.grantToTenants), builder.WithPredicates(letsIn())).
		Watches(&v1alpha1.Tenant{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(syncReached())).
		Watches(&v1alpha1.MasterTenantSync{}, handler.EnqueueRequestsFromMapFunc(related.syncToReached), builder.WithPredicates(bringsMore())).
		Watches(&v1alpha1.TenantAccessGrant{}, handler.EnqueueRequestsFromMapFunc(related.keeperToTenants), builder.WithPredicates(seated())).
		Watches(&v1alpha1.LicensePlan{}, handler.EnqueueRequestsFromMapFunc(related.planToTenants), builder.WithPredicates(changesTerms())).
		Watches(&corev1.ConfigMap{}, related.booksToTenants(), builder.WithPredicates(books())).
		Watches(&v1alpha1.WhiteLabelProfile{}, after(0, related.profileToTenants), builder.WithPredicates(changesLook())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toCopiers), builder.WithPredicates(changesBrand())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.masterToReached), builder.WithPredicates(changesBrand())).
		Watches(&v1alpha1.AssetInventory{}, gatheredFor(summing, related.toParent), builder.WithPredicates(countsAnew())).
		Watches(&rbacv1.ClusterRole{}, handler.EnqueueRequestsFromMapFunc(related.toPermitted), builder.WithPredicates(changesPermissions())).
		WatchesRawSource(source.Channel(wake, &handler.EnqueueRequestForObject{})).
		WatchesRawSource(r.scanned.source()).
		WithOptions(options(cfg.Workers))
	for _, object := range r.ownedKinds() {
		b = b.Watches(object, r.written.news(handler.EnqueueRequestsFromMapFunc(toOwner)), builder.WithPredicates(drifted(), counts(), noLedger()))
	}
	return b.Complete(r)
}

// ownedKinds are the kinds of what is made for a tenant.
func (r *TenantReconciler) ownedKinds() []client.Object {
	owned := []client.Object{
		&corev1.Namespace{},
		&corev1.ConfigMap{},
		&corev1.Secret{},
		&corev1.LimitRange{},
		&corev1.ResourceQuota{},
		&corev1.Service{},
		&networkingv1.NetworkPolicy{},
		&networkingv1.Ingress{},
		&rbacv1.RoleBinding{},
	}
	if r.Kinds.Gateway {
		owned = append(owned, &gatewayv1.HTTPRoute{}, &gatewayv1.ListenerSet{})
	}
	if r.Kinds.Certificates {
		owned = append(owned, &certmanagerv1.Certificate{})
	}
	return owned
}

// setup watches RetainedTenants, what is kept with them, and what stands in their way.
func (r *RetainedTenantReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	related := mapper{reader: mgr.GetClient()}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("retainedtenant").
		For(&v1alpha1.RetainedTenant{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Tenant{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(deleted())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toParent), builder.WithPredicates(deleted())).
		Watches(&v1alpha1.RetainedTenant{}, handler.EnqueueRequestsFromMapFunc(related.toParent), builder.WithPredicates(deleted())).
		WithOptions(options(cfg.Workers))
	for _, object := range r.Tenants.ownedKinds() {
		b = b.Watches(object, handler.EnqueueRequestsFromMapFunc(related.toRecord), builder.WithPredicates(drifted(), noLedger()))
	}
	return b.Complete(r)
}

// setup watches grants, and what decides about them.
func (r *GrantReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	related := mapper{reader: mgr.GetClient()}
	return ctrl.NewControllerManagedBy(mgr).
		Named("tenantaccessgrant").
		For(&v1alpha1.TenantAccessGrant{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.TenantAccessGrant{}, handler.EnqueueRequestsFromMapFunc(related.toSiblings), builder.WithPredicates(letsInOrOut())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toGrants), builder.WithPredicates(bearsOnGrants())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toDelegations), builder.WithPredicates(bearsOnDelegations())).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// setup watches places that are kept, and records of them that go.
func (r *OrphanReconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("orphan").
		For(&corev1.Namespace{}, builder.WithPredicates(retained())).
		Watches(&v1alpha1.RetainedTenant{}, handler.EnqueueRequestsFromMapFunc(toPlace), builder.WithPredicates(deleted())).
		WithOptions(options(1)).
		Complete(r)
}

// setup watches Tenants that want domains, and the places and claims that they have or lose.
func (r *DomainReconciler) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("domain").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(wantsDomains())).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(mapper{reader: mgr.GetClient()}.toWanting), builder.WithPredicates(deleted(), claims())).
		WithOptions(options(proofWorkers)).
		Complete(r)
}

func options(workers int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: workers,
		ReconciliationTimeout:   reconcileTimeout,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[ctrl.Request](firstPause, longestPause),
		UsePriorityQueue:        new(true),
	}
}
