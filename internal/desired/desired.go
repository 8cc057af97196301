// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package desired decides what a tenant should have. It is pure: no client, no clock, no logger.
// The manager applies what it says; `kubectl tenant render` prints it.
package desired

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/scan"
)

// Inputs are all that decides what a tenant should have.
type Inputs struct {
	// Tenant is the one that is looked at.
	Tenant *v1alpha1.Tenant
	// Parent says whose place the Tenant lies in.
	Parent Parent
	// Ancestors are the partners above the Tenant, the nearest first; none for a root. Where one is
	// gone, they end below it.
	Ancestors []*v1alpha1.Tenant
	// PartnerDomains are the domains of the ancestors' own that they hold, one for each of Ancestors;
	// empty for one that holds none.
	PartnerDomains []string
	// AncestorPlans are what is in effect for the ancestors, one for each of Ancestors; none where that is of no interest.
	AncestorPlans []license.InEffect
	// ParentShare is what the parent was given of what is limited; nil where nothing is.
	ParentShare *license.Entry
	// License is what the tenant's plan, and the capacity that it was given, say.
	License License
	// Children is the number of Tenants, there or kept, in the Tenant's own place.
	Children int
	// Kept is a former Tenant's place that stands under the Tenant's name; nil if none does.
	Kept *Kept
	// PlaceUID is the UID of the Tenant's namespace, which stays when a place is taken back; empty
	// while it is not there.
	PlaceUID types.UID
	// PlaceGoing says that the Tenant's namespace is being deleted.
	PlaceGoing bool
	// FormerSuperAdmin is the super admin that came with a place that was taken back; empty if none did.
	FormerSuperAdmin string
	// Bindings are who is let in, as what.
	Bindings []access.Binding
	// AccessEnds is when the first of those who are let in is to be let out; zero if none is.
	AccessEnds time.Time
	// Host says whether the Tenant holds the host that it asks for.
	Host HostClaim
	// Custom is what is known of the Tenant's custom host; nil if it asks for none.
	Custom *CustomHost
	// Domain says who holds the domain that the Tenant asks for as a partner; nil if it asks for none.
	Domain *HostClaim
	// Brand is what the tenant bears.
	Brand brand.Brand
	// Look is what that looks like, the same for all who bear it; nil for none.
	Look *brand.Look
	// Seeding are the names of the syncs that are to bring a new tenant what it begins with, and did not yet.
	Seeding []string
	// Assets is how many assets the inventories in the Tenant's place count.
	Assets int64
	// Scans is the ledger of what was scanned in the Tenant's place; nil if there is none.
	Scans *scan.Ledger
	// Seats is how many seats of a partner's own place are taken, in which the operator counts; zero of a customer's, in
	// which the API server does.
	Seats int64
	// Config is the operator's configuration.
	Config *configv1alpha1.Configuration
}

// Parent says whose place a Tenant lies in.
type Parent int

// MaxDepth is how many partners may be above a Tenant: every look at it reads them all.
const MaxDepth = 32

// Whose place a Tenant lies in.
const (
	// ParentNone: a plain namespace; the Tenant is a root.
	ParentNone Parent = iota
	// ParentKnown: another Tenant's place; that Tenant is the first of the ancestors.
	ParentKnown
	// ParentGone: the place, or one further up, is of a Tenant that is there no more.
	ParentGone
	// ParentTooDeep: more than MaxDepth partners are above the place. The ancestors are the nearest.
	ParentTooDeep
)

// HostClaim says who holds the host that a Tenant asks for.
type HostClaim struct {
	// Held by this Tenant.
	Held bool
	// Holder is the namespace and name of who holds it, if it is another Tenant.
	HolderNamespace, HolderName string
}

// CustomHost is what is known of a host of the customer's own.
type CustomHost struct {
	// Claim says who holds it: nobody gets it unproven.
	Claim HostClaim
	// Insecure is why its certificate is not good; nil if it is.
	Insecure *Insecurity
	// LookAgain is when its certificate must be looked at again; zero while it is nobody's.
	LookAgain time.Time
}

