// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package desired decides what a tenant should have. It is pure: no client, no clock, no logger.
// The manager applies what it says; `kubectl tenant render` prints it.
package desired

import (
	"slices"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
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
	// Children is the number of Tenants in the Tenant's own place.
	Children int
	// Host says whether the Tenant holds the host that it asks for.
	Host HostClaim
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

// Place is what a tenant should have.
type Place struct {
	// Namespace is the tenant's own.
	Namespace apply.Intent
	// Contents stand in the namespace.
	Contents []apply.Intent
	// Quotas come after the objects that they count: before them they make each dearer.
	Quotas []apply.Intent
	// Shut stops work while the tenant is closed. It counts nothing that the place is made of, so it
	// comes before all else and no fault further down keeps a tenant at work.
	Shut []apply.Intent
	// Entry lets people in. It is made once the quotas are enforced, and is empty while the tenant is closed.
	Entry []apply.Intent
}

// InNamespace are all intents of the place but the namespace itself.
func (p Place) InNamespace() []apply.Intent {
	return slices.Concat(p.Contents, p.Quotas, p.Shut, p.Entry)
}

// All are the intents of the place.
func (p Place) All() []apply.Intent {
	return slices.Concat([]apply.Intent{p.Namespace}, p.InNamespace())
}

// For decides what a tenant should have. Of one that Refuse objects to, only what closes it is made.
func For(in Inputs) Place {
	return Place{
		Namespace: namespace(in),
		Contents: present(
			settings(in),
			adminSecret(in),
			limitRange(in),
			networkPolicy(in),
			portalService(in),
		),
		Quotas: present(
			quota(in),
		),
		Shut: present(
			suspendedQuota(in),
		),
		Entry: present(
			portalIngress(in),
		),
	}
}

// Closed says that the tenant is suspended: by its spec, by a partner above it that is suspended,
// going or gone, or because it is going itself.
func (in Inputs) Closed() bool {
	return in.Tenant.Spec.Suspend || in.Tenant.DeletionTimestamp != nil || in.Parent == ParentGone || in.ClosedBy() != nil
}

// ClosedBy is the nearest partner above the tenant that is suspended or going; nil if there is none.
func (in Inputs) ClosedBy() *v1alpha1.Tenant {
	for _, ancestor := range in.Ancestors {
		if ancestor.Spec.Suspend || ancestor.DeletionTimestamp != nil {
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
