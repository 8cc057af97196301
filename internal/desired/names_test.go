// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

func TestNamespaceName(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []change
		want string
	}{
		{"a root's is its bare name", []change{root, named("acme")}, "acme"},
		{"a root's does not depend on where it lies", []change{root, named("acme"), func(in *desired.Inputs) { in.Tenant.Namespace = "elsewhere" }}, "acme"},
		{"a child's begins with its parent's", nil, "acme-cybercorp"},
		{"a grandchild's begins with both", []change{func(in *desired.Inputs) { in.Tenant.Namespace = "acme-north" }}, "acme-north-cybercorp"},
		{"an orphan's is what it was", []change{parent(desired.ParentGone)}, "acme-cybercorp"},
		{"63 characters are not cut", []change{named(strings.Repeat("a", 58))}, "acme-" + strings.Repeat("a", 58)},
		{"64 characters are cut, and end with a hash of the whole", []change{named(strings.Repeat("a", 59))}, "acme-" + strings.Repeat("a", 41) + "-f245a717a94abdfa"},
		{"no dash is left before the hash", []change{named(strings.Repeat("a", 40) + "-" + strings.Repeat("b", 18))}, "acme-" + strings.Repeat("a", 40) + "-8983fbb6cda64f4f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := desired.NamespaceName(customer(t, test.in...))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if problems := validation.IsDNS1123Label(got); len(problems) > 0 {
				t.Errorf("%q is no namespace's name: %v", got, problems)
			}
		})
	}
}

func holdingDomains(domains ...string) change {
	return func(in *desired.Inputs) { in.PartnerDomains = domains }
}

func TestHost(t *testing.T) {
	acme := partner("platform", "acme")
	renamed := partner("platform", "acme")
	subdomain("msp")(&desired.Inputs{Tenant: renamed})
	for _, test := range []struct {
		name string
		in   []change
		want string
	}{
		{"a root's is under the base domain", []change{root, named("acme")}, "acme.tenantry.example"},
		{"a child's has its partner's subdomain in it", nil, "cybercorp-acme.tenantry.example"},
		{"a subdomain stands for the name", []change{subdomain("cyber")}, "cyber-acme.tenantry.example"},
		{"a partner's subdomain stands for its name", []change{below(renamed)}, "cybercorp-msp.tenantry.example"},
		{"a grandchild's has both partners' in it", []change{below(partner("acme", "north"), acme)}, "cybercorp-north-acme.tenantry.example"},
		{"a domain without a subdomain changes nothing", []change{subdomain("")}, "cybercorp-acme.tenantry.example"},
		{"the base domain is the configured one", []change{configured(func(c *configv1alpha1.Configuration) { c.BaseDomain = "t.example.org" })}, "cybercorp-acme.t.example.org"},
		{"63 characters before the base domain are not cut", []change{subdomain(strings.Repeat("a", 58))}, strings.Repeat("a", 58) + "-acme.tenantry.example"},
		{"64 characters before the base domain are cut", []change{subdomain(strings.Repeat("a", 59))}, strings.Repeat("a", 41) + "-9490d0b833b0752f-acme.tenantry.example"},
		{"a partner's domain stands for the base domain and the partner", []change{holdingDomains("portal.acme.example")}, "cybercorp.portal.acme.example"},
		{"a partner's domain holds for grandchildren too", []change{below(partner("acme", "north"), acme), holdingDomains("", "portal.acme.example")}, "cybercorp-north.portal.acme.example"},
		{"the nearest partner's domain is taken", []change{below(partner("acme", "north"), acme), holdingDomains("north.example", "portal.acme.example")}, "cybercorp.north.example"},
		{"where partners leave no room, the whole is cut", []change{below(partner("acme", strings.Repeat("n", 50)), acme)}, "cybercorp-nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-32019ab900de81d8.tenantry.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := desired.Host(customer(t, test.in...))
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			label, _, _ := strings.Cut(got, ".")
			if problems := validation.IsDNS1123Label(label); len(problems) > 0 {
				t.Errorf("%q is no DNS label: %v", label, problems)
			}
		})
	}
}

// Whoever is cut must not meet another who is cut.
func TestLongNamesThatBeginAlikeStayApart(t *testing.T) {
	long := strings.Repeat("a", 55)
	namespaces, hosts := map[string]string{}, map[string]string{}
	for _, ending := range []string{"a", "b", "c", "aa", "ab", "a-b", "aaaa", "aaaaaaaa", "aaaaaaab"} {
		in := customer(t, named(long+ending), below(partner("platform", "acmeholding")))
		in.Tenant.Namespace = "acmeholding"
		namespace, host := desired.NamespaceName(in), desired.Host(in)
		if other, taken := namespaces[namespace]; taken {
			t.Errorf("...%s and ...%s both have namespace %q", ending, other, namespace)
		}
		if other, taken := hosts[host]; taken {
			t.Errorf("...%s and ...%s both have host %q", ending, other, host)
		}
		namespaces[namespace], hosts[host] = ending, ending
	}
}

func TestURLHasTheConfiguredScheme(t *testing.T) {
	in := customer(t)
	if got, want := desired.URL(in), "https://cybercorp-acme.tenantry.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	in.Config.Edge.Scheme = configv1alpha1.SchemeHTTP
	if got, want := desired.URL(in), "http://cybercorp-acme.tenantry.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
