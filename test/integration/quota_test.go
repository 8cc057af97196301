// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

var _ = Describe("The route", func() {
	It("is not asked for before Kubernetes enforces the quota", func(ctx SpecContext) {
		tenant := root(ctx)
		fresh := newOperator(ctx)
		var enforced []bool
		fresh.recorder.onRequest(func(sent request) {
			if sent.String() != "create ingresses" {
				return
			}
			defer GinkgoRecover()
			quota := &corev1.ResourceQuota{}
			Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Name, Name: desired.QuotaName}, quota)).To(Succeed())
			enforced = append(enforced, quota.Status.Hard != nil && len(quota.Status.Used) == len(quota.Spec.Hard))
			Expect(claimedFor(ctx, host(tenant.Name))).To(Equal(client.ObjectKeyFromObject(tenant)), "claimed before it is routed")
		})
		fresh.settle(ctx, tenant)
		Expect(enforced).To(HaveExactElements(true))
	})

	It("waits as long as the quota is not enforced", func(ctx SpecContext) {
		tenant := root(ctx, portalOff)
		shared.settle(ctx, tenant)
		quota := quotaOf(ctx, tenant)
		status := quota.Status.DeepCopy()
		// As if the quota controller had not come to it yet.
		quota.Status = corev1.ResourceQuotaStatus{}
		Expect(asKubernetes().Status().Update(ctx, quota)).To(Succeed())
		shared.catchUp(ctx, quota)

		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Portal = nil })
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(routed(ctx, tenant)).To(BeFalse())
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonProvisioning))
		Expect(ready(tenant).Message).To(ContainSubstring("waiting for Kubernetes to enforce quota %q", desired.QuotaName))
		Expect(condition(tenant, v1alpha1.ConditionReconciling).Status).To(Equal(metav1.ConditionTrue))

		By("enforcing it, but with one resource not counted yet")
		quota.Status = *status.DeepCopy()
		delete(quota.Status.Used, desired.ResourceAgents)
		Expect(asKubernetes().Status().Update(ctx, quota)).To(Succeed())
		shared.catchUp(ctx, quota)
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(routed(ctx, tenant)).To(BeFalse())

		By("counting everything")
		quota.Status = *status
		Expect(asKubernetes().Status().Update(ctx, quota)).To(Succeed())
		shared.catchUp(ctx, quota)
		shared.settle(ctx, tenant)
		Expect(routed(ctx, tenant)).To(BeTrue())
	})
})

var _ = Describe("A quota of the customer's own", func() {
	It("that is full blocks the operator, who says so and tries again", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		place := tenant.Status.Namespace
		settings := owned(ctx, tenant)["configmaps"]
		theirs := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "mine"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceConfigMaps: resource.MustParse("1")}},
		}
		Expect(admin.Create(ctx, theirs)).To(Succeed())
		counted(ctx, theirs)
		Expect(admin.Delete(ctx, settings)).To(Succeed())
		shared.catchUp(ctx, settings)

		Expect(shared.look(ctx, tenant)).To(MatchError(ContainSubstring("exceeded quota: mine")), "nothing tells the operator of this quota's changes")
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonQuotaBlocked))
		Expect(ready(tenant).Message).To(And(ContainSubstring("exceeded quota: mine"), ContainSubstring("delete something")))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(tenant.Status.Hosts).To(HaveLen(1), "the host stays the tenant's")

		Expect(admin.Patch(ctx, theirs, merge(`{"spec":{"hard":{"configmaps":"10"}}}`))).To(Succeed())
		counted(ctx, theirs)
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})

var _ = Describe("The limits of a Tenant", func() {
	hard := func(ctx SpecContext, tenant *v1alpha1.Tenant, name corev1.ResourceName) string {
		GinkgoHelper()
		quantity := quotaOf(ctx, tenant).Status.Hard[name]
		return quantity.String()
	}
	limit := func(agents int32, disk string) func(*v1alpha1.Tenant) {
		return func(t *v1alpha1.Tenant) {
			t.Spec.Limits = &v1alpha1.Limits{Agents: new(agents), Disk: new(resource.MustParse(disk))}
		}
	}

	It("are enforced when it is Ready, and follow what is asked", func(ctx SpecContext) {
		tenant := root(ctx, limit(25, "50Gi"))
		shared.settle(ctx, tenant)
		Expect(hard(ctx, tenant, desired.ResourceAgents)).To(Equal("25"))
		Expect(hard(ctx, tenant, corev1.ResourceRequestsStorage)).To(Equal("50Gi"))
		Expect(tenant.Status.Agents).To(Equal("0/25"))
		Expect(tenant.Status.Disk).To(Equal("0/50Gi"))

		change(ctx, tenant, limit(50, "100Gi"))
		shared.settle(ctx, tenant)
		Expect(hard(ctx, tenant, desired.ResourceAgents)).To(Equal("50"))

		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Limits = nil })
		shared.settle(ctx, tenant)
		Expect(hard(ctx, tenant, desired.ResourceAgents)).To(Equal("10"), "the operator's default")
		Expect(tenant.Status.Disk).To(Equal("0/10Gi"))
	})

	It("may be lowered below what is used: nothing new gets in, and what exists stays", func(ctx SpecContext) {
		tenant := root(ctx, limit(5, "10Gi"))
		shared.settle(ctx, tenant)
		claim := &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "data"},
			Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources: corev1.VolumeResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("8Gi")},
				},
			},
		}
		Expect(admin.Create(ctx, claim)).To(Succeed())
		change(ctx, tenant, limit(5, "4Gi"))
		shared.settle(ctx, tenant)
		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, tenant)).To(Succeed())
			g.Expect(condition(tenant, v1alpha1.ConditionLicenseReady)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonOverLimit))
		}).WithContext(ctx).Should(Succeed())
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonOverLimit))
		Expect(tenant.Status.Disk).To(Equal("8Gi/4Gi"))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(claim), claim)).To(Succeed())

		more := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "more"}, Spec: claim.Spec}
		more.Spec.VolumeName = ""
		Expect(admin.Create(ctx, more)).To(MatchError(ContainSubstring("exceeded quota: tenantry")))

		change(ctx, tenant, limit(5, "20Gi"))
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})

func quotaOf(ctx SpecContext, tenant *v1alpha1.Tenant) *corev1.ResourceQuota {
	GinkgoHelper()
	quota := &corev1.ResourceQuota{}
	Expect(admin.Get(ctx, client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.QuotaName}, quota)).To(Succeed())
	return quota
}
