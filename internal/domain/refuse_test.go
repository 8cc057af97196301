// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"regexp"
	"strings"
	"testing"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/domain"
)

// apiHost is the pattern of the API's Host.
var apiHost = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$`)

// name is a DNS name of that many characters.
func name(length int) string {
	const end = ".example"
	labels := strings.Repeat(strings.Repeat("a", 49)+".", (length-len(end))/50)
	return labels + strings.Repeat("b", length-len(labels)-len(end)) + end
}

func TestRefuse(t *testing.T) {
	cfg := &configv1alpha1.Configuration{
		BaseDomain:    "app.tenantry.example",
		ReservedHosts: []string{"console.vendor.example", "intranet"},
	}
	for _, test := range []struct {
		name string
		host string
		says string
	}{
		{"a host of one's own is fine", "support.cybercorp.example", ""},
		{"a whole domain of one's own is fine", "cybercorp.co.uk", ""},
		{"a name in Punycode is fine", "xn--mnchen-3ya.example", ""},
		{"labels that begin with digits are fine", "1.2.3.example", ""},
		{"a sibling of the base domain is fine", "portal.tenantry.example", ""},
		{"a name that ends like the base domain is fine", "myapp.tenantry.example", ""},
		{"a sibling of a reserved host is fine", "shop.vendor.example", ""},
		{"a name that ends like a reserved host is fine", "myconsole.vendor.example", ""},
		{"a name beneath a private public suffix is fine", "cybercorp.github.io", ""},

		{"the base domain is refused", "app.tenantry.example", "lies in the operator's base domain"},
		{"a name beneath the base domain is refused", "acme.app.tenantry.example", "lies in the operator's base domain"},
		{"a name far beneath the base domain is refused", "a.b.c.app.tenantry.example", "lies in the operator's base domain"},
		{"the base domain's parent is refused", "tenantry.example", "is above the operator's base domain"},
		{"a reserved host is refused", "console.vendor.example", "is a host of the operator's own"},
		{"a name beneath a reserved host is refused", "a.console.vendor.example", "is a host of the operator's own"},
		{"a reserved host's parent is refused", "vendor.example", "is a host of the operator's own"},
		{"a name beneath a reserved name of one label is refused", "wiki.intranet", "is a host of the operator's own"},

		{"an IPv4 address is refused", "192.0.2.1", "is an IP address"},
		{"a short IPv4 address is refused", "127.1", "is an IP address"},
		{"a hexadecimal IPv4 address is refused", "0x7f000001", "is an IP address"},
		{"an IPv6 address is refused", "2001:db8::1", "is an IP address"},
		{"an IPv6 address in brackets is refused", "[2001:db8::1]", "is an IP address"},

		{"a single label is refused", "cybercorp", "is a single label"},
		{"localhost is refused", "localhost", "is a single label"},
		{"a top-level domain is refused", "com", "is a single label"},
		{"a public suffix is refused", "co.uk", "is a public suffix"},
		{"a public suffix by a wildcard rule is refused", "anything.ck", "is a public suffix"},
		{"an exception of a wildcard rule is fine", "www.ck", ""},
		{"a private public suffix is refused", "github.io", "is a public suffix"},

		{"nothing is refused", "", "is not a DNS name"},
		{"a dot is refused", ".", "is not a DNS name"},
		{"upper case is refused", "Support.cybercorp.example", "is not a DNS name"},
		{"a trailing dot is refused", "support.cybercorp.example.", "is not a DNS name"},
		{"the base domain with a trailing dot is refused", "app.tenantry.example.", "is not a DNS name"},
		{"an empty label is refused", "support..example", "is not a DNS name"},
		{"a wildcard is refused", "*.cybercorp.example", "is not a DNS name"},
		{"an underscore is refused", "_tenantry.cybercorp.example", "is not a DNS name"},
		{"a port is refused", "support.cybercorp.example:443", "is not a DNS name"},
		{"a URL is refused", "https://support.cybercorp.example", "is not a DNS name"},
		{"letters beyond ASCII are refused", "münchen.example", "is not a DNS name"},
		{"a line break is refused", "support\n.cybercorp.example", "is not a DNS name"},
		{"a label that is too long is refused", strings.Repeat("a", 64) + ".example", "is not a DNS name"},
		{"a name that is too long is refused", name(254), "is not a DNS name"},
	} {
		for _, use := range []domain.Use{domain.CustomHost, domain.PartnerDomain} {
			t.Run(test.name+" as "+string(use), func(t *testing.T) {
				expectMessage(t, domain.Refuse(test.host, use, cfg), test.says, "set "+string(use)+" to")
			})
		}
	}
}

func TestRefuseLeavesRoomForTheNamesBelow(t *testing.T) {
	cfg := &configv1alpha1.Configuration{BaseDomain: "tenantry.test"}
	for _, test := range []struct {
		name   string
		use    domain.Use
		length int
		says   string
	}{
		{"a custom host that leaves room for its record", domain.CustomHost, 243, ""},
		{"a custom host that leaves none", domain.CustomHost, 244, "244 characters, more than the 243"},
		{"a partner's domain that leaves room for a child's label", domain.PartnerDomain, 189, ""},
		{"a partner's domain that leaves none", domain.PartnerDomain, 190, "190 characters, more than the 189"},
	} {
		t.Run(test.name, func(t *testing.T) {
			expectMessage(t, domain.Refuse(name(test.length), test.use, cfg), test.says, "to a shorter name")
		})
	}
}

// expectMessage wants a message that says so and what to do, or none if says is empty.
func expectMessage(t *testing.T, got, says, todo string) {
	t.Helper()
	if (got == "") != (says == "") || !strings.Contains(got, says) {
		t.Errorf("got %q, want %q", got, says)
	}
	if got != "" && !strings.Contains(got, todo) {
		t.Errorf("%q does not say what to do: %q", got, todo)
	}
	if strings.ContainsAny(got, "\r\n\t") {
		t.Errorf("%q has more than one line", got)
	}
}

// expectNoNameOfTheOperators wants nothing let through that the API would not take, or that holds or
// lies in the operator's base domain, as DNS compares names.
func expectNoNameOfTheOperators(t *testing.T, host string) {
	cfg := &configv1alpha1.Configuration{BaseDomain: "tenantry.test"}
	if domain.Refuse(host, domain.CustomHost, cfg) != "" {
		return
	}
	if !apiHost.MatchString(host) {
		t.Errorf("%q is no host of the API", host)
	}
	asked, base := "."+strings.ToLower(strings.Trim(host, ".")), "."+cfg.BaseDomain
	if strings.HasSuffix(asked, base) || strings.HasSuffix(base, asked) {
		t.Errorf("%q is let through", host)
	}
}
