// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
)

// What the API admits, and what can be counted, are the same but for what the schema's rules can't tell.
var _ = Describe("A value of an AssetInventory", func() {
	admitted := func(ctx SpecContext, kind v1alpha1.AssetType, value string) bool {
		GinkgoHelper()
		err := create(ctx, inventory.with(asset(string(kind), value)), client.DryRunAll)
		if err != nil {
			Expect(err).To(MatchError(ContainSubstring("spec.assets[0].value")))
		}
		return err == nil
	}
	understood := func(kind v1alpha1.AssetType, value string) bool {
		_, err := assets.KeyOf(v1alpha1.Asset{Type: kind, Value: v1alpha1.AssetValue(value)})
		return err == nil
	}
	check := func(wantAdmitted, wantUnderstood bool) func(SpecContext, v1alpha1.AssetType, ...string) {
		return func(ctx SpecContext, kind v1alpha1.AssetType, values ...string) {
			for _, value := range values {
				Expect(understood(kind, value)).To(Equal(wantUnderstood), "understood: %s %q", kind, value)
				Expect(admitted(ctx, kind, value)).To(Equal(wantAdmitted), "admitted: %s %q", kind, value)
			}
		}
	}

	DescribeTable("is admitted and understood", check(true, true),
		Entry("as a name", v1alpha1.AssetDomain, "a.example", "A.Example.", "shop.a.example", "_dmarc.a.example", "r3---sn.example", "xn--bcher-kva.example",
			"bücher.example", "ｓｈｏｐ.example", "аpple.example", "例え.テスト", strings.Repeat("a", 63)+".example"),
		Entry("as an address", v1alpha1.AssetIPAddress, "192.0.2.1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::", "::1", "0.0.0.0"),
		Entry("as a web application", v1alpha1.AssetWebApplication, "https://a.example", "HTTP://A.Example:80/a/../b?x=1#y", "https://[2001:db8::1]:8443/", "https://192.0.2.1",
			"https://intranet/", "https://a.example/%7Ekim", "https://bücher.example/ü", "https://a.example:/", "https://a.example?x"),
		Entry("as an API", v1alpha1.AssetAPI, "https://api.a.example/v2", "https://api.a.example/v2/#/users"),
	)

	DescribeTable("is neither admitted nor understood", check(false, false),
		Entry("as a name", v1alpha1.AssetSubdomain, "localhost", "*.a.example", "a..example", "a.example:443", "https://a.example", "a.example/x", "kim@a.example", ".a.example", "a.example..",
			strings.Repeat("a", 64)+".example", strings.Repeat("a.", 127)+"example"),
		Entry("as an address", v1alpha1.AssetIPAddress, "192.0.2.0/24", "192.0.02.1", "0300.0.2.1", "192.0.513", "[::1]", "fe80::1%eth0", "192.0.2.1:80", "a.example", "2001:db8:::1"),
		Entry("as a web application", v1alpha1.AssetWebApplication, "a.example", "ftp://a.example", "https:///a", "https:a.example", "https:/a.example", "https://kim:secret@a.example", "https://a.example/%zz",
			"https://a.example:https"),
	)

	// Unicode's tables, and what a number stands for, are beyond the schema: status.invalid tells of these.
	DescribeTable("is admitted, and not understood", check(true, false),
		Entry("as a name", v1alpha1.AssetDomain, "192.0.2.1", "a.example.1", "-a.example", "a-.example", "xn--99999999.example", "xn--example-.com", "a℀b.example", "aא.example",
			strings.Repeat("ü", 60)+".example"),
		Entry("as a web application", v1alpha1.AssetWebApplication, "https://127.1", "https://2130706433/", "https://a..example", "https://a.example:0", "https://a.example?%zz", `https://a.example/\b`),
	)

	DescribeTable("is understood, and not admitted", check(false, true),
		Entry("as a name, with other dots alone", v1alpha1.AssetDomain, "a。example"),
		Entry("as an address, mapped to IPv6", v1alpha1.AssetIPAddress, "::ffff:192.0.2.1"),
	)
})
