// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
)

var profile = manifest{kind: "WhiteLabelProfile", spec: "companyName: Acme"}

var _ = Describe("A WhiteLabelProfile", func() {
	DescribeTable("may have", profile.accepts,
		Entry("no spec", "{spec: null}"),
		Entry("everything at once", spec(`
			companyName: Acme & Söhne, logo: {url: 'https://acme.example/logo.svg?v=2'}, favicon: {configMapKeyRef: {name: brand-files, key: favicon.ico}},
			colors: {primary: '#0a7', accent: 'rgb(0, 120, 200)', background: white}, supportEmail: help@acme.example,
			supportURL: 'https://acme.example/help#top', emailFrom: no-reply@acme.example, smtpSecretRef: {name: smtp},
			hideVendor: true, hidePricing: true, customCSS: ".portal > h1 { color: red }"`)),
		Entry("a logo on a port", spec("logo: {url: 'https://cdn.acme.example:8443/logo.svg'}")),
		Entry("a style sheet of several lines", spec(`customCSS: "a {\n\tcolor: red;\r\n}\n"`)),
		Entry("the longest style sheet", spec("customCSS: "+long(16384))),
	)

	DescribeTable("may have the color", func(ctx SpecContext, color string) {
		profile.accepts(ctx, spec("colors: {primary: '"+color+"'}"))
	},
		Entry(nil, "#abc"), Entry(nil, "#ABCD"), Entry(nil, "#a1b2c3"), Entry(nil, "#a1b2c3d4"),
		Entry(nil, "rgb(1,2,3)"), Entry(nil, "rgba(1, 2, 3, 0.5)"), Entry(nil, "rgb(10% 20% 30% / 50%)"),
		Entry(nil, "hsl(210deg 40% 50%)"), Entry(nil, "hsla(210, 40%, 50%, .5)"), Entry(nil, "Navy"), Entry(nil, "transparent"),
	)

	DescribeTable("must not have the color", func(ctx SpecContext, color string) {
		profile.refuses(ctx, spec("colors: {background: '"+color+"'}"), "spec.colors.background", "must be a CSS color")
	},
		Entry(nil, "#ab"), Entry(nil, "#abcde"), Entry(nil, "#ggg"), Entry(nil, "abc"), Entry(nil, "blurple"), Entry(nil, "rgb(1,2)"),
		Entry(nil, "red; } body { display: none"), Entry(nil, "url(https://evil.example)"), Entry(nil, "var(--x)"), Entry(nil, "red</style>"),
	)

	DescribeTable("must not have", profile.refuses,
		Entry("a company name with a line break, which could add a header to a mail", spec(`companyName: "Acme\r\nBcc: x@evil.example"`), "spec.companyName", "should match"),
		Entry("a company name too long", spec("companyName: "+long(254)), "spec.companyName", "may not be more than 253"),
		Entry("a logo from nowhere", spec("logo: {}"), "spec.logo", "set exactly one of configMapKeyRef and url"),
		Entry("a logo from two places", spec("logo: {url: 'https://acme.example/l.svg', configMapKeyRef: {name: a, key: b}}"), "spec.logo", "set exactly one of configMapKeyRef and url"),
		Entry("a favicon without a key", spec("favicon: {configMapKeyRef: {name: brand-files}}"), "spec.favicon.configMapKeyRef.key", "Required value"),
		Entry("a favicon of a key that can't be one", spec("favicon: {configMapKeyRef: {name: brand-files, key: a/b}}"), "spec.favicon.configMapKeyRef.key", "should match"),
		Entry("a color too long", spec("colors: {accent: '"+long(65)+"'}"), "spec.colors.accent", "may not be more than 64"),
		Entry("a support address that is none", spec("supportEmail: Help <help@acme.example>"), "spec.supportEmail", "should match"),
		Entry("a mail server without a sender", spec("smtpSecretRef: {name: smtp}"), "spec.emailFrom", "set the address that mails through smtpSecretRef's server come from"),
		Entry("a sender with a header after it", spec(`emailFrom: "a@acme.example\r\nBcc: x@evil.example"`), "spec.emailFrom", "should match"),
		Entry("a mail server in no possible Secret", spec("emailFrom: a@acme.example, smtpSecretRef: {name: ../smtp}"), "spec.smtpSecretRef.name", "should match"),
		Entry("a style sheet that ends the page's style", spec("customCSS: 'a {} </style><script>'"), "spec.customCSS", "must not contain '<'"),
		Entry("a style sheet with a control character", spec(`customCSS: "a\u0000b"`), "spec.customCSS", "should match"),
		Entry("a style sheet too long", spec("customCSS: "+long(16385)), "spec.customCSS", "may not be more than 16384"),
	)

	DescribeTable("must not send people to", func(ctx SpecContext, url string) {
		profile.refuses(ctx, spec("supportURL: '"+url+"'"), "spec.supportURL", "must be an absolute URL that begins with https://")
		profile.refuses(ctx, spec("logo: {url: '"+url+"'}"), "spec.logo.url", "must be an absolute URL that begins with https://")
	},
		Entry("a page without TLS", "http://acme.example"),
		Entry("a script", "javascript:alert(1)"),
		Entry("data", "data:text/html,hello"),
		Entry("no host", "https:///help"),
		Entry("a path alone", "/help/index.html"),
		Entry("a host that hides behind a user", "https://acme.example@evil.example/"),
		Entry("an address that ends an attribute", `https://acme.example/">x`),
		Entry("an address that ends a url() in CSS", `https://acme.example/\27`),
		Entry("an address with a space", "https://acme.example/a b"),
		Entry("a host in letters that only look like others", "https://аcme.example/"),
	)
})
