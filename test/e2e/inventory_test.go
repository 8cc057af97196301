// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A customer's assets", func() {
	var initech, cybercorp *v1alpha1.Tenant
	var kim client.Client
	BeforeEach(func(ctx SpecContext) {
		acme := root(ctx, asPartner)
		open := func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }
		cybercorp, initech = customer(ctx, acme, "cybercorp", open), customer(ctx, acme, "initech", open)
		name := harness.UniqueName("kim")
		newGrant(ctx, cybercorp.Status.Namespace, name, v1alpha1.RoleEditor)
		Eventually(may).WithArguments(ctx, name, "create", "assetinventories.tenantry.io", cybercorp.Status.Namespace).Within(inTime).Should(BeTrue())
		var err error
		kim, err = cluster.As(name)
		Expect(err).NotTo(HaveOccurred())
	})
	listed := func(in *v1alpha1.Tenant, name string, assets ...v1alpha1.Asset) *v1alpha1.AssetInventory {
		return &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: in.Status.Namespace, Name: name}, Spec: v1alpha1.AssetInventorySpec{Assets: assets}}
	}
	web := v1alpha1.Asset{Type: v1alpha1.AssetWebApplication, Value: "https://shop.cybercorp.example"}
	sameWeb := v1alpha1.Asset{Type: v1alpha1.AssetWebApplication, Value: "HTTPS://Shop.CyberCorp.example:443/#top"}
	domain := v1alpha1.Asset{Type: v1alpha1.AssetDomain, Value: "cybercorp.example"}
	address := v1alpha1.Asset{Type: v1alpha1.AssetIPAddress, Value: "2001:DB8::1"}
	use := func(ctx SpecContext, tenant *v1alpha1.Tenant) int64 {
		now := &v1alpha1.Tenant{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)).To(Succeed())
		return ptr.Deref(now.Status.Usage, v1alpha1.Usage{}).Assets
	}

	It("count once each, however they are written, and are the customer's usage (F33)", func(ctx SpecContext) {
		first, second := listed(cybercorp, "first", domain, web), listed(cybercorp, "second", sameWeb, address)
		Expect(kim.Create(ctx, first)).To(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeEquivalentTo(2))
		Expect(kim.Create(ctx, second)).To(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeEquivalentTo(3))
		Expect(use(ctx, initech)).To(BeZero())

		By("taking the older away: what it kept the younger from counting counts there")
		Expect(kim.Delete(ctx, first)).To(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeEquivalentTo(2))
		Eventually(func(g Gomega) {
			g.Expect(kim.Get(ctx, client.ObjectKeyFromObject(second), second)).To(Succeed())
			g.Expect(second.Status.Counted).To(HaveValue(BeEquivalentTo(2)))
		}).WithContext(ctx).Within(inTime).Should(Succeed())

		By("listing nothing any more")
		Expect(kim.Delete(ctx, second)).To(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeZero())
	})

	It("that are not understood are named, and the others count (F33)", func(ctx SpecContext) {
		inventory := listed(cybercorp, "web", domain, v1alpha1.Asset{Type: v1alpha1.AssetWebApplication, Value: "https://127.1/"})
		Expect(kim.Create(ctx, inventory)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(kim.Get(ctx, client.ObjectKeyFromObject(inventory), inventory)).To(Succeed())
			g.Expect(inventory.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", v1alpha1.ReasonInvalidAssets))))
			g.Expect(inventory.Status.Invalid).To(HaveExactElements(HaveField("Index", BeEquivalentTo(1))))
		}).WithContext(ctx).Within(inTime).Should(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeEquivalentTo(1))
	})

	It("are not for the customer to count, nor to list in another's place", func(ctx SpecContext) {
		inventory := listed(cybercorp, "web", domain, web)
		Expect(kim.Create(ctx, inventory)).To(Succeed())
		Eventually(use).WithArguments(ctx, cybercorp).Within(inTime).Should(BeEquivalentTo(2))
		Expect(kim.Status().Patch(ctx, inventory, merge(`{"status":{"counted":0}}`))).To(Satisfy(apierrors.IsForbidden))
		Expect(kim.Create(ctx, listed(initech, "web", domain))).To(Satisfy(apierrors.IsForbidden))
		Consistently(use).WithArguments(ctx, cybercorp).Should(BeEquivalentTo(2))
	})

	It("lie in no more inventories than a place may have", func(ctx SpecContext) {
		var err error
		for i := 0; i < 100 && err == nil; i++ {
			err = kim.Create(ctx, listed(cybercorp, harness.UniqueName("web"), domain))
		}
		Expect(err).To(And(MatchError(ContainSubstring("count/assetinventories.tenantry.io")), Satisfy(apierrors.IsForbidden)))
		Eventually(use).WithArguments(ctx, cybercorp).Should(BeEquivalentTo(1))
	})
})
