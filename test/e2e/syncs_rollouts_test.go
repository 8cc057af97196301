// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A MasterTenantSync with a rollout", func() {
	var parent *v1alpha1.Tenant
	var tenants []*v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		parent, tenants = partner(ctx), nil
		for i := range 4 {
			tenants = append(tenants, newTenant(ctx, parent.Status.Namespace, fmt.Sprintf("tenant-%d", i)))
		}
		for _, tenant := range tenants {
			await(ctx, tenant, beReady())
		}
	})
	canary := func(soak time.Duration) *v1alpha1.Canary {
		return &v1alpha1.Canary{Names: []v1alpha1.TenantName{"tenant-2"}, Soak: &metav1.Duration{Duration: soak}}
	}

	It("reaches the canary first, and the rest when that has soaked, also over a restart (F08)", func(ctx SpecContext) {
		source(ctx, parent.Status.Namespace, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Rollout = &v1alpha1.Rollout{Canary: canary(8 * time.Second)}
		})
		awaitText(ctx, "alerts", "one", tenants[2])
		awaitSync(ctx, sync, And(say(metav1.ConditionFalse, v1alpha1.ReasonSoaking), HaveField("Status.Wave", HaveValue(BeEquivalentTo(0)))))
		since := sync.Status.WaveSince.Time
		stopManager(ctx)
		startManager(ctx)
		for _, tenant := range []*v1alpha1.Tenant{tenants[0], tenants[1], tenants[3]} {
			awaitText(ctx, "alerts", "one", tenant)
			Expect(get(ctx, tenant, "alerts", &corev1.ConfigMap{}).CreationTimestamp.Time).To(BeTemporally(">=", since.Add(7*time.Second)), "times of objects are whole seconds")
		}
		awaitSync(ctx, sync, And(beInSync(4), HaveField("Status.Wave", HaveValue(BeEquivalentTo(1)))))
	})

	It("stops at its canary where that fails, and where that is nobody", func(ctx SpecContext) {
		marked := source(ctx, parent.Status.Namespace, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.OnDrift, s.Spec.Rollout = v1alpha1.DriftReport, &v1alpha1.Rollout{Canary: canary(0)}
		})
		awaitSync(ctx, sync, beInSync(4))
		edit(ctx, inPlace(tenants[2], "alerts"), "changed")
		await(ctx, tenants[2], fare("baseline", v1alpha1.SyncFailed, v1alpha1.ReasonDrifted))
		edit(ctx, marked, "two")
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonCanaryFailed))
		staysText(ctx, "alerts", "one", tenants[0], tenants[1], tenants[3])

		By("mending it")
		Expect(admin.Delete(ctx, inPlace(tenants[2], "alerts"))).To(Succeed())
		awaitText(ctx, "alerts", "two", tenants...)
		changeSync(ctx, sync, `{"rollout":{"canary":{"names":null,"selector":{"matchLabels":{"tier":"none"}}}}}`)
		edit(ctx, marked, "three")
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonNoCanary))
		staysText(ctx, "alerts", "two", tenants...)
	})

	It("halts where so many failed, in the order of names, and goes on when it is told to", func(ctx SpecContext) {
		marked := source(ctx, parent.Status.Namespace, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) { s.Spec.OnDrift = v1alpha1.DriftReport })
		awaitSync(ctx, sync, beInSync(4))
		for _, tenant := range tenants[1:3] {
			edit(ctx, inPlace(tenant, "alerts"), "changed")
			await(ctx, tenant, fare("baseline", v1alpha1.SyncFailed, v1alpha1.ReasonDrifted))
		}
		changeSync(ctx, sync, `{"suspend":true,"rollout":{"maxParallel":1,"stopAfterFailures":2}}`)
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		edit(ctx, marked, "two")
		changeSync(ctx, sync, `{"suspend":false}`)
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonHalted))
		Expect(sync.Status.HaltedAt).NotTo(BeNil())
		staysText(ctx, "alerts", "one", tenants[3])

		By("restarting, which changes nothing")
		stopManager(ctx)
		startManager(ctx)
		staysText(ctx, "alerts", "one", tenants[3])

		By("mending one, and telling it to go on")
		Expect(admin.Delete(ctx, inPlace(tenants[1], "alerts"))).To(Succeed())
		changeSync(ctx, sync, `{"rollout":{"resume":"1"}}`)
		awaitText(ctx, "alerts", "two", tenants[0], tenants[1], tenants[3])
		awaitSync(ctx, sync, And(say(metav1.ConditionFalse, v1alpha1.ReasonFailed), HaveField("Status.Progress", HaveValue(Equal(v1alpha1.SyncProgress{Total: 4, Current: 3, Failed: 1})))))
	})
})

