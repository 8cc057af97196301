// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("An HTTPRoute in a tenant's place", Ordered, func() {
	const policy = "tenantry-http-routes"
	var (
		namespace          string
		c, lord, overrider client.Client
	)
	const hosts = "hostnames: [" + ownHost + "]"
	// matching has a rule with two matches, the second as given.
	matching := func(match string) string {
		return hosts + ", rules: [{matches: [{path: {value: /}}, {" + match + "}]}]"
	}
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		c, overrider, lord = As(person(ctx, everything)), As(person(ctx, everything, override)), As(lordOf(ctx, namespace))
	})

	DescribeTable("takes no requests for others, and sends none to others:",
		func(ctx SpecContext, fields, words string) {
			plain := gatewayObject("HTTPRoute", namespace, "own", hosts)
			Expect(c.Create(ctx, plain)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(c.Delete(ctx, plain)).To(Succeed()) })

			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, gatewayObject("HTTPRoute", namespace, "other", fields))).To(And(
					beForbiddenBy(policy), MatchError(ContainSubstring(words))))
				changed := gatewayObject("HTTPRoute", namespace, "own", fields)
				changed.SetResourceVersion(plain.GetResourceVersion())
				Expect(as.Update(ctx, changed)).To(beForbiddenBy(policy))
			}
			Expect(c.Create(ctx, gatewayObject("HTTPRoute", newNamespace(ctx), "other", fields), client.DryRunAll)).To(Succeed(), "elsewhere it may")
			for _, as := range []client.Client{overrider, k8sClient, exempt()} {
				Expect(as.Create(ctx, gatewayObject("HTTPRoute", namespace, "other", fields), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("not another tenant's host", "hostnames: ["+ownHost+", initech.tenantry.example]",
			"host initech.tenantry.example is not this tenant's; use those of the tenant's own: "+ownHost+", "+customHost),
		Entry("not a wildcard", "hostnames: ['*.tenantry.example']", "host *.tenantry.example is not this tenant's"),
		Entry("not any host", "hostnames: []", "spec.hostnames: a route without any takes all hosts"),
		Entry("not any host, by saying nothing", "rules: [{backendRefs: [{name: own, port: 80}]}]", "spec.hostnames: a route without any takes all hosts"),
		Entry("not to a Service of another namespace", hosts+", rules: [{backendRefs: [{name: own, port: 80}, {name: portal, namespace: acme-initech, port: 80}]}]",
			"spec.rules.backendRefs"),
		Entry("not to what the Gateway itself serves", hosts+", rules: [{backendRefs: [{group: traefik.io, kind: TraefikService, name: api@internal}]}]",
			"spec.rules.backendRefs"),
		Entry("not to a kind of the core that is no Service", hosts+", rules: [{backendRefs: [{kind: Pod, name: own, port: 80}]}]", "spec.rules.backendRefs"),
		Entry("not a copy to another namespace", hosts+", rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: spy, namespace: evil, port: 80}}}]}]",
			"spec.rules.filters"),
		Entry("not a copy to what the Gateway itself serves", hosts+", rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: {group: traefik.io, kind: TraefikService, name: api@internal}}}]}]",
			"spec.rules.filters"),
		Entry("not a copy to another namespace, by a backend's filter",
			hosts+", rules: [{backendRefs: [{name: own, port: 80, filters: [{type: RequestMirror, requestMirror: {backendRef: {name: spy, namespace: evil, port: 80}}}]}]}]",
			"spec.rules.backendRefs.filters"),
		Entry("not by a path that ends a rule of the Gateway's", matching("path: {type: RegularExpression, value: '/`) || Host(`www.bank.example'}"), "spec.rules.matches"),
		Entry("not by a path in double quotes", matching(`path: {type: RegularExpression, value: '/" || Host("www.bank.example'}`), "spec.rules.matches"),
		Entry("not by a path that takes the end of a rule away", matching(`path: {type: RegularExpression, value: '/\'}`), "in a regular expression write [.] for a dot"),
		Entry("not by a path of two lines", matching(`path: {type: RegularExpression, value: "/\na"}`), "spec.rules.matches"),
		Entry("not by a header's value", matching("headers: [{name: a, value: b}, {name: c, value: 'x`) || Host(`www.bank.example'}]"), "spec.rules.matches"),
		Entry("not by a header's name", matching("headers: [{name: 'a`', value: b}]"), "spec.rules.matches"),
		Entry("not by a query parameter's value", matching(`queryParams: [{name: a, value: 'x"'}]`), "spec.rules.matches"),
		Entry("not by a query parameter's name", matching("queryParams: [{name: 'a`', value: b}]"), "spec.rules.matches"),
	)

	DescribeTable("leads the tenant's requests to the tenant's Services:",
		func(ctx SpecContext, fields string) {
			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, gatewayObject("HTTPRoute", namespace, "other", fields), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("of its hosts", "hostnames: ["+ownHost+", "+customHost+"]"),
		Entry("by any Gateway, which has rules of its own", hosts+", parentRefs: [{name: edge, namespace: edge-system, sectionName: https}]"),
		Entry("to backends", hosts+", rules: [{backendRefs: [{name: own, port: 80}, {name: other, kind: Service, port: 80}]}]"),
		Entry("by paths, headers and query parameters", matching(
			"path: {type: RegularExpression, value: '/a[.]b/[0-9]{2,}(x|y)$'}, method: GET, headers: [{name: X-Plan, value: 'a=b; c'}], queryParams: [{name: q, value: 'é (1)'}]")),
		Entry("with filters that stay in the place", hosts+`, rules: [{filters: [
			{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}]}},
			{type: RequestMirror, requestMirror: {backendRef: {name: own, port: 80}}},
			{type: ExtensionRef, extensionRef: {group: traefik.io, kind: Middleware, name: own}}],
			backendRefs: [{name: own, port: 80, filters: [{type: URLRewrite, urlRewrite: {hostname: own.example}}]}]}]`),
	)

	It("may name its own namespace", func(ctx SpecContext) {
		ref := "{name: own, namespace: " + namespace + ", port: 80}"
		Expect(c.Create(ctx, gatewayObject("HTTPRoute", namespace, "other",
			hosts+", rules: [{filters: [{type: RequestMirror, requestMirror: {backendRef: "+ref+"}}], backendRefs: ["+ref+"]}]"), client.DryRunAll)).To(Succeed())
	})

	It("that was there before may be released and reported on by its controller", func(ctx SpecContext) {
		old := gatewayObject("HTTPRoute", namespace, "old", "hostnames: [initech.tenantry.example]")
		old.SetFinalizers([]string{"example.com/held"})
		Expect(exempt().Create(ctx, old)).To(Succeed())
		Expect(c.Status().Patch(ctx, old, mergePatch(`{"status":{"parents":[]}}`))).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"parentRefs":[{"name":"edge"}]}}`))).To(beForbiddenBy(policy))
		Expect(c.Patch(ctx, old, mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		Expect(c.Delete(ctx, old)).To(Succeed())
	})
})
