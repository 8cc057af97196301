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

var _ = Describe("Capacity", func() {
	// under are a partner's namespace, and what lies in it.
	type under struct {
		partner   *v1alpha1.Tenant
		namespace string
	}
	partnerOf := func(ctx SpecContext, capacity *v1alpha1.Capacity) under {
		GinkgoHelper()
		p := partner(ctx, withCapacity(capacity))
		return under{p, p.Status.Namespace}
	}
	child := func(ctx SpecContext, of under, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		GinkgoHelper()
		return tenantIn(ctx, of.namespace, name, change...)
	}
	run := func(ctx SpecContext, of under, tenants []*v1alpha1.Tenant, expected func(Gomega)) {
		GinkgoHelper()
		shared.run(ctx, []string{of.namespace}, tenants, expected)
	}
	served := func(ctx SpecContext, of under, tenant *v1alpha1.Tenant) {
		GinkgoHelper()
		run(ctx, of, []*v1alpha1.Tenant{tenant}, func(g Gomega) { g.Expect(tenant).To(isReady()) })
	}
	waits := func(ctx SpecContext, of under, tenant *v1alpha1.Tenant) {
		GinkgoHelper()
		run(ctx, of, []*v1alpha1.Tenant{tenant}, func(g Gomega) { g.Expect(tenant).To(exhausted()) })
	}
	// purge deletes a Tenant with its place, and returns when both are gone.
	purge := func(ctx SpecContext, tenant *v1alpha1.Tenant) {
		GinkgoHelper()
		place := placeOf(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, tenant)).To(Succeed())
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{})).NotTo(Succeed())
		}).WithContext(ctx).Should(Succeed())
		gone(ctx, place)
	}

	It("of a partner is what its customers hold together: who does not fit waits, and says for what", func(ctx SpecContext) {
		of := partnerOf(ctx, agentsCapacity(10))
		first := child(ctx, of, "first", withSeats(7))
		second := child(ctx, of, "second", withSeats(4))
		Expect(shared.look(ctx, second)).To(Succeed())
		Expect(ready(second)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonProvisioning), "nobody has looked yet")
		served(ctx, of, first)
		waits(ctx, of, second)
		Expect(second.Status.Phase).To(Equal(v1alpha1.PhasePending))
		Expect(second.Status.Namespace).To(BeEmpty(), "nothing is made for it")
		Expect(ready(second).Message).To(And(ContainSubstring("capacity of 10 agents"), ContainSubstring("the 4 that this tenant asks for"), ContainSubstring("raise spec.partner.capacity.agents")))
		Expect(*first.Status.Allocated.Agents).To(BeEquivalentTo(7))

		shared.settle(ctx, of.partner)
		Expect(*of.partner.Status.Capacity.Granted.Agents).To(BeEquivalentTo(10))
		Expect(*of.partner.Status.Capacity.Allocated.Agents).To(BeEquivalentTo(7))
		Expect(*of.partner.Status.Capacity.Waiting).To(BeEquivalentTo(1))

		By("asking for less")
		change(ctx, second, withSeats(3))
		served(ctx, of, second)
		By("asking for more than there is: it keeps what it has")
		change(ctx, second, withSeats(5))
		waits(ctx, of, second)
		Expect(second.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(enforcedSeats(ctx, second)).To(BeEquivalentTo(3))
		Expect(*second.Status.Effective.Agents).To(Equal(v1alpha1.EffectiveCount{Value: 3, From: v1alpha1.OriginCapacity}))
		Expect(routed(ctx, second)).To(BeTrue())
		By("raising the capacity")
		change(ctx, of.partner, withCapacity(agentsCapacity(12)))
		served(ctx, of, second)
		Expect(enforcedSeats(ctx, second)).To(BeEquivalentTo(5))
	})

	It("that is freed goes to who waits longest", func(ctx SpecContext) {
		of := partnerOf(ctx, &v1alpha1.Capacity{Tenants: new(int32(1))})
		holder := child(ctx, of, "m")
		served(ctx, of, holder)
		next := child(ctx, of, "z")
		waits(ctx, of, next)
		// The API server tells seconds apart, and nothing less.
		Eventually(func() time.Time { return time.Now().Truncate(time.Second) }).WithContext(ctx).Should(BeTemporally(">", next.CreationTimestamp.Time))
		last := child(ctx, of, "a")
		waits(ctx, of, last)

		By("deleting and making again who waits: it comes last")
		Eventually(func() time.Time { return time.Now().Truncate(time.Second) }).WithContext(ctx).Should(BeTemporally(">", last.CreationTimestamp.Time))
		Expect(admin.Delete(ctx, last)).To(Succeed())
		Expect(shared.look(ctx, last)).To(Succeed())
		gone(ctx, last)
		shared.account(ctx, of.namespace)
		last = child(ctx, of, "a")
		waits(ctx, of, last)
		before, _ := booksOf(ctx, of.namespace).WaitingSince("z")
		after, _ := booksOf(ctx, of.namespace).WaitingSince("a")
		Expect(after).To(BeTemporally(">", before))

		purge(ctx, holder)
		run(ctx, of, []*v1alpha1.Tenant{next, last}, func(g Gomega) {
			g.Expect(next).To(isReady())
			g.Expect(last).To(exhausted())
		})
		purge(ctx, next)
		served(ctx, of, last)
	})

	It("is freed when less is asked for, and is enforced, and is used no more", func(ctx SpecContext) {
		of := partnerOf(ctx, agentsCapacity(5))
		holder := child(ctx, of, "holder", withSeats(5))
		served(ctx, of, holder)
		fill(ctx, holder, 3)
		waiting := child(ctx, of, "waiting", withSeats(3))
		waits(ctx, of, waiting)

		change(ctx, holder, withSeats(1))
		shared.account(ctx, of.namespace)
		Expect(booksOf(ctx, of.namespace).Entries["holder"].Holds()[license.Agents]).To(BeEquivalentTo(5), "less is not enforced yet")
		run(ctx, of, []*v1alpha1.Tenant{holder, waiting}, func(g Gomega) {
			g.Expect(ready(holder)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonOverLimit))
			g.Expect(booksOf(ctx, of.namespace).Entries["holder"].Holds()[license.Agents]).To(BeEquivalentTo(3), "what is in use")
			g.Expect(waiting).To(exhausted())
		})
		Expect(admin.DeleteAllOf(ctx, &v1alpha1.TenantAccessGrant{}, client.InNamespace(holder.Status.Namespace))).To(Succeed())
		run(ctx, of, []*v1alpha1.Tenant{holder, waiting}, func(g Gomega) {
			g.Expect(holder).To(isReady())
			g.Expect(waiting).To(isReady())
		})
	})

	It("of a plan is what those on it hold together, beside the partner's", func(ctx SpecContext) {
		of := partnerOf(ctx, nil)
		gold := planIn(ctx, of.namespace, "gold", v1alpha1.LicensePlanSpec{Limits: seats(5), Capacity: agentsCapacity(5), Permissions: map[string]bool{"Contact": true}})
		planIn(ctx, of.namespace, "silver", v1alpha1.LicensePlanSpec{Limits: seats(3)})
		change(ctx, of.partner, func(t *v1alpha1.Tenant) { t.Spec.Permissions = map[string]bool{"Contact": true} })
		first := child(ctx, of, "first", onPlan("gold"))
		served(ctx, of, first)
		second := child(ctx, of, "second", onPlan("gold"))
		waits(ctx, of, second)
		Expect(ready(second).Message).To(And(ContainSubstring(`LicensePlan "gold" has a capacity of 5 agents`), ContainSubstring("raise spec.capacity.agents of LicensePlan")))
		mover := child(ctx, of, "mover", onPlan("silver"))
		served(ctx, of, mover)

		By("moving to the plan that is full: it stays on its own, with what that gives")
		change(ctx, mover, onPlan("gold"))
		waits(ctx, of, mover)
		Expect(mover.Status.Plan).To(Equal("silver"))
		Expect(mover.Status.Effective.Agents.Value).To(BeEquivalentTo(3))
		Expect(mover.Status.Effective.Permissions).To(BeEmpty())
		Expect(enforcedSeats(ctx, mover)).To(BeEquivalentTo(3))
		Expect(routed(ctx, mover)).To(BeTrue())
		shared.lookAtPlan(ctx, gold)
		Expect(*gold.Status.Allocated.Agents).To(BeEquivalentTo(5))
		Expect(*gold.Status.Waiting).To(BeEquivalentTo(2))

		By("buying more")
		changePlan(ctx, gold, func(s *v1alpha1.LicensePlanSpec) { s.Capacity = agentsCapacity(15) })
		shared.catchUp(ctx, gold)
		run(ctx, of, []*v1alpha1.Tenant{second, mover}, func(g Gomega) {
			g.Expect(second).To(isReady())
			g.Expect(mover).To(isReady())
		})
		Expect(mover.Status.Plan).To(Equal("gold"))
		Expect(enforcedSeats(ctx, mover)).To(BeEquivalentTo(5))
		Expect(mover.Status.Effective.Permissions).To(HaveLen(1))

		By("buying less: nobody loses")
		changePlan(ctx, gold, func(s *v1alpha1.LicensePlanSpec) { s.Capacity = agentsCapacity(4) })
		shared.catchUp(ctx, gold)
		run(ctx, of, []*v1alpha1.Tenant{first, second, mover}, func(g Gomega) {
			for _, tenant := range []*v1alpha1.Tenant{first, second, mover} {
				g.Expect(tenant).To(isReady())
			}
		})
		shared.lookAtPlan(ctx, gold)
		Expect(gold.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), HaveField("Status", metav1.ConditionTrue), HaveField("Reason", v1alpha1.ReasonOverAllocated))))
		late := child(ctx, of, "late", onPlan("gold"), withSeats(1))
		waits(ctx, of, late)
	})

	It("stays with a place that is kept until that is purged", func(ctx SpecContext) {
		of := partnerOf(ctx, agentsCapacity(5))
		deleted := child(ctx, of, "deleted", withSeats(5), keptFor(time.Hour))
		served(ctx, of, deleted)
		waiting := child(ctx, of, "waiting", withSeats(5))
		waits(ctx, of, waiting)
		record := shared.retire(ctx, deleted)
		waits(ctx, of, waiting)

		By("taking it back")
		restored := child(ctx, of, "deleted", withSeats(5), keptFor(time.Hour))
		run(ctx, of, []*v1alpha1.Tenant{restored, waiting}, func(g Gomega) {
			g.Expect(restored).To(isReady())
			g.Expect(waiting).To(exhausted())
		})
		Expect(enforcedSeats(ctx, restored)).To(BeEquivalentTo(5))
		_, err := shared.lookAfter(ctx, record, time.Now())
		Expect(err).NotTo(HaveOccurred())

		By("keeping it from who is not to have it, and who asks for less")
		record = shared.retire(ctx, restored)
		thief := as(ctx, "thief@example.com", again(record, withSeats(0), keptFor(0)))
		run(ctx, of, []*v1alpha1.Tenant{thief, waiting}, func(g Gomega) {
			g.Expect(ready(thief)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
			g.Expect(waiting).To(exhausted())
		})
		Expect(booksOf(ctx, of.namespace).Entries["deleted"].Own[license.Agents]).To(BeEquivalentTo(5))
		Expect(admin.Delete(ctx, thief)).To(Succeed())
		Expect(shared.look(ctx, thief)).To(Succeed())
		gone(ctx, thief)

		By("purging it")
		shared.purged(ctx, record, record.Spec.Until.Time)
		served(ctx, of, waiting)
	})

	It("that comes late takes nothing from anybody, and that goes leaves nothing behind", func(ctx SpecContext) {
		of := partnerOf(ctx, nil)
		first, second := child(ctx, of, "first", withSeats(7)), child(ctx, of, "second", withSeats(8))
		for _, tenant := range []*v1alpha1.Tenant{first, second} {
			served(ctx, of, tenant)
		}
		Expect(unbooked(ctx, of.namespace)).To(BeTrue(), "nothing is limited")

		change(ctx, of.partner, withCapacity(agentsCapacity(10)))
		shared.catchUp(ctx, of.partner)
		Expect(shared.look(ctx, first)).To(Succeed())
		Expect(first).To(isReady(), "nobody has looked yet, and nothing is taken meanwhile")
		run(ctx, of, []*v1alpha1.Tenant{first, second}, func(g Gomega) {
			g.Expect(first).To(isReady())
			g.Expect(second).To(isReady())
		})
		Expect(enforcedSeats(ctx, first)).To(BeEquivalentTo(7))
		Expect(enforcedSeats(ctx, second)).To(BeEquivalentTo(8))
		late := child(ctx, of, "late", withSeats(1))
		waits(ctx, of, late)

		change(ctx, of.partner, withCapacity(nil))
		shared.catchUp(ctx, of.partner)
		run(ctx, of, []*v1alpha1.Tenant{first, late}, func(g Gomega) { g.Expect(late).To(isReady()) })
		Expect(unbooked(ctx, of.namespace)).To(BeTrue())
		Expect(first.Status.Allocated).To(BeNil())
		shared.settle(ctx, of.partner)
		Expect(of.partner.Status.Capacity).To(BeNil())
	})

	It("is given by whoever was there when a tenant named a plan that was not", func(ctx SpecContext) {
		of := partnerOf(ctx, nil)
		tenant := child(ctx, of, "first", withSeats(7))
		served(ctx, of, tenant)
		change(ctx, tenant, onPlan("gone"))
		shared.settle(ctx, tenant)
		change(ctx, of.partner, withCapacity(agentsCapacity(10)))
		shared.catchUp(ctx, of.partner)
		late := child(ctx, of, "late", withSeats(4))
		waits(ctx, of, late)
		Expect(booksOf(ctx, of.namespace).Entries["first"].Holds()[license.Agents]).To(BeEquivalentTo(7))
	})

	It("costs no request while nothing changes, nor after a restart", func(ctx SpecContext) {
		of := partnerOf(ctx, agentsCapacity(10))
		gold := planIn(ctx, of.namespace, "gold", v1alpha1.LicensePlanSpec{Limits: seats(4), Capacity: agentsCapacity(8)})
		first, second := child(ctx, of, "first", onPlan("gold")), child(ctx, of, "second", withSeats(9))
		kept := child(ctx, of, "kept", withSeats(1), keptFor(time.Hour))
		served(ctx, of, first)
		waits(ctx, of, second)
		change(ctx, second, withSeats(2))
		served(ctx, of, second)
		served(ctx, of, kept)
		shared.retire(ctx, kept)
		change(ctx, second, withSeats(9))
		waits(ctx, of, second)
		shared.lookAtPlan(ctx, gold)
		shared.settle(ctx, of.partner)

		for _, o := range []*operator{shared, newOperator(ctx)} {
			o.catchUpWith(ctx, of.namespace)
			o.catchUp(ctx, of.partner)
			o.recorder.take()
			o.account(ctx, of.namespace)
			o.account(ctx, home)
			o.lookAtPlan(ctx, gold)
			for _, tenant := range []*v1alpha1.Tenant{first, second, of.partner} {
				Expect(o.look(ctx, tenant)).To(Succeed())
			}
			Expect(o.recorder.take()).To(BeEmpty())
		}
	})
})
