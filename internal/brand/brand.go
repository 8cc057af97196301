// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package brand decides which brand a tenant bears, and makes of a profile what its portal and mails show. It
// is pure.
//
// The first of these that says something decides, and its profile is taken whole: what that leaves out is the
// product's own, not another profile's.
//
//  1. The tenant's own spec.whiteLabel: no brand, a profile, or whatever a sibling bears. What it names must be
//     there: a tenant whose brand can't be found bears none, and says so, rather than somebody else's.
//  2. What a sync sets: its master's brand. Where two would, neither does.
//  3. The default profile in the namespace that the Tenant lies in: its parent's. Of several that are marked, the
//     oldest, so that one marked by mistake changes nothing for anybody.
//  4. None.
//
// A profile's sender and mail server serve the tenants in the profile's own namespace alone: who made it did not
// agree to mails of others' customers.
package brand

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// MaxChain is how many tenants may copy from each other in a row: every look at the last one reads them all.
const MaxChain = 32

// Finder finds what a brand depends on. Each of its functions is required; what is not there is nil.
type Finder struct {
	// Tenant by its namespace and name.
	Tenant func(key types.NamespacedName) *v1alpha1.Tenant
	// Profile by its namespace and name.
	Profile func(key types.NamespacedName) *v1alpha1.WhiteLabelProfile
	// Default is the profile that is the default in a namespace, as DefaultOf has it.
	Default func(namespace string) *v1alpha1.WhiteLabelProfile
	// Synced is what syncs set for a tenant.
	Synced func(tenant *v1alpha1.Tenant) Synced
}

// Synced is what syncs set. The zero value sets nothing.
type Synced struct {
	// Sync is the name of the one sync that sets the brand; empty for none.
	Sync string
	// Master is the Tenant whose brand it sets; needed with Sync.
	Master *v1alpha1.Tenant
	// Contested are the names of several syncs that each would: then none does.
	Contested []string
}

// Brand is what a tenant bears.
type Brand struct {
	// Profile in effect, not to be changed; nil for none.
	Profile *v1alpha1.WhiteLabelProfile
	// From where it comes. Without a profile: Tenant for one that asks for none, else empty.
	From v1alpha1.BrandOrigin
	// Via are the siblings that it is copied from, the nearest first, or the sync.
	Via []string
	// Fault is what keeps the tenant from the brand that was meant for it; nil if nothing does.
	Fault *Fault
}

// Fault is why a brand is not what it was meant to be.
type Fault struct {
	// Reason is one of the reasons of the WhiteLabelReady condition.
	Reason string
	// Message says what is wrong and what to do.
	Message string
}

// Key of the profile in effect; zero for none.
func (b Brand) Key() types.NamespacedName {
	if b.Profile == nil {
		return types.NamespacedName{}
	}
	return types.NamespacedName{Namespace: b.Profile.Namespace, Name: b.Profile.Name}
}

// NameIn is how the profile in effect is called in a namespace: by its name alone where it lies there too.
func (b Brand) NameIn(namespace string) string {
	key := b.Key()
	if key.Namespace == namespace {
		return key.Name
	}
	if b.Profile == nil {
		return ""
	}
	return key.String()
}

// DefaultOf is the oldest of the profiles that are marked as their namespace's default; nil if none is.
func DefaultOf(profiles []*v1alpha1.WhiteLabelProfile) *v1alpha1.WhiteLabelProfile {
	var oldest *v1alpha1.WhiteLabelProfile
	for _, profile := range profiles {
		if profile.IsDefault() && profile.DeletionTimestamp == nil && (oldest == nil || older(profile, oldest)) {
			oldest = profile
		}
	}
	return oldest
}

func older(a, b *v1alpha1.WhiteLabelProfile) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.Name < b.Name
}

// Decides says whether a tenant's own spec.whiteLabel decides over its brand, and neither a sync nor the default does.
func Decides(own *v1alpha1.WhiteLabel) bool {
	return own != nil && (own.None != nil || own.ProfileRef != nil || own.CopyFrom != nil)
}

// Resolve says which brand a tenant bears.
func Resolve(tenant *v1alpha1.Tenant, find Finder) Brand {
	r := resolver{find: find}
	return r.of(tenant)
}

