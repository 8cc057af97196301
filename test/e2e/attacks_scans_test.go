// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A hostile author of schedules", Ordered, func() {
	var acme *v1alpha1.Tenant
	BeforeAll(func(ctx SpecContext) { addNode(ctx) })
	BeforeEach(func(ctx SpecContext) { acme = partner(ctx) })

	It("of a partner with staff: Explicit reaches customers by nobody's grant but their own (F35)", func(ctx SpecContext) {
		change(ctx, acme, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffExplicit }, beReady())
		cybercorp, initech := listing(ctx, acme, "cybercorp", tier("gold")), listing(ctx, acme, "initech", tier("gold"))
		patName, samName := harness.UniqueName("pat"), harness.UniqueName("sam")
		pat, sam := admits(ctx, acme, patName, v1alpha1.RoleAdmin), admits(ctx, acme, samName, v1alpha1.RoleAdmin)
		delegates(ctx, acme, patName, cybercorp.Name)
		schedule := newSchedule(ctx, pat, acme, "gold", quick, ofTier("gold"), wanted("1"))
		counted(ctx, 1, cybercorp)

		By("a colleague whom the customer does not let in, who changes what another made")
		Expect(sam.Patch(ctx, schedule.DeepCopy(), merge(`{"spec":{"run":"2"}}`))).To(Succeed())
		Consistently(scansOf).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(BeEquivalentTo(1))
		Expect(pat.Patch(ctx, schedule.DeepCopy(), merge(`{"spec":{"run":"3"}}`))).To(Succeed(), "its legal twin")
		counted(ctx, 2, cybercorp)
		Expect(runsIn(ctx, initech)).To(BeEmpty())
	})

	It("floods no customer: so many schedules start runs, each one at a time, and the customer's own Jobs are left room (F35)", func(ctx SpecContext) {
		cybercorp := listing(ctx, acme, "cybercorp")
		kim := admits(ctx, cybercorp, harness.UniqueName("kim"), v1alpha1.RoleAdmin)
		const more = 3
		var made []*v1alpha1.ScanSchedule
		for n := range scan.MaxSchedules + more {
			made = append(made, newSchedule(ctx, kim, cybercorp, fmt.Sprintf("s%02d", n), hanging, wanted("1")))
		}
		Eventually(runsIn).WithArguments(ctx, cybercorp).WithContext(ctx).Should(HaveLen(scan.MaxSchedules))
		for _, schedule := range made[:more] {
			Expect(kim.Patch(ctx, schedule, merge(`{"spec":{"run":"2","cron":"* * * * *"}}`))).To(Succeed())
		}
		Consistently(runsIn).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(HaveLen(scan.MaxSchedules))
		Expect(scansOf(ctx, cybercorp)).To(BeZero())

		own := ownJob(cybercorp)
		Expect(kim.Create(ctx, own)).To(Succeed(), "there is room")
		Eventually(jobNow).WithArguments(ctx, own).WithContext(ctx).Should(ended(batchv1.JobComplete))
		Expect(runsIn(ctx, cybercorp)).To(HaveLen(scan.MaxSchedules), "beside the flood")
	})

	It("passes no Job of their own for a run, which would be counted, nor gets at one (F35)", func(ctx SpecContext) {
		cybercorp := listing(ctx, acme, "cybercorp")
		kim := admits(ctx, cybercorp, harness.UniqueName("kim"), v1alpha1.RoleAdmin)
		newSchedule(ctx, kim, cybercorp, "own", hanging, wanted("1"))
		var run batchv1.Job
		Eventually(func(g Gomega) {
			jobs, err := runsIn(ctx, cybercorp)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(jobs).To(HaveExactElements(HaveField("Status.Ready", HaveValue(BeEquivalentTo(1)))))
			run = jobs[0]
		}).WithContext(ctx).Should(Succeed())

		own := ownJob(cybercorp)
		marked := own.DeepCopy()
		marked.Labels, marked.Annotations = run.Labels, run.Annotations
		Expect(kim.Create(ctx, marked)).To(refusedBy("tenantry-owned-objects"))
		forged := &batchv1.CronJob{
			ObjectMeta: metav1.ObjectMeta{Namespace: run.Namespace, Name: "forged"},
			Spec: batchv1.CronJobSpec{Schedule: "* * * * *", JobTemplate: batchv1.JobTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: run.Labels, Annotations: run.Annotations}, Spec: own.Spec,
			}},
		}
		Expect(kim.Create(ctx, forged)).To(refusedBy("tenantry-workload-metadata"))
		Expect(kim.Patch(ctx, run.DeepCopy(), merge(`{"metadata":{"finalizers":null}}`))).To(refusedBy("tenantry-owned-objects"))
		Expect(kim.Delete(ctx, run.DeepCopy())).To(refusedBy("tenantry-owned-objects"))
		Expect(kim.Patch(ctx, run.DeepCopy(), merge(`{"spec":{"suspend":true}}`), client.DryRunAll)).To(refusedBy("tenantry-owned-objects"))

		forged.Spec.JobTemplate.ObjectMeta = metav1.ObjectMeta{Labels: map[string]string{"app": "own"}}
		Expect(kim.Create(ctx, forged)).To(Succeed(), "its legal twin")
		Expect(kim.Create(ctx, own)).To(Succeed(), "and one that ends")
		Eventually(jobNow).WithArguments(ctx, own).WithContext(ctx).Should(ended(batchv1.JobComplete))
		Consistently(scansOf).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(BeZero())
	})
})

// ownJob is a Job of a tenant's own, which ends well at once.
func ownJob(tenant *v1alpha1.Tenant) *batchv1.Job {
	pod := harness.Pod("", "").Spec
	pod.RestartPolicy = corev1.RestartPolicyNever
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "own"},
		Spec:       batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: pod}},
	}
}

func jobNow(ctx SpecContext, job *batchv1.Job) (*batchv1.Job, error) {
	return job, admin.Get(ctx, client.ObjectKeyFromObject(job), job)
}
