// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	trialPlan = "trial"
	// trialLeft is what is left of a trial when the operator goes away: long enough for a busy machine to
	// notice that it is so short.
	trialLeft = 15 * time.Second
)

var _ = Describe("Fault 6: the operator is away when a trial ends, and a plan has less", Label("fault-6"), func() {
	It("ends it, and enforces less, first thing on its return", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		f := newFamily(here)
		Eventually(onTrial).WithContext(ctx).WithArguments(f).Should(Succeed())
		end := time.Now().Add(trialLeft).Truncate(time.Second)
		for _, customer := range []client.ObjectKey{f.child, f.siblings()[0]} {
			Expect(f.trialEndsAt(ctx, customer, end)).To(Succeed())
			Eventually(f.knowsEnd).WithContext(ctx).WithArguments(customer, end).Should(Succeed())
		}
		Expect(time.Now()).To(BeTemporally("<", end), "it was known before that")
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())

		leader.Kill()
		Expect(f.replan(ctx, standardPlan, func(spec *v1alpha1.LicensePlanSpec) { spec.Limits.Agents = new(int32(2)) })).To(Succeed())
		waitFor(ctx, time.After(time.Until(end)+time.Second))
		Expect(f.ended(ctx)).NotTo(Succeed(), "nobody ends it meanwhile")
		leader = startLeader(ctx, here)
		back := time.Now()
		Eventually(f.ended).WithContext(ctx).WithTimeout(overstay).Should(Succeed())
		done := time.Since(back)
		judged.add("what it writes first", stray(leader.line, []family{f})...)
		// What those on a plan hold together is told a second later.
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close(fmt.Sprintf("fault 6, away when a trial ends (over %s after its return)", done.Round(time.Millisecond)))
	})
})

// onTrial is a family with two customers on trial, of whom one goes on with another plan, and one on that plan.
func onTrial(ctx context.Context, f family) error {
	if err := first(f.createPartner(ctx), f.inPhase(ctx, f.partner, v1alpha1.PhaseActive)); err != nil {
		return err
	}
	next := &v1alpha1.LocalReference{Name: standardPlan}
	if err := first(
		f.plan(ctx, standardPlan, v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Limits: &v1alpha1.Limits{Agents: new(int32(planLimit))}}),
		f.plan(ctx, trialPlan, v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Trial: &v1alpha1.Trial{Days: 14}}),
		f.plan(ctx, premiumPlan, v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: next}}),
	); err != nil {
		return err
	}
	for customer, plan := range map[client.ObjectKey]string{f.child: trialPlan, f.siblings()[0]: premiumPlan, f.siblings()[1]: standardPlan} {
		tenant := &v1alpha1.Tenant{
			ObjectMeta: metav1.ObjectMeta{Namespace: customer.Namespace, Name: customer.Name},
			Spec:       v1alpha1.TenantSpec{PlanRef: &v1alpha1.LocalReference{Name: plan}},
		}
		if err := client.IgnoreAlreadyExists(f.Client.Create(ctx, tenant)); err != nil {
			return err
		}
		if err := f.isOn(ctx, customer, plan); err != nil {
			return err
		}
	}
	return nil
}

// trialEndsAt has the trial of a customer end at another time, as only the operator can say.
func (f family) trialEndsAt(ctx context.Context, customer client.ObjectKey, end time.Time) error {
	tenant, namespace := &v1alpha1.Tenant{}, &corev1.Namespace{}
	if err := f.Client.Get(ctx, customer, tenant); err != nil {
		return err
	}
	if err := f.Client.Get(ctx, client.ObjectKey{Name: tenant.Status.Namespace}, namespace); err != nil {
		return err
	}
	operator, err := f.AsServiceAccount(harness.ManagerNamespace, harness.ManagerAccount)
	if err != nil {
		return err
	}
	before := namespace.DeepCopy()
	namespace.Annotations[v1alpha1.AnnotationTrial] = license.Trial{Plan: tenant.Spec.PlanRef.Name, EndsAt: end}.String()
	return operator.Patch(ctx, namespace, client.MergeFrom(before))
}

// knowsEnd returns an error until the operator has seen when a customer's trial ends.
func (f family) knowsEnd(ctx context.Context, customer client.ObjectKey, end time.Time) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, customer, tenant); err != nil {
		return err
	}
	if at := tenant.Status.TrialEndsAt; at == nil || !at.Time.Equal(end) {
		return fmt.Errorf("the trial of tenant %s ends at %s", customer, at)
	}
	return nil
}

// ended returns an error until one trial has suspended its tenant and the other has led to the plan that follows,
// which has less by now.
func (f family) ended(ctx context.Context) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, f.child, tenant); err != nil {
		return err
	}
	ready := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != v1alpha1.ReasonTrialEnded {
		return fmt.Errorf("tenant %s is %+v", f.child, ready)
	}
	for _, customer := range f.siblings() {
		if err := f.Client.Get(ctx, customer, tenant); err != nil {
			return err
		}
		if tenant.Status.Plan != standardPlan || tenant.Status.Agents != "0/2" {
			return fmt.Errorf("tenant %s is on plan %s, with %s seats", customer, tenant.Status.Plan, tenant.Status.Agents)
		}
	}
	return f.inPhase(ctx, f.child, v1alpha1.PhaseSuspended)
}
