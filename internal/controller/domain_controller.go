// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/flowcontrol"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/dns"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// DomainReconciler claims custom hosts and partners' domains for tenants that prove them. It has
// workers of its own: a slow DNS server holds nothing else up.
type DomainReconciler struct {
	// Client reads from the caches.
	Client client.Client
	// Live reads from the API server; asked before a domain is claimed.
	Live client.Reader
	// Loader reads the world around a tenant.
	Loader *tenancy.Loader
	// Engine makes claims.
	Engine *apply.Engine
	// Prober asks for DNS records.
	Prober dns.Prober

	turns  turns                // of each partner: who has slow DNS servers holds up no other
	pauses *flowcontrol.Backoff // of each Tenant and generation
}

// NewDomainReconciler shares the clients and the configuration of a TenantReconciler.
func NewDomainReconciler(tenants *TenantReconciler) *DomainReconciler {
	domains := tenants.Loader.Config.Domains
	return &DomainReconciler{
		Client: tenants.Client,
		Live:   tenants.Live,
		Loader: tenants.Loader,
		Engine: tenants.Engine,
		Prober: dns.Prober{Server: domains.Resolver},
		turns:  turns{most: proofsOfPartner},
		pauses: flowcontrol.NewBackOff(domains.RetryPeriod.Duration, domain.LongestPause(domains.RetryPeriod.Duration)),
	}
}

// Reconcile looks at the domains of one Tenant.
func (r *DomainReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if len(desired.Domains(tenant)) == 0 || tenant.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	in, err := r.Loader.LoadDomains(ctx, tenant)
	if err != nil {
		return ctrl.Result{}, err
	}
	if desired.Refuse(in) != nil || in.PlaceUID == "" {
		return ctrl.Result{RequeueAfter: r.pause(tenant)}, nil
	}
	if !r.turns.take(req.Namespace) {
		return ctrl.Result{RequeueAfter: turnPause}, nil
	}
	defer r.turns.done(req.Namespace)
	waiting := false
	for _, wanted := range desired.Unclaimed(in) {
		claimed, err := r.claim(ctx, in, wanted)
		if err != nil {
			return ctrl.Result{}, err
		}
		waiting = waiting || !claimed
	}
	if waiting {
		return ctrl.Result{RequeueAfter: r.pause(tenant)}, nil
	}
	return ctrl.Result{}, nil
}

// pause until the domains of a Tenant are looked for again: longer each time, until it is changed.
func (r *DomainReconciler) pause(tenant *v1alpha1.Tenant) time.Duration {
	asked := fmt.Sprintf("%s/%d", tenant.UID, tenant.Generation)
	r.pauses.GC()
	r.pauses.Next(asked, r.Loader.Clock.Now())
	return r.pauses.Get(asked)
}

// claim makes the claim of a domain that is proven and that nobody holds, and says whether it did.
func (r *DomainReconciler) claim(ctx context.Context, in desired.Inputs, wanted desired.Domain) (bool, error) {
	if domain.Refuse(wanted.Name, use(wanted.Kind), in.Config) != "" {
		return true, nil // no time mends that
	}
	partner, err := r.Loader.PartnerAbove(ctx, wanted.Name)
	if err != nil || partner != "" {
		return false, err
	}
	if held, err := r.heldByAnother(ctx, in, wanted.Name); held || err != nil {
		return false, err
	}
	if !r.proven(ctx, in, wanted.Name) {
		return false, nil
	}
	if still, err := r.stillWants(ctx, in, wanted); !still || err != nil {
		return false, err
	}
	_, err = r.Engine.Apply(ctx, desired.Claim(in, wanted.Name, wanted.Kind))
	if conflict := (*apply.ConflictError)(nil); errors.As(err, &conflict) {
		return false, nil
	}
	return err == nil, err
}

// heldByAnother says whether somebody else has the domain. A claim that nobody is left to give up is
// removed.
func (r *DomainReconciler) heldByAnother(ctx context.Context, in desired.Inputs, name string) (bool, error) {
	claim := &corev1.ConfigMap{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: name}, claim)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("looking up who holds %q: %w", name, err)
	}
	if tenancy.HolderOf(claim) == tenancy.HolderFor(in.Tenant) {
		return false, nil
	}
	abandoned, err := tenancy.Abandoned(ctx, r.Client, claim)
	if err == nil && abandoned {
		abandoned, err = removeAbandoned(ctx, r.Client, r.Live, claim)
	}
	return !abandoned, err
}

// stillWants asks the API server itself whether the Tenant is there and wants the domain: DNS took its
// time, and nobody would give up what is claimed for one that has gone.
func (r *DomainReconciler) stillWants(ctx context.Context, in desired.Inputs, wanted desired.Domain) (bool, error) {
	live := &v1alpha1.Tenant{}
	if err := r.Live.Get(ctx, client.ObjectKeyFromObject(in.Tenant), live); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return live.UID == in.Tenant.UID && live.DeletionTimestamp == nil && slices.Contains(desired.Domains(live), wanted), nil
}

// proven says whether DNS says that the domain is the tenant's. What DNS can't answer now is not
// proven, and is asked again.
func (r *DomainReconciler) proven(ctx context.Context, in desired.Inputs, name string) bool {
	if in.Config.Domains.Proof == configv1alpha1.ProofNone {
		return true
	}
	records, err := r.Prober.LookupTXT(ctx, domain.RecordName(name))
	if err != nil {
		ctrl.LoggerFrom(ctx).Info("A domain could not be looked up", "record", domain.RecordName(name), "cause", fmt.Sprint(err))
		return false
	}
	return domain.Proves(records, domain.Challenge(string(in.PlaceUID)))
}

// use of a domain, by the kind of its claim.
func use(kind string) domain.Use {
	if kind == desired.ClaimPartner {
		return domain.PartnerDomain
	}
	return domain.CustomHost
}
