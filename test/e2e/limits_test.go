// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("Seats", func() {
	It("are as many as the Tenant says, and one too many is refused by the API server itself (F23)", func(ctx SpecContext) {
		tenant := root(ctx, limits(2, "1Gi"))
		for i := range 2 {
			Expect(admin.Create(ctx, grant(tenant, i))).To(Succeed())
		}
		tooMany := grant(tenant, 2)
		Expect(admin.Create(ctx, tooMany)).To(MatchError(And(
			ContainSubstring("exceeded quota: tenantry"),
			ContainSubstring("count/tenantaccessgrants.tenantry.io=2"),
		)))
		await(ctx, tenant, HaveField("Status.Agents", "2/2"))

		By("raising the limit")
		change(ctx, tenant, limits(3, "1Gi"), beReady())
		Expect(admin.Create(ctx, tooMany)).To(Succeed())
		await(ctx, tenant, HaveField("Status.Agents", "3/3"))

		By("giving a seat up")
		Expect(admin.Delete(ctx, tooMany)).To(Succeed())
		await(ctx, tenant, HaveField("Status.Agents", "2/3"))
	})

	It("are exact when 20 race for 5 (F23)", func(ctx SpecContext) {
		tenant := root(ctx, limits(5, "1Gi"))
		var got atomic.Int32
		var racers sync.WaitGroup
		for i := range 20 {
			racers.Go(func() {
				if admin.Create(ctx, grant(tenant, i)) == nil {
					got.Add(1)
				}
			})
		}
		racers.Wait()
		Expect(got.Load()).To(BeEquivalentTo(5))
		await(ctx, tenant, HaveField("Status.Agents", "5/5"))
		Expect(tenant.Status.Usage.Agents).To(BeEquivalentTo(5))
	})

	It("may be lowered below what is taken: who is in stays, and nobody new gets in (F23)", func(ctx SpecContext) {
		tenant := root(ctx, limits(3, "1Gi"))
		for i := range 3 {
			Expect(admin.Create(ctx, grant(tenant, i))).To(Succeed())
		}
		overLimit := And(
			have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonOverLimit),
			have(v1alpha1.ConditionLicenseReady, metav1.ConditionFalse, v1alpha1.ReasonOverLimit),
		)
		change(ctx, tenant, limits(1, "1Gi"), And(overLimit, HaveField("Status.Agents", "3/1")))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(condition(tenant, v1alpha1.ConditionLicenseReady).Message).To(And(ContainSubstring("3/1"), ContainSubstring("raise the limit")))
		grants := &v1alpha1.TenantAccessGrantList{}
		Expect(admin.List(ctx, grants, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		Expect(grants.Items).To(ContainElements(HaveField("Name", "agent0"), HaveField("Name", "agent2")))
		Expect(admin.Create(ctx, grant(tenant, 3))).To(MatchError(ContainSubstring("exceeded quota")))

		change(ctx, tenant, limits(3, "1Gi"), beReady())
	})

	It("are not counted in a partner's place, where delegations lie too", func(ctx SpecContext) {
		tenant := partner(ctx, limits(0, "1Gi"))
		Expect(admin.Create(ctx, grant(tenant, 0))).To(Succeed())
		Expect(tenant.Status.Agents).To(BeEmpty())
	})
})

var _ = Describe("Disk", func() {
	It("is limited, and raised when it is full (F24)", func(ctx SpecContext) {
		tenant := root(ctx, limits(1, "10Gi"))
		Expect(admin.Create(ctx, volume(tenant, "data", "10Gi"))).To(Succeed())
		await(ctx, tenant, HaveField("Status.Disk", "10Gi/10Gi"))
		Expect(admin.Create(ctx, volume(tenant, "more", "1Gi"))).To(MatchError(ContainSubstring("requests.storage")))

		change(ctx, tenant, limits(1, "20Gi"), beReady())
		Expect(admin.Create(ctx, volume(tenant, "more", "1Gi"))).To(Succeed())
		await(ctx, tenant, HaveField("Status.Disk", "11Gi/20Gi"))
	})

	It("may be lowered below what is used: the data stays (F24)", func(ctx SpecContext) {
		tenant := root(ctx, limits(1, "10Gi"))
		Expect(admin.Create(ctx, volume(tenant, "data", "8Gi"))).To(Succeed())
		change(ctx, tenant, limits(1, "2Gi"), have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonOverLimit))
		Expect(tenant.Status.Disk).To(Equal("8Gi/2Gi"))
		Expect(get(ctx, tenant, "data", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	})
})

var _ = Describe("A full quota of the customer's own", func() {
	It("that keeps the operator from its work is named, and no more when it has room again", func(ctx SpecContext) {
		tenant := root(ctx)
		theirs := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "mine"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourceConfigMaps: resource.MustParse("0")}},
		}
		Expect(admin.Create(ctx, theirs)).To(Succeed())
		Eventually(func() corev1.ResourceList { return get(ctx, tenant, "mine", theirs).Status.Used }).WithContext(ctx).ShouldNot(BeEmpty())
		Expect(admin.Delete(ctx, get(ctx, tenant, "tenantry", &corev1.ConfigMap{}))).To(Succeed())
		await(ctx, tenant, have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonQuotaBlocked))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(message(tenant)).To(ContainSubstring("exceeded quota: mine"))

		Expect(admin.Patch(ctx, theirs, merge(`{"spec":{"hard":{"configmaps":"10"}}}`))).To(Succeed())
		await(ctx, tenant, beReady())
	})
})

func limits(agents int32, disk string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.Limits = &v1alpha1.Limits{Agents: new(agents), Disk: new(resource.MustParse(disk))}
	}
}

func grant(tenant *v1alpha1.Tenant, number int) *v1alpha1.TenantAccessGrant {
	name := fmt.Sprintf("agent%d", number)
	return &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name},
		Spec: v1alpha1.TenantAccessGrantSpec{
			Subject: v1alpha1.Subject{Kind: "User", Name: name + "@cybercorp.example"},
			Role:    "Viewer",
		},
	}
}

func volume(tenant *v1alpha1.Tenant, name, size string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}},
		},
	}
}
