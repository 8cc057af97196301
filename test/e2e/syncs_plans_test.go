// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A MasterTenantSync that is planned", func() {
	var (
		place         string
		first, second *v1alpha1.Tenant
		marked        *corev1.ConfigMap
		sync          *v1alpha1.MasterTenantSync
	)
	BeforeEach(func(ctx SpecContext) {
		parent := partner(ctx)
		place = parent.Status.Namespace
		first, second = customer(ctx, parent, "cybercorp"), customer(ctx, parent, "initech")
		marked = source(ctx, place, "alerts", content, "one")
		sync = awaitSync(ctx, newSync(ctx, parent, "baseline", planning), bePlanned(v1alpha1.PlanSummary{
			Create: 2, Names: []string{"create cybercorp ConfigMap alerts", "create initech ConfigMap alerts"},
		}))
	})

	It("says what it would do, and does nothing of it (F08)", func(ctx SpecContext) {
		staysText(ctx, "alerts", "", first, second)
		Expect(string(sync.Status.Plan.Hash)).To(MatchRegexp("^sha256:[0-9a-f]{64}$"))
		before := sync.Status.Plan.Hash
		own := inPlace(second, "alerts")
		own.Data = map[string]string{"text": "my own"}
		Expect(admin.Create(ctx, own)).To(Succeed())
		source(ctx, place, "more", content, "more")
		awaitSync(ctx, sync, bePlanned(v1alpha1.PlanSummary{Create: 3, Conflicts: 1, Names: []string{
			"create cybercorp ConfigMap alerts", "create cybercorp ConfigMap more", "keep initech ConfigMap alerts", "create initech ConfigMap more",
		}}))
		Expect(sync.Status.Plan.Hash).NotTo(Equal(before))
		Expect(ownedBy(ctx, sync)).To(BeEmpty())
		for _, tenant := range []*v1alpha1.Tenant{first, second} {
			await(ctx, tenant, HaveField("Status.Syncs", BeEmpty()))
		}
	})

	It("does exactly what was approved, and plans what comes after (F08)", func(ctx SpecContext) {
		approve(ctx, sync)
		awaitText(ctx, "alerts", "one", first, second)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), beCarriedOut(0)))
		edit(ctx, marked, "two")
		awaitSync(ctx, sync, HaveField("Status.Plan.Update", BeEquivalentTo(2)))
		staysText(ctx, "alerts", "one", first, second)
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonPlanned))
		approve(ctx, sync)
		awaitText(ctx, "alerts", "two", first, second)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), beCarriedOut(0)))
	})

	It("does nothing by a plan that no longer holds when it is approved", func(ctx SpecContext) {
		old := sync.Status.Plan.Hash
		edit(ctx, marked, "two")
		awaitSync(ctx, sync, HaveField("Status.Plan.Hash", Not(Equal(old))))
		changeSync(ctx, sync, `{"approvedPlan":"`+string(old)+`"}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "", first, second)

		By("approving it without mode Plan too")
		changeSync(ctx, sync, `{"mode":"Apply"}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "", first, second)
		changeSync(ctx, sync, `{"approvedPlan":null}`)
		awaitText(ctx, "alerts", "two", first, second)
	})

	It("does nothing by a plan when a tenant or what lies in its place has changed since", func(ctx SpecContext) {
		old := sync.Status.Plan.Hash
		own := inPlace(second, "alerts")
		own.Data = map[string]string{"text": "my own"}
		Expect(admin.Create(ctx, own)).To(Succeed())
		changeSync(ctx, sync, `{"approvedPlan":"`+string(old)+`","conflict":"Overwrite"}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "my own", second)
		Expect(textIn(ctx, first, "alerts")).To(BeEmpty())
		approve(ctx, sync)
		awaitText(ctx, "alerts", "one", first, second)

		By("having a tenant more")
		edit(ctx, marked, "two")
		awaitSync(ctx, sync, HaveField("Status.Plan.Update", BeEquivalentTo(2)))
		old = sync.Status.Plan.Hash
		late := customer(ctx, &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: place}}, "late")
		awaitSync(ctx, sync, HaveField("Status.Plan.Create", BeEquivalentTo(1)))
		changeSync(ctx, sync, `{"approvedPlan":"`+string(old)+`"}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "", late)
		Expect(textIn(ctx, first, "alerts")).To(Equal("one"))
	})

	It("takes over nothing that its owner has changed since", func(ctx SpecContext) {
		own := inPlace(second, "alerts")
		own.Data = map[string]string{"text": "my own"}
		Expect(admin.Create(ctx, own)).To(Succeed())
		changeSync(ctx, sync, `{"conflict":"Overwrite"}`)
		awaitSync(ctx, sync, HaveField("Status.Plan.Names", ContainElement("take over initech ConfigMap alerts")))
		edit(ctx, inPlace(second, "alerts"), "edited")
		approve(ctx, sync)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "edited", second)
		approve(ctx, sync)
		awaitText(ctx, "alerts", "one", first, second)
	})

	It("does nothing by a plan of a former sync of its name, nor of one that left otherwise", func(ctx SpecContext) {
		old := sync.Status.Plan.Hash
		changeSync(ctx, sync, `{"onLeave":"Keep","approvedPlan":"`+string(old)+`"}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		again := newSync(ctx, &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: place}}, sync.Name, planning, func(s *v1alpha1.MasterTenantSync) { s.Spec.ApprovedPlan = old })
		awaitSync(ctx, again, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "", first, second)
	})

	It("holds up no other sync when what was approved can't be read any more", func(ctx SpecContext) {
		changeSync(ctx, sync, `{"rollout":{"canary":{"names":["cybercorp"],"soak":"1h"}}}`)
		edit(ctx, marked, "two")
		old := sync.Status.Plan.Hash
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonPlanned), HaveField("Status.Plan.Hash", Not(Equal(old)))))
		approve(ctx, sync)
		awaitText(ctx, "alerts", "two", first)
		awaitSync(ctx, sync, say(metav1.ConditionFalse, v1alpha1.ReasonSoaking))
		stopManager(ctx)
		pins := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "tenantry-syncs", Name: string(sync.UID)}}
		Expect(admin.Patch(ctx, pins, merge(`{"binaryData":{"pins":"bm9uZQ=="}}`))).To(Succeed())
		startManager(ctx)
		source(ctx, place, "mails", emailNotifications, "hello")
		newSync(ctx, &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: place}}, "mails", carrying(v1alpha1.SyncEmailNotifications))
		awaitText(ctx, "mails", "hello", first, second)
		staysText(ctx, "alerts", "two", first)
		staysText(ctx, "alerts", "", second)
	})

	It("does what was approved over a restart, and not what was changed meanwhile", func(ctx SpecContext) {
		stopManager(ctx)
		changeSync(ctx, sync, `{"approvedPlan":"`+string(sync.Status.Plan.Hash)+`"}`)
		startManager(ctx)
		awaitText(ctx, "alerts", "one", first, second)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonSynced), beCarriedOut(0)))

		edit(ctx, marked, "two")
		awaitSync(ctx, sync, HaveField("Status.Plan.Update", BeEquivalentTo(2)))
		stopManager(ctx)
		changeSync(ctx, sync, `{"approvedPlan":"`+string(sync.Status.Plan.Hash)+`"}`)
		edit(ctx, marked, "three")
		startManager(ctx)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonPlanStale))
		staysText(ctx, "alerts", "one", first, second)
		approve(ctx, sync)
		awaitText(ctx, "alerts", "three", first, second)
	})
})

// approve approves the plan that a sync has now.
func approve(ctx SpecContext, sync *v1alpha1.MasterTenantSync) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(sync), sync)).To(Succeed())
	Expect(sync.Status.Plan).NotTo(BeNil())
	changeSync(ctx, sync, `{"approvedPlan":"`+string(sync.Status.Plan.Hash)+`"}`)
}

// bePlanned succeeds for a sync that would do this, whatever the hash of that is.
func bePlanned(summary v1alpha1.PlanSummary) OmegaMatcher {
	return And(say(metav1.ConditionTrue, v1alpha1.ReasonPlanned), WithTransform(func(s *v1alpha1.MasterTenantSync) v1alpha1.PlanSummary {
		plan := ptr.Deref(s.Status.Plan, v1alpha1.PlanSummary{})
		plan.Hash = ""
		return plan
	}, Equal(summary)))
}

// beCarriedOut succeeds for a sync whose approved plan is done, but for so many tenants.
func beCarriedOut(stale int32) OmegaMatcher {
	return HaveField("Status.Approved", HaveValue(And(HaveField("CompletedAt", Not(BeNil())), HaveField("Stale", stale))))
}
