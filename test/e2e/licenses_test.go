// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// newPlan makes a LicensePlan. When the spec ends it goes, whoever is on it.
func newPlan(ctx SpecContext, namespace, name string, spec v1alpha1.LicensePlanSpec) *v1alpha1.LicensePlan {
	GinkgoHelper()
	if spec.Model == "" {
		spec.Model = v1alpha1.LicenseUnlimited
	}
	plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
	Expect(admin.Create(ctx, plan)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(kubernetes().Delete(ctx, plan))).To(Succeed())
		Expect(client.IgnoreNotFound(kubernetes().Patch(ctx, plan, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	})
	return plan
}

// kubernetes acts as one of Kubernetes' own controllers, whom no policy holds back, with all rights.
func kubernetes() client.Client {
	GinkgoHelper()
	c, err := cluster.As("system:serviceaccount:kube-system:namespace-controller", "system:serviceaccounts:kube-system", "system:masters")
	Expect(err).NotTo(HaveOccurred())
	return c
}

// replan changes a plan as its author would.
func replan(ctx SpecContext, plan *v1alpha1.LicensePlan, body string) {
	GinkgoHelper()
	Expect(admin.Patch(ctx, plan, merge(body))).To(Succeed())
}

func onPlan(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: name} }
}

// planSeats are the limits of a plan.
func planSeats(agents int32) *v1alpha1.Limits { return &v1alpha1.Limits{Agents: &agents} }

func withSeats(agents int32) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Limits = planSeats(agents) }
}

// beTried succeeds for a Tenant whose trial is over.
func beTried() types.GomegaMatcher {
	return And(have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonTrialEnded), HaveField("Status.Phase", v1alpha1.PhaseSuspended))
}

// seatsOf are those that the quota of a tenant's place has.
func seatsOf(ctx SpecContext, tenant *v1alpha1.Tenant) int64 {
	GinkgoHelper()
	hard := get(ctx, tenant, "tenantry", &corev1.ResourceQuota{}).Spec.Hard["count/tenantaccessgrants.tenantry.io"]
	return hard.Value()
}

// endTrial has a tenant's trial over: no trial is shorter than a day, and its end is told by the place.
func endTrial(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
	over := tenant.Status.TrialPlan + "=" + time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	Expect(kubernetes().Patch(ctx, placeOf(ctx, tenant), merge(`{"metadata":{"annotations":{"tenantry.io/trial":"`+over+`"}}}`))).To(Succeed())
}

var _ = Describe("A plan", func() {
	It("gives its tenants limits and features, reaches them when it changes, and stays while they are on it (F30)", func(ctx SpecContext) {
		parent := partner(ctx, func(t *v1alpha1.Tenant) { t.Spec.Permissions = map[string]bool{"Contact": true} })
		plan := newPlan(ctx, parent.Status.Namespace, "standard", v1alpha1.LicensePlanSpec{
			Limits: &v1alpha1.Limits{Agents: new(int32(3)), Disk: new(resource.MustParse("5Gi"))}, Permissions: map[string]bool{"Contact": true, "HelpCenter": true}})
		tenant := customer(ctx, parent, "cybercorp", onPlan("standard"))
		Expect(seatsOf(ctx, tenant)).To(BeEquivalentTo(3))
		settings := get(ctx, tenant, "tenantry", &corev1.ConfigMap{})
		Expect(settings.Data).To(And(HaveKeyWithValue("plan", "standard"), HaveKeyWithValue("disk", "5Gi"), HaveKeyWithValue("permissions", `{"Contact":true,"HelpCenter":false}`)))

		By("changing it")
		for i := range 3 {
			Expect(admin.Create(ctx, grant(tenant, i))).To(Succeed())
		}
		replan(ctx, plan, `{"spec":{"limits":{"agents":2},"permissions":{"Contact":false}}}`)
		await(ctx, tenant, And(have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonOverLimit), HaveField("Status.Agents", "3/2")))
		Eventually(func() map[string]string { return get(ctx, tenant, "tenantry", settings).Data }).WithContext(ctx).Should(HaveKeyWithValue("permissions", `{"Contact":false,"HelpCenter":false}`))

		By("deleting it")
		Eventually(func() error { return admin.Delete(ctx, plan.DeepCopy(), client.DryRunAll) }).WithContext(ctx).Should(MatchError(ContainSubstring("the plan is in use")))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.PlanRef = nil }, beReady())
		Eventually(func() error { return client.IgnoreNotFound(admin.Delete(ctx, plan.DeepCopy())) }).WithContext(ctx).Should(Succeed())
		gone(ctx, plan)
	})

	It("that is not there is waited for, and another partner's is not there", func(ctx SpecContext) {
		parent, rival := partner(ctx), partner(ctx)
		newPlan(ctx, rival.Status.Namespace, "gold", v1alpha1.LicensePlanSpec{})
		newPlan(ctx, home, "platinum-of-"+parent.Name, v1alpha1.LicensePlanSpec{})
		missing := And(have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved), have(v1alpha1.ConditionLicenseReady, metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		tenant := await(ctx, newTenant(ctx, parent.Status.Namespace, "cybercorp", onPlan("gold")), missing)
		Expect(message(tenant)).To(ContainSubstring(`there is no LicensePlan "gold" in namespace %q`, parent.Status.Namespace))
		Expect(tenant.Status.Namespace).To(BeEmpty())
		change(ctx, tenant, onPlan("platinum-of-"+parent.Name), missing)
		newPlan(ctx, parent.Status.Namespace, "gold", v1alpha1.LicensePlanSpec{Limits: planSeats(4)})
		change(ctx, tenant, onPlan("gold"), beReady())
		Expect(seatsOf(ctx, tenant)).To(BeEquivalentTo(4))
	})
})

