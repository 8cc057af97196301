// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"net"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/standing"
)

// activationEnd is how long pages that are being sent may take once the manager is told to end.
const activationEnd = 5 * time.Second

// setupMail adds what sends mails, and the endpoint that their links lead to.
func setupMail(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, tenants *TenantReconciler) error {
	now := clock.RealClock{}
	mails := make(chan event.GenericEvent, 1024)
	routes, err := NewMailRoutes(cfg.SMTP, tenants.Loader, &MailServers{Wake: mails})
	if err != nil {
		return err
	}
	profiles := &WhiteLabelProfileReconciler{Client: tenants.Client, Loader: tenants.Loader, Routes: routes, Clock: now}
	if err := profiles.setup(mgr, cfg, mails); err != nil {
		return fmt.Errorf("setting up the WhiteLabelProfile controller: %w", err)
	}
	mailer, err := NewMailer(cfg.SMTP, routes, now)
	if err != nil {
		return err
	}
	store, err := NewInvitationStore(mgr, cfg, tenants, now)
	if err != nil {
		return err
	}
	events := mgr.GetEventRecorder(v1alpha1.FieldManager)
	invitations := &InvitationReconciler{Client: tenants.Client, Store: store, Mailer: mailer, Activation: cfg.Activation, Events: events, Clock: now}
	if err := invitations.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the invitation controller: %w", err)
	}
	sweeper := &InvitationSweeper{Live: store.Live, Cache: tenants.Client}
	if err := sweeper.setup(mgr); err != nil {
		return fmt.Errorf("setting up the sweeper of invitations: %w", err)
	}
	courier := Courier{Client: tenants.Client, Live: tenants.Live, Mailer: mailer, Events: events, Clock: now}
	warnings := &ExpiryReconciler{Courier: courier, Loader: tenants.Loader}
	if err := warnings.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the expiry controller: %w", err)
	}
	portals := &PortalReconciler{Courier: courier}
	if err := portals.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the portal controller: %w", err)
	}
	alerts := &AlertReconciler{Courier: courier}
	if err := alerts.setup(mgr, cfg); err != nil {
		return fmt.Errorf("setting up the alert controller: %w", err)
	}
	return serveActivation(mgr, cfg, store)
}

// NewInvitationStore makes the store of a manager, with a client that knows no cache: the manager's own
// would wait to see there what it wrote.
func NewInvitationStore(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, tenants *TenantReconciler, now clock.PassiveClock) (*invitestore.Store, error) {
	live, err := client.New(mgr.GetConfig(), client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return nil, fmt.Errorf("making the client for invitations: %w", err)
	}
	return &invitestore.Store{
		Live:   live,
		Loader: tenants.Loader,
		Settings: invite.Settings{
			Mail:          cfg.SMTP.Address != "",
			Links:         cfg.Activation.BindAddress != configv1alpha1.AddressOff,
			TokenLifetime: cfg.Activation.TokenLifetime.Duration,
			Timeout:       cfg.SMTP.Timeout.Duration,
		},
		Clock: now,
	}, nil
}

// serveActivation adds the endpoint, if there is to be one. Every manager serves it, whether it leads or
// not: what is kept says that a link was taken up.
func serveActivation(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, store *invitestore.Store) error {
	if !store.Settings.Links {
		return nil
	}
	pages, err := activation.New(activation.Options{Config: cfg.Activation, Store: store, Log: mgr.GetLogger().WithName("activation"), Now: store.Clock.Now})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Activation.BindAddress) //nolint:noctx // it lasts as long as the process
	if err != nil {
		return fmt.Errorf("activation.bindAddress: %w", err)
	}
	return mgr.Add(&manager.Server{Name: "activation", Server: activation.NewServer(pages), Listener: listener, ShutdownTimeout: new(activationEnd)})
}

// setup watches grants that have, or had, an address.
func (r *InvitationReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("invitation").
		For(&v1alpha1.TenantAccessGrant{}, builder.WithPredicates(bearsOnInvitation())).
		WithOptions(mailOptions(cfg)).
		Complete(r)
}

// setup watches grants that go, and looks once at what is kept of all of them.
func (r *InvitationSweeper) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("invitationsweeper").
		Watches(&v1alpha1.TenantAccessGrant{}, handler.EnqueueRequestsFromMapFunc(r.toKept), builder.WithPredicates(deleted(), wasInvited())).
		WatchesRawSource(source.Func(r.all)).
		WithOptions(options(1)).
		Complete(r)
}

