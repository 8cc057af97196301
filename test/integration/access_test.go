// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
)

var _ = Describe("Who is let into a place", func() {
	It("is who a grant in it names, as far as the partner lets the customer's people", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		jo := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleAdmin)
		shared.catchUp(ctx, jo)
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(HaveKeyWithValue("tenantry:admin", ConsistOf("jo")))
		Expect(shared.judge(ctx, jo)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted))

		change(ctx, tenant, withAccess(v1alpha1.CustomerAccessReadOnly))
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(HaveKeyWithValue("tenantry:viewer", ConsistOf("jo")))
		Expect(letIn(ctx, tenant)).NotTo(HaveKey("tenantry:admin"))

		change(ctx, tenant, withAccess(v1alpha1.CustomerAccessDisabled))
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).NotTo(HaveKey("tenantry:viewer"))
		Expect(shared.judge(ctx, jo)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonCustomerAccess))
	})

	It("is nobody while the tenant is suspended, and everybody again after it", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		shared.catchUp(ctx, grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleEditor))
		shared.settle(ctx, tenant)
		before := letIn(ctx, tenant)
		change(ctx, tenant, suspended)
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(BeEmpty())
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false })
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(Equal(before))
	})

	It("is a partner's admin in every customer, with one write each, and with one write each no more", func(ctx SpecContext) {
		parent := partner(ctx)
		shared.settle(ctx, parent)
		var children []*v1alpha1.Tenant
		for _, name := range []string{"one", "two", "three"} {
			child := tenantIn(ctx, parent.Status.Namespace, name)
			shared.settle(ctx, child)
			children = append(children, child)
		}
		pat := grantIn(ctx, parent.Status.Namespace, "pat", v1alpha1.RoleAdmin)
		shared.catchUp(ctx, pat)
		for _, child := range children {
			shared.recorder.take()
			shared.settle(ctx, child)
			Expect(shared.recorder.take()).To(HaveExactElements("patch rolebindings tenantry:owner"))
			Expect(letIn(ctx, child)).To(HaveKeyWithValue("tenantry:owner", ContainElement("pat")))
		}
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffExplicit })
		shared.catchUp(ctx, parent)
		shared.settle(ctx, children[0])
		Expect(letIn(ctx, children[0])).To(HaveKeyWithValue("tenantry:owner", Not(ContainElement("pat"))))
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Staff = v1alpha1.StaffInherit })
		Expect(admin.Delete(ctx, pat)).To(Succeed())
		shared.catchUp(ctx, parent, pat)
		for _, child := range children {
			shared.settle(ctx, child)
			Expect(letIn(ctx, child)).To(HaveKeyWithValue("tenantry:owner", Not(ContainElement("pat"))))
		}
	})

	It("is a technician where the customer bears the label, for as long as it does", func(ctx SpecContext) {
		parent := partner(ctx)
		shared.settle(ctx, parent)
		child := tenantIn(ctx, parent.Status.Namespace, "gold", func(t *v1alpha1.Tenant) { t.Labels = map[string]string{"tier": "gold"} })
		shared.settle(ctx, child)
		tech := grantIn(ctx, parent.Status.Namespace, "tech", v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}}
		})
		shared.catchUp(ctx, tech)
		shared.settle(ctx, child)
		Expect(letIn(ctx, child)).To(HaveKeyWithValue("tenantry:limited-admin", ConsistOf("tech")))
		Expect(letIn(ctx, child)).NotTo(HaveKey("tenantry:admin"), "a delegation lets nobody else in")
		Expect(shared.judge(ctx, tech)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted))
		Expect(tech.Status.Tenants).To(HaveValue(BeEquivalentTo(1)))

		change(ctx, child, func(t *v1alpha1.Tenant) { t.Labels = nil })
		shared.settle(ctx, child)
		Expect(letIn(ctx, child)).NotTo(HaveKey("tenantry:limited-admin"))
	})

	It("is nobody any more at the moment when a grant ends", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		end := time.Now().Add(time.Hour).Truncate(time.Second)
		jo := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: end} })
		shared.catchUp(ctx, jo)
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(HaveKey("tenantry:limited-admin"))
		Expect(letIn(ctx, tenant)).NotTo(HaveKey("tenantry:admin"), "temporary access lets nobody else in")

		late := newOperator(ctx)
		late.Loader.Clock = clocktesting.NewFakePassiveClock(end)
		late.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).NotTo(HaveKey("tenantry:limited-admin"))
	})

	It("is nobody any more when a grant ends the moment after it let somebody in", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		end := time.Now().Add(time.Hour).Truncate(time.Second)
		jo := grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleAdmin, func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: end} })
		operator, hands := newOperator(ctx), clocktesting.NewFakePassiveClock(time.Now())
		operator.Loader.Clock = hands
		operator.catchUp(ctx, jo)
		operator.settle(ctx, tenant)
		request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)}
		// The cache lags behind by chance: many times.
		for range 50 {
			hands.SetTime(end)
			_, err := operator.Reconcile(ctx, request)
			Expect(err).NotTo(HaveOccurred())
			Expect(letIn(ctx, tenant)).NotTo(HaveKey("tenantry:limited-admin"))
			hands.SetTime(end.Add(-time.Minute))
			_, err = operator.Reconcile(ctx, request)
			Expect(err).NotTo(HaveOccurred())
		}
	})

	It("costs no request when nothing changed", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		shared.catchUp(ctx, grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleAdmin))
		shared.settle(ctx, tenant)
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(BeEmpty())
	})

	It("is put right when somebody adds a subject to a binding", func(ctx SpecContext) {
		tenant := root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		shared.settle(ctx, tenant)
		shared.catchUp(ctx, grantIn(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleAdmin))
		shared.settle(ctx, tenant)
		before := letIn(ctx, tenant)
		binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "tenantry:admin"}}
		Expect(admin.Patch(ctx, binding, merge(`{"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"thief"}]}`))).To(Succeed())
		shared.catchUp(ctx, binding)
		shared.settle(ctx, tenant)
		Expect(letIn(ctx, tenant)).To(Equal(before))
	})
})

