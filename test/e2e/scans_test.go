// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// still is how long nothing may come of what is to come to nothing.
const still = 2 * time.Second

var _ = Describe("A schedule", Ordered, func() {
	var acme *v1alpha1.Tenant
	BeforeAll(func(ctx SpecContext) { addNode(ctx) })
	BeforeEach(func(ctx SpecContext) { acme = partner(ctx) })

	again := func(ctx SpecContext, schedule *v1alpha1.ScanSchedule, run string) {
		GinkgoHelper()
		Expect(admin.Patch(ctx, schedule.DeepCopy(), merge(`{"spec":{"run":"`+run+`"}}`))).To(Succeed())
	}

	It("of many customers runs real Jobs in their places, each counted once though the manager is killed and the Jobs are collected (F35, F32)", func(ctx SpecContext) {
		gold := []*v1alpha1.Tenant{listing(ctx, acme, "one", tier("gold")), listing(ctx, acme, "two", tier("gold")), listing(ctx, acme, "three", tier("gold"))}
		silver := listing(ctx, acme, "four", tier("silver"))
		author, reader := harness.UniqueName("pat"), harness.UniqueName("kim")
		pat := admits(ctx, acme, author, v1alpha1.RoleAdmin)
		newGrant(ctx, gold[0].Status.Namespace, reader, v1alpha1.RoleReporter)
		schedule := newSchedule(ctx, pat, acme, "gold", quick, ofTier("gold"), wanted("1"))
		counted(ctx, 1, gold...)
		for _, tenant := range gold {
			jobs, err := runsIn(ctx, tenant)
			Expect(err).NotTo(HaveOccurred())
			Expect(jobs).To(HaveExactElements(And(HaveField("Name", "scan-gold-1"), ended(batchv1.JobComplete))))
			Eventually(targetsIn).WithArguments(ctx, tenant).WithContext(ctx).Should(BeEmpty(), "a run that is counted needs none")
			Expect(await(ctx, tenant, HaveField("Status.LastScan", Not(BeNil()))).Status.LastActivity).NotTo(BeNil())
		}
		seen := awaitSchedule(ctx, schedule, And(standAs(v1alpha1.ReasonReady), HaveField("Status.LastResult", v1alpha1.ScanSucceeded), HaveField("Status.ObservedRun", v1alpha1.RequestID("1"))))
		Expect(seen.Status.Tenants).To(HaveValue(BeEquivalentTo(len(gold))))
		Expect(seen.Status.Report).To(MatchRegexp("^https://reports.example/" + acme.Status.Namespace + "-(one|two|three)/[0-9a-f-]{36}/gold/1$"))
		Expect(seen.Status.NextRun.Time).To(BeTemporally(">", time.Now()))
		reported := await(ctx, gold[0], HaveField("Status.LastReport", Not(BeEmpty()))).Status.LastReport
		Expect(reported).To(MatchRegexp("^https://reports.example/" + gold[0].Status.Namespace + "/[0-9a-f-]{36}/gold/1$"))
		for _, person := range []string{author, reader} {
			Expect(plugin(ctx, person, "report", gold[0].Namespace+"/"+gold[0].Name)).To(Equal(screen{Out: reported + "\n"}), "no terminal, no browser")
		}
		Expect(plugin(ctx, reader, "report", gold[1].Namespace+"/"+gold[1].Name).Code).NotTo(BeZero(), "another's")

		By("killing the manager while the next runs are under way, and having their Jobs collected before it is back")
		again(ctx, schedule, "2")
		for _, tenant := range gold {
			Eventually(runsIn).WithArguments(ctx, tenant).WithContext(ctx).Should(ContainElement(HaveField("Name", "scan-gold-2")))
		}
		manager.Kill()
		Expect(cluster.DropLease(ctx)).To(Succeed())
		begun := 0
		for _, tenant := range gold {
			jobs, err := runsIn(ctx, tenant)
			Expect(err).NotTo(HaveOccurred())
			for _, job := range jobs {
				if job.Name != "scan-gold-2" || *job.Spec.Suspend { // it waits for its targets
					continue
				}
				begun++
				Eventually(func() (*batchv1.Job, error) { return &job, admin.Get(ctx, client.ObjectKeyFromObject(&job), &job) }).WithContext(ctx).Should(ended(batchv1.JobComplete))
				Expect(kubernetes().Delete(ctx, &job, client.PropagationPolicy(metav1.DeletePropagationBackground))).To(Succeed())
			}
		}
		startManager(ctx)
		counted(ctx, 2, gold...)
		for _, tenant := range gold {
			Eventually(runsIn).WithArguments(ctx, tenant).WithContext(ctx).ShouldNot(ContainElement(HaveField("DeletionTimestamp", Not(BeNil()))), "what was deleted is let go")
		}
		Consistently(scansOf).WithArguments(ctx, gold[0]).WithContext(ctx).Within(still).Should(BeEquivalentTo(2))
		Expect(scansOf(ctx, silver)).To(BeZero())
		Expect(runsIn(ctx, silver)).To(BeEmpty())
		AddReportEntry("runs whose Jobs were done when the manager was killed", begun)
	})

	It("has nothing of a former customer's runs count for the next of the same name (F35)", func(ctx SpecContext) {
		former := listing(ctx, acme, "one", tier("gold"), keptFor(time.Hour))
		schedule := newSchedule(ctx, admin, acme, "gold", quick, ofTier("gold"), wanted("1"))
		counted(ctx, 1, former)
		again(ctx, schedule, "2")
		counted(ctx, 2, former)
		place := placeOf(ctx, former)
		report := awaitSchedule(ctx, schedule, HaveField("Status.Report", ContainSubstring("/%s/gold/2", place.UID))).Status.Report
		record := retire(ctx, former)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		purged(ctx, record)

		next := listing(ctx, acme, "one", tier("gold"))
		awaitSchedule(ctx, schedule, HaveField("Status.Tenants", HaveValue(BeEquivalentTo(1))))
		Consistently(runsIn).WithArguments(ctx, next).WithContext(ctx).Within(still).Should(BeEmpty(), "the former has served what was asked for")
		Expect(await(ctx, next, beReady()).Status).To(And(HaveField("LastScan", BeNil()), HaveField("LastActivity", BeNil())))
		Expect(scansOf(ctx, next)).To(BeZero())

		again(ctx, schedule, "3")
		counted(ctx, 1, next)
		Expect(runsIn(ctx, next)).To(HaveExactElements(HaveField("Name", "scan-gold-1")))
		seen := awaitSchedule(ctx, schedule, HaveField("Status.Report", Not(Equal(report))))
		Expect(seen.Status.Report).To(HaveSuffix("/%s/gold/1", placeOf(ctx, next).UID))
		Expect(placeOf(ctx, next).UID).NotTo(Equal(place.UID))
	})

	It("of a customer's own runs when it is asked to, not while it is suspended, and at the cost of its plan (F35, F32)", func(ctx SpecContext) {
		newPlan(ctx, acme.Status.Namespace, "scans", v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerScan, Included: &v1alpha1.Included{Scans: new(int32(2))}})
		cybercorp := listing(ctx, acme, "cybercorp", onPlan("scans"))
		kim := admits(ctx, cybercorp, harness.UniqueName("kim"), v1alpha1.RoleAdmin)
		schedule := newSchedule(ctx, kim, cybercorp, "own", quick, wanted("1"), func(s *v1alpha1.ScanSchedule) { s.Spec.Suspend = true })
		awaitSchedule(ctx, schedule, standAs(v1alpha1.ReasonSuspended))
		Consistently(runsIn).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(BeEmpty())
		Expect(kim.Patch(ctx, schedule.DeepCopy(), merge(`{"spec":{"suspend":false}}`))).To(Succeed())
		counted(ctx, 1, cybercorp)
		Expect(kim.Patch(ctx, schedule.DeepCopy(), merge(`{"spec":{"run":"2"}}`))).To(Succeed())
		counted(ctx, 2, cybercorp)
		await(ctx, cybercorp, HaveField("Status.Alerts", ContainElement(HaveField("Percent", int32(100)))))
	})

	It("says that a run failed, which counts as well", func(ctx SpecContext) {
		cybercorp := listing(ctx, acme, "cybercorp")
		schedule := newSchedule(ctx, admin, cybercorp, "own", failing, wanted("1"))
		counted(ctx, 1, cybercorp)
		awaitSchedule(ctx, schedule, HaveField("Status.LastResult", v1alpha1.ScanFailed))
		Expect(runsIn(ctx, cybercorp)).To(HaveExactElements(ended(batchv1.JobFailed)))
	})

	It("runs for a new asset, and for a new feed, and not for one that goes (F35)", func(ctx SpecContext) {
		cybercorp := listing(ctx, acme, "cybercorp")
		schedule := newSchedule(ctx, admin, cybercorp, "own", quick, func(s *v1alpha1.ScanSchedule) {
			s.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded, v1alpha1.ScanOnFeedUpdated}
		})
		awaitSchedule(ctx, schedule, standAs(v1alpha1.ReasonReady))
		inventory(ctx, cybercorp, "cybercorp.example", "shop.example")
		counted(ctx, 1, cybercorp)
		inventory(ctx, cybercorp, "shop.example")
		Consistently(scansOf).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(BeEquivalentTo(1))

		feed := func(version string) {
			GinkgoHelper()
			feeds := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: harness.ManagerNamespace, Name: v1alpha1.ScanFeedsName}}
			Expect(client.IgnoreAlreadyExists(admin.Create(ctx, feeds.DeepCopy()))).To(Succeed())
			Expect(admin.Patch(ctx, feeds, merge(`{"data":{"`+quick+`":"`+version+`"}}`))).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, feeds))).To(Succeed()) })
		}
		feed("1")
		Consistently(scansOf).WithArguments(ctx, cybercorp).WithContext(ctx).Within(still).Should(BeEquivalentTo(1), "the first version is none to wait for")
		feed("2")
		counted(ctx, 2, cybercorp)
	})

	It("waits while the customer's quota lets no Job in, and says so", func(ctx SpecContext) {
		cybercorp := listing(ctx, acme, "cybercorp")
		full := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: cybercorp.Status.Namespace, Name: "full"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/jobs.batch": resource.MustParse("0")}},
		}
		Expect(admin.Create(ctx, full)).To(Succeed())
		Eventually(func() (corev1.ResourceList, error) {
			return full.Status.Used, admin.Get(ctx, client.ObjectKeyFromObject(full), full)
		}).WithContext(ctx).ShouldNot(BeEmpty())
		schedule := newSchedule(ctx, admin, cybercorp, "own", quick, wanted("1"))
		awaitSchedule(ctx, schedule, standAs(v1alpha1.ReasonQuotaBlocked))
		Expect(runsIn(ctx, cybercorp)).To(BeEmpty())
	})

	It("stops what runs when its tenant is suspended or it is deleted, which counts for nothing", func(ctx SpecContext) {
		cybercorp, initech := listing(ctx, acme, "cybercorp"), listing(ctx, acme, "initech")
		newSchedule(ctx, admin, cybercorp, "own", hanging, wanted("1"))
		schedule := newSchedule(ctx, admin, initech, "own", hanging, wanted("1"))
		for _, tenant := range []*v1alpha1.Tenant{cybercorp, initech} {
			Eventually(runsIn).WithArguments(ctx, tenant).WithContext(ctx).Should(HaveExactElements(HaveField("Status.Ready", HaveValue(BeEquivalentTo(1)))))
			Expect(targetsIn(ctx, tenant)).To(HaveExactElements(HaveField("Data", HaveKeyWithValue("targets", "Domain "+tenant.Name+".example\n"))))
		}
		change(ctx, cybercorp, suspend, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		Expect(admin.Delete(ctx, schedule)).To(Succeed())
		for _, tenant := range []*v1alpha1.Tenant{cybercorp, initech} {
			Eventually(runsIn).WithArguments(ctx, tenant).WithContext(ctx).Should(BeEmpty())
			Expect(scansOf(ctx, tenant)).To(BeZero())
		}
	})
})