// setup watches grants that end.
func (r *ExpiryReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("expiry").
		For(&v1alpha1.TenantAccessGrant{}, builder.WithPredicates(bearsOnExpiry())).
		WithOptions(mailOptions(cfg)).
		Complete(r)
}

// setup watches Tenants whose portal was turned on.
func (r *PortalReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	if !r.Mailer.On() {
		return nil
	}
	due := predicate.NewPredicateFuncs(func(object client.Object) bool { return standing.PortalDue(object.(*v1alpha1.Tenant)) })
	return ctrl.NewControllerManagedBy(mgr).
		Named("portal").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(due)).
		WithOptions(mailOptions(cfg)).
		Complete(r)
}

// setup watches Tenants of which there is something to be told, and partners who can be told from now on.
func (r *AlertReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	if !r.Mailer.On() {
		return nil
	}
	related := mapper{reader: mgr.GetClient()}
	return ctrl.NewControllerManagedBy(mgr).
		Named("alert").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(alerted())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.toAlerted), builder.WithPredicates(changesContact())).
		WithOptions(mailOptions(cfg)).
		Complete(r)
}

// mailOptions leave a reconciliation the time that a mail takes.
func mailOptions(cfg *configv1alpha1.Configuration) controller.Options {
	o := options(mailWorkers)
	o.ReconciliationTimeout = reconcileTimeout + cfg.SMTP.Timeout.Duration
	return o
}

// bearsOnInvitation lets a grant's events through that its invitation depends on.
func bearsOnInvitation() predicate.Predicate {
	concerned := func(object client.Object) bool {
		grant := object.(*v1alpha1.TenantAccessGrant)
		return grant.Spec.Email != "" || meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionInvited) != nil
	}
	return predicate.And(predicate.NewPredicateFuncs(concerned), predicate.Or(judgedAnew(), deleted()))
}

// bearsOnExpiry lets events of grants through that end.
func bearsOnExpiry() predicate.Predicate {
	ends := func(object client.Object) bool { return object.(*v1alpha1.TenantAccessGrant).Status.ExpiresAt != nil }
	return predicate.And(predicate.NewPredicateFuncs(ends), predicate.Or(judgedAnew(), deleted()))
}

// alerted lets a Tenant's events through that change what its partner is to be told.
func alerted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return hasAlerts(e.Object.(*v1alpha1.Tenant)) },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return !equality.Semantic.DeepEqual(before.Status.Alerts, after.Status.Alerts) ||
				!equality.Semantic.DeepEqual(before.Status.TrialWarning, after.Status.TrialWarning) ||
				after.Status.TrialWarning != nil && before.Status.Plan != after.Status.Plan
		},
		DeleteFunc: func(e event.DeleteEvent) bool { return hasAlerts(e.Object.(*v1alpha1.Tenant)) },
	}
}

// hasAlerts says that there is, or was, something to be told of a Tenant.
func hasAlerts(tenant *v1alpha1.Tenant) bool {
	return len(tenant.Status.Alerts) > 0 || tenant.Status.TrialWarning != nil
}

// changesContact lets events of a Tenant through that change whom mails about its children go to.
func changesContact() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false }, // its children come themselves
		UpdateFunc: func(e event.UpdateEvent) bool {
			return standing.Contact(e.ObjectOld.(*v1alpha1.Tenant)) != standing.Contact(e.ObjectNew.(*v1alpha1.Tenant))
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// toAlerted maps a Tenant to those in its place of which there is something to be told.
func (m mapper) toAlerted(ctx context.Context, object client.Object) []reconcile.Request {
	place := object.(*v1alpha1.Tenant).Status.Namespace
	if place == "" {
		return nil
	}
	var requests []reconcile.Request
	for _, child := range m.tenants(ctx, client.InNamespace(place)) {
		if hasAlerts(child) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(child)})
		}
	}
	return requests
}

// wasInvited lets events of grants through of whose invitations something may be kept.
func wasInvited() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		grant := object.(*v1alpha1.TenantAccessGrant)
		return grant.Spec.Email != "" || grant.Status.Invitation != nil
	})
}

// judgedAnew lets events through after which other things are said of a grant, or of another spec of it.
func judgedAnew() predicate.Predicate {
	said := func(object client.Object) (*metav1.Condition, *metav1.Time) {
		grant := object.(*v1alpha1.TenantAccessGrant)
		return meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionActive), grant.Status.ExpiresAt
	}
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, endBefore := said(e.ObjectOld)
			after, endAfter := said(e.ObjectNew)
			return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() || !equality.Semantic.DeepEqual(before, after) || !endBefore.Equal(endAfter)
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}
