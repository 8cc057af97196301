// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/tenancy"
)

var _ = Describe("A ledger of scans that is put back to what it was", func() {
	var s *scanner
	var tenant *v1alpha1.Tenant
	var book *corev1.ConfigMap
	BeforeEach(func(ctx SpecContext) {
		s = newScanner(ctx)
		tenant = root(ctx)
		s.settle(ctx, tenant)
		DeferCleanup(func(ctx SpecContext) { release(ctx, tenant) })
		inventoryIn(ctx, tenant.Status.Namespace, "sites", "a.example")
		book = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: v1alpha1.ScanLedgerName}}
	})

	now := func(ctx SpecContext) string {
		GinkgoHelper()
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(book), book)).To(Succeed())
		return book.Data[tenancy.LedgerKey]
	}
	putBack := func(ctx SpecContext, text string) {
		GinkgoHelper()
		now(ctx)
		book.Data[tenancy.LedgerKey] = text
		Expect(admin.Update(ctx, book)).To(Succeed())
		s.restart()
	}
	again := func(ctx SpecContext, schedule *v1alpha1.ScanSchedule, run string) {
		GinkgoHelper()
		Expect(admin.Patch(ctx, schedule, merge(`{"spec":{"run":"`+run+`"}}`))).To(Succeed())
		s.visit(ctx, tenant)
		s.sum(ctx, schedule)
		Expect(schedule.Status.ObservedRun).To(BeEquivalentTo(run))
	}
	scans := func(ctx SpecContext) int64 {
		GinkgoHelper()
		Expect(s.look(ctx, tenant)).To(Succeed())
		return tenant.Status.Usage.Scans
	}

	It("counts each run once whose Job is still there, has what runs go on, and takes none of them for a later one", func(ctx SpecContext) {
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly")
		daily := scheduleIn(ctx, tenant.Status.Namespace, "daily")
		again(ctx, weekly, "1")
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodSucceeded)
		s.visit(ctx, tenant)
		backup := now(ctx)

		again(ctx, weekly, "2")
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-2"), corev1.PodFailed)
		s.visit(ctx, tenant)
		Expect(scans(ctx)).To(BeEquivalentTo(2), "the second is counted, and its Job kept")
		again(ctx, weekly, "3")
		again(ctx, daily, "1")
		ended := s.job(ctx, tenant, "scan-daily-4")
		s.finish(ctx, ended, corev1.PodSucceeded) // and nobody has looked

		putBack(ctx, backup)
		requests, _ := s.visit(ctx, tenant)
		Expect(requests).To(HaveExactElements("list jobs", "patch configmaps scan-ledger", "get configmaps scan-daily-4", "delete configmaps scan-daily-4", "patch jobs scan-daily-4"))
		Expect(scans(ctx)).To(BeEquivalentTo(3))
		Expect(s.job(ctx, tenant, "scan-daily-4").Finalizers).To(BeEmpty())
		running := s.job(ctx, tenant, "scan-weekly-3")
		Expect(running.DeletionTimestamp).To(BeNil(), "it goes on")
		requests, _ = s.visit(ctx, tenant)
		Expect(requests).To(BeEmpty())

		s.finish(ctx, running, corev1.PodSucceeded)
		s.visit(ctx, tenant)
		Expect(scans(ctx)).To(BeEquivalentTo(4))
		again(ctx, weekly, "4")
		Expect(s.job(ctx, tenant, "scan-weekly-5").Spec.Suspend).To(HaveValue(BeFalse()))
		ledger, err := scan.ReadLedger(now(ctx))
		Expect(err).NotTo(HaveOccurred())
		Expect(ledger.Runs).To(And(HaveLen(1), HaveKey(int64(5))))
	})

	It("keeps no place from going", func(ctx SpecContext) {
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly")
		again(ctx, weekly, "1")
		s.finish(ctx, s.job(ctx, tenant, "scan-weekly-1"), corev1.PodSucceeded)
		s.visit(ctx, tenant)
		backup := now(ctx)
		again(ctx, weekly, "2")
		running := s.job(ctx, tenant, "scan-weekly-2")
		putBack(ctx, backup)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(s.look(ctx, tenant)).To(Succeed()) // which deletes the namespace
		Eventually(func(g Gomega) {
			s.visit(ctx, tenant)
			gone := admin.Get(ctx, client.ObjectKeyFromObject(running), &batchv1.Job{})
			g.Expect(client.IgnoreNotFound(gone)).To(Succeed())
			g.Expect(gone).To(HaveOccurred())
		}).WithContext(ctx).Should(Succeed())
		gone(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant.Status.Namespace}})
	})

	It("has Jobs of a former place, which a cache may still have, be nobody's", func(ctx SpecContext) {
		weekly := scheduleIn(ctx, tenant.Status.Namespace, "weekly")
		again(ctx, weekly, "1")
		job := s.job(ctx, tenant, "scan-weekly-1")
		s.finish(ctx, job, corev1.PodSucceeded)
		s.visit(ctx, tenant)
		Expect(asKubernetes().Delete(ctx, book)).To(Succeed())
		s.restart()
		s.keepUp(ctx, tenant)
		s.recorder.onRequest(func(request request) { // the cache has the Job, and when the API server is asked it is gone
			if request.Verb == "list" && request.Resource == "jobs" {
				s.recorder.onRequest(nil)
				Expect(client.IgnoreNotFound(asKubernetes().Delete(ctx, job, client.PropagationPolicy(metav1.DeletePropagationBackground)))).To(Succeed())
				gone(ctx, job)
			}
		})
		_, err := s.runs.Reconcile(ctx, requestFor(tenant))
		s.recorder.onRequest(nil)
		Expect(err).NotTo(HaveOccurred())
		Expect(now(ctx)).NotTo(Or(ContainSubstring("serial"), ContainSubstring("months")))
	})
})
