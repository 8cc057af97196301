// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("What a plan gives", func() {
	var namespace string
	BeforeEach(func(ctx SpecContext) { namespace = plainNamespace(ctx) })
	tenantOn := func(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		GinkgoHelper()
		return tenantIn(ctx, namespace, harness.UniqueName("root"), change...)
	}
	standard := func() v1alpha1.LicensePlanSpec {
		return v1alpha1.LicensePlanSpec{Limits: &v1alpha1.Limits{Agents: new(int32(25)), Disk: new(resource.MustParse("50Gi"))}, Permissions: map[string]bool{"Contact": true}}
	}

	It("is the default, before which the tenant's own goes, and the status says where each comes from", func(ctx SpecContext) {
		planIn(ctx, namespace, "standard", standard())
		tenant := tenantOn(ctx, onPlan("standard"), func(t *v1alpha1.Tenant) {
			t.Spec.Limits, t.Spec.Permissions = &v1alpha1.Limits{Disk: new(resource.MustParse("7Gi"))}, map[string]bool{"HelpCenter": true}
		})
		shared.settle(ctx, tenant)
		Expect(tenant).To(isReady())
		Expect(tenant.Status.Plan).To(Equal("standard"))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonLicensed))
		Expect(*tenant.Status.Effective.Agents).To(Equal(v1alpha1.EffectiveCount{Value: 25, From: v1alpha1.OriginPlan}))
		Expect(tenant.Status.Effective.Disk.From).To(Equal(v1alpha1.OriginTenant))
		Expect(tenant.Status.Effective.Disk.Value.String()).To(Equal("7Gi"))
		Expect(tenant.Status.Effective.Permissions).To(HaveExactElements(
			v1alpha1.EffectivePermission{Name: "Contact", Granted: true, From: v1alpha1.OriginPlan},
			v1alpha1.EffectivePermission{Name: "HelpCenter", Granted: true, From: v1alpha1.OriginTenant}))
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(25))

		By("naming no plan any more")
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.PlanRef = nil })
		shared.settle(ctx, tenant)
		Expect(tenant.Status.Plan).To(BeEmpty())
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonNoPlan))
		Expect(*tenant.Status.Effective.Agents).To(Equal(v1alpha1.EffectiveCount{Value: 10, From: v1alpha1.OriginDefault}))
		Expect(tenant.Status.Effective.Permissions).To(HaveLen(1))
	})

	It("reaches the tenants when it changes, and takes nothing that is in use", func(ctx SpecContext) {
		plan := planIn(ctx, namespace, "standard", standard())
		tenant := tenantOn(ctx, onPlan("standard"))
		shared.settle(ctx, tenant)
		fill(ctx, tenant, 3)
		shared.catchUp(ctx, quotaIn(tenant.Status.Namespace))

		changePlan(ctx, plan, func(s *v1alpha1.LicensePlanSpec) { s.Limits.Agents, s.Permissions = new(int32(2)), nil })
		shared.catchUp(ctx, plan)
		shared.settle(ctx, tenant)
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(2))
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonOverLimit))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonOverLimit))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady).Message).To(ContainSubstring("spec.limits.agents 3/2"))
		Expect(tenant.Status.Agents).To(Equal("3/2"))
		Expect(tenant.Status.Effective.Permissions).To(BeEmpty())
		grants := &v1alpha1.TenantAccessGrantList{}
		Expect(admin.List(ctx, grants, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		Expect(grants.Items).To(HaveLen(3))

		changePlan(ctx, plan, func(s *v1alpha1.LicensePlanSpec) { s.Limits.Agents = new(int32(3)) })
		shared.catchUp(ctx, plan)
		shared.settle(ctx, tenant)
		Expect(tenant).To(isReady())
	})

	It("is waited for while there is no such plan", func(ctx SpecContext) {
		tenant := tenantOn(ctx, onPlan("standard"))
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(ready(tenant).Message).To(And(ContainSubstring(`no LicensePlan "standard"`), ContainSubstring("kubectl get licenseplans")))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(tenant.Status.Namespace).To(BeEmpty())

		shared.catchUp(ctx, planIn(ctx, namespace, "standard", standard()))
		shared.settle(ctx, tenant)
		Expect(tenant).To(isReady())
	})

	It("stays what it was for a tenant that names one that is not there: nobody loses a seat or a feature", func(ctx SpecContext) {
		planIn(ctx, namespace, "standard", standard())
		tenant := tenantOn(ctx, onPlan("standard"))
		shared.settle(ctx, tenant)
		change(ctx, tenant, onPlan("standrad"))
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		in := shared.load(ctx, tenant)
		Expect(in.License.Missing).To(Equal("standrad"))
		Expect(enforcedSeats(ctx, tenant)).To(BeEquivalentTo(25))
		Expect(routed(ctx, tenant)).To(BeTrue())
		Expect(tenant.Status.Plan).To(Equal("standard"))
		Expect(tenant.Status.Effective.Agents.Value).To(BeEquivalentTo(25))
	})

	It("is counted in its status, and a plan that is deleted stays until nobody is on it", func(ctx SpecContext) {
		plan := planIn(ctx, namespace, "standard", standard())
		shared.lookAtPlan(ctx, plan)
		Expect(*plan.Status.Allocated.Tenants).To(BeZero())
		tenant := tenantOn(ctx, onPlan("standard"))
		shared.settle(ctx, tenant)
		shared.lookAtPlan(ctx, plan)
		Expect(*plan.Status.Allocated.Tenants).To(BeEquivalentTo(1))
		Expect(*plan.Status.Allocated.Agents).To(BeEquivalentTo(25))
		Expect(plan.Status.Allocated.Disk.String()).To(Equal("50Gi"))

		Expect(asKubernetes().Delete(ctx, plan)).To(Succeed(), "whom no policy holds back")
		shared.lookAtPlan(ctx, plan)
		Expect(plan.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", v1alpha1.ReasonInUse))))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.PlanRef = nil })
		shared.lookAtPlan(ctx, plan)
		Expect(plan.Finalizers).NotTo(BeEmpty(), "the tenant has not left it yet")
		shared.settle(ctx, tenant)
		shared.lookAtPlan(ctx, plan)
		gone(ctx, plan)
	})

	It("of a partner counts the seats of its own people, and not its technicians", func(ctx SpecContext) {
		planIn(ctx, namespace, "seats", v1alpha1.LicensePlanSpec{
			Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(2))}, AlertAt: new(int32(50)), Limits: seats(5)})
		parent := tenantOn(ctx, asPartner, onPlan("seats"))
		shared.settle(ctx, parent)
		grantIn(ctx, parent.Status.Namespace, "technician", v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}
		})
		for i, name := range []string{"jo", "kim"} {
			grant := grantIn(ctx, parent.Status.Namespace, name, v1alpha1.RoleViewer)
			shared.catchUp(ctx, grant)
			shared.settle(ctx, parent)
			Expect(parent.Status.Usage).To(HaveValue(HaveField("Agents", BeEquivalentTo(i+1))))
			Expect(parent.Status.Alerts).To(HaveLen(i + 1))
		}
		Expect(condition(parent, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonLimitReached))
	})
})
