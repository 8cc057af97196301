// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("With cert-manager, a tenant's host", Ordered, ContinueOnFailure, func() {
	operate(func(c *configv1alpha1.Configuration) {
		c.Edge.Ingress.Annotations = map[string]string{"cert-manager.io/cluster-issuer": issuer}
		c.Edge.Ingress.TLS.SecretName = "portal-certificate"
	})

	// presentsItsOwn waits until a certificate for the tenant's host alone is presented.
	presentsItsOwn := func(ctx SpecContext, tenant *v1alpha1.Tenant) answer {
		GinkgoHelper()
		presents(ctx, hostOf(tenant), hostOf(tenant))
		return leadsTo(ctx, hostOf(tenant), tenant)
	}

	It("presents a certificate of its own", func(ctx SpecContext) {
		partner := root(ctx, asPartner)
		below := customer(ctx, partner, "below")
		presentsItsOwn(ctx, partner)
		presentsItsOwn(ctx, below)
	})

	It("keeps its certificate through a suspension (F29)", func(ctx SpecContext) {
		tenant := root(ctx)
		before := presentsItsOwn(ctx, tenant).Certificate

		change(ctx, tenant, suspended, v1alpha1.PhaseSuspended)
		leadsNowhere(ctx, hostOf(tenant))
		presents(ctx, hostOf(tenant), wildcard)

		change(ctx, tenant, resumed, v1alpha1.PhaseActive)
		Expect(presentsItsOwn(ctx, tenant).Certificate.SerialNumber).To(Equal(before.SerialNumber))
	})

	It("loses its certificate when the tenant is deleted (F21)", func(ctx SpecContext) {
		tenant := root(ctx)
		presentsItsOwn(ctx, tenant)
		remove(ctx, tenant)
		leadsNowhere(ctx, hostOf(tenant))
		presents(ctx, hostOf(tenant), wildcard)
	})
})