func withAccess(access v1alpha1.CustomerAccess) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = access }
}

// grantIn makes a grant for a user of that name.
func grantIn(ctx SpecContext, namespace, user string, role v1alpha1.Role, change ...func(*v1alpha1.TenantAccessGrant)) *v1alpha1.TenantAccessGrant {
	GinkgoHelper()
	grant := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user},
		Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: user}, Role: role},
	}
	for _, change := range change {
		change(grant)
	}
	Expect(admin.Create(ctx, grant)).To(Succeed())
	return grant
}

// letIn is who is let into a tenant's place: the subjects of each binding of the operator's.
func letIn(ctx SpecContext, tenant *v1alpha1.Tenant) map[string][]string {
	GinkgoHelper()
	list := &rbacv1.RoleBindingList{}
	Expect(admin.List(ctx, list, client.InNamespace(tenant.Status.Namespace), client.MatchingLabels{v1alpha1.LabelManaged: "true"})).To(Succeed())
	held := map[string][]string{}
	for _, binding := range list.Items {
		for _, subject := range binding.Subjects {
			held[binding.Name] = append(held[binding.Name], subject.Name)
		}
	}
	return held
}

// judge reconciles a grant and returns what its Active condition says.
func (o *operator) judge(ctx SpecContext, grant *v1alpha1.TenantAccessGrant) metav1.Condition {
	GinkgoHelper()
	o.catchUp(ctx, grant)
	grants := &controller.GrantReconciler{Client: o.Client, Loader: o.Loader, Clock: o.Loader.Clock}
	_, err := grants.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(grant)})
	Expect(err).NotTo(HaveOccurred())
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), grant)).To(Succeed())
	for _, condition := range grant.Status.Conditions {
		if condition.Type == v1alpha1.ConditionActive {
			return condition
		}
	}
	return metav1.Condition{}
}
