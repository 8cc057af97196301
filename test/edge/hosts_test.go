// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"net"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A tenant's host", Ordered, ContinueOnFailure, func() {
	operate(func(*configv1alpha1.Configuration) {})

	It("leads to the tenant's own portal, for roots, partners and customers (F19)", func(ctx SpecContext) {
		alone := root(ctx)
		partner := root(ctx, asPartner)
		one, other := customer(ctx, partner, "one"), customer(ctx, partner, "other")
		for _, tenant := range []*v1alpha1.Tenant{alone, partner, one, other} {
			leadsTo(ctx, hostOf(tenant), tenant)
		}
		Expect(hostOf(one)).To(Equal("one-" + partner.Name + ".tenantry.example"))
	})

	It("presents the certificate of the edge, which is good for all subdomains", func(ctx SpecContext) {
		tenant := root(ctx)
		leadsTo(ctx, hostOf(tenant), tenant)
		presents(ctx, hostOf(tenant), wildcard)
	})

	It("leads nowhere while it is nobody's", func(ctx SpecContext) {
		leadsNowhere(ctx, harness.UniqueName("nobody")+".tenantry.example")
	})

	It("leads nowhere while the tenant is suspended, and to the same portal when it is resumed (F29)", func(ctx SpecContext) {
		tenant, neighbour := root(ctx), root(ctx)
		host := hostOf(tenant)
		leadsTo(ctx, host, tenant)

		change(ctx, tenant, suspended, v1alpha1.PhaseSuspended)
		leadsNowhere(ctx, host)
		leadsTo(ctx, hostOf(neighbour), neighbour)

		change(ctx, tenant, resumed, v1alpha1.PhaseActive)
		leadsTo(ctx, host, tenant)
	})

	It("leads nowhere while a partner above is suspended (F29)", func(ctx SpecContext) {
		partner := root(ctx, asPartner)
		tenant := customer(ctx, partner, "below")
		leadsTo(ctx, hostOf(tenant), tenant)

		change(ctx, partner, suspended, v1alpha1.PhaseSuspended)
		await(ctx, tenant, v1alpha1.PhaseSuspended)
		leadsNowhere(ctx, hostOf(tenant))

		change(ctx, partner, resumed, v1alpha1.PhaseActive)
		await(ctx, tenant, v1alpha1.PhaseActive)
		leadsTo(ctx, hostOf(tenant), tenant)
	})

	It("leads nowhere while the portal is switched off", func(ctx SpecContext) {
		tenant := root(ctx)
		leadsTo(ctx, hostOf(tenant), tenant)
		change(ctx, tenant, portal(false), v1alpha1.PhaseActive)
		leadsNowhere(ctx, hostOf(tenant))
		change(ctx, tenant, portal(true), v1alpha1.PhaseActive)
		leadsTo(ctx, hostOf(tenant), tenant)
	})

	It("changes with the subdomain: the old one leads nowhere (F19)", func(ctx SpecContext) {
		tenant := root(ctx)
		before := hostOf(tenant)
		leadsTo(ctx, before, tenant)
		name := harness.UniqueName("moved")
		change(ctx, tenant, subdomain(name), v1alpha1.PhaseActive)
		leadsTo(ctx, name+".tenantry.example", tenant)
		leadsNowhere(ctx, before)
	})

	It("leads nowhere once the tenant is deleted (F21)", func(ctx SpecContext) {
		tenant := root(ctx)
		leadsTo(ctx, hostOf(tenant), tenant)
		remove(ctx, tenant)
		leadsNowhere(ctx, hostOf(tenant))
	})
})

var _ = Describe("One portal for all tenants", Ordered, ContinueOnFailure, func() {
	operate(func(c *configv1alpha1.Configuration) {
		// Traefik dials it itself: the loopback is beyond the network of the pods.
		_, port, err := net.SplitHostPort(newPortal("all").Listener.Addr().String())
		Expect(err).NotTo(HaveOccurred())
		number, err := strconv.ParseInt(port, 10, 32)
		Expect(err).NotTo(HaveOccurred())
		c.Portal = configv1alpha1.Portal{ExternalName: "localhost", Port: int32(number)}
	})

	It("is asked for each tenant's host, while it is open", func(ctx SpecContext) {
		one, other := root(ctx), root(ctx)
		for _, tenant := range []*v1alpha1.Tenant{one, other} {
			answeredBy(ctx, hostOf(tenant), "all")
		}
		change(ctx, one, suspended, v1alpha1.PhaseSuspended)
		leadsNowhere(ctx, hostOf(one))
	})
})
