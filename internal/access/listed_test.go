// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

func TestWhatADirectoryLists(t *testing.T) {
	above := func(grants ...*v1alpha1.TenantAccessGrant) *access.Place {
		place := partner(grants...)
		return &place
	}
	named := func(name string) change { return func(g *v1alpha1.TenantAccessGrant) { g.Name = name } }
	soon, later := now.Add(time.Hour), now.Add(2*time.Hour)
	for _, test := range []struct {
		name    string
		in      access.Inputs
		changed func(*access.Inputs)
		role    v1alpha1.Role // empty if the place is not listed
		until   time.Time
	}{
		{"a customer's own user", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleEditor)), Parent: above()}, nil, v1alpha1.RoleEditor, time.Time{}},
		{"with the role in effect", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin)), Parent: above()}, func(in *access.Inputs) {
			in.Place.Tenant.Spec.CustomerAccess = v1alpha1.CustomerAccessReadOnly
		}, v1alpha1.RoleViewer, time.Time{}},
		{"and not where customers may not", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin)), Parent: above()}, func(in *access.Inputs) {
			in.Place.Tenant.Spec.CustomerAccess = v1alpha1.CustomerAccessDisabled
		}, "", time.Time{}},
		{"nobody else", access.Inputs{Place: customer(grant("kim", v1alpha1.RoleEditor)), Parent: above(grant("pat", v1alpha1.RoleViewer, to("cybercorp")))}, nil, "", time.Time{}},
		{"no account of that name", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleEditor, account("acme-cybercorp"))), Parent: above()}, nil, "", time.Time{}},
		{"nobody while the place is closed", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin)), Parent: above()}, func(in *access.Inputs) { in.Place.Closed = true }, "", time.Time{}},
		{"nobody by a suspended grant", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin, suspendedGrant)), Parent: above()}, nil, "", time.Time{}},
		{"nobody when the time is over", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin, until(now))), Parent: above()}, nil, "", time.Time{}},
		{"nobody without a seat", access.Inputs{Place: customer(grant("kim", v1alpha1.RoleAdmin, aged(2*time.Hour)), grant("jo", v1alpha1.RoleAdmin)).WithSeats(1), Parent: above()}, nil, "", time.Time{}},
		{"until when", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleAdmin, until(soon))), Parent: above()}, nil, v1alpha1.RoleAdmin, soon},
		{"a technician, where delegated", access.Inputs{Place: customer(), Parent: above(grant("jo", v1alpha1.RoleAdmin, to("cybercorp")))}, nil, v1alpha1.RoleAdmin, time.Time{}},
		{"not elsewhere", access.Inputs{Place: customer(), Parent: above(grant("jo", v1alpha1.RoleAdmin, to("initech")))}, nil, "", time.Time{}},
		{"no customers of a partner's admin", access.Inputs{Place: customer(), Parent: above(grant("jo", v1alpha1.RoleAdmin))}, nil, "", time.Time{}},
		{"but the partner's place itself", access.Inputs{Place: partner(grant("jo", v1alpha1.RoleAdmin))}, nil, v1alpha1.RoleAdmin, time.Time{}},
		{"not for a delegation", access.Inputs{Place: partner(grant("jo", v1alpha1.RoleAdmin, to("cybercorp")))}, nil, "", time.Time{}},
		{"no place of a super admin without a grant", access.Inputs{Place: customer(), Parent: above()}, func(in *access.Inputs) { in.Place.SuperAdmin = "jo" }, "", time.Time{}},
		{"the strongest of many ways in", access.Inputs{
			Place:  customer(grant("jo", v1alpha1.RoleViewer)),
			Parent: above(grant("jo", v1alpha1.RoleEditor, named("delegated"), to("cybercorp"), until(soon))),
		}, nil, v1alpha1.RoleEditor, soon},
		{"the one that lasts longest of two alike", access.Inputs{Place: customer(), Parent: above(
			grant("jo", v1alpha1.RoleEditor, to("cybercorp"), until(soon)), grant("jo", v1alpha1.RoleEditor, named("two"), to("cybercorp"), until(later)),
		)}, nil, v1alpha1.RoleEditor, later},
		{"the one without an end before one with", access.Inputs{
			Place:  customer(grant("jo", v1alpha1.RoleEditor)),
			Parent: above(grant("jo", v1alpha1.RoleEditor, named("delegated"), to("cybercorp"), until(later))),
		}, nil, v1alpha1.RoleEditor, time.Time{}},
		{"what is inherited beside a grant", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleViewer)), Parent: above(grant("jo", v1alpha1.RoleAdmin))}, nil, v1alpha1.RoleOwner, time.Time{}},
		{"what a super admin has beside a grant", access.Inputs{Place: customer(grant("jo", v1alpha1.RoleViewer)), Parent: above()}, func(in *access.Inputs) { in.Place.SuperAdmin = "jo" }, v1alpha1.RoleOwner, time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.Now = now
			if test.changed != nil {
				test.changed(&test.in)
			}
			got, listed := access.Listed(test.in, access.Subject{Kind: v1alpha1.SubjectUser, Name: "jo"})
			if listed != (test.role != "") || got.Role != test.role || !got.Until.Equal(test.until) {
				t.Errorf("got %v %+v, want %q until %v", listed, got, test.role, test.until)
			}
		})
	}
}

func TestLookingAtOneSubjectChangesNoPlace(t *testing.T) {
	place, above := customer(grant("jo", v1alpha1.RoleViewer), grant("kim", v1alpha1.RoleViewer)), partner(grant("jo", v1alpha1.RoleEditor), grant("pat", v1alpha1.RoleEditor, to("cybercorp")))
	access.Listed(access.Inputs{Place: place, Parent: &above, Now: now}, access.Subject{Kind: v1alpha1.SubjectUser, Name: "jo"})
	if len(place.Grants) != 2 || place.Grants[1].Name != "kim" || len(above.Grants) != 2 || above.Grants[1].Name != "pat" {
		t.Errorf("%v, %v", place.Grants, above.Grants)
	}
}
