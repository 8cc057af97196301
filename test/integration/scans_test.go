// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

var _ = Describe("The runs of a schedule", func() {
	var s *scanner
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		s = newScanner(ctx)
		tenant = root(ctx)
		s.settle(ctx, tenant)
		DeferCleanup(func(ctx SpecContext) { release(ctx, tenant) })
	})

	It("are claimed, made, counted once and told of, and cost nothing while nothing is due", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "b.example", "a.example")
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		requests, again := s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("list assetinventories", "create configmaps", "create jobs", "create configmaps", "patch jobs scan-weekly-1"))
		Expect(again).To(BeNumerically("~", time.Minute, time.Second))
		job, targets := s.job(ctx, tenant, "scan-weekly-1"), &corev1.ConfigMap{}
		Expect(job.Spec.Suspend).To(HaveValue(BeFalse()))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(job), targets)).To(Succeed())
		Expect(targets.Data).To(HaveKeyWithValue("targets", "Domain a.example\nDomain b.example\n"))
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(weekly.Status.ObservedRun).To(BeEquivalentTo("now"))
		Expect(weekly.Status.NextRun).NotTo(BeNil())
		Expect(weekly.Status.LastRun).To(BeNil())

		s.finish(ctx, job, corev1.PodSucceeded)
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("patch configmaps scan-ledger", "patch jobs scan-weekly-1"))
		for range 2 {
			requests, again = s.visit(ctx, tenant)
			Expect(requests).To(BeEmpty())
			Expect(again).To(BeNumerically(">", time.Hour))
		}
		s.sum(ctx, weekly)
		Expect(weekly.Status.LastResult).To(Equal(v1alpha1.ScanSucceeded))
		Expect(weekly.Status.Report).To(Equal("https://reports.example/" + tenant.Status.Namespace + "/weekly/1"))
		Expect(weekly.Status.LastRun).NotTo(BeNil())
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage).To(HaveValue(And(HaveField("Scans", BeEquivalentTo(1)), HaveField("Period", license.Period(time.Now())))))
		Expect(tenant.Status.LastScan).NotTo(BeNil())
		Expect(tenant.Status.LastActivity).To(Equal(tenant.Status.LastScan))
		s.recorder.take()
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(s.recorder.take()).To(BeEmpty())

		Expect(asKubernetes().Delete(ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
		gone(ctx, job)
		s.restart()
		s.visit(ctx, tenant)
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage.Scans).To(BeEquivalentTo(1), "the Job is gone, and was counted")
	})

	It("count when they fail, and when their Jobs are deleted before anybody has looked", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job := s.job(ctx, tenant, "scan-weekly-1")
		s.finish(ctx, job, corev1.PodFailed)
		Expect(asKubernetes().Delete(ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
		Expect(s.job(ctx, tenant, "scan-weekly-1").DeletionTimestamp).NotTo(BeNil(), "our finalizer holds it")
		s.visit(ctx, tenant)
		gone(ctx, job)
		s.sum(ctx, weekly)
		Expect(weekly.Status.LastResult).To(Equal(v1alpha1.ScanFailed))
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage.Scans).To(BeEquivalentTo(1))
	})
})

// finish has the pods of a Job end, as a kubelet would, until Kubernetes says that the Job has.
func (s *scanner) finish(ctx SpecContext, job *batchv1.Job, phase corev1.PodPhase) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		pods := &corev1.PodList{}
		g.Expect(admin.List(ctx, pods, client.InNamespace(job.Namespace), client.MatchingLabels{"batch.kubernetes.io/job-name": job.Name})).To(Succeed())
		for i := range pods.Items {
			if pod := &pods.Items[i]; pod.Status.Phase == corev1.PodPending {
				pod.Status.Phase = phase
				g.Expect(asKubernetes().Status().Update(ctx, pod)).To(Succeed())
			}
		}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(job), job)).To(Succeed())
		g.Expect(job.Status.Conditions).To(ContainElement(And(HaveField("Type", BeElementOf(batchv1.JobComplete, batchv1.JobFailed)), HaveField("Status", corev1.ConditionTrue))))
	}).WithContext(ctx).Should(Succeed())
}
