// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

func TestWhatBecomesOfAGrant(t *testing.T) {
	with := func(access v1alpha1.CustomerAccess) func(*place) {
		return func(p *place) { p.Tenant.Spec.CustomerAccess = access }
	}
	shut := func(p *place) { p.Closed = true }
	before := now.Add(-2 * time.Hour)
	for _, test := range []struct {
		name    string
		place   access.Place
		changed func(*place)
		grant   *v1alpha1.TenantAccessGrant
		reason  string
		role    v1alpha1.Role // in effect; empty if nobody is let in
	}{
		{"a customer's user is let in", customer(), nil, grant("jo", v1alpha1.RoleAdmin), "Granted", v1alpha1.RoleAdmin},
		{"nobody of a customer's is let in where it is disabled", customer(), with(v1alpha1.CustomerAccessDisabled), grant("jo", v1alpha1.RoleOwner), "CustomerAccess", ""},
		{"nobody of a customer's is let in where nothing is said", customer(), with(""), grant("jo", v1alpha1.RoleOwner), "CustomerAccess", ""},
		{"an owner sees, where access is read-only", customer(), with(v1alpha1.CustomerAccessReadOnly), grant("jo", v1alpha1.RoleOwner), "Granted", v1alpha1.RoleViewer},
		{"a reporter stays one, where access is read-only", customer(), with(v1alpha1.CustomerAccessReadOnly), grant("jo", v1alpha1.RoleReporter), "Granted", v1alpha1.RoleReporter},
		{"a partner's staff is let in whatever customers may", partner(), with(v1alpha1.CustomerAccessDisabled), grant("pat", v1alpha1.RoleAdmin), "Granted", v1alpha1.RoleAdmin},
		{"nobody is let in by a suspended grant", customer(), nil, grant("jo", v1alpha1.RoleAdmin, suspendedGrant), "Suspended", ""},
		{"nobody is let into a closed place", customer(), shut, grant("jo", v1alpha1.RoleAdmin), "Suspended", ""},
		{"nobody is let in when the time has come", customer(), nil, grant("jo", v1alpha1.RoleAdmin, until(now)), "Expired", ""},
		{"somebody is let in up to the last moment", customer(), nil, grant("jo", v1alpha1.RoleAdmin, until(now.Add(time.Nanosecond))), "Granted", v1alpha1.RoleAdmin},
		{"a duration begins now, where it has not", customer(), nil, grant("jo", v1alpha1.RoleAdmin, lasting(time.Minute, nil)), "Granted", v1alpha1.RoleAdmin},
		{"a duration ends when it has passed", customer(), nil, grant("jo", v1alpha1.RoleAdmin, lasting(2*time.Hour, &before)), "Expired", ""},
		{"a duration goes on until then", customer(), nil, grant("jo", v1alpha1.RoleAdmin, lasting(3*time.Hour, &before)), "Granted", v1alpha1.RoleAdmin},
		{"no group is let in at a customer's", customer(), nil, grant("all", v1alpha1.RoleViewer, group), "NotAllowed", ""},
		{"a group is let in at a partner's", partner(), nil, grant("all", v1alpha1.RoleViewer, group), "Granted", v1alpha1.RoleViewer},
		{"a customer delegates nobody", customer(), nil, grant("jo", v1alpha1.RoleAdmin, to("cybercorp")), "NotAllowed", ""},
		{"a ServiceAccount of the place is let in", customer(), nil, grant("ci", v1alpha1.RoleEditor, account("acme-cybercorp")), "Granted", v1alpha1.RoleEditor},
		{"a ServiceAccount that can't be is not", customer(), nil, grant("ci..bot", v1alpha1.RoleEditor, account("acme-cybercorp")), "NotAllowed", ""},
		{"an end before time began is one", customer(), nil, grant("jo", v1alpha1.RoleAdmin, until(time.Time{})), "Expired", ""},
		{"a ServiceAccount of elsewhere is not", customer(), nil, grant("ci", v1alpha1.RoleEditor, account("acme-initech")), "NotAllowed", ""},
		{"a ServiceAccount is no admin: who runs pods can act as it", customer(), nil, grant("ci", v1alpha1.RoleAdmin, account("acme-cybercorp")), "NotAllowed", ""},
		{"a ServiceAccount of a customer is not let in at the partner's", partner(), nil, grant("ci", v1alpha1.RoleEditor, account("acme-cybercorp")), "NotAllowed", ""},
		{"what is not allowed is said before what has ended", customer(), nil, grant("all", v1alpha1.RoleViewer, group, until(now)), "NotAllowed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.changed != nil {
				test.changed(&test.place)
			}
			got := access.Judge(test.place, test.grant, now)
			if got.Reason != test.reason || got.Role != test.role || got.Active != (test.role != "") || got.Message == "" {
				t.Errorf("got %+v, want %s as %q", got, test.reason, test.role)
			}
			if got.Stalled != (test.reason == "NotAllowed") {
				t.Errorf("stalled: %v", got.Stalled)
			}
		})
	}
}

type place = access.Place

