// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// soon is a retention that a spec can wait for.
const soon = 5 * time.Second

var _ = Describe("A place that is kept (F21)", func() {
	keptRoot := func(ctx SpecContext, retention time.Duration, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		GinkgoHelper()
		tenant := newTenant(ctx, platform(ctx), harness.UniqueName("root"), append(change, keptFor(retention))...)
		return await(ctx, tenant, beReady())
	}

	It("is purged with all data when its time is up, and not before", func(ctx SpecContext) {
		tenant := keptRoot(ctx, soon)
		fill(ctx, tenant)
		record := retire(ctx, tenant)
		kept(ctx, tenant)
		place := &corev1.Namespace{}
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKey{Name: record.Spec.Namespace}, place)).To(Succeed())
			g.Expect(place.DeletionTimestamp).NotTo(BeNil())
		}).WithContext(ctx).Should(Succeed())
		Expect(place.DeletionTimestamp.Time).To(BeTemporally(">=", record.Spec.Until.Time))
		purged(ctx, record)
		Expect(claimOf(ctx, string(tenant.Status.Hosts[0])).Name).To(BeEmpty(), "its host is free")

		By("making a Tenant of that name")
		again := await(ctx, newTenant(ctx, tenant.Namespace, tenant.Name), beReady())
		Expect(placeOf(ctx, again).UID).NotTo(Equal(place.UID))
	})

	It("is purged first thing on the operator's return, when its time was up meanwhile", func(ctx SpecContext) {
		tenant := keptRoot(ctx, soon)
		record := retire(ctx, tenant)
		stopManager(ctx)
		Eventually(func() bool { return time.Now().After(record.Spec.Until.Time) }).WithContext(ctx).Should(BeTrue())
		kept := placeOf(ctx, tenant)
		Expect(kept.DeletionTimestamp).To(BeNil(), "nobody else purges it")
		startManager(ctx)
		Eventually(func() bool { return placeOf(ctx, tenant).DeletionTimestamp != nil }).WithContext(ctx).WithTimeout(5 * time.Second).Should(BeTrue())
		purged(ctx, record)
	})

	It("is purged by action Purge, which takes the verb administer", func(ctx SpecContext) {
		tenant := keptRoot(ctx, time.Hour)
		kim, kate := staff(ctx, tenant.Namespace), staff(ctx, tenant.Namespace, "administer")
		record := retire(ctx, tenant)
		purge := []string{"patch", "retainedtenant", record.Name, "-n", record.Namespace, "--type=merge", "-p", `{"spec":{"action":"Purge"}}`}
		_, err := kim.kubectl(ctx, "", purge...)
		Expect(err).To(MatchError(And(ContainSubstring("tenantry-retained-tenants"), ContainSubstring("needs verb administer"))))
		Expect(placeOf(ctx, tenant).DeletionTimestamp).To(BeNil())
		kate.can(ctx, "", purge...)
		purged(ctx, record)
	})

	It("is not kept at all where the Tenant is annotated with its own name, which takes the verb administer", func(ctx SpecContext) {
		tenant := keptRoot(ctx, time.Hour)
		kim, kate := staff(ctx, tenant.Namespace), staff(ctx, tenant.Namespace, "administer")
		purge := []string{"annotate", "tenant", tenant.Name, "-n", tenant.Namespace, "tenantry.io/purge=" + tenant.Name}
		_, err := kim.kubectl(ctx, "", purge...)
		Expect(err).To(MatchError(And(ContainSubstring("tenantry-administer"), ContainSubstring("annotation tenantry.io/purge"))))
		kate.can(ctx, "", purge...)
		await(ctx, tenant, beReady())
		place := placeOf(ctx, tenant)
		kate.can(ctx, "", "delete", "tenant", tenant.Name, "-n", tenant.Namespace, "--timeout=120s")
		gone(ctx, place)
		missing(ctx, &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: tenant.Name}})
	})

	It("is not to be purged by an annotation that names another", func(ctx SpecContext) {
		tenant := keptRoot(ctx, time.Hour)
		err := admin.Patch(ctx, tenant.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"tenantry.io/purge":"other"}}}`)))
		Expect(err).To(MatchError(ContainSubstring("the Tenant's own name")))
	})

	It("closes a partner's customers, waits for them, and opens them again when it is restored", func(ctx SpecContext) {
		parent := keptRoot(ctx, time.Hour, asPartner)
		child := customer(ctx, parent, "child")
		fill(ctx, child)
		before := snapshot(ctx, child)

		record := retire(ctx, parent)
		await(ctx, child, beParentSuspended)
		Expect(hostsOf(ctx, child.Status.Namespace)).To(BeEmpty())
		Expect(admin.Create(ctx, harness.Pod(child.Status.Namespace, "web"))).To(MatchError(ContainSubstring("exceeded quota: suspended")))

		restored := await(ctx, newTenant(ctx, parent.Namespace, parent.Name, asPartner, keptFor(time.Hour)), beReady())
		gone(ctx, record)
		await(ctx, child, beReady())
		same(before, snapshot(ctx, child))

		By("purging it")
		record = retire(ctx, restored)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		awaitRecord(ctx, record, haveStanding(metav1.ConditionFalse, v1alpha1.ReasonChildrenRemain))
		Expect(standing(record).Message).To(ContainSubstring("1 child tenant in namespace %q", record.Spec.Namespace))
		Expect(get(ctx, child, "data", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
		Expect(admin.Delete(ctx, child)).To(Succeed())
		purged(ctx, record)
	})
})

var _ = Describe("A namespace that is stuck in termination (F21)", func() {
	DescribeTable("is named with what keeps it, and holds up nobody else,", func(ctx SpecContext, stick func(place string) client.Object) {
		held := await(ctx, newTenant(ctx, platform(ctx), harness.UniqueName("root"), keptFor(time.Hour)), beReady())
		stuck := stick(held.Status.Namespace)
		Expect(admin.Create(ctx, stuck)).To(Succeed())
		released := func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(admin.Patch(ctx, stuck, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		}
		DeferCleanup(released)
		record := retire(ctx, held)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		awaitRecord(ctx, record, And(haveStanding(metav1.ConditionFalse, v1alpha1.ReasonPurging),
			WithTransform(standing, HaveField("Message", And(ContainSubstring("namespace %q", record.Spec.Namespace), ContainSubstring("example.com/stuck"))))))

		other := root(ctx)
		Expect(admin.Delete(ctx, other)).To(Succeed())
		gone(ctx, other)
		waiting := await(ctx, newTenant(ctx, held.Namespace, held.Name), have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict))
		Expect(message(waiting)).To(ContainSubstring("is being deleted; the tenant is made when it is gone"))

		released(ctx)
		gone(ctx, record)
		await(ctx, waiting, beReady())
	},
		Entry("by somebody's ConfigMap", func(place string) client.Object {
			return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "stuck", Finalizers: []string{"example.com/stuck"}}}
		}),
		Entry("by a claim of a volume", func(place string) client.Object {
			stuck := volume(&v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: place}}, "stuck", "1Gi")
			stuck.Finalizers = []string{"example.com/stuck"}
			return stuck
		}),
	)
})

var _ = Describe("A pod that asks for a year to end itself", func() {
	// patient makes one that is on a node: Kubernetes waits for the kubelet, which is not there.
	patient := func(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.Pod {
		GinkgoHelper()
		made := harness.Pod(tenant.Status.Namespace, "patient")
		made.Spec.TerminationGracePeriodSeconds = new(int64(365 * 24 * 3600))
		made.Spec.NodeName = "node"
		Eventually(func() error { return client.IgnoreAlreadyExists(admin.Create(ctx, made)) }).WithContext(ctx).Should(Succeed())
		return made
	}
	endsSoon := func(ctx SpecContext, made *corev1.Pod) {
		GinkgoHelper()
		Eventually(func(g Gomega) {
			now := &corev1.Pod{}
			err := admin.Get(ctx, client.ObjectKeyFromObject(made), now)
			g.Expect(client.IgnoreNotFound(err)).To(Succeed())
			if err == nil {
				g.Expect(now.DeletionTimestamp).NotTo(BeNil())
				g.Expect(now.DeletionTimestamp.Time).To(BeTemporally("<=", time.Now().Add(30*time.Second)))
			}
		}).WithContext(ctx).Should(Succeed())
		// What the kubelet does when that time is up.
		Expect(client.IgnoreNotFound(admin.Delete(ctx, made, client.GracePeriodSeconds(0)))).To(Succeed())
	}

	It("does not outlive the tenant's suspension", func(ctx SpecContext) {
		tenant := root(ctx)
		made := patient(ctx, tenant)
		change(ctx, tenant, suspend, HaveField("Status.Phase", v1alpha1.PhaseSuspended))
		endsSoon(ctx, made)
		await(ctx, tenant, beSuspended)
	})

	It("does not outlive the tenant, nor the retention of its place", func(ctx SpecContext) {
		tenant := root(ctx)
		made := patient(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		endsSoon(ctx, made)
		gone(ctx, tenant)

		keeping := await(ctx, newTenant(ctx, platform(ctx), harness.UniqueName("root"), keptFor(time.Hour)), beReady())
		made = patient(ctx, keeping)
		Expect(admin.Delete(ctx, keeping)).To(Succeed())
		endsSoon(ctx, made)
		retired(ctx, keeping)
	})
})
