// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

var _ = Describe("Capacity down the tree", func() {
	// The distributor has resellers, which have customers.
	var distributor *v1alpha1.Tenant
	of := func(ctx SpecContext, capacity *v1alpha1.Capacity) string {
		GinkgoHelper()
		distributor = partner(ctx, withCapacity(capacity))
		return distributor.Status.Namespace
	}
	capped := func(ctx SpecContext, capacity *v1alpha1.Capacity) {
		GinkgoHelper()
		change(ctx, distributor, withCapacity(capacity))
		shared.catchUp(ctx, distributor)
	}
	// run looks at the two namespaces, from above, and at the Tenants.
	run := func(ctx SpecContext, expected func(Gomega), tenants ...*v1alpha1.Tenant) {
		GinkgoHelper()
		namespaces := []string{distributor.Status.Namespace}
		for _, tenant := range tenants {
			if tenant.Spec.Partner != nil && tenant.Status.Namespace != "" {
				namespaces = append(namespaces, tenant.Status.Namespace)
			}
		}
		shared.run(ctx, namespaces, tenants, expected)
	}
	served := func(ctx SpecContext, tenants ...*v1alpha1.Tenant) {
		GinkgoHelper()
		run(ctx, func(g Gomega) {
			for _, tenant := range tenants {
				g.Expect(tenant).To(isReady())
			}
		}, tenants...)
	}
	reseller := func(ctx SpecContext, capacity *v1alpha1.Capacity) *v1alpha1.Tenant {
		GinkgoHelper()
		made := tenantIn(ctx, distributor.Status.Namespace, "reseller", withCapacity(capacity), withSeats(2))
		served(ctx, made)
		return made
	}
	heldBy := func(ctx SpecContext, tenant *v1alpha1.Tenant) int64 {
		GinkgoHelper()
		return booksOf(ctx, tenant.Namespace).Entries[tenant.Name].Holds()[license.Agents]
	}

	It("is a share of what is above: no reseller's customers hold more than it was given", func(ctx SpecContext) {
		namespace := of(ctx, agentsCapacity(20))
		shop := reseller(ctx, agentsCapacity(10))
		Expect(heldBy(ctx, shop)).To(BeEquivalentTo(12))
		first := tenantIn(ctx, shop.Status.Namespace, "first", withSeats(8))
		served(ctx, shop, first)
		second := tenantIn(ctx, shop.Status.Namespace, "second", withSeats(3))
		run(ctx, func(g Gomega) { g.Expect(second).To(exhausted()) }, shop, second)
		shared.settle(ctx, shop)
		Expect(*shop.Status.Capacity.Granted.Agents).To(BeEquivalentTo(10))
		Expect(*shop.Status.Capacity.Allocated.Agents).To(BeEquivalentTo(8))
		Expect(*shop.Status.Capacity.Waiting).To(BeEquivalentTo(1))

		By("asking for more above than there is")
		change(ctx, shop, withCapacity(agentsCapacity(30)))
		run(ctx, func(g Gomega) {
			g.Expect(shop).To(exhausted())
			g.Expect(second).To(exhausted())
		}, shop, second)
		Expect(booksOf(ctx, shop.Status.Namespace).Partner[license.Agents]).To(BeEquivalentTo(10))
		Expect(ready(shop).Message).To(ContainSubstring("it can't be served until it asks for less"))

		By("asking for what is left")
		change(ctx, shop, withCapacity(agentsCapacity(18)))
		served(ctx, shop, second)
		next := tenantIn(ctx, namespace, "next", withSeats(1))
		run(ctx, func(g Gomega) { g.Expect(next).To(exhausted()) }, next)

		By("asking for less than its customers hold: what they hold is not given to others")
		change(ctx, shop, withCapacity(agentsCapacity(5)))
		run(ctx, func(g Gomega) {
			g.Expect(booksOf(ctx, shop.Status.Namespace).Partner[license.Agents]).To(BeEquivalentTo(5))
			g.Expect(heldBy(ctx, shop)).To(BeEquivalentTo(2+11), "its own, and what its customers have")
			g.Expect(first).To(isReady())
			g.Expect(second).To(isReady())
			g.Expect(next).To(isReady())
		}, shop, first, second, next)
	})

	It("is nothing for the customers of a reseller that names none, and says so", func(ctx SpecContext) {
		of(ctx, agentsCapacity(20))
		shop := reseller(ctx, nil)
		Expect(heldBy(ctx, shop)).To(BeEquivalentTo(2))
		customer := tenantIn(ctx, shop.Status.Namespace, "customer", withSeats(1))
		run(ctx, func(g Gomega) { g.Expect(customer).To(exhausted()) }, shop, customer)
		Expect(ready(customer).Message).To(And(ContainSubstring("the partner has a capacity of 0 agents in all"), ContainSubstring("spec.partner.capacity.agents of the partner is raised")))
		shared.settle(ctx, shop)
		Expect(*shop.Status.Capacity.Granted.Agents).To(BeZero())
	})

	It("is not got by becoming a reseller", func(ctx SpecContext) {
		namespace := of(ctx, agentsCapacity(20))
		customer := tenantIn(ctx, namespace, "customer", withSeats(2))
		served(ctx, customer)
		change(ctx, customer, withCapacity(agentsCapacity(1000)))
		run(ctx, func(g Gomega) { g.Expect(customer).To(exhausted()) }, customer)
		Expect(heldBy(ctx, customer)).To(BeEquivalentTo(2))
		Expect(booksOf(ctx, customer.Status.Namespace).Partner[license.Agents]).To(BeZero())
	})

	It("is not got by ceasing to be a reseller, while its customers are there", func(ctx SpecContext) {
		namespace := of(ctx, agentsCapacity(20))
		shop := reseller(ctx, agentsCapacity(18))
		customer := tenantIn(ctx, shop.Status.Namespace, "customer", withSeats(18))
		served(ctx, shop, customer)
		next := tenantIn(ctx, namespace, "next", withSeats(18))
		change(ctx, shop, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
		run(ctx, func(g Gomega) {
			g.Expect(heldBy(ctx, shop)).To(BeEquivalentTo(20))
			g.Expect(next).To(exhausted())
		}, shop, next)
		Expect(enforcedSeats(ctx, customer)).To(BeEquivalentTo(18), "it goes on")

		Expect(admin.Delete(ctx, customer)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, customer)).To(Succeed())
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(customer), &v1alpha1.Tenant{})).NotTo(Succeed())
		}).WithContext(ctx).Should(Succeed())
		run(ctx, func(g Gomega) { g.Expect(next).To(isReady()) }, shop, next)
	})

	It("that comes late counts what is there, and takes nothing from a reseller's staff or customers", func(ctx SpecContext) {
		namespace := of(ctx, nil)
		shop := reseller(ctx, nil)
		customer := tenantIn(ctx, shop.Status.Namespace, "customer", withSeats(15))
		served(ctx, shop, customer)
		fill(ctx, customer, 1)

		capped(ctx, agentsCapacity(20))
		next := tenantIn(ctx, namespace, "next", withSeats(4))
		run(ctx, func(g Gomega) {
			g.Expect(heldBy(ctx, shop)).To(BeEquivalentTo(2 + 15))
			g.Expect(next).To(exhausted())
			g.Expect(shop).To(isReady())
			g.Expect(customer).To(isReady())
		}, shop, customer, next)
		Expect(booksOf(ctx, namespace).Entries["reseller"].Own[license.Agents]).To(BeEquivalentTo(2), "its staff's seats")
		Expect(enforcedSeats(ctx, customer)).To(BeEquivalentTo(15))
		change(ctx, next, withSeats(3))
		served(ctx, shop, next)
	})

	It("of another kind that comes late counts what is there, too", func(ctx SpecContext) {
		namespace := of(ctx, &v1alpha1.Capacity{Tenants: new(int32(5))})
		shop := reseller(ctx, &v1alpha1.Capacity{Tenants: new(int32(2))})
		customer := tenantIn(ctx, shop.Status.Namespace, "customer", withSeats(15))
		served(ctx, shop, customer)
		capped(ctx, &v1alpha1.Capacity{Tenants: new(int32(5)), Agents: new(int32(20))})
		next := tenantIn(ctx, namespace, "next", withSeats(4))
		run(ctx, func(g Gomega) {
			g.Expect(heldBy(ctx, shop)).To(BeEquivalentTo(2 + 15))
			g.Expect(next).To(exhausted())
		}, shop, customer, next)
	})

	It("that goes above leaves a reseller's own to itself", func(ctx SpecContext) {
		namespace := of(ctx, agentsCapacity(20))
		shop := reseller(ctx, agentsCapacity(10))
		first := tenantIn(ctx, shop.Status.Namespace, "first", withSeats(8))
		served(ctx, shop, first)
		capped(ctx, nil)
		run(ctx, func(g Gomega) { g.Expect(unbooked(ctx, namespace)).To(BeTrue()) }, shop)
		second := tenantIn(ctx, shop.Status.Namespace, "second", withSeats(2))
		third := tenantIn(ctx, shop.Status.Namespace, "third", withSeats(1))
		run(ctx, func(g Gomega) {
			g.Expect(second).To(isReady())
			g.Expect(third).To(exhausted())
		}, shop, second, third)
	})

	It("costs nothing while a reseller's place is kept, and is its again", func(ctx SpecContext) {
		namespace := of(ctx, agentsCapacity(20))
		shop := tenantIn(ctx, namespace, "reseller", withCapacity(agentsCapacity(10)), withSeats(2), keptFor(time.Hour))
		served(ctx, shop)
		customer := tenantIn(ctx, shop.Status.Namespace, "customer", withSeats(8))
		served(ctx, shop, customer)
		place := shop.Status.Namespace
		record := shared.retire(ctx, shop)
		for _, namespace := range []string{place, namespace} {
			Expect(shared.account(ctx, namespace).RequeueAfter).To(BeZero())
		}
		shared.settle(ctx, customer)
		Expect(ready(customer)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonParentSuspended))
		shared.recorder.take()
		for _, namespace := range []string{place, namespace} {
			Expect(shared.account(ctx, namespace).RequeueAfter).To(BeZero())
		}
		Expect(shared.recorder.take()).To(BeEmpty())

		shop = tenantIn(ctx, namespace, "reseller", withCapacity(agentsCapacity(10)), withSeats(2), keptFor(time.Hour))
		served(ctx, shop, customer)
		_, err := shared.lookAfter(ctx, record, time.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(heldBy(ctx, shop)).To(BeEquivalentTo(12))
	})
})
