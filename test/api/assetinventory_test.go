// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var inventory = manifest{kind: "AssetInventory", spec: "assets: [{type: Domain, value: cybercorp.example}]"}

// asset writes an inventory of one asset.
func asset(kind, value string) string {
	return spec(fmt.Sprintf("assets: [{type: %s, value: %q}]", kind, value))
}

var _ = Describe("An AssetInventory", func() {
	DescribeTable("may list", inventory.accepts,
		Entry("nothing, without a spec", "{spec: null}"),
		Entry("nothing, with an empty list", spec("assets: []")),
		Entry("a subdomain as people write it", asset("Subdomain", "Shop.CyberCorp.example.")),
		Entry("a subdomain with an underscore", asset("Subdomain", "_mta-sts.cybercorp.example")),
		Entry("a domain in its own alphabet", asset("Domain", "bücher.example")),
		Entry("an IPv4 address", asset("IPAddress", "192.0.2.1")),
		Entry("an IPv6 address in short", asset("IPAddress", "2001:DB8::1")),
		Entry("an IPv6 address at length", asset("IPAddress", "2001:0db8:0000:0000:0000:0000:0000:0001")),
		Entry("a web application", asset("WebApplication", "https://shop.cybercorp.example")),
		Entry("a web application on a port, below a path", asset("WebApplication", "HTTP://Shop.CyberCorp.example:80/store?lang=en")),
		Entry("a web application at an IPv6 address", asset("WebApplication", "https://[2001:db8::1]:8443/")),
		Entry("an API", asset("API", "https://api.cybercorp.example/v2")),
		Entry("one asset in two ways, which counts once", spec("assets: [{type: Domain, value: a.example}, {type: Domain, value: A.example.}]")),
	)

	It("holds 2000 assets of the greatest length", func(ctx SpecContext) {
		url := "https://cybercorp.example/%06d/" + long(512-33)
		Expect(fmt.Sprintf(url, 0)).To(HaveLen(512))
		Expect(inventory.change(ctx, spec("assets: ["+times(2000, "{type: API, value: '"+url+"'}")+"]"), "{metadata: {labels: {full: 'true'}}}")).To(Succeed())
	})

	DescribeTable("must not list", inventory.refuses,
		Entry("an asset without a type", spec("assets: [{value: a.example}]"), "spec.assets[0].type", "Required value"),
		Entry("an asset of no known type", asset("Car", "a.example"), "spec.assets[0].type", `supported values: "Domain", "Subdomain", "IPAddress", "WebApplication", "API"`),
		Entry("an asset without a value", spec("assets: [{type: Domain}]"), "spec.assets[0].value", "Required value"),
		Entry("an asset with a value too long", asset("API", "https://a.example/"+long(495)), "spec.assets[0].value", "may not be more than 512"),
		Entry("a domain of one label", asset("Domain", "localhost"), "spec.assets[0].value", "must be a DNS name of at least two labels"),
		Entry("a domain with a scheme", asset("Domain", "https://a.example"), "spec.assets[0].value", "without scheme, port or path"),
		Entry("a subdomain with a port", asset("Subdomain", "a.b.example:443"), "spec.assets[0].value", "without scheme, port or path"),
		Entry("a subdomain with a path", asset("Subdomain", "a.b.example/x"), "spec.assets[0].value", "without scheme, port or path"),
		Entry("a subdomain with an empty label", asset("Subdomain", "a..example"), "spec.assets[0].value", "must be a DNS name"),
		Entry("a wildcard", asset("Subdomain", "*.cybercorp.example"), "spec.assets[0].value", "must be a DNS name"),
		Entry("a label too long", asset("Subdomain", long(64)+".example"), "spec.assets[0].value", "must be a DNS name"),
		Entry("a name too long", asset("Subdomain", strings.Repeat("a.", 127)+"example"), "spec.assets[0].value", "must be a DNS name"),
		Entry("a network", asset("IPAddress", "192.0.2.0/24"), "spec.assets[0].value", "must be one IPv4 or IPv6 address"),
		Entry("an IPv4 address of five parts", asset("IPAddress", "192.0.2.1.1"), "spec.assets[0].value", "must be one IPv4 or IPv6 address"),
		Entry("an IPv6 address in brackets", asset("IPAddress", "[2001:db8::1]"), "spec.assets[0].value", "without brackets, zone or prefix length"),
		Entry("an IPv6 address with a zone", asset("IPAddress", "fe80::1%eth0"), "spec.assets[0].value", "without brackets, zone or prefix length"),
		Entry("a web application without a scheme", asset("WebApplication", "shop.cybercorp.example"), "spec.assets[0].value", "must be a URL that begins with http:// or https://"),
		Entry("a web application of another scheme", asset("WebApplication", "ftp://shop.cybercorp.example"), "spec.assets[0].value", "must be a URL that begins with http:// or https://"),
		Entry("an API with a password", asset("API", "https://user:secret@api.cybercorp.example"), "spec.assets[0].value", "without user"),
		Entry("an API without a host", asset("API", "https:///v2"), "spec.assets[0].value", "must be a URL that begins with http:// or https://"),
		Entry("too many assets", spec("assets: ["+times(2001, "{type: Domain, value: d%d.example}")+"]"), "spec.assets", "must have at most 2000 items"),
	)

	DescribeTable("must not list a value", func(ctx SpecContext, value, words string) {
		err := create(ctx, inventory.with(asset("Domain", value)), client.DryRunAll)
		expectCause(err, "spec.assets[0].value", words)
	},
		Entry("of nothing", "", "at least 1 chars long"),
		Entry("with a space", "a b.example", "should match"),
		Entry("with a line break", "a.example\nb.example", "should match"),
		Entry("with a tab", "a.example\t", "should match"),
	)
})
