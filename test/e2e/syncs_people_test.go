// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A MasterTenantSync brings, beside objects,", func() {
	var parent *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) { parent = partner(ctx) })

	It("the partner's staff with their roles, as long as it does, and not where the partner says otherwise (F07, F12)", func(ctx SpecContext) {
		place, editor := parent.Status.Namespace, harness.UniqueName("editor")
		awaitGrant(ctx, newGrant(ctx, place, editor, v1alpha1.RoleEditor), v1alpha1.ReasonGranted)
		tenant := customer(ctx, parent, "cybercorp")
		Expect(may(ctx, editor, "create", "configmaps", tenant.Status.Namespace)).To(BeFalse())
		sync := newSync(ctx, parent, "people", carrying(v1alpha1.SyncUsers))
		Eventually(may).WithArguments(ctx, editor, "create", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeTrue())
		Expect(may(ctx, editor, "create", "rolebindings.rbac.authorization.k8s.io", tenant.Status.Namespace)).To(BeFalse(), "no more than its role")
		awaitSync(ctx, sync, beInSync(1))
		grants := &v1alpha1.TenantAccessGrantList{}
		Expect(admin.List(ctx, grants, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		Expect(grants.Items).To(BeEmpty(), "nobody takes a seat")

		By("letting somebody in later")
		late := harness.UniqueName("late")
		grant := newGrant(ctx, place, late, v1alpha1.RoleViewer)
		Eventually(may).WithArguments(ctx, late, "get", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeTrue())
		Expect(admin.Delete(ctx, grant)).To(Succeed())
		Eventually(may).WithArguments(ctx, late, "get", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeFalse())

		By("having a partner whose staff is let in one by one")
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffExplicit }, beReady())
		Eventually(may).WithArguments(ctx, editor, "create", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeFalse())
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffInherit }, beReady())
		Eventually(may).WithArguments(ctx, editor, "create", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeTrue())

		Expect(admin.Delete(ctx, sync)).To(Succeed())
		Eventually(may).WithArguments(ctx, editor, "create", "configmaps", tenant.Status.Namespace).WithContext(ctx).Should(BeFalse())
	})

	It("the staff that it is told to bring later with each tenant's turn, and none while it is suspended or planned", func(ctx SpecContext) {
		editor := harness.UniqueName("editor")
		awaitGrant(ctx, newGrant(ctx, parent.Status.Namespace, editor, v1alpha1.RoleEditor), v1alpha1.ReasonGranted)
		first, second := customer(ctx, parent, "cybercorp"), customer(ctx, parent, "initech")
		source(ctx, parent.Status.Namespace, "alerts", content, "one")
		sync := awaitSync(ctx, newSync(ctx, parent, "baseline"), beInSync(2))
		enters := func(tenant *v1alpha1.Tenant) func() (bool, error) {
			return func() (bool, error) { return may(ctx, editor, "create", "configmaps", tenant.Status.Namespace) }
		}
		staysOut := func(tenants ...*v1alpha1.Tenant) {
			GinkgoHelper()
			Consistently(func(g Gomega) {
				for _, tenant := range tenants {
					g.Expect(enters(tenant)()).To(BeFalse(), tenant.Name)
				}
			}).WithContext(ctx).WithTimeout(calm / 2).Should(Succeed())
		}
		changeSync(ctx, sync, `{"suspend":true,"categories":["Content","Users"],"rollout":{"canary":{"names":["initech"],"soak":"1h"}}}`)
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		staysOut(first, second)

		changeSync(ctx, sync, `{"suspend":false,"mode":"Plan"}`)
		awaitSync(ctx, sync, bePlanned(v1alpha1.PlanSummary{Create: 2, Names: []string{"bring cybercorp Category Users", "bring initech Category Users"}}))
		staysOut(first, second)

		changeSync(ctx, sync, `{"mode":"Apply"}`)
		Eventually(enters(second)).WithContext(ctx).Should(BeTrue())
		staysOut(first)
		changeSync(ctx, sync, `{"rollout":null}`)
		Eventually(enters(first)).WithContext(ctx).Should(BeTrue())

		By("having it bring them no more, which waits for nobody, and then again")
		changeSync(ctx, sync, `{"suspend":true,"categories":["Content"]}`)
		for _, tenant := range []*v1alpha1.Tenant{first, second} {
			Eventually(enters(tenant)).WithContext(ctx).Should(BeFalse())
			await(ctx, tenant, HaveField("Status.Syncs", ConsistOf(HaveField("Categories", BeEmpty()))))
		}
		changeSync(ctx, sync, `{"categories":["Content","Users"]}`)
		awaitSync(ctx, sync, say(metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		staysOut(first, second)
		changeSync(ctx, sync, `{"suspend":false,"rollout":{"canary":{"names":["initech"],"soak":"1h"}}}`)
		Eventually(enters(second)).WithContext(ctx).Should(BeTrue(), "the canary")
		staysOut(first)
	})

	It("the master's brand, which goes before the partner's and after the tenant's own (F09)", func(ctx SpecContext) {
		newProfile(ctx, parent, "house", v1alpha1.WhiteLabelProfileSpec{CompanyName: "House"}, isDefault)
		newProfile(ctx, parent, "gold", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Gold"})
		newProfile(ctx, parent, "mine", v1alpha1.WhiteLabelProfileSpec{CompanyName: "Mine"})
		customer(ctx, parent, "golden", wearing(v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "gold"}}))
		tenant := customer(ctx, parent, "cybercorp")
		own := customer(ctx, parent, "initech", wearing(v1alpha1.WhiteLabel{ProfileRef: &v1alpha1.LocalReference{Name: "mine"}}))
		await(ctx, tenant, bear("house", v1alpha1.BrandFromParent))
		sync := newSync(ctx, parent, "brand", carrying(v1alpha1.SyncWhiteLabel), fromMaster("golden"))
		await(ctx, tenant, bear("gold", v1alpha1.BrandFromSync))
		await(ctx, own, bear("mine", v1alpha1.BrandFromTenant))

		By("having a master that lets its own people in: what there is stays")
		change(ctx, &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: sync.Namespace, Name: "golden"}},
			func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }, beReady())
		awaitSync(ctx, sync, beStuck(v1alpha1.ReasonNoMaster))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "CyberCorp Ltd" }, And(beReady(), bear("gold", v1alpha1.BrandFromSync)))

		By("having two that would set it")
		newSync(ctx, parent, "other", carrying(v1alpha1.SyncWhiteLabel))
		await(ctx, tenant, have(v1alpha1.ConditionWhiteLabelReady, metav1.ConditionFalse, v1alpha1.ReasonSyncConflict))
		Expect(admin.Delete(ctx, &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: sync.Namespace, Name: "other"}})).To(Succeed())
		await(ctx, tenant, bear("gold", v1alpha1.BrandFromSync))
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		await(ctx, tenant, bear("house", v1alpha1.BrandFromParent))
	})

	It("Secrets that it names, once whoever runs the cluster lets it, and tells nobody what is in them", func(ctx SpecContext) {
		const value = "hunter2-hunter2"
		tenant := customer(ctx, parent, "cybercorp")
		secret := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "feed", Labels: map[string]string{v1alpha1.LabelSync: content}},
			StringData: map[string]string{"token": value},
		}
		Expect(admin.Create(ctx, secret)).To(Succeed())
		sync := newSync(ctx, parent, "feeds", func(s *v1alpha1.MasterTenantSync) {
			s.Spec.Resources = []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"feed"}}}
		})
		Consistently(func() error {
			return admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: "feed"}, &corev1.Secret{})
		}).WithContext(ctx).WithTimeout(calm / 2).ShouldNot(Succeed())
		allowSecrets(ctx)
		changeSync(ctx, sync, `{"mode":"Plan"}`)
		awaitSync(ctx, sync, bePlanned(v1alpha1.PlanSummary{Create: 1, Names: []string{"create cybercorp Secret feed"}}))
		approve(ctx, sync)
		held := func() string {
			copied := &corev1.Secret{}
			Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: "feed"}, copied))).To(Succeed())
			return string(copied.Data["token"])
		}
		Eventually(held).WithContext(ctx).Should(Equal(value))
		await(ctx, tenant, fare("feeds", v1alpha1.SyncSynced, v1alpha1.ReasonSynced))
		awaitSync(ctx, sync, beCarriedOut(0))

		By("looking for the value wherever it must not be")
		log, err := os.ReadFile(manager.LogFile)
		Expect(err).NotTo(HaveOccurred())
		texts := []string{string(log)}
		kept := &corev1.ConfigMapList{}
		Expect(admin.List(ctx, kept, client.InNamespace("tenantry-syncs"))).To(Succeed())
		for _, object := range []any{sync.Status, tenant.Status, eventsOf(ctx, sync), eventsOf(ctx, tenant), kept.Items} {
			text, err := json.Marshal(object)
			Expect(err).NotTo(HaveOccurred())
			texts = append(texts, string(text))
		}
		for _, text := range texts {
			Expect(strings.Contains(text, value)).To(BeFalse(), "the value itself")
			Expect(strings.Contains(text, "aHVudGVyMi1odW50ZXIy")).To(BeFalse(), "the value in base 64")
		}

		changeSync(ctx, sync, `{"mode":"Apply","approvedPlan":null}`)
		Expect(admin.Delete(ctx, sync)).To(Succeed())
		gone(ctx, sync)
		Eventually(held).WithContext(ctx).Should(BeEmpty())
	})

	It("nothing that a customer, a technician or a partner's editor marks, and nothing of theirs is forged or kept (F08)", func(ctx SpecContext) {
		c := newCast(ctx)
		master := customer(ctx, c.partner, "golden")
		marked := source(ctx, master.Status.Namespace, "alerts", content, "one")
		house := source(ctx, c.partner.Status.Namespace, "house", content, "one")
		newSync(ctx, c.partner, "baseline", fromMaster("golden"))
		newSync(ctx, c.partner, "house")
		awaitText(ctx, "alerts", "one", c.customer, c.sibling)
		awaitText(ctx, "house", "one", c.customer, c.sibling)

		By("marking, changing and deleting what is carried")
		plant := func(who string, place *v1alpha1.Tenant) error {
			planted := inPlace(place, harness.UniqueName("planted"))
			planted.Labels = map[string]string{v1alpha1.LabelSync: content}
			return c.as(who).Create(ctx, planted)
		}
		for _, who := range []string{olga, jo, kim, tech} {
			Expect(apierrors.IsForbidden(plant(who, c.customer))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(plant(who, master))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(c.as(who).Patch(ctx, marked.DeepCopy(), merge(`{"data":{"text":"evil"}}`)))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(c.as(who).Delete(ctx, house.DeepCopy()))).To(BeTrue(), who)
		}
		Expect(apierrors.IsForbidden(plant(ed, c.partner))).To(BeTrue(), "an editor of the partner's")
		Expect(apierrors.IsForbidden(c.as(ed).Patch(ctx, house.DeepCopy(), merge(`{"data":{"text":"evil"}}`)))).To(BeTrue())
		Expect(apierrors.IsForbidden(c.as(ed).Patch(ctx, house.DeepCopy(), merge(`{"metadata":{"labels":{"tenantry.io/sync":null}}}`)))).To(BeTrue())
		Expect(apierrors.IsForbidden(c.as(ed).Create(ctx, &v1alpha1.MasterTenantSync{
			ObjectMeta: metav1.ObjectMeta{Namespace: c.partner.Status.Namespace, Name: "evil"}, Spec: v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncUsers}},
		}))).To(BeTrue())
		Expect(apierrors.IsForbidden(plant(mallory, c.partner))).To(BeTrue())
		Expect(plant(pat, c.partner)).To(Succeed(), "its legal twin")

		By("changing the copies, and forging some")
		copied := inPlace(c.customer, "alerts")
		for _, who := range []string{olga, jo, kim, tech, sam} {
			Expect(apierrors.IsForbidden(c.as(who).Patch(ctx, copied.DeepCopy(), merge(`{"data":{"text":"evil"}}`)))).To(BeTrue(), who)
			Expect(apierrors.IsForbidden(c.as(who).Delete(ctx, copied.DeepCopy()))).To(BeTrue(), who)
			forged := inPlace(c.customer, "forged")
			forged.Labels = map[string]string{v1alpha1.LabelSyncedBy: "baseline"}
			Expect(c.as(who).Create(ctx, forged)).NotTo(Succeed(), who)
		}
		for _, kind := range []client.Object{&rbacv1.Role{}, &corev1.Service{}} {
			kind.SetNamespace(c.partner.Status.Namespace)
			kind.SetName("carried")
			kind.SetLabels(map[string]string{v1alpha1.LabelSync: content})
			if service, is := kind.(*corev1.Service); is {
				service.Spec.Ports = []corev1.ServicePort{{Port: 80}}
			}
			Expect(client.IgnoreAlreadyExists(admin.Create(ctx, kind))).To(Or(Succeed(), Satisfy(apierrors.IsForbidden), Satisfy(apierrors.IsInvalid)))
			Consistently(func() bool {
				there := kind.DeepCopyObject().(client.Object)
				return apierrors.IsNotFound(admin.Get(ctx, client.ObjectKey{Namespace: c.customer.Status.Namespace, Name: "carried"}, there))
			}).WithContext(ctx).WithTimeout(calm / 3).Should(BeTrue())
		}
		staysText(ctx, "alerts", "one", c.customer, c.sibling)
		Expect(textIn(ctx, c.rivals, "alerts")).To(BeEmpty(), "another partner's customer")
	})
})