func TestTheOldestGrantsHaveTheSeats(t *testing.T) {
	grants := []*v1alpha1.TenantAccessGrant{
		grant("third", v1alpha1.RoleViewer, aged(time.Minute)),
		grant("first", v1alpha1.RoleViewer, aged(time.Hour)),
		grant("b-second", v1alpha1.RoleViewer, aged(10*time.Minute), until(now.Add(-time.Minute))),
		grant("a-second", v1alpha1.RoleViewer, aged(10*time.Minute)),
		grant("delegated", v1alpha1.RoleViewer, aged(2*time.Hour), to("cybercorp")),
	}
	for seats, want := range []string{"", "first", "first a-second", "first a-second", "first a-second third", "first a-second third"} {
		place := partner(grants...).WithSeats(seats)
		got := ""
		for _, name := range []int{1, 3, 2, 0} {
			if access.Judge(place, grants[name], now).Active {
				got += " " + grants[name].Name
			}
		}
		if got != "" {
			got = got[1:]
		}
		if got != want {
			t.Errorf("%d seats: %q are let in, want %q (an expired grant keeps its seat)", seats, got, want)
		}
		if standing := access.Judge(place, grants[4], now); !standing.Active {
			t.Errorf("%d seats: a delegation takes none, and says %s", seats, standing.Reason)
		}
	}
}

func seatOf(seats int32) change {
	return func(g *v1alpha1.TenantAccessGrant) { g.Status.Seats = seats }
}

func TestWhoHasASeatKeepsItWhenThereAreFewer(t *testing.T) {
	for _, test := range []struct {
		name   string
		seats  int
		grants []*v1alpha1.TenantAccessGrant
		want   string
	}{
		{"all who were in stay", 1, []*v1alpha1.TenantAccessGrant{
			grant("a", v1alpha1.RoleViewer, aged(3*time.Minute), seatOf(3)), grant("b", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(3)),
			grant("c", v1alpha1.RoleViewer, aged(time.Minute), seatOf(3))}, "abc"},
		{"none at all is left, and all stay", 0, []*v1alpha1.TenantAccessGrant{
			grant("a", v1alpha1.RoleViewer, aged(3*time.Minute), seatOf(2)), grant("b", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(2))}, "ab"},
		{"nobody new gets in", 1, []*v1alpha1.TenantAccessGrant{
			grant("a", v1alpha1.RoleViewer, aged(3*time.Minute), seatOf(2)), grant("b", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(2)),
			grant("new", v1alpha1.RoleViewer, aged(time.Minute))}, "ab"},
		{"nobody new gets in when one of many goes", 1, []*v1alpha1.TenantAccessGrant{
			grant("b", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(2)), grant("new", v1alpha1.RoleViewer, aged(time.Minute))}, "b"},
		{"who was in by fewer seats than there were later stays", 2, []*v1alpha1.TenantAccessGrant{
			grant("a", v1alpha1.RoleViewer, aged(4*time.Minute), seatOf(1)), grant("b", v1alpha1.RoleViewer, aged(3*time.Minute), seatOf(3)),
			grant("c", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(3))}, "abc"},
		{"who slipped in beside the last seat has none", 2, []*v1alpha1.TenantAccessGrant{
			grant("z", v1alpha1.RoleViewer, aged(time.Minute), seatOf(2)), grant("a", v1alpha1.RoleViewer, aged(time.Minute), seatOf(2)),
			grant("first", v1alpha1.RoleViewer, aged(2*time.Minute), seatOf(2))}, "firsta"},
	} {
		t.Run(test.name, func(t *testing.T) {
			place, got := partner(test.grants...).WithSeats(test.seats), ""
			slices.SortFunc(test.grants, func(a, b *v1alpha1.TenantAccessGrant) int {
				return a.CreationTimestamp.Compare(b.CreationTimestamp.Time)
			})
			for _, grant := range test.grants {
				active := access.Judge(place, grant, now).Active
				if active {
					got += grant.Name
				}
				if has := place.Seats(grant); (has > 0) != (active && test.seats > 0) {
					t.Errorf("%s: of %d seats, active: %v", grant.Name, has, active)
				}
			}
			if got != test.want {
				t.Errorf("%q are let in, want %q", got, test.want)
			}
		})
	}
	few := partner(grant("a", v1alpha1.RoleViewer, aged(time.Minute)), grant("b", v1alpha1.RoleViewer), grant("c", v1alpha1.RoleViewer, to("cybercorp"))).WithSeats(1)
	if taken := few.Taken(); taken != 1 {
		t.Errorf("of one seat %d are taken", taken)
	}
	if has := partner().Seats(grant("sam", v1alpha1.RoleViewer, to("cybercorp"))); has != 0 {
		t.Errorf("a delegation has one of %d seats", has)
	}
}

func TestWhoOwnsEveryCustomerNeedsNoDelegation(t *testing.T) {
	for _, test := range []struct {
		staff *v1alpha1.TenantAccessGrant
		mode  v1alpha1.StaffMode
		want  bool
	}{
		{grant("pat", v1alpha1.RoleAdmin), v1alpha1.StaffInherit, true},
		{grant("pat", v1alpha1.RoleAdmin), "", true},
		{grant("pat", v1alpha1.RoleOwner), v1alpha1.StaffInherit, true},
		{grant("pat", v1alpha1.RoleEditor), v1alpha1.StaffInherit, false},
		{grant("pat", v1alpha1.RoleAdmin), v1alpha1.StaffExplicit, false},
		{grant("pat", v1alpha1.RoleAdmin, suspendedGrant), v1alpha1.StaffInherit, false},
		{grant("pat", v1alpha1.RoleAdmin, until(now)), v1alpha1.StaffInherit, false},
		{grant("pat", v1alpha1.RoleAdmin, group), v1alpha1.StaffInherit, false},
		{grant("sam", v1alpha1.RoleAdmin), v1alpha1.StaffInherit, false},
	} {
		t.Run(fmt.Sprintf("%s as %s, %s", test.staff.Name, test.staff.Spec.Role, test.mode), func(t *testing.T) {
			place := partner(test.staff)
			place.Tenant.Spec.Partner.Staff = test.mode
			if got := access.AlreadyOwner(place, grant("pat", v1alpha1.RoleEditor, to("cybercorp")), now); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
