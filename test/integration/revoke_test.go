// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// hindrance keeps the operator from its work on a child and its partner.
type hindrance func(ctx SpecContext, parent, child *v1alpha1.Tenant)

var _ = Describe("Who is let in no more is out", func() {
	// One look may fail; nobody is to be in all the same.
	DescribeTable("also while", func(ctx SpecContext, hinder hindrance) {
		parent := partner(ctx)
		shared.settle(ctx, parent)
		child := tenantIn(ctx, parent.Status.Namespace, "child", withAccess(v1alpha1.CustomerAccessFullAccess))
		pat := grantIn(ctx, parent.Status.Namespace, "pat", v1alpha1.RoleAdmin)
		shared.catchUp(ctx, pat)
		shared.settle(ctx, child)
		jo, kim := grantIn(ctx, child.Status.Namespace, "jo", v1alpha1.RoleEditor), grantIn(ctx, child.Status.Namespace, "kim", v1alpha1.RoleEditor)
		shared.catchUp(ctx, jo, kim)
		shared.settle(ctx, child)
		Expect(letIn(ctx, child)).To(And(HaveKeyWithValue("tenantry:owner", ContainElement("pat")), HaveKeyWithValue("tenantry:editor", ConsistOf("jo", "kim"))))

		hinder(ctx, parent, child)
		Expect(admin.Delete(ctx, pat)).To(Succeed())
		Expect(admin.Delete(ctx, jo)).To(Succeed())
		shared.catchUp(ctx, pat, jo)
		_ = shared.look(ctx, child)
		for binding, subjects := range letIn(ctx, child) {
			Expect(subjects).NotTo(Or(ContainElement("pat"), ContainElement("jo"), ContainElement("first")), binding)
		}
	},
		Entry("a quota in the place is full", hindrance(fillUp)),
		Entry("an object stands in the way", hindrance(func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			settings := owned(ctx, child)["configmaps"]
			Expect(admin.Delete(ctx, settings)).To(Succeed())
			shared.catchUp(ctx, settings)
			foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: child.Status.Namespace, Name: settings.GetName()}}
			Expect(admin.Create(ctx, foreign)).To(Succeed())
		})),
		Entry("the quotas are not enforced", hindrance(func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			quota := owned(ctx, child)["resourcequotas"].(*corev1.ResourceQuota)
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(quota), quota)).To(Succeed())
			quota.Status = corev1.ResourceQuotaStatus{}
			Expect(asKubernetes().Status().Update(ctx, quota)).To(Succeed())
			shared.catchUp(ctx, quota)
		})),
		Entry("the tenant is refused, since its parent is no partner any more", hindrance(func(ctx SpecContext, parent, _ *v1alpha1.Tenant) {
			change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
			shared.catchUp(ctx, parent)
		})),
		Entry("a quota is full, and the first administrator is named no more", hindrance(func(ctx SpecContext, parent, child *v1alpha1.Tenant) {
			change(ctx, child, func(t *v1alpha1.Tenant) { t.Spec.Admin = &v1alpha1.Administrator{Username: "first"} })
			Eventually(func(g Gomega) {
				g.Expect(shared.look(ctx, child)).To(Succeed())
				g.Expect(letIn(ctx, child)).To(HaveKeyWithValue("tenantry:admin", ConsistOf("first")))
			}).WithContext(ctx).Should(Succeed())
			fillUp(ctx, parent, child)
			change(ctx, child, func(t *v1alpha1.Tenant) { t.Spec.Admin = nil })
		})),
		Entry("the tenant is purged", hindrance(func(ctx SpecContext, _, child *v1alpha1.Tenant) {
			Expect(admin.Delete(ctx, child)).To(Succeed())
		})),
	)

	It("of all places before anything else is seen to in any", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		jo, kim := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleEditor), grantIn(ctx, tenant.Status.Namespace, "kim", v1alpha1.RoleEditor)
		shared.catchUp(ctx, jo, kim)
		shared.settle(ctx, tenant)
		settings := owned(ctx, tenant)["configmaps"]
		Expect(admin.Delete(ctx, settings)).To(Succeed())
		Expect(admin.Delete(ctx, jo)).To(Succeed())
		shared.catchUp(ctx, settings, jo)

		result, err := shared.reconcile(ctx, tenant)
		Expect(err).NotTo(HaveOccurred())
		Expect(letIn(ctx, tenant)).To(HaveKeyWithValue("tenantry:editor", ConsistOf("kim")))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(settings), settings)).To(Satisfy(apierrors.IsNotFound))
		Expect(result.Priority).To(HaveValue(BeNumerically("<", 0)), "behind others that are to be looked at")
		shared.settle(ctx, tenant)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(settings), settings)).To(Succeed())
	})

	It("also of a permission whose ClusterRole the operator may not bind any more", func(ctx SpecContext) {
		name := harness.UniqueName("help")
		help := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1alpha1.LabelPermission: "HelpCenter"},
				Annotations: map[string]string{v1alpha1.AnnotationPermissionRoles: "Editor"}},
			Rules: []rbacv1.PolicyRule{{APIGroups: []string{"help.example"}, Resources: []string{"tickets"}, Verbs: []string{"create"}}},
		}
		bind := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: name + "-bind", Labels: map[string]string{"tenantry.io/aggregate-to-manager": "true"}},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"clusterroles"}, ResourceNames: []string{name}, Verbs: []string{"bind"}}},
		}
		for _, role := range []*rbacv1.ClusterRole{help, bind} {
			Expect(admin.Create(ctx, role)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { _ = admin.Delete(ctx, role) })
		}
		shared.catchUp(ctx, help)
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess), func(t *v1alpha1.Tenant) { t.Spec.Permissions = map[string]bool{"HelpCenter": true} })
		shared.settle(ctx, tenant)
		jo, kim := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleEditor), grantIn(ctx, tenant.Status.Namespace, "kim", v1alpha1.RoleEditor)
		shared.catchUp(ctx, jo, kim)
		binding := "tenantry:permission:" + name
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, tenant)).To(Succeed())
			g.Expect(letIn(ctx, tenant)).To(HaveKeyWithValue(binding, ConsistOf("jo", "kim")))
		}).WithContext(ctx).Should(Succeed())

		Expect(admin.Delete(ctx, bind)).To(Succeed())
		Expect(admin.Delete(ctx, jo)).To(Succeed())
		shared.catchUp(ctx, jo)
		Eventually(func(g Gomega) {
			_ = shared.look(ctx, tenant)
			g.Expect(letIn(ctx, tenant)[binding]).NotTo(ContainElement("jo"))
		}).WithContext(ctx).Should(Succeed())
	})

	DescribeTable("and fewer seats put out nobody who is in, and let in nobody new:", func(ctx SpecContext, of func(*v1alpha1.Tenant)) {
		tenant := root(ctx, of, withAccess(v1alpha1.CustomerAccessFullAccess), func(t *v1alpha1.Tenant) { t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(2))} })
		shared.settle(ctx, tenant)
		for _, name := range []string{"jo", "kim"} {
			Expect(shared.judge(ctx, grantIn(ctx, tenant.Status.Namespace, name, v1alpha1.RoleViewer))).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted))
		}
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Limits.Agents = new(int32(1)) })
		shared.settle(ctx, tenant)
		in := func() []string { return slices.Concat(slices.Collect(maps.Values(letIn(ctx, tenant)))...) }
		Expect(in()).To(ContainElements("jo", "kim"))

		By("making one more, which no quota refuses in a partner's place")
		late := &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "late"}}
		late.Spec = v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "late"}, Role: v1alpha1.RoleViewer}
		if tenant.Spec.Partner == nil {
			Expect(admin.Create(ctx, late)).To(MatchError(ContainSubstring("exceeded quota")))
			return
		}
		Expect(admin.Create(ctx, late)).To(Succeed())
		Expect(shared.judge(ctx, late)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNoSeat))
		shared.settle(ctx, tenant)
		Expect(in()).To(And(ContainElements("jo", "kim"), Not(ContainElement("late"))))
		Expect(tenant.Status.Usage).To(HaveValue(HaveField("Agents", BeEquivalentTo(2))))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonOverLimit))
	},
		Entry("in a customer's place", func(*v1alpha1.Tenant) {}),
		Entry("in a partner's", asPartner),
	)

	It("and a first administrator without a seat keeps nobody else out", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess), func(t *v1alpha1.Tenant) {
			t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(1))}
		})
		shared.settle(ctx, tenant)
		jo := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleViewer)
		shared.catchUp(ctx, jo)
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Admin = &v1alpha1.Administrator{Username: "first"} })
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(HaveKeyWithValue("tenantry:viewer", ConsistOf("jo")))
		Expect(routed(ctx, tenant)).To(BeTrue())
		Expect(tenant.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionAccessReady),
			HaveField("Status", metav1.ConditionFalse), HaveField("Reason", v1alpha1.ReasonNoSeat))))

		Expect(admin.Delete(ctx, jo)).To(Succeed())
		shared.catchUp(ctx, jo)
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, tenant)).To(Succeed())
			g.Expect(letIn(ctx, tenant)).To(HaveKeyWithValue("tenantry:admin", ConsistOf("first")))
		}).WithContext(ctx).Should(Succeed())
	})
})

// fillUp has a quota of somebody else's keep the operator from making what is missing.
func fillUp(ctx SpecContext, _, child *v1alpha1.Tenant) {
	GinkgoHelper()
	settings := owned(ctx, child)["configmaps"]
	full := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Namespace: child.Status.Namespace, Name: "full"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceConfigMaps: resource.MustParse("1")}},
	}
	Expect(admin.Create(ctx, full)).To(Succeed())
	counted(ctx, full)
	Expect(admin.Delete(ctx, settings)).To(Succeed())
	shared.catchUp(ctx, settings)
}
