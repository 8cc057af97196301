// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"strings"
	"testing"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

func TestRefuseHasNothingAgainst(t *testing.T) {
	for name, in := range map[string][]change{
		"a customer":                           nil,
		"a root":                               {root},
		"a root that is a partner":             {root, asPartner},
		"a child partner":                      {asPartner},
		"a customer with a dash in its name":   {named("cyber-corp")},
		"a customer in a region that there is": {inRegion("eu-west"), withRegions("eu-west")},
		"a customer without a region":          {withRegions("eu-west")},
		"a root that only begins like kube":    {root, named("kubernauts")},
		"a child named as the edge's place":    {named("traefik")},
		"a child named default":                {named("default")},
		"a root, where the edge is elsewhere":  {root, named("traefik"), trusting("edge", "dns", "leader")},
	} {
		t.Run(name, func(t *testing.T) {
			if refusal := desired.Refuse(customer(t, in...)); refusal != nil {
				t.Errorf("refused: %+v", *refusal)
			}
		})
	}
}

func TestRefuse(t *testing.T) {
	for _, test := range []struct {
		name    string
		in      []change
		reason  string
		stalled bool
		says    []string
	}{
		{"a tenant in the place of one that is gone", []change{parent(desired.ParentGone), below()},
			v1alpha1.ReasonParentNotPartner, true, []string{`namespace "acme"`, "there no more", `make tenant "cybercorp" in its new parent's namespace`}},
		{"a tenant below one whose own parent is gone", []change{parent(desired.ParentGone), below(partner("globe", "acme"))},
			v1alpha1.ReasonParentNotPartner, true, []string{`namespace "globe"`, `make tenant "acme" in its new parent's namespace`}},
		{"a tenant with too many partners above it", []change{parent(desired.ParentTooDeep)},
			v1alpha1.ReasonParentNotPartner, true, []string{"more than 32 partners", "further up"}},
		{"a tenant in the place of a customer", []change{below(tenant("platform", "acme"))},
			v1alpha1.ReasonParentNotPartner, true, []string{`tenant "acme", which is no partner`, "set spec.partner"}},
		{"a root with a dash", []change{root, named("ac-me")},
			v1alpha1.ReasonInvalidName, true, []string{`"ac-me"`, "another name"}},
		{"a partner with a dash", []change{asPartner, named("no-rth")},
			v1alpha1.ReasonInvalidName, true, []string{`"no-rth"`, "another name"}},
		{"a root in the edge's namespace", []change{root, named("traefik")},
			v1alpha1.ReasonInvalidName, true, []string{`"traefik" can't be a tenant's name here`, `namespace "traefik"`, "another name"}},
		{"a root in the namespace of an edge that is configured", []change{root, named("edge"), trusting("edge", "dns", "leader")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "edge"`}},
		{"a root in the namespace of the DNS server", []change{root, named("dns"), trusting("edge", "dns", "leader")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "dns"`}},
		{"a root in the namespace of the lease", []change{root, named("leader"), trusting("edge", "dns", "leader")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "leader"`}},
		{"a root in the namespace of the Gateway", []change{root, named("gateways"), withGateway("gateways")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "gateways"`}},
		{"a child whose place would be the edge's namespace", []change{inPlaceOf("ingress"), named("nginx"), trusting("ingress-nginx", "dns", "leader")},
			v1alpha1.ReasonInvalidName, true, []string{`"nginx" can't be a tenant's name here`, `namespace "ingress-nginx"`}},
		{"a root in everybody's namespace", []change{root, named("default")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "default"`}},
		{"a root with the operator's own name", []change{root, named("tenantry")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "tenantry"`}},
		{"a root whose name begins with the operator's", []change{root, named("tenantrycorp")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "tenantrycorp"`}},
		{"a child whose place would hold the claims of hosts", []change{inPlaceOf("tenantry"), named("hosts")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "tenantry-hosts"`}},
		{"a root whose children would be Kubernetes' own", []change{root, named("kube")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "kube"`}},
		{"a child whose place would be Kubernetes' own", []change{inPlaceOf("kube"), named("system")},
			v1alpha1.ReasonInvalidName, true, []string{`namespace "kube-system"`}},
		{"a name with a dot", []change{named("cyber.corp")},
			v1alpha1.ReasonInvalidName, true, []string{`"cyber.corp"`, "DNS label"}},
		{"a name that is too long", []change{named(strings.Repeat("a", 64))},
			v1alpha1.ReasonInvalidName, true, []string{"DNS label"}},
		{"a region that nobody configured, among those that are", []change{inRegion("mars"), withRegions("us-east", "eu-west")},
			v1alpha1.ReasonUnresolved, false, []string{`region "mars"`, "configured: eu-west, us-east"}},
		{"a region where none is configured", []change{inRegion("mars")},
			v1alpha1.ReasonUnresolved, false, []string{"configured: none"}},
		{"the parent before the name", []change{named("cyber.corp"), below(tenant("platform", "acme"))},
			v1alpha1.ReasonParentNotPartner, true, nil},
		{"the name before the region", []change{named("cyber.corp"), inRegion("mars")},
			v1alpha1.ReasonInvalidName, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			refusal := desired.Refuse(customer(t, test.in...))
			if refusal == nil {
				t.Fatal("nothing is said against it")
			}
			if refusal.Reason != test.reason || refusal.Stalled != test.stalled {
				t.Errorf("reason %s, stalled %v; want %s, %v", refusal.Reason, refusal.Stalled, test.reason, test.stalled)
			}
			for _, part := range test.says {
				if !strings.Contains(refusal.Message, part) {
					t.Errorf("%q does not say %q", refusal.Message, part)
				}
			}
		})
	}
}

// trusting configures the namespaces of the edge, the DNS server and the lease.
func trusting(edge, dns, leader string) change {
	return configured(func(c *configv1alpha1.Configuration) {
		c.Edge.Namespace, c.Network.DNS.Namespace, c.LeaderElection.Namespace = edge, dns, leader
	})
}

func withGateway(namespace string) change {
	return configured(func(c *configv1alpha1.Configuration) {
		c.Edge.Type, c.Edge.Gateway = configv1alpha1.EdgeGateway, &configv1alpha1.Gateway{Name: "edge", Namespace: namespace}
	})
}

// inPlaceOf makes the tenant a child of a root partner.
func inPlaceOf(parent string) change {
	return func(in *desired.Inputs) {
		in.Tenant.Namespace, in.Ancestors = parent, []*v1alpha1.Tenant{partner("platform", parent)}
	}
}

func TestReserved(t *testing.T) {
	hosts := configured(func(c *configv1alpha1.Configuration) {
		c.ReservedHosts = []string{"console.tenantry.example", "cybercorp-globe.tenantry.example", "status.example"}
	})
	for _, test := range []struct {
		name string
		in   []change
		says string
	}{
		{"a root with an ordinary name may have its host", []change{root, named("acme")}, ""},
		{"a root with a reserved name may not", []change{root, named("www")}, `host "www.tenantry.example" is reserved`},
		{"a root with a reserved subdomain may not", []change{root, named("acme"), subdomain("admin")}, `host "admin.tenantry.example" is reserved`},
		{"a child with a reserved name may: its partner's is in its host", []change{named("www")}, ""},
		{"a root may not have the operator's own host", []change{root, named("console"), hosts}, `host "console.tenantry.example" is the operator's own`},
		{"a child may not have the operator's own host", []change{below(partner("platform", "globe")), hosts}, "is the operator's own"},
		{"a host of another domain is no matter", []change{root, named("status"), hosts}, ""},
		{"with another list, other names are reserved", []change{root, named("www"), configured(func(c *configv1alpha1.Configuration) { c.ReservedNames = []string{"ops"} })}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := desired.Reserved(customer(t, test.in...))
			if (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
				t.Errorf("got %q, want %q", got, test.says)
			}
			if got != "" && !strings.Contains(got, "set another spec.domain.subdomain") {
				t.Errorf("%q does not say what to do", got)
			}
		})
	}
}

func TestClosed(t *testing.T) {
	suspended, going := partner("platform", "acme"), partner("platform", "acme")
	suspended.Spec.Suspend = true
	going.DeletionTimestamp = &aTime
	for _, test := range []struct {
		name string
		in   []change
		want bool
		by   string
	}{
		{"a tenant is open", nil, false, ""},
		{"a suspended tenant is closed, by itself", []change{func(in *desired.Inputs) { in.Tenant.Spec.Suspend = true }}, true, ""},
		{"a tenant that is going is closed, by itself", []change{func(in *desired.Inputs) { in.Tenant.DeletionTimestamp = &aTime }}, true, ""},
		{"a suspended partner closes its children", []change{below(suspended)}, true, "acme"},
		{"a partner that is going closes its children", []change{below(going)}, true, "acme"},
		{"a suspended partner closes its children's children", []change{below(partner("acme", "north"), suspended)}, true, "acme"},
		{"a partner that is gone closes what it leaves behind", []change{parent(desired.ParentGone), below()}, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := customer(t, test.in...)
			if got := in.Closed(); got != test.want {
				t.Errorf("closed: %v, want %v", got, test.want)
			}
			var by string
			if ancestor := in.ClosedBy(); ancestor != nil {
				by = ancestor.Name
			}
			if by != test.by {
				t.Errorf("closed by %q, want %q", by, test.by)
			}
			if desired.Routed(in) == test.want {
				t.Errorf("routed: %v", desired.Routed(in))
			}
		})
	}
}
