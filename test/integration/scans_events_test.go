// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A run", func() {
	var s *scanner
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		s = newScanner(ctx)
		tenant = root(ctx)
		s.settle(ctx, tenant)
		DeferCleanup(func(ctx SpecContext) { release(ctx, tenant) })
	})

	It("starts upon a new asset and a new feed, once for each, and an asset that comes during one is looked at after it", func(ctx SpecContext) {
		feed := feedOf(ctx, "1")
		sites := inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) {
			spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded, v1alpha1.ScanOnFeedUpdated}
		})
		s.visit(ctx, tenant)
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty())
		Expect(s.jobs(ctx, tenant)).To(BeEmpty())
		list(ctx, sites, "A.example.")
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("list assetinventories"), "in another spelling it is no new one")

		list(ctx, sites, "a.example", "b.example")
		s.visit(ctx, tenant)
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-weekly-1"))
		list(ctx, sites, "a.example", "b.example", "c.example")
		s.visit(ctx, tenant)
		feed("2")
		s.visit(ctx, tenant)
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-weekly-1"), "one at a time")
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodSucceeded)
		s.visit(ctx, tenant)
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-weekly-1", "scan-weekly-2"), "one for both")
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-2"), corev1.PodSucceeded)
		s.visit(ctx, tenant)
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty())
		Expect(s.jobs(ctx, tenant)).To(HaveLen(2))
	})

	It("counts for a plan that counts scans, and raises its alerts", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		plan := planIn(ctx, home, harness.UniqueName("scans"), v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerScan, Included: &v1alpha1.Included{Scans: new(int32(1))}})
		s.catchUp(ctx, plan)
		change(ctx, tenant, withPlan(plan.Name))
		s.settle(ctx, tenant)
		Expect(tenant.Status.Alerts).To(BeEmpty())
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodFailed)
		s.visit(ctx, tenant)
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Alerts).To(HaveExactElements(HaveField("Percent", BeEquivalentTo(80)), HaveField("Percent", BeEquivalentTo(100))))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonLimitReached))
	})

	It("makes up for all that were missed, which is told", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "monthly")
		_, again := s.visit(ctx, tenant)
		s.hands.Step(again)
		s.visit(ctx, tenant)
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-monthly-1"), "at its time")
		Expect(s.told.Events).NotTo(Receive())
		s.finish(ctx, s.job(ctx, tenant, "scan-monthly-1"), corev1.PodSucceeded)
		s.hands.Step(95 * 24 * time.Hour)
		s.visit(ctx, tenant)
		Expect(s.jobs(ctx, tenant)).To(ContainElement("scan-monthly-2"))
		Expect(s.told.Events).To(Receive(And(ContainSubstring(v1alpha1.ReasonMissedRuns), ContainSubstring("2 runs were"))))
		s.visit(ctx, tenant)
		Expect(s.told.Events).NotTo(Receive())
	})
})
