// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A MasterTenantSync", func() {
	var parent *v1alpha1.Tenant
	var place string
	BeforeEach(func(ctx SpecContext) {
		parent = partner(ctx)
		place = parent.Status.Namespace
	})

	DescribeTable("brings what is marked for a category to all customers, follows it, and takes it away again",
		func(ctx SpecContext, category v1alpha1.SyncCategory, mark string) {
			first, second := customer(ctx, parent, "cybercorp"), customer(ctx, parent, "initech")
			marked := source(ctx, place, "alerts", mark, "one")
			source(ctx, place, "other", ofNoCategory, "not of this category")
			sync := newSync(ctx, parent, "baseline", carrying(category))
			awaitText(ctx, "alerts", "one", first, second)
			awaitSync(ctx, sync, beInSync(2))
			await(ctx, first, fare("baseline", v1alpha1.SyncSynced, v1alpha1.ReasonSynced))
			Expect(get(ctx, first, "alerts", &corev1.ConfigMap{})).To(And(
				HaveField("Labels", And(HaveKeyWithValue(v1alpha1.LabelSyncedBy, "baseline"), HaveKeyWithValue(v1alpha1.LabelManaged, "true"), Not(HaveKey(v1alpha1.LabelSync)))),
				HaveField("Annotations", HaveKeyWithValue(v1alpha1.AnnotationSyncedFrom, place+"/alerts"))))
			Expect(textIn(ctx, first, "other")).To(BeEmpty())

			edit(ctx, marked, "two")
			awaitText(ctx, "alerts", "two", first, second)
			late := customer(ctx, parent, "late")
			awaitText(ctx, "alerts", "two", late)
			Expect(admin.Delete(ctx, marked)).To(Succeed())
			awaitText(ctx, "alerts", "", first, second, late)
		},
		Entry("e-mail notifications (F06)", v1alpha1.SyncEmailNotifications, emailNotifications),
		Entry("content (F08)", v1alpha1.SyncContent, content),
		Entry("false-positive suppression (F10)", v1alpha1.SyncFalsePositiveSuppression, falsePositiveSuppression),
	)

	It("reaches those whom it picks and does not exclude, and leaves those who leave, as onLeave says (F08)", func(ctx SpecContext) {
		gold := func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"tier": "gold"} }
		first, second, other := customer(ctx, parent, "first", gold), customer(ctx, parent, "second", gold), customer(ctx, parent, "other")
		source(ctx, place, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Targets = &v1alpha1.SyncTargets{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}, Exclude: &v1alpha1.Selection{Names: []v1alpha1.TenantName{"second"}}}
		})
		awaitSync(ctx, sync, beInSync(1))
		awaitText(ctx, "alerts", "one", first)
		staysText(ctx, "alerts", "", second, other)

		By("no longer excluding one")
		changeSync(ctx, sync, `{"targets":{"exclude":null}}`)
		awaitSync(ctx, sync, beInSync(2))
		awaitText(ctx, "alerts", "one", second)

		By("having one leave, whose copies go")
		change(ctx, first, func(t *v1alpha1.Tenant) { t.Labels = nil }, beReady())
		awaitText(ctx, "alerts", "", first)
		await(ctx, first, HaveField("Status.Syncs", BeEmpty()))

		By("having another leave, who keeps them")
		changeSync(ctx, sync, `{"onLeave":"Keep"}`)
		awaitSync(ctx, sync, beInSync(1))
		change(ctx, second, func(t *v1alpha1.Tenant) { t.Labels = nil }, HaveField("Status.Syncs", BeEmpty()))
		Eventually(func(g Gomega) {
			g.Expect(get(ctx, second, "alerts", &corev1.ConfigMap{})).To(And(HaveField("Data", HaveKeyWithValue("text", "one")),
				HaveField("Labels", Not(HaveKey(v1alpha1.LabelManaged))), HaveField("Annotations", Not(HaveKey(v1alpha1.AnnotationSyncedFrom)))))
		}).WithContext(ctx).Should(Succeed(), "it is the tenant's own now")
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonNoTargets))
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		awaitText(ctx, "alerts", "one", second)
	})

	It("leaves what is the tenant's own, or takes it over and gives it back (F08)", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		own := inPlace(tenant, "alerts")
		own.Data = map[string]string{"text": "my own"}
		Expect(admin.Create(ctx, own)).To(Succeed())
		source(ctx, place, "alerts", content, "the master's")
		source(ctx, place, "more", content, "more")
		sync := newSync(ctx, parent, "baseline")
		await(ctx, tenant, fare("baseline", v1alpha1.SyncSynced, v1alpha1.ReasonKept))
		awaitText(ctx, "more", "more", tenant)
		staysText(ctx, "alerts", "my own", tenant)

		changeSync(ctx, sync, `{"conflict":"Overwrite"}`)
		awaitText(ctx, "alerts", "the master's", tenant)
		Expect(get(ctx, tenant, "alerts", &corev1.ConfigMap{}).UID).To(Equal(own.UID), "it is the same object")
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		Expect(textIn(ctx, tenant, "more")).To(BeEmpty())
		Expect(get(ctx, tenant, "alerts", &corev1.ConfigMap{})).To(And(HaveField("UID", own.UID), HaveField("Labels", BeEmpty())), "what it did not make it does not delete")
		await(ctx, tenant, HaveField("Status.Syncs", BeEmpty()))
	})

	It("leaves all that is the tenant's own, however much that is, and brings the rest", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		for _, name := range []string{"a", "b", "c", "d"} {
			source(ctx, place, name, content, "the master's")
		}
		for _, name := range []string{"a", "c"} {
			own := inPlace(tenant, name)
			own.Data = map[string]string{"text": "my own"}
			Expect(admin.Create(ctx, own)).To(Succeed())
		}
		sync := newSync(ctx, parent, "baseline")
		await(ctx, tenant, fare("baseline", v1alpha1.SyncSynced, v1alpha1.ReasonKept))
		awaitSync(ctx, sync, HaveField("Status.Progress", HaveValue(Equal(v1alpha1.SyncProgress{Total: 1, Current: 1, Kept: 1}))))
		for name, text := range map[string]string{"a": "my own", "b": "the master's", "c": "my own", "d": "the master's"} {
			Expect(textIn(ctx, tenant, name)).To(Equal(text), name)
		}
		changeSync(ctx, sync, `{"conflict":"Overwrite"}`)
		awaitText(ctx, "a", "the master's", tenant)
		awaitText(ctx, "c", "the master's", tenant)
		awaitSync(ctx, sync, beInSync(1))
	})

	It("goes though a deleted customer's place is kept, and leaves copies there as onLeave says", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp", keptFor(time.Hour))
		source(ctx, place, "alerts", content, "one")
		for _, leave := range []v1alpha1.SyncLeave{v1alpha1.LeavePrune, v1alpha1.LeaveKeep} {
			sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) { s.Spec.OnLeave = leave })
			awaitText(ctx, "alerts", "one", tenant)
			awaitSync(ctx, sync, beInSync(1))
			retire(ctx, tenant)
			Expect(admin.Delete(ctx, sync)).To(Succeed())
			gone(ctx, sync)
			tenant = await(ctx, newTenant(ctx, place, "cybercorp", keptFor(time.Hour)), beReady())
			if leave == v1alpha1.LeavePrune {
				awaitText(ctx, "alerts", "", tenant)
			}
		}
		staysText(ctx, "alerts", "one", tenant)
		Expect(get(ctx, tenant, "alerts", &corev1.ConfigMap{}).Labels).NotTo(HaveKey(v1alpha1.LabelManaged), "it is the tenant's own now")
	})

	It("puts right what somebody changed, or reports it", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		marked := source(ctx, place, "alerts", content, "one")
		sync := newSync(ctx, parent, "baseline")
		awaitText(ctx, "alerts", "one", tenant)
		edit(ctx, inPlace(tenant, "alerts"), "changed")
		awaitText(ctx, "alerts", "one", tenant)
		Expect(admin.Delete(ctx, inPlace(tenant, "alerts"))).To(Succeed())
		awaitText(ctx, "alerts", "one", tenant)

		changeSync(ctx, sync, `{"onDrift":"Report"}`)
		awaitSync(ctx, sync, beInSync(1))
		edit(ctx, inPlace(tenant, "alerts"), "changed")
		await(ctx, tenant, fare("baseline", v1alpha1.SyncFailed, v1alpha1.ReasonDrifted))
		awaitSync(ctx, sync, say(metav1.ConditionFalse, v1alpha1.ReasonFailed))
		staysText(ctx, "alerts", "changed", tenant)
		edit(ctx, marked, "two")
		awaitText(ctx, "alerts", "changed", tenant)
		Expect(admin.Delete(ctx, inPlace(tenant, "alerts"))).To(Succeed())
		awaitText(ctx, "alerts", "two", tenant)
		awaitSync(ctx, sync, beInSync(1))
	})

	It("keeps what left the master where prune is false, and copies nothing while it is suspended", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		gonesoon, stays := source(ctx, place, "gone", content, "one"), source(ctx, place, "stays", content, "one")
		sync := newSync(ctx, parent, "baseline", func(s *v1alpha1.MasterTenantSync) { s.Spec.Prune = new(bool) })
		awaitSync(ctx, sync, beInSync(1))
		Expect(admin.Delete(ctx, gonesoon)).To(Succeed())
		edit(ctx, stays, "two")
		awaitText(ctx, "stays", "two", tenant)
		staysText(ctx, "gone", "one", tenant)

		changeSync(ctx, sync, `{"suspend":true,"prune":true}`)
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		edit(ctx, stays, "three")
		staysText(ctx, "stays", "two", tenant)
		Expect(textIn(ctx, tenant, "gone")).To(Equal("one"))
		changeSync(ctx, sync, `{"suspend":false}`)
		awaitText(ctx, "stays", "three", tenant)
		awaitText(ctx, "gone", "", tenant)
	})

	It("fills in the tenant's name and host where the source asks for that", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp", func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Cyber Corp" })
		text := "$(TENANT_NAME), $(TENANT_DISPLAY_NAME) at $(TENANT_HOST); $(OTHER)"
		source(ctx, place, "plain", content, text)
		source(ctx, place, "filled", content, text, func(c *corev1.ConfigMap) { c.Annotations = map[string]string{v1alpha1.AnnotationSubstitute: "true"} })
		newSync(ctx, parent, "baseline")
		awaitText(ctx, "plain", text, tenant)
		awaitText(ctx, "filled", "cybercorp, Cyber Corp at "+string(tenant.Status.Hosts[0])+"; $(OTHER)", tenant)
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "$(TENANT_NAME)" }, beReady())
		awaitText(ctx, "filled", "cybercorp, $(TENANT_NAME) at "+string(tenant.Status.Hosts[0])+"; $(OTHER)", tenant)
	})

	It("copies from another customer, which nobody of its own enters, and from no other", func(ctx SpecContext) {
		master := customer(ctx, parent, "golden")
		tenant := customer(ctx, parent, "cybercorp")
		source(ctx, master.Status.Namespace, "alerts", content, "golden")
		source(ctx, place, "house", content, "the partner's own")
		sync := newSync(ctx, parent, "baseline", fromMaster("golden"))
		awaitSync(ctx, sync, beInSync(1))
		awaitText(ctx, "alerts", "golden", tenant)
		Expect(textIn(ctx, tenant, "house")).To(BeEmpty())

		change(ctx, master, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }, beReady())
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonNoMaster))
		Expect(admin.Patch(ctx, inPlace(master, "alerts"), merge(`{"data":{"text":"planted"}}`))).To(Succeed())
		staysText(ctx, "alerts", "golden", tenant)
		change(ctx, master, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessDisabled }, beReady())
		awaitText(ctx, "alerts", "planted", tenant)

		By("lying where no partner's place is")
		stray := newSync(ctx, &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Namespace: home}}, "stray")
		awaitSync(ctx, stray, beStuck(v1alpha1.ReasonNotAPlace))
	})

	It("is told of another that carries the same object, and so is that: what is there stays", func(ctx SpecContext) {
		tenant := customer(ctx, parent, "cybercorp")
		source(ctx, place, "alerts", content, "one")
		first := newSync(ctx, parent, "first")
		awaitText(ctx, "alerts", "one", tenant)
		second := newSync(ctx, parent, "second", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Categories = nil
			s.Spec.Resources = []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "ConfigMap", Names: []v1alpha1.ObjectName{"alerts"}}}
		})
		for _, sync := range []*v1alpha1.MasterTenantSync{first, second} {
			await(ctx, tenant, fare(sync.Name, v1alpha1.SyncFailed, v1alpha1.ReasonConflict))
			awaitSync(ctx, sync, say(metav1.ConditionFalse, v1alpha1.ReasonFailed))
		}
		Expect(textIn(ctx, tenant, "alerts")).To(Equal("one"))

		By("beginning anew, when the one may be known before the other")
		stopManager(ctx)
		edit(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "alerts"}}, "two")
		startManager(ctx)
		staysText(ctx, "alerts", "one", tenant)

		By("having one of them go")
		Expect(admin.Delete(ctx, first)).To(Succeed())
		awaitSync(ctx, second, beInSync(1))
		awaitText(ctx, "alerts", "two", tenant)
		Expect(get(ctx, tenant, "alerts", &corev1.ConfigMap{}).Labels).To(HaveKeyWithValue(v1alpha1.LabelSyncedBy, "second"))
	})

	It("writes nothing where nothing changes, and tells of its beginning and its end", func(ctx SpecContext) {
		customer(ctx, parent, "cybercorp")
		sync := newSync(ctx, parent, "baseline")
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonNoSources))
		source(ctx, place, "alerts", content, "one")
		awaitSync(ctx, sync, beInSync(1))
		Expect(sync.Status.LastCompleted).NotTo(BeNil())
		Eventually(func() []string {
			var reasons []string
			for _, event := range eventsOf(ctx, sync) {
				reasons = append(reasons, event.Reason)
			}
			return reasons
		}).WithContext(ctx).Should(ContainElements(v1alpha1.ReasonSyncing, v1alpha1.ReasonSynced))
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed())
	})
})

// ownedBy are the copies of a sync, in all places.
func ownedBy(ctx SpecContext, sync *v1alpha1.MasterTenantSync) []corev1.ConfigMap {
	GinkgoHelper()
	copies := &corev1.ConfigMapList{}
	Expect(admin.List(ctx, copies, client.MatchingLabels{v1alpha1.LabelSyncedBy: sync.Name, v1alpha1.LabelParent: sync.Namespace})).To(Succeed())
	return copies.Items
}
