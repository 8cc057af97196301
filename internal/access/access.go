// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package access decides who is let into a tenant's place, as what, and why not. It is pure: no client,
// no clock, no logger.
package access

import (
	"cmp"
	"slices"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Place is a tenant's place as access to it is decided.
type Place struct {
	// Tenant whose place it is.
	Tenant *v1alpha1.Tenant
	// Namespace of the place.
	Namespace string
	// SuperAdmin in effect; empty if there is none.
	SuperAdmin string
	// Closed says that nobody is let in: the tenant, or a partner above it, is suspended or going.
	Closed bool
	// Grants that lie in the place.
	Grants []*v1alpha1.TenantAccessGrant

	seats    int
	seatless map[string]bool // names of grants
}

// WithSeats says how many seats the place has, and which of its grants have none: the oldest have them, and who had one
// keeps it when there are fewer. The API server refuses a grant too many in a customer's place; this is for what slips
// through, and for a partner's place, in which delegations lie too and take none. A grant has its seat whether it lets
// anybody in or not.
func (p Place) WithSeats(seats int) Place {
	p.seats, p.seatless = seats, nil
	var seated []*v1alpha1.TenantAccessGrant
	for _, grant := range p.Grants {
		if grant.Spec.Tenants == nil {
			seated = append(seated, grant)
		}
	}
	if len(seated) <= seats {
		return p
	}
	slices.SortFunc(seated, byAge)
	p.seatless = map[string]bool{}
	for older, grant := range seated {
		// Others only go: with as many older ones as when it got its seat, or fewer, it was let in by the limit of that time.
		if older >= max(seats, int(grant.Status.Seats)) {
			p.seatless[grant.Name] = true
		}
	}
	return p
}

// Seats that the place has, if a grant in it takes one of them and has it; else zero.
func (p Place) Seats(grant *v1alpha1.TenantAccessGrant) int {
	if grant.Spec.Tenants != nil || p.seatless[grant.Name] {
		return 0
	}
	return p.seats
}

// Taken is how many of the seats grants in the place have, those among them that were kept when there came to be fewer.
func (p Place) Taken() int {
	taken := 0
	for _, grant := range p.Grants {
		if grant.Spec.Tenants == nil && !p.seatless[grant.Name] {
			taken++
		}
	}
	return taken
}

// byAge orders grants by when they were made; those of one second by name.
func byAge(a, b *v1alpha1.TenantAccessGrant) int {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
}

// IsPartners says that the place is a partner's, in which staff and delegations lie.
func (p Place) IsPartners() bool { return p.Tenant.Spec.Partner != nil }

// Inputs are all that decides who is let into a place.
type Inputs struct {
	// Place that is looked at.
	Place Place
	// Parent is the partner's place that the tenant lies in; nil for a root.
	Parent *Place
	// StaffSynced says that a sync brings the partner's staff into the place, each in the role that they have at the partner's.
	StaffSynced bool
	// Permissions are the ClusterRoles that are bound only while the tenant has a permission.
	Permissions []PermissionRole
	// Permitted are the tenant's permissions in effect.
	Permitted map[string]bool
	// Now is the time.
	Now time.Time
}

// Subject is somebody who is let in. It is comparable.
type Subject struct {
	Kind      v1alpha1.SubjectKind
	Namespace string // of a ServiceAccount
	Name      string
}

// Entry is somebody's way into a place.
type Entry struct {
	Subject Subject
	// Role in the place.
	Role v1alpha1.Role
	// Temporary says that the way in has an end, or is a delegation: it can't be made permanent by who
	// has it.
	Temporary bool
	// Until is when it ends; zero if it does not.
	Until time.Time
}

// Entries are all ways into a place, by its own grants, by the partner above it, and its super admin's.
// There are none while it is closed.
func Entries(in Inputs) []Entry {
	if in.Place.Closed {
		return nil
	}
	entries := own(in.Place, in.Now)
	if in.Parent != nil && in.Parent.IsPartners() && !in.Parent.Closed {
		entries = append(entries, inherited(in)...)
	}
	if admin := in.Place.SuperAdmin; admin != "" {
		entries = append(entries, Entry{Subject: Subject{Kind: v1alpha1.SubjectUser, Name: admin}, Role: v1alpha1.RoleOwner})
	}
	return entries
}

// own are the ways in by the place's own grants.
func own(place Place, now time.Time) []Entry {
	var entries []Entry
	for _, grant := range place.Grants {
		standing := Judge(place, grant, now)
		if !standing.Active || !begun(grant) || grant.Spec.Tenants != nil {
			continue
		}
		entries = append(entries, Entry{
			Subject:   SubjectOf(grant),
			Role:      standing.Role,
			Temporary: temporary(grant),
			Until:     standing.Until,
		})
	}
	return entries
}

// inherited are the ways in by the grants in the place of the partner above.
func inherited(in Inputs) []Entry {
	var entries []Entry
	for _, grant := range in.Parent.Grants {
		standing := Judge(*in.Parent, grant, in.Now)
		if !standing.Active || !begun(grant) {
			continue
		}
		entry := Entry{Subject: SubjectOf(grant), Temporary: temporary(grant), Until: standing.Until}
		switch {
		case grant.Spec.Tenants != nil && Selects(grant.Spec.Tenants, in.Place.Tenant):
			entry.Role, entry.Temporary = grant.Spec.Role, true
		case grant.Spec.Tenants == nil && owns(*in.Parent, grant):
			entry.Role = v1alpha1.RoleOwner
		case grant.Spec.Tenants == nil && in.StaffSynced && in.Parent.Tenant.Spec.Partner.Staff != v1alpha1.StaffExplicit:
			entry.Role = grant.Spec.Role
		default:
			continue
		}
		entries = append(entries, entry)
	}
	return entries
}

// owns says that a member of a partner's staff owns every customer.
func owns(partner Place, grant *v1alpha1.TenantAccessGrant) bool {
	return grant.Spec.Tenants == nil && partner.Tenant.Spec.Partner.Staff != v1alpha1.StaffExplicit &&
		(grant.Spec.Role == v1alpha1.RoleOwner || grant.Spec.Role == v1alpha1.RoleAdmin)
}

// SubjectOf is who a grant lets in.
func SubjectOf(grant *v1alpha1.TenantAccessGrant) Subject {
	return Subject{Kind: grant.Spec.Subject.Kind, Namespace: grant.Spec.Subject.Namespace, Name: grant.Spec.Subject.Name}
}

// begun says that a duration has begun to count: nobody is let in before it is written down since when,
// or it would never end.
func begun(grant *v1alpha1.TenantAccessGrant) bool {
	return grant.Spec.Duration == nil || grant.Status.ActiveSince != nil
}

// temporary says that a grant has an end.
func temporary(grant *v1alpha1.TenantAccessGrant) bool {
	return grant.Spec.ExpiresAt != nil || grant.Spec.Duration != nil
}
