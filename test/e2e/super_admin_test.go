// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("There is one super admin,", func() {
	const prices = "pricelists.tenantry.io"
	// hand is what the super admin is handed on by.
	hand := func(to string) string { return `{"spec":{"superAdmin":"` + to + `"}}` }

	It("who hands it on, and reads prices no more", func(ctx SpecContext) {
		writer, present, heir := staff(ctx, home, "administer"), harness.UniqueName("present"), harness.UniqueName("heir")
		acme := root(ctx, asPartner, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = present })
		place := acme.Status.Namespace
		newGrant(ctx, place, heir, v1alpha1.RoleAdmin)
		Eventually(may).WithArguments(ctx, present, "list", prices, place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, heir, "create", "tenants.tenantry.io", place).Within(inTime).Should(BeTrue())
		Expect(may(ctx, heir, "list", prices, place)).To(BeFalse())

		Expect(writer.Patch(ctx, tenantOf(acme), merge(hand(heir)))).To(refusedBy("tenantry-super-admin"), "whatever else they may do with the Tenant")
		as := personNamed(ctx, present, staffRole(ctx), home)
		Expect(as.Patch(ctx, tenantOf(acme), merge(hand(heir)))).To(Succeed())
		Eventually(may).WithArguments(ctx, heir, "list", prices, place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, present, "list", prices, place).Within(inTime).Should(BeFalse())
		Eventually(may).WithArguments(ctx, present, "get", "configmaps", place).Within(inTime).Should(BeFalse(), "they had no other way in")
		await(ctx, acme, HaveField("Status.SuperAdmin", heir))
		Expect(as.Patch(ctx, tenantOf(acme), merge(hand(present)))).To(refusedBy("tenantry-super-admin"), "nor take it back")
	})

	It("whom the partner's replaces, and nobody else of the partner's", func(ctx SpecContext) {
		chief, owner, present, heir := harness.UniqueName("chief"), harness.UniqueName("owner"), harness.UniqueName("present"), harness.UniqueName("heir")
		acme := root(ctx, asPartner, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = chief })
		reseller := customer(ctx, acme, "reseller", asPartner, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = present })
		above, place := acme.Status.Namespace, reseller.Status.Namespace
		newGrant(ctx, above, owner, v1alpha1.RoleOwner)
		for user, in := range map[string]string{chief: above, owner: above, present: place} {
			Eventually(may).WithArguments(ctx, user, "get", "configmaps", in).Within(inTime).Should(BeTrue())
		}
		Eventually(may).WithArguments(ctx, present, "list", prices, place).Within(inTime).Should(BeTrue())
		Expect(may(ctx, chief, "list", prices, place)).To(BeFalse(), "a reseller's prices are its own")

		asOwner, err := cluster.As(owner)
		Expect(err).NotTo(HaveOccurred())
		Eventually(may).WithArguments(ctx, owner, "patch", "tenants.tenantry.io", above).Within(inTime).Should(BeTrue())
		Expect(asOwner.Patch(ctx, tenantOf(reseller), merge(hand(heir)))).To(refusedBy("tenantry-super-admin"))
		asChief, err := cluster.As(chief)
		Expect(err).NotTo(HaveOccurred())
		Expect(asChief.Patch(ctx, tenantOf(reseller), merge(hand(heir)))).To(Succeed())
		Eventually(may).WithArguments(ctx, heir, "list", prices, place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, present, "list", prices, place).Within(inTime).Should(BeFalse())
	})
})
