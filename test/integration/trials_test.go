// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A trial", func() {
	const day = 24 * time.Hour
	var (
		namespace string
		begun     time.Time
		clock     *clocktesting.FakePassiveClock
		o         *operator
	)
	BeforeEach(func(ctx SpecContext) {
		namespace = plainNamespace(ctx)
		begun = time.Now().Truncate(time.Second)
		clock = clocktesting.NewFakePassiveClock(begun)
		o = operatorAt(ctx, clock)
		planIn(ctx, namespace, "full", v1alpha1.LicensePlanSpec{Limits: seats(25)})
		planIn(ctx, namespace, "taster", v1alpha1.LicensePlanSpec{Limits: seats(2), Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialSuspend}})
		planIn(ctx, namespace, "opener", v1alpha1.LicensePlanSpec{
			Limits: seats(2), Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "full"}}})
	})
	tenantOn := func(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		GinkgoHelper()
		tenant := tenantIn(ctx, namespace, harness.UniqueName("root"), change...)
		o.settle(ctx, tenant)
		return tenant
	}
	bound := func(ctx SpecContext, tenant *v1alpha1.Tenant) int {
		GinkgoHelper()
		bindings := &rbacv1.RoleBindingList{}
		Expect(admin.List(ctx, bindings, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		return len(bindings.Items)
	}
	closed := func(ctx SpecContext, tenant *v1alpha1.Tenant, reason string) {
		GinkgoHelper()
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, reason))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseSuspended))
		Expect(routed(ctx, tenant)).To(BeFalse())
		Expect(bound(ctx, tenant)).To(BeZero())
	}
	ended := func(ctx SpecContext, tenant *v1alpha1.Tenant) {
		GinkgoHelper()
		closed(ctx, tenant, v1alpha1.ReasonTrialEnded)
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonTrialEnded))
		Expect(ready(tenant).Message).To(And(ContainSubstring(`trial of LicensePlan "taster" ended`), ContainSubstring("set spec.planRef to another plan")))
	}

	It("begins with the place, is warned of, and ends in suspension", func(ctx SpecContext) {
		tenant := tenantIn(ctx, namespace, harness.UniqueName("root"), onPlan("taster"))
		result, err := o.reconcile(ctx, tenant)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(11 * day))
		o.settle(ctx, tenant)
		Expect(tenant).To(isReady())
		Expect(tenant.Status.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(14*day)))
		Expect(tenant.Status.TrialPlan).To(Equal("taster"))
		Expect(placeOf(ctx, tenant).Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTrial, "taster="+begun.Add(14*day).UTC().Format(time.RFC3339)))
		Expect(tenant.Status.TrialWarning).To(BeNil())
		Expect(bound(ctx, tenant)).NotTo(BeZero())

		By("three days before its end")
		clock.SetTime(begun.Add(11 * day))
		result, err = o.reconcile(ctx, tenant)
		Expect(err).NotTo(HaveOccurred())
		Expect(result.RequeueAfter).To(Equal(3 * day))
		Expect(tenant.Status.TrialWarning.EndsAt.Time).To(BeTemporally("==", begun.Add(14*day)))
		Expect(tenant).To(isReady())
		o.catchUp(ctx, tenant)
		o.recorder.take()
		Expect(o.look(ctx, tenant)).To(Succeed())
		Expect(o.recorder.take()).To(BeEmpty(), "it is warned of once")

		By("a second before its end, and at its end")
		clock.SetTime(begun.Add(14*day - time.Second))
		Expect(o.look(ctx, tenant)).To(Succeed())
		Expect(tenant).To(isReady())
		clock.SetTime(begun.Add(14 * day))
		o.settle(ctx, tenant)
		ended(ctx, tenant)
		Expect(tenant.Status.TrialWarning).To(BeNil())

		By("going on with another plan")
		change(ctx, tenant, onPlan("full"))
		o.settle(ctx, tenant)
		Expect(tenant).To(isReady())
		Expect(routed(ctx, tenant)).To(BeTrue())
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(25))

		By("trying again what has been tried")
		change(ctx, tenant, onPlan("taster"))
		o.settle(ctx, tenant)
		ended(ctx, tenant)
	})

	It("is had once of each plan, whatever the tenant was on between, and warned of once", func(ctx SpecContext) {
		planIn(ctx, namespace, "sampler", v1alpha1.LicensePlanSpec{Limits: seats(3), Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialSuspend}})
		told := events.NewFakeRecorder(1000)
		o.Reporter.Events = told
		tenant := tenantOn(ctx, onPlan("taster"))
		move := func(to string, days int) {
			GinkgoHelper()
			clock.SetTime(begun.Add(time.Duration(days) * day))
			change(ctx, tenant, onPlan(to))
			o.settle(ctx, tenant)
		}
		warnings := func() (found int) {
			for len(told.Events) > 0 {
				if strings.Contains(<-told.Events, v1alpha1.ReasonTrialEnding) {
					found++
				}
			}
			return found
		}
		move("sampler", 5)
		move("taster", 12)
		Expect(tenant.Status.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(14*day)), "it goes on as it began")
		Expect(warnings()).To(Equal(1))
		move("full", 12)
		Expect(tenant.Status.TrialWarning).NotTo(BeNil())
		move("taster", 13)
		Expect(tenant).To(isReady())
		Expect(warnings()).To(BeZero())

		By("taking turns when the first is over")
		move("sampler", 15)
		Expect(tenant).To(isReady())
		Expect(tenant.Status.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(19*day)))
		move("taster", 16)
		ended(ctx, tenant)
		move("sampler", 20)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonTrialEnded))
		Expect(placeOf(ctx, tenant).Annotations[v1alpha1.AnnotationTrial]).To(And(HavePrefix("sampler="), ContainSubstring(",taster=")))
	})

	It("leads to another plan, whose limits hold from then on", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("opener"))
		Expect(tenant.Status.Plan).To(Equal("opener"))
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(2))
		clock.SetTime(begun.Add(14 * day))
		o.settle(ctx, tenant)
		Expect(tenant).To(isReady())
		Expect(tenant.Status.Plan).To(Equal("full"))
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(25))
		Expect(routed(ctx, tenant)).To(BeTrue())
	})

	It("does not begin while there is no place", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("taster"), func(t *v1alpha1.Tenant) { t.Spec.Region = "atlantis" })
		Expect(tenant.Status.TrialEndsAt).To(BeNil())
	})

	It("of a partner closes its customers' places with its own", func(ctx SpecContext) {
		parent := tenantOn(ctx, asPartner, onPlan("taster"))
		child := tenantIn(ctx, parent.Status.Namespace, "child", asPartner)
		o.settle(ctx, child)
		grandchild := tenantIn(ctx, child.Status.Namespace, "grandchild")
		o.settle(ctx, grandchild)
		clock.SetTime(begun.Add(14 * day))
		for _, tenant := range []*v1alpha1.Tenant{parent, child, grandchild} {
			o.settle(ctx, tenant)
		}
		closed(ctx, parent, v1alpha1.ReasonTrialEnded)
		closed(ctx, child, v1alpha1.ReasonParentSuspended)
		closed(ctx, grandchild, v1alpha1.ReasonParentSuspended)
	})

	It("ends though the operator was away at the moment", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("taster"))
		for _, at := range []time.Time{begun.Add(14 * day), begun.Add(20 * day)} {
			restarted := operatorAt(ctx, clocktesting.NewFakePassiveClock(at))
			restarted.settle(ctx, tenant)
			ended(ctx, tenant)
			restarted.recorder.take()
			Expect(restarted.look(ctx, tenant)).To(Succeed())
			Expect(restarted.recorder.take()).To(BeEmpty())
		}
	})

	It("goes on where a place is taken back, and does not begin anew", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("taster"), keptFor(time.Hour))
		record := o.retire(ctx, tenant)
		Expect(record.Spec.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(14*day)))
		clock.SetTime(begun.Add(day))
		restored := tenantIn(ctx, namespace, tenant.Name, onPlan("taster"), keptFor(time.Hour))
		o.settle(ctx, restored)
		Expect(restored).To(isReady())
		Expect(restored.Status.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(14*day)))
		_, err := o.lookAfter(ctx, record, begun.Add(day))
		Expect(err).NotTo(HaveOccurred())

		By("deleting it again, and making it when the trial is over")
		o.retire(ctx, restored)
		clock.SetTime(begun.Add(15 * day))
		restored = tenantIn(ctx, namespace, tenant.Name, onPlan("taster"), keptFor(time.Hour))
		o.settle(ctx, restored)
		ended(ctx, restored)
	})

	It("begins anew only when the place is gone for good", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("taster"))
		place := placeOf(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(o.look(ctx, tenant)).To(Succeed())
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{})).NotTo(Succeed())
		}).WithContext(ctx).Should(Succeed())
		gone(ctx, place)
		clock.SetTime(begun.Add(day))
		again := tenantOn(ctx, func(t *v1alpha1.Tenant) { t.Name = tenant.Name }, onPlan("taster"))
		Expect(again.Status.TrialEndsAt.Time).To(BeTemporally("==", begun.Add(15*day)))
	})
})
