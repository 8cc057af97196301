// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// sellsSeats makes a Tenant a partner whose customers may hold so many seats together.
func sellsSeats(agents int32) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.Partner = &v1alpha1.Partner{Capacity: &v1alpha1.Capacity{Agents: &agents}}
	}
}

// beExhausted succeeds for a Tenant that waits for capacity.
func beExhausted() types.GomegaMatcher {
	return have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCapacityExhausted)
}

var _ = Describe("Capacity", func() {
	It("of a partner is never given twice: who does not fit waits, and is served when some is freed (F23)", func(ctx SpecContext) {
		parent := root(ctx, sellsSeats(10))
		first := customer(ctx, parent, "first", withSeats(7))
		second := await(ctx, newTenant(ctx, parent.Status.Namespace, "second", withSeats(4)), beExhausted())
		Expect(second.Status).To(And(HaveField("Phase", v1alpha1.PhasePending), HaveField("Namespace", BeEmpty())))
		await(ctx, parent, And(HaveField("Status.Capacity.Waiting", HaveValue(BeEquivalentTo(1))), HaveField("Status.Capacity.Allocated.Agents", HaveValue(BeEquivalentTo(7)))))

		By("lowering what the first has")
		change(ctx, first, withSeats(6), beReady())
		await(ctx, second, beReady())
		By("raising what the second has, beyond what there is")
		change(ctx, second, withSeats(100), beExhausted())
		Expect(second.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(seatsOf(ctx, second)).To(BeEquivalentTo(4))
		Expect(message(second)).To(ContainSubstring("it can't be served until it asks for less"))
		change(ctx, second, withSeats(5), beExhausted())
		By("purging the first")
		Expect(admin.Delete(ctx, first)).To(Succeed())
		await(ctx, second, beReady())
		Expect(seatsOf(ctx, second)).To(BeEquivalentTo(5))
		By("limiting it no more")
		change(ctx, parent, asPartner, And(beReady(), HaveField("Status.Capacity", BeNil())))
		change(ctx, second, withSeats(100), beReady())
		gone(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: capacityNamespace, Name: parent.Status.Namespace}})
	})

	It("of a plan is what those on it hold together: who moves to one that is full stays where it is", func(ctx SpecContext) {
		parent := partner(ctx, func(t *v1alpha1.Tenant) { t.Spec.Permissions = map[string]bool{"Contact": true} })
		gold := newPlan(ctx, parent.Status.Namespace, "gold", v1alpha1.LicensePlanSpec{Limits: planSeats(5), Capacity: &v1alpha1.Capacity{Tenants: new(int32(1))}, Permissions: map[string]bool{"Contact": true}})
		newPlan(ctx, parent.Status.Namespace, "silver", v1alpha1.LicensePlanSpec{Limits: planSeats(3)})
		holder := customer(ctx, parent, "holder", onPlan("gold"))
		mover := customer(ctx, parent, "mover", onPlan("silver"))
		change(ctx, mover, onPlan("gold"), beExhausted())
		Expect(mover.Status).To(And(HaveField("Plan", "silver"), HaveField("Effective.Permissions", BeEmpty())))
		Expect(seatsOf(ctx, mover)).To(BeEquivalentTo(3))
		replan(ctx, gold, `{"spec":{"capacity":{"tenants":2}}}`)
		await(ctx, mover, And(beReady(), HaveField("Status.Plan", "gold")))
		replan(ctx, gold, `{"spec":{"capacity":{"tenants":1}}}`)
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(gold), gold)).To(Succeed())
			g.Expect(gold.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", v1alpha1.ReasonOverAllocated))))
		}).WithContext(ctx).Should(Succeed())
		for _, tenant := range []*v1alpha1.Tenant{holder, mover} {
			await(ctx, tenant, beReady())
		}
	})

	It("goes down the tree, where nobody gets any by becoming a reseller, or by ceasing to be one", func(ctx SpecContext) {
		distributor := root(ctx, sellsSeats(20))
		reseller := customer(ctx, distributor, "reseller", sellsSeats(10), withSeats(2))
		theirs := customer(ctx, reseller, "cybercorp", withSeats(10))
		await(ctx, newTenant(ctx, reseller.Status.Namespace, "initech", withSeats(1)), beExhausted())
		sibling := customer(ctx, distributor, "sibling", withSeats(8))
		change(ctx, sibling, sellsSeats(1000), beExhausted())
		await(ctx, newTenant(ctx, sibling.Status.Namespace, "hooli", withSeats(1)), beExhausted())

		change(ctx, reseller, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil }, beReady())
		late := await(ctx, newTenant(ctx, distributor.Status.Namespace, "late", withSeats(5)), beExhausted())
		Expect(seatsOf(ctx, theirs)).To(BeEquivalentTo(10), "it goes on")
		Expect(admin.Delete(ctx, theirs)).To(Succeed())
		await(ctx, late, beReady())
	})

	It("stays with a place that is kept, whoever comes, until that is purged", func(ctx SpecContext) {
		parent := root(ctx, sellsSeats(5))
		tenant := customer(ctx, parent, "cybercorp", withSeats(5), func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} })
		waiting := await(ctx, newTenant(ctx, parent.Status.Namespace, "initech", withSeats(5)), beExhausted())
		record := retire(ctx, tenant)
		Consistently(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(waiting), waiting)).To(Succeed())
			g.Expect(waiting).To(beExhausted())
		}).WithContext(ctx).WithTimeout(calm).Should(Succeed())
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		await(ctx, waiting, beReady())
	})

	It("is exact when thirty race for ten seats, with a manager that ends in the middle (F23)", func(ctx SpecContext) {
		parent := root(ctx, sellsSeats(10))
		var racers []*v1alpha1.Tenant
		for range 30 {
			racers = append(racers, newTenant(ctx, parent.Status.Namespace, harness.UniqueName("racer"), withSeats(2)))
			if len(racers) == 15 {
				stopManager(ctx)
				startManager(ctx)
			}
		}
		for _, racer := range racers {
			await(ctx, racer, Or(beReady(), beExhausted()))
		}
		served := slices.DeleteFunc(slices.Clone(racers), func(racer *v1alpha1.Tenant) bool { return !racer.IsReady() })
		Expect(served).To(HaveLen(5))
		quotas := &corev1.ResourceQuotaList{}
		Expect(admin.List(ctx, quotas, client.MatchingLabels{v1alpha1.LabelParent: parent.Status.Namespace})).To(Succeed())
		Expect(quotas.Items).To(HaveLen(5), "nobody else has a place")
	})

	It("that comes to what is there takes nothing from anybody, and nothing is written when all is said", func(ctx SpecContext) {
		parent := partner(ctx)
		first, second := customer(ctx, parent, "first", withSeats(7)), customer(ctx, parent, "second", withSeats(8))
		change(ctx, parent, sellsSeats(10), And(beReady(), HaveField("Status.Capacity.Allocated.Agents", HaveValue(BeEquivalentTo(15)))))
		for tenant, seats := range map[*v1alpha1.Tenant]int64{first: 7, second: 8} {
			await(ctx, tenant, beReady())
			Expect(seatsOf(ctx, tenant)).To(Equal(seats))
		}
		await(ctx, newTenant(ctx, parent.Status.Namespace, "third", withSeats(1)), beExhausted())
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed())
	})
})
