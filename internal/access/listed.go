// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// roles, the strongest first.
var roles = []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin, v1alpha1.RoleEditor, v1alpha1.RoleViewer, v1alpha1.RoleReporter}

// Listed is a subject's way into a place as the subject's directory tells it: the strongest, and of those
// the one that lasts longest. False says that the directory does not have the place: nobody's has where no
// grant in the place itself and no delegation lets its subject in. A partner's staff, who inherit its
// customers, list them.
func Listed(in Inputs, subject Subject) (Entry, bool) {
	in.Place.Grants = grantsOf(in.Place.Grants, subject)
	in.Parent = in.Parent.with(grantsOf, subject)
	direct := in
	direct.Parent = in.Parent.with(delegationsOf, subject)
	direct.Place.SuperAdmin = ""
	if len(Entries(direct)) == 0 {
		return Entry{}, false
	}
	entries := slices.DeleteFunc(Entries(in), func(entry Entry) bool { return entry.Subject != subject })
	return slices.MinFunc(entries, stronger), true
}

// with is the place with some of its grants, and the seats that they have there.
func (p *Place) with(some func([]*v1alpha1.TenantAccessGrant, Subject) []*v1alpha1.TenantAccessGrant, subject Subject) *Place {
	if p == nil {
		return nil
	}
	place := *p
	place.Grants = some(p.Grants, subject)
	return &place
}

func grantsOf(grants []*v1alpha1.TenantAccessGrant, subject Subject) []*v1alpha1.TenantAccessGrant {
	var of []*v1alpha1.TenantAccessGrant
	for _, grant := range grants {
		if SubjectOf(grant) == subject {
			of = append(of, grant)
		}
	}
	return of
}

func delegationsOf(grants []*v1alpha1.TenantAccessGrant, subject Subject) []*v1alpha1.TenantAccessGrant {
	return slices.DeleteFunc(grantsOf(grants, subject), func(grant *v1alpha1.TenantAccessGrant) bool { return grant.Spec.Tenants == nil })
}

// stronger orders ways in: the strongest role first, and of one role the one without an end or the latest.
func stronger(a, b Entry) int {
	switch {
	case a.Role != b.Role:
		return slices.Index(roles, a.Role) - slices.Index(roles, b.Role)
	case a.Until.Equal(b.Until):
		return 0
	case a.Until.IsZero() || !b.Until.IsZero() && a.Until.After(b.Until):
		return -1
	}
	return 1
}
