// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

// said are the bindings of a place as "name: subject subject".
func said(bindings []access.Binding) []string {
	var lines []string
	for _, binding := range bindings {
		names := []string{}
		for _, subject := range binding.Subjects {
			names = append(names, subject.Name)
		}
		lines = append(lines, binding.Name+": "+strings.Join(names, " "))
	}
	return lines
}

func TestWhoHoldsWhat(t *testing.T) {
	type world struct {
		place  access.Place
		parent *access.Place
	}
	above := func(grants ...*v1alpha1.TenantAccessGrant) *access.Place {
		place := partner(grants...)
		return &place
	}
	for _, test := range []struct {
		name    string
		world   world
		changed func(*access.Inputs)
		want    []string
	}{
		{"nobody, where there is nobody", world{customer(), above()}, nil, nil},
		{"a customer's people, by their roles", world{customer(grant("jo", v1alpha1.RoleAdmin), grant("kim", v1alpha1.RoleEditor), grant("lee", v1alpha1.RoleReporter)), above()}, nil,
			[]string{"tenantry:admin: jo", "tenantry:editor: kim", "tenantry:reporter: lee"}},
		{"who has an end lets nobody else in", world{customer(grant("jo", v1alpha1.RoleAdmin, until(now.Add(time.Hour))), grant("kim", v1alpha1.RoleOwner, lasting(time.Hour, &now))), above()}, nil,
			[]string{"tenantry:limited-admin: jo", "tenantry:limited-owner: kim"}},
		{"nobody, before it is written down since when", world{customer(grant("kim", v1alpha1.RoleOwner, lasting(time.Hour, nil))), above(grant("pat", v1alpha1.RoleAdmin, lasting(time.Hour, nil)))}, nil, nil},
		{"a partner's admins own its customers", world{customer(), above(grant("pat", v1alpha1.RoleAdmin), grant("sam", v1alpha1.RoleOwner), grant("ed", v1alpha1.RoleEditor))}, nil,
			[]string{"tenantry:owner: pat sam"}},
		{"for a while, where they are admins for a while", world{customer(), above(grant("pat", v1alpha1.RoleAdmin, until(now.Add(time.Hour))))}, nil,
			[]string{"tenantry:limited-owner: pat"}},
		{"whatever the customer's own people may", world{customer(), above(grant("pat", v1alpha1.RoleAdmin))}, func(in *access.Inputs) {
			in.Place.Tenant.Spec.CustomerAccess = v1alpha1.CustomerAccessDisabled
		}, []string{"tenantry:owner: pat"}},
		{"but not where staff is explicit", world{customer(), above(grant("pat", v1alpha1.RoleAdmin))}, func(in *access.Inputs) {
			in.Parent.Tenant.Spec.Partner.Staff = v1alpha1.StaffExplicit
		}, nil},
		{"nor where the partner is closed", world{customer(), above(grant("pat", v1alpha1.RoleAdmin))}, func(in *access.Inputs) { in.Parent.Closed = true }, nil},
		{"nor where it is no partner any more", world{customer(), above(grant("pat", v1alpha1.RoleAdmin))}, func(in *access.Inputs) {
			in.Parent.Tenant.Spec.Partner = nil
		}, nil},
		{"a technician, where the customer is named, and lets nobody else in", world{customer(), above(grant("tech", v1alpha1.RoleAdmin, to("initech", "cybercorp")))}, nil,
			[]string{"tenantry:limited-admin: tech"}},
		{"a technician, where the customer is selected", world{customer(), above(grant("tech", v1alpha1.RoleEditor, tiered("gold")))}, nil, []string{"tenantry:editor: tech"}},
		{"no technician of other customers", world{customer(), above(grant("tech", v1alpha1.RoleAdmin, to("initech")), grant("bert", v1alpha1.RoleAdmin, tiered("silver")))}, nil, nil},
		{"a delegation is nothing in the partner's own place", world{partner(grant("tech", v1alpha1.RoleAdmin, to("cybercorp"))), nil}, nil, nil},
		{"a partner's staff, who let staff and customers in", world{partner(grant("pat", v1alpha1.RoleAdmin), grant("vic", v1alpha1.RoleViewer), grant("tim", v1alpha1.RoleOwner, until(now.Add(time.Hour)))), nil}, nil,
			[]string{"tenantry:partner-admin: pat", "tenantry:partner-limited-owner: tim", "tenantry:partner-viewer: vic"}},
		{"the super admin owns, and reads prices at a partner's", world{partner(), nil}, func(in *access.Inputs) { in.Place.SuperAdmin = "boss" },
			[]string{"tenantry:partner-owner: boss", "tenantry:super-admin: boss"}},
		{"and owns at a customer's", world{customer(), above()}, func(in *access.Inputs) { in.Place.SuperAdmin = "boss" },
			[]string{"tenantry:owner: boss"}},
		{"colleagues see the list", world{partner(), nil}, func(in *access.Inputs) {
			in.Place.Tenant.Spec.Partner.EmailDomains = []v1alpha1.Host{"acme.example"}
		}, []string{"tenantry:domain: tenantry:domain:acme.example"}},
		{"nobody at all, while the place is closed", world{partner(grant("pat", v1alpha1.RoleOwner)), nil}, func(in *access.Inputs) {
			in.Place.Closed, in.Place.SuperAdmin = true, "boss"
			in.Place.Tenant.Spec.Partner.EmailDomains = []v1alpha1.Host{"acme.example"}
		}, nil},
		{"each once, however often", world{customer(grant("pat", v1alpha1.RoleOwner)), above(grant("pat", v1alpha1.RoleAdmin), grant("pat", v1alpha1.RoleOwner))}, nil,
			[]string{"tenantry:owner: pat"}},
		{"the feature's, while the tenant has it, and whose role it names", world{customer(grant("jo", v1alpha1.RoleAdmin), grant("lee", v1alpha1.RoleViewer)), above()}, func(in *access.Inputs) {
			in.Permissions = []access.PermissionRole{{ClusterRole: "load", Permission: "EstimatedLoad", Roles: []v1alpha1.Role{v1alpha1.RoleViewer}}, {ClusterRole: "auth", Permission: "AuthenticationServer", Roles: []v1alpha1.Role{v1alpha1.RoleAdmin}}}
			in.Permitted = map[string]bool{"EstimatedLoad": true, "AuthenticationServer": false}
		}, []string{"tenantry:admin: jo", "tenantry:permission:load: lee", "tenantry:viewer: lee"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := access.Inputs{Place: test.world.place, Parent: test.world.parent, Now: now}
			if test.changed != nil {
				test.changed(&in)
			}
			if diff := cmp.Diff(test.want, said(access.Bindings(in))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Whatever grants there are: nobody is let into a closed place, and no delegation and nothing with an
// end lets anybody else in.
func TestNobodyTemporaryLetsOthersIn(t *testing.T) {
	roles := []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin, v1alpha1.RoleEditor, v1alpha1.RoleViewer, v1alpha1.RoleReporter}
	for _, role := range roles {
		for _, end := range []change{until(now.Add(time.Hour)), lasting(time.Hour, &now), to("cybercorp")} {
			for _, place := range []access.Place{customer(grant("x", role, end)), partner(grant("x", role, end))} {
				above := partner(grant("y", role, end))
				in := access.Inputs{Place: place, Parent: &above, Now: now}
				for _, binding := range access.Bindings(in) {
					admits := strings.HasSuffix(binding.Name, "owner") || strings.HasSuffix(binding.Name, "admin")
					if admits && !strings.Contains(binding.Name, "limited-") {
						t.Errorf("%s: %v", binding.Name, binding.Subjects)
					}
				}
				in.Place.Closed = true
				if got := access.Bindings(in); got != nil {
					t.Errorf("closed, and %v", said(got))
				}
			}
		}
	}
}

func TestBindingsAreInOrder(t *testing.T) {
	in := access.Inputs{Now: now, Place: customer(grant("b", v1alpha1.RoleViewer), grant("a", v1alpha1.RoleViewer), grant("c", v1alpha1.RoleViewer, account("acme-cybercorp")))}
	got := access.Bindings(in)[0].Subjects
	want := []access.Subject{{Kind: "ServiceAccount", Namespace: "acme-cybercorp", Name: "c"}, {Kind: "User", Name: "a"}, {Kind: "User", Name: "b"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
