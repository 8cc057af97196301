// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
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
		Expect(requests).To(HaveExactElements("patch configmaps scan-ledger", "get configmaps scan-weekly-1", "delete configmaps scan-weekly-1", "patch jobs scan-weekly-1"))
		gone(ctx, targets)
		for range 2 {
			requests, again = s.visit(ctx, tenant)
			Expect(requests).To(BeEmpty())
			Expect(again).To(BeNumerically(">", time.Hour))
		}
		s.sum(ctx, weekly)
		Expect(weekly.Status.LastResult).To(Equal(v1alpha1.ScanSucceeded))
		place := &corev1.Namespace{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: tenant.Status.Namespace}, place)).To(Succeed())
		Expect(weekly.Status.Report).To(Equal("https://reports.example/" + string(place.UID) + "/weekly/1"))
		Expect(job.Spec.Template.Spec.Containers[0].Env).To(ContainElement(corev1.EnvVar{Name: "TENANTRY_NAMESPACE_UID", Value: string(place.UID)}))
		Expect(weekly.Status.LastRun).NotTo(BeNil())
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage).To(HaveValue(And(HaveField("Scans", BeEquivalentTo(1)), HaveField("Period", license.Period(time.Now())))))
		Expect(tenant.Status.LastScan).NotTo(BeNil())
		Expect(tenant.Status.LastActivity).To(Equal(tenant.Status.LastScan))
		Expect(tenant.Status.LastReport).To(Equal(weekly.Status.Report))
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

	It("are made again after a kill at any write, and count once", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		for _, writes := range []int{0, 1, 2, 1} { // before each write of the four
			left := writes
			s.recorder.onRefuse(func(request request) bool {
				if request.Verb != "list" && request.Verb != "get" {
					left--
				}
				return left < 0
			})
			_, _, err := s.tryVisit(ctx, tenant)
			s.recorder.onRefuse(nil)
			Expect(err).To(HaveOccurred(), "at write %d", writes)
			s.restart()
			s.hands.Step(2 * time.Hour) // later and later
		}
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(ContainElement("patch jobs scan-weekly-1"))
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodSucceeded)
		s.visit(ctx, tenant)
		Expect(s.look(ctx, tenant)).To(Succeed())
		Expect(tenant.Status.Usage.Scans).To(BeEquivalentTo(1))
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-weekly-1"))
	})

	It("are started by the one of two managers whose ledger is not late", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		other := newScanner(ctx)
		other.keepUp(ctx, tenant)
		var raced []string
		s.recorder.onRequest(func(request request) {
			if request.Verb == "create" && request.Resource == "configmaps" && raced == nil {
				raced = []string{}
				_, err := other.runs.Reconcile(ctx, requestFor(tenant))
				Expect(err).NotTo(HaveOccurred())
				raced = other.recorder.takeWrites()
			}
		})
		requests, again := s.visit(ctx, tenant)
		s.recorder.onRequest(nil)
		Expect(raced).To(ContainElements("create jobs", "patch jobs scan-weekly-1"))
		Expect(requests).To(HaveExactElements("list assetinventories", "create configmaps", "get configmaps scan-ledger"), "and no Job")
		Expect(again).To(Equal(time.Second))
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty())
		Expect(s.jobs(ctx, tenant)).To(HaveExactElements("scan-weekly-1"))
	})

	It("leave alone what stands in their way, and say so", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		taken := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "scan-weekly-1"}, Data: map[string]string{"targets": "Domain victim.example\n"}}
		Expect(asKubernetes().Create(ctx, taken)).To(Succeed())
		s.visit(ctx, tenant)
		Expect(s.job(ctx, tenant, "scan-weekly-1").Spec.Suspend).To(HaveValue(BeTrue()), "nobody scans what the tenant wrote")
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonObjectConflict))

		Expect(asKubernetes().Delete(ctx, taken)).To(Succeed())
		s.visit(ctx, tenant)
		Expect(s.job(ctx, tenant, "scan-weekly-1").Spec.Suspend).To(HaveValue(BeFalse()))
		s.visit(ctx, tenant)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("say who makes the Job that stands in their way, and take it for none of theirs", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		work := batchv1.JobSpec{Suspend: new(true), Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "own", Image: "registry.example/own"}},
		}}}
		maker := &batchv1.CronJob{
			ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "scan-weekly"},
			Spec:       batchv1.CronJobSpec{Schedule: "* * * * *", Suspend: new(true), JobTemplate: batchv1.JobTemplateSpec{Spec: work}},
		}
		Expect(asKubernetes().Create(ctx, maker)).To(Succeed())
		older := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{
			Namespace: maker.Namespace, Name: "scan-weekly-1", Annotations: map[string]string{v1alpha1.AnnotationRun: "1"},
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(maker, batchv1.SchemeGroupVersion.WithKind("CronJob"))},
		}, Spec: work}
		Expect(asKubernetes().Create(ctx, older)).To(Succeed())
		s.visit(ctx, tenant)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonObjectConflict), HaveField("Message", And(
			ContainSubstring(`Job "scan-weekly-1"`), ContainSubstring(`CronJob "scan-weekly"`)))))
	})

	It("do not start where a quota is full, which is told and tried again", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		full := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "full"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/jobs.batch": resource.MustParse("0")}}}
		Expect(asKubernetes().Create(ctx, full)).To(Succeed())
		counted(ctx, full)
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		_, again := s.visit(ctx, tenant)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonQuotaBlocked))

		Expect(asKubernetes().Delete(ctx, full)).To(Succeed())
		s.hands.Step(again)
		Eventually(func() []string { s.visit(ctx, tenant); s.hands.Step(time.Hour); return s.jobs(ctx, tenant) }).WithContext(ctx).Should(HaveExactElements("scan-weekly-1"))
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("are told to be without a pod, where a quota is full of these", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		full := &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "full"},
			Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("0")}}}
		Expect(asKubernetes().Create(ctx, full)).To(Succeed())
		counted(ctx, full)
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		Eventually(func(g Gomega) { g.Expect(s.job(ctx, tenant, "scan-weekly-1").Status.StartTime).NotTo(BeNil()) }).WithContext(ctx).Should(Succeed())
		_, again := s.visit(ctx, tenant)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(again).To(BeNumerically("<=", 35*time.Second))
		s.hands.Step(again)
		s.visit(ctx, tenant)
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonQuotaBlocked))

		Expect(asKubernetes().Delete(ctx, full)).To(Succeed())
		Eventually(func(g Gomega) { g.Expect(s.job(ctx, tenant, "scan-weekly-1").Status.Active).To(BeEquivalentTo(1)) }).WithContext(ctx).Should(Succeed())
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty())
		s.sum(ctx, weekly)
		Expect(scheduleReady(weekly)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("are stopped, and their Jobs let go, when the tenant is suspended or deleted, or its place purged", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job := s.job(ctx, tenant, "scan-weekly-1")
		change(ctx, tenant, suspended)
		s.visit(ctx, tenant)
		s.visit(ctx, tenant)
		gone(ctx, job)

		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false })
		s.settle(ctx, tenant)
		s.visit(ctx, tenant)
		scheduleIn(ctx, tenant.Status.Namespace, "daily", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job = s.job(ctx, tenant, "scan-daily-2")
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(s.look(ctx, tenant)).To(Succeed()) // which deletes the namespace
		Eventually(func(g Gomega) {
			s.visit(ctx, tenant)
			g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(job), &batchv1.Job{}))).To(BeTrue())
		}).WithContext(ctx).Should(Succeed())
		gone(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant.Status.Namespace}})
	})

	It("are let go of a tenant that is gone, whose place is kept", func(ctx SpecContext) {
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		scheduleIn(ctx, tenant.Status.Namespace, "weekly", func(spec *v1alpha1.ScanScheduleSpec) { spec.Run = "now" })
		s.visit(ctx, tenant)
		job := s.job(ctx, tenant, "scan-weekly-1")
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} })
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Eventually(func(g Gomega) {
			g.Expect(s.look(ctx, tenant)).To(Succeed())
			g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{}))).To(BeTrue())
		}).WithContext(ctx).Should(Succeed())
		Eventually(func(g Gomega) {
			s.visit(ctx, tenant)
			g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(job), &batchv1.Job{}))).To(BeTrue())
		}).WithContext(ctx).Should(Succeed())
		record := &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: tenant.Name}}
		Expect(client.IgnoreNotFound(asOperator().Delete(ctx, record))).To(Succeed())
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