// resolver follows a brand from tenant to tenant.
type resolver struct {
	find Finder
	// chain are the tenants that were asked, in order.
	chain []types.NamespacedName
}

func (r *resolver) of(tenant *v1alpha1.Tenant) Brand {
	key := types.NamespacedName{Namespace: tenant.Namespace, Name: tenant.Name}
	switch {
	case slices.Contains(r.chain, key):
		return unresolved("tenants %s take their brands from each other: give one of them a spec.whiteLabel.profileRef", r.path(key))
	case len(r.chain) > MaxChain:
		return unresolved("more than %d tenants take their brands from each other in a row: name the profile itself in spec.whiteLabel.profileRef", MaxChain)
	}
	r.chain = append(r.chain, key)
	own := tenant.Spec.WhiteLabel
	switch {
	case own != nil && own.None != nil:
		return Brand{From: v1alpha1.BrandFromTenant}
	case own != nil && own.ProfileRef != nil:
		return r.named(tenant, own.ProfileRef.Name)
	case own != nil && own.CopyFrom != nil:
		return r.copied(tenant, string(own.CopyFrom.Name))
	}
	return r.given(tenant)
}

// named is the profile that the tenant names.
func (r *resolver) named(tenant *v1alpha1.Tenant, name string) Brand {
	profile := r.find.Profile(types.NamespacedName{Namespace: tenant.Namespace, Name: name})
	if profile == nil || profile.DeletionTimestamp != nil {
		return unresolved("spec.whiteLabel.profileRef: there is no WhiteLabelProfile %q in namespace %q; `kubectl get whitelabelprofiles -n %s` lists those that are",
			name, tenant.Namespace, tenant.Namespace)
	}
	return Brand{Profile: profile, From: v1alpha1.BrandFromTenant}
}

// copied is whatever a sibling bears.
func (r *resolver) copied(tenant *v1alpha1.Tenant, name string) Brand {
	sibling := r.find.Tenant(types.NamespacedName{Namespace: tenant.Namespace, Name: name})
	if sibling == nil {
		return unresolved("spec.whiteLabel.copyFrom: there is no tenant %q in namespace %q; `kubectl get tenants -n %s` lists those that are",
			name, tenant.Namespace, tenant.Namespace)
	}
	return r.through(sibling, v1alpha1.BrandFromSibling, name)
}

// given is what the tenant bears that says nothing itself.
func (r *resolver) given(tenant *v1alpha1.Tenant) Brand {
	synced := r.find.Synced(tenant)
	inherited := Brand{}
	if profile := r.find.Default(tenant.Namespace); profile != nil {
		inherited = Brand{Profile: profile, From: v1alpha1.BrandFromParent}
	}
	if len(synced.Contested) > 0 {
		inherited.Fault = &Fault{Reason: v1alpha1.ReasonSyncConflict, Message: fmt.Sprintf(
			"MasterTenantSyncs %s each would set the tenant's brand, and none does: take category WhiteLabel, or the tenant, out of all but one",
			strings.Join(slices.Sorted(slices.Values(synced.Contested)), ", "))}
		return inherited
	}
	if synced.Sync == "" || synced.Master == nil {
		return inherited
	}
	set := r.through(synced.Master, v1alpha1.BrandFromSync, synced.Sync)
	if set.Profile == nil { // a master without a brand sets none
		inherited.Fault = set.Fault
		return inherited
	}
	return set
}

// through is the brand of another tenant.
func (r *resolver) through(other *v1alpha1.Tenant, from v1alpha1.BrandOrigin, via string) Brand {
	brand := r.of(other)
	if brand.Profile != nil || brand.From != "" {
		brand.From = from
	}
	brand.Via = append([]string{via}, brand.Via...)
	return brand
}

// path is the way from a tenant back to itself.
func (r *resolver) path(key types.NamespacedName) string {
	var names []string
	for _, step := range r.chain[slices.Index(r.chain, key):] {
		names = append(names, step.Name)
	}
	return strings.Join(append(names, key.Name), " → ")
}

func unresolved(format string, values ...any) Brand {
	return Brand{Fault: &Fault{Reason: v1alpha1.ReasonUnresolved, Message: fmt.Sprintf(format, values...)}}
}