var _ = Describe("A MasterTenantSync's trigger", func() {
	var parent *v1alpha1.Tenant
	var place string
	BeforeEach(func(ctx SpecContext) {
		parent = partner(ctx)
		place = parent.Status.Namespace
	})

	It("Manual copies once for each run (F06)", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		marked := source(ctx, place, "alerts", emailNotifications, "one")
		sync := newSync(ctx, parent, "push", carrying(v1alpha1.SyncEmailNotifications), triggered(v1alpha1.TriggerManual))
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun))
		staysText(ctx, "alerts", "", tenant)
		changeSync(ctx, sync, `{"run":"1"}`)
		awaitText(ctx, "alerts", "one", tenant)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun), HaveField("Status.ObservedRun", BeEquivalentTo("1"))))
		edit(ctx, marked, "two")
		staysText(ctx, "alerts", "one", tenant)
		late := customer(ctx, parent, "late")
		staysText(ctx, "alerts", "", late)
		changeSync(ctx, sync, `{"run":"2"}`)
		awaitText(ctx, "alerts", "two", tenant, late)
		awaitSync(ctx, sync, And(say(metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun), HaveField("Status.ObservedRun", BeEquivalentTo("2"))))
	})

	It("Manual looks at all anew with each run, though nothing changed in the master, and tries again where the last one failed", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		source(ctx, place, "alerts", content, "one")
		sync := newSync(ctx, parent, "push", triggered(v1alpha1.TriggerManual))
		run := func(value string, status metav1.ConditionStatus, reason string) {
			GinkgoHelper()
			changeSync(ctx, sync, `{"run":"`+value+`"}`)
			awaitSync(ctx, sync, And(say(status, reason), HaveField("Status.ObservedRun", BeEquivalentTo(value))))
		}
		run("1", metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun)
		Expect(textIn(ctx, tenant, "alerts")).To(Equal("one"))
		edit(ctx, inPlace(tenant, "alerts"), "changed")
		staysText(ctx, "alerts", "changed", tenant)
		run("2", metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun)
		Expect(textIn(ctx, tenant, "alerts")).To(Equal("one"), "when the run is said to be done")

		By("having a run that fails")
		changeSync(ctx, sync, `{"onDrift":"Report"}`)
		edit(ctx, inPlace(tenant, "alerts"), "changed")
		run("3", metav1.ConditionFalse, v1alpha1.ReasonFailed)
		Expect(admin.Delete(ctx, inPlace(tenant, "alerts"))).To(Succeed())
		staysText(ctx, "alerts", "", tenant)
		run("4", metav1.ConditionTrue, v1alpha1.ReasonWaitingForRun)
		Expect(textIn(ctx, tenant, "alerts")).To(Equal("one"), "when the run is said to be done")
	})

	It("OnCreate has a new customer begin with what the master has, complete before it is Ready, as its own (F08, F12)", func(ctx SpecContext) {
		old := customer(ctx, parent, "old")
		awaitNextSecond(ctx, old)
		marked := source(ctx, place, "welcome", content, "one")
		sync := newSync(ctx, parent, "seed", triggered(v1alpha1.TriggerOnCreate))
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonNoTargets))
		for i := range 5 {
			tenant := customer(ctx, parent, fmt.Sprintf("new-%d", i))
			Expect(textIn(ctx, tenant, "welcome")).To(Equal("one"), "when it is Ready")
			Expect(get(ctx, tenant, "welcome", &corev1.ConfigMap{}).Labels).NotTo(HaveKey(v1alpha1.LabelManaged))
		}
		tenant := await(ctx, &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "new-0"}}, fare("seed", v1alpha1.SyncSynced, v1alpha1.ReasonSynced))
		edit(ctx, inPlace(tenant, "welcome"), "my own")
		edit(ctx, marked, "two")
		staysText(ctx, "welcome", "my own", tenant)
		staysText(ctx, "welcome", "", old)
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		staysText(ctx, "welcome", "my own", tenant)
	})

	It("OnCreate keeps a customer from being Ready as long as it can't begin, and no longer when it is suspended", func(ctx SpecContext) {
		sync := newSync(ctx, parent, "seed", triggered(v1alpha1.TriggerOnCreate), fromMaster("golden"))
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonNoMaster))
		tenant := newTenant(ctx, place, "cybercorp")
		await(ctx, tenant, And(have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonProvisioning), HaveField("Status.Phase", v1alpha1.PhaseProvisioning), HaveField("Status.Namespace", Not(BeEmpty()))))
		Eventually(func() string {
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
			return message(tenant)
		}).WithContext(ctx).Should(ContainSubstring("MasterTenantSync seed"))
		Expect(kstatus(ctx, tenant)).To(Equal(inProgress))
		changeSync(ctx, sync, `{"suspend":true}`)
		await(ctx, tenant, beReady())
	})
})

// awaitNextSecond waits until what is made now is younger than an object: times of objects are whole seconds.
func awaitNextSecond(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	Eventually(time.Now).WithContext(ctx).Should(BeTemporally(">=", object.GetCreationTimestamp().Add(time.Second)))
}