// Insecurity is why a domain is not secure.
type Insecurity struct {
	// Reason is one of the reasons of the DomainSecure condition.
	Reason string
	// Message says what is wrong and what to do.
	Message string
}

// Place is what a tenant should have.
type Place struct {
	// Claims hold the tenant's hosts, one each, for all the cluster to see.
	Claims []apply.Intent
	// Namespace is the tenant's own.
	Namespace apply.Intent
	// Contents stand in the namespace.
	Contents []apply.Intent
	// Certificates are asked of cert-manager, which not every cluster has.
	Certificates []apply.Intent
	// Quotas come after the objects that they count: before them they make each dearer.
	Quotas []apply.Intent
	// Shut stops work while the tenant is closed. It counts nothing that the place is made of, so it
	// comes before all else and no fault further down keeps a tenant at work.
	Shut []apply.Intent
	// Bindings let people in. They are made once the quotas are enforced, and there are none while the
	// tenant is closed.
	Bindings []apply.Intent
	// FirstAdmin is the grant of the first administrator. It takes a seat, which may not be free.
	FirstAdmin []apply.Intent
	// Entry leads requests in. It comes last, and is empty while the tenant is closed.
	Entry []apply.Intent
}

// InNamespace are all intents that stand in the namespace.
func (p Place) InNamespace() []apply.Intent {
	return slices.Concat(p.Contents, p.Certificates, p.Quotas, p.Shut, p.Bindings, p.FirstAdmin, p.Entry)
}

// All are the intents of the place.
func (p Place) All() []apply.Intent {
	return slices.Concat(p.Claims, []apply.Intent{p.Namespace}, p.InNamespace())
}

// For decides what a tenant should have. Of one that Refuse objects to, only what closes it is made.
func For(in Inputs) Place {
	return Place{
		Claims:    claims(in),
		Namespace: namespace(in),
		Contents: present(
			settings(in),
			brandConfigMap(in),
			adminSecret(in),
			limitRange(in),
			networkPolicy(in),
			portalService(in),
		),
		Certificates: present(
			certificate(in),
		),
		Quotas: present(
			quota(in),
		),
		Shut: present(
			suspendedQuota(in),
		),
		Bindings:   Bindings(in),
		FirstAdmin: present(adminGrant(in)),
		Entry: present(
			portalIngress(in),
			portalHTTPRoute(in),
			portalListenerSet(in),
		),
	}
}

// Above are the inputs of the partner above the tenant, as far as they decide about it.
func (in Inputs) Above() Inputs {
	return Inputs{
		Tenant:        in.Ancestors[0],
		Parent:        in.Parent,
		Ancestors:     in.Ancestors[1:],
		AncestorPlans: in.AncestorPlans[min(1, len(in.AncestorPlans)):],
		License:       License{InEffect: in.planAbove(0), Share: in.ParentShare},
		Config:        in.Config,
	}
}

// planAbove is what is in effect for an ancestor.
func (in Inputs) planAbove(ancestor int) license.InEffect {
	if ancestor >= len(in.AncestorPlans) {
		return license.InEffect{}
	}
	return in.AncestorPlans[ancestor]
}

// Closed says that the tenant is suspended: by its spec, by the end of its trial, by a partner above it that is
// suspended, going or gone, or because it is going itself.
func (in Inputs) Closed() bool {
	return in.Tenant.Spec.Suspend || in.Tenant.DeletionTimestamp != nil || in.License.TrialOver || in.Parent == ParentGone || in.ClosedBy() != nil
}

// ClosedBy is the nearest partner above the tenant that is suspended, by itself or by the end of its trial, or
// going; nil if there is none.
func (in Inputs) ClosedBy() *v1alpha1.Tenant {
	for above, ancestor := range in.Ancestors {
		if ancestor.Spec.Suspend || ancestor.DeletionTimestamp != nil || in.planAbove(above).TrialOver {
			return ancestor
		}
	}
	return nil
}

// present drops the builders' nils: what is not wanted.
func present(intents ...*apply.Intent) []apply.Intent {
	var wanted []apply.Intent
	for _, intent := range intents {
		if intent != nil {
			wanted = append(wanted, *intent)
		}
	}
	return wanted
}
