// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The end of a run", func() {
	var s *scanner
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		s = newScanner(ctx)
		tenant = root(ctx)
		s.settle(ctx, tenant)
		DeferCleanup(func(ctx SpecContext) { release(ctx, tenant) })
	})

	It("is counted once, and no targets are kept, after a kill at any write of it", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job := s.job(ctx, tenant, "scan-weekly-1")
		targets := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: job.Name}}
		s.finish(ctx, job, corev1.PodSucceeded)
		for _, verb := range []string{"patch configmaps", "delete configmaps", "patch jobs"} { // each of the three
			s.recorder.onRefuse(func(request request) bool { return request.Verb+" "+request.Resource == verb })
			_, _, err := s.tryVisit(ctx, tenant)
			s.recorder.onRefuse(nil)
			Expect(err).To(HaveOccurred(), verb)
			Expect(s.job(ctx, tenant, job.Name).Finalizers).To(ContainElement(v1alpha1.Finalizer), verb)
			s.restart()
		}
		gone(ctx, targets)
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("get configmaps scan-weekly-1", "patch jobs scan-weekly-1"))
		s.restart()
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty(), "a Job that is kept is made nothing again")
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage.Scans).To(BeEquivalentTo(1))
	})

	It("deletes no targets but the Job's own", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job := s.job(ctx, tenant, "scan-weekly-1")
		others := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: job.Namespace, Name: job.Name}}
		Expect(asKubernetes().Delete(ctx, others.DeepCopy())).To(Succeed())
		Expect(asKubernetes().Create(ctx, others)).To(Succeed())
		s.finish(ctx, job, corev1.PodSucceeded)
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("patch configmaps scan-ledger", "get configmaps scan-weekly-1", "patch jobs scan-weekly-1"))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(others), others)).To(Succeed())
	})

	It("is told to Prometheus once, by its result", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		started, failed, took := sampled("tenantry_scan_runs_started_total", "Requested"), sampled("tenantry_scan_runs_finished_total", "Failed"), sampled("tenantry_scan_run_duration_seconds", "Failed")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		s.visit(ctx, tenant)
		Expect(sampled("tenantry_scan_runs_started_total", "Requested")).To(Equal(started + 1))
		Expect(sampled("tenantry_scan_runs_finished_total", "Failed")).To(Equal(failed))
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodFailed)
		s.visit(ctx, tenant)
		s.visit(ctx, tenant)
		Expect(sampled("tenantry_scan_runs_finished_total", "Failed")).To(Equal(failed + 1))
		Expect(sampled("tenantry_scan_run_duration_seconds", "Failed")).To(Equal(took + 1))
		Expect(sampled("tenantry_scan_runs_started_total", "Requested")).To(Equal(started + 1))
	})
})

// sampled is the value of one of the operator's counters that has one label, or how much a histogram has observed.
func sampled(name, label string) float64 {
	GinkgoHelper()
	families, err := metrics.Registry.Gather()
	Expect(err).NotTo(HaveOccurred())
	for _, family := range families {
		for _, sample := range family.GetMetric() {
			if family.GetName() == name && sample.GetLabel()[0].GetValue() == label {
				return sample.GetCounter().GetValue() + float64(sample.GetHistogram().GetSampleCount())
			}
		}
	}
	Fail(name + " has no " + label)
	return 0
}