var _ = Describe("A trial", func() {
	trials := func(ctx SpecContext, namespace string) {
		GinkgoHelper()
		newPlan(ctx, namespace, "full", v1alpha1.LicensePlanSpec{Limits: planSeats(5)})
		newPlan(ctx, namespace, "taster", v1alpha1.LicensePlanSpec{Limits: planSeats(2), Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialSuspend}})
		newPlan(ctx, namespace, "opener", v1alpha1.LicensePlanSpec{Limits: planSeats(2), Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "full"}}})
	}

	It("ends by itself, in suspension, with all beneath the tenant, until it has another plan (F01)", func(ctx SpecContext) {
		namespace := platform(ctx)
		trials(ctx, namespace)
		tenant := await(ctx, newTenant(ctx, namespace, harness.UniqueName("root"), asPartner, onPlan("taster")), beReady())
		Expect(tenant.Status.TrialEndsAt.Time).To(BeTemporally("~", time.Now().Add(14*24*time.Hour), time.Minute))
		child := customer(ctx, tenant, "child")
		endTrial(ctx, tenant)
		await(ctx, tenant, beTried())
		await(ctx, child, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonParentSuspended))
		for _, closed := range []*v1alpha1.Tenant{tenant, child} {
			Eventually(hostsOf).WithArguments(ctx, closed.Status.Namespace).Should(BeEmpty())
		}
		change(ctx, tenant, onPlan("full"), beReady())
		await(ctx, child, beReady())
		Expect(hostsOf(ctx, child.Status.Namespace)).NotTo(BeEmpty())
		change(ctx, tenant, onPlan("taster"), beTried())
	})

	It("ends by itself in the plan that follows", func(ctx SpecContext) {
		parent := partner(ctx)
		trials(ctx, parent.Status.Namespace)
		tenant := customer(ctx, parent, "cybercorp", onPlan("opener"))
		Expect(seatsOf(ctx, tenant)).To(BeEquivalentTo(2))
		endTrial(ctx, tenant)
		await(ctx, tenant, And(beReady(), HaveField("Status.Plan", "full")))
		Expect(seatsOf(ctx, tenant)).To(BeEquivalentTo(5))
	})

	It("is not had twice by deleting the Tenant and making it again: only a purge ends all", func(ctx SpecContext) {
		parent := partner(ctx)
		trials(ctx, parent.Status.Namespace)
		kept := func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} }
		make := func() *v1alpha1.Tenant {
			return newTenant(ctx, parent.Status.Namespace, "cybercorp", onPlan("taster"), kept)
		}
		tenant := await(ctx, make(), beReady())
		endTrial(ctx, tenant)
		await(ctx, tenant, beTried())
		retire(ctx, tenant)
		again := await(ctx, make(), beTried())
		Expect(again.UID).NotTo(Equal(tenant.UID))

		Expect(admin.Patch(ctx, again, merge(`{"metadata":{"annotations":{"tenantry.io/purge":"cybercorp"}}}`))).To(Succeed())
		place := placeOf(ctx, again)
		Expect(admin.Delete(ctx, again)).To(Succeed())
		gone(ctx, again)
		gone(ctx, place)
		await(ctx, make(), beReady())
	})
})
