// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"

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
	// Loader reads the world around a tenant.
	Loader *tenancy.Loader
	// Engine makes claims.
	Engine *apply.Engine
	// Prober asks for DNS records.
	Prober dns.Prober
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
		return ctrl.Result{}, nil // its own events tell when there is a place
	}
	waiting := false
	for _, wanted := range desired.Unclaimed(in) {
		claimed, err := r.claim(ctx, in, wanted)
		if err != nil {
			return ctrl.Result{}, err
		}
		waiting = waiting || !claimed
	}
	if waiting {
		return ctrl.Result{RequeueAfter: r.Loader.Config.Domains.RetryPeriod.Duration}, nil
	}
	return ctrl.Result{}, nil
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
	if !r.proven(ctx, in, wanted.Name) {
		return false, nil
	}
	_, err = r.Engine.Apply(ctx, desired.Claim(in, wanted.Name, wanted.Kind))
	if conflict := (*apply.ConflictError)(nil); errors.As(err, &conflict) {
		return false, nil
	}
	return err == nil, err
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
