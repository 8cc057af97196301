// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// root makes a root tenant with a name of its own, and a portal in its place, and returns it when it
// is done with.
func root(ctx SpecContext, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return newTenant(ctx, home, harness.UniqueName("root"), change...)
}

// customer makes a child of a partner in the same way.
func customer(ctx SpecContext, partner *v1alpha1.Tenant, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	return newTenant(ctx, partner.Status.Namespace, name, change...)
}

func newTenant(ctx SpecContext, namespace, name string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	GinkgoHelper()
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	for _, change := range change {
		change(tenant)
	}
	Expect(admin.Create(ctx, tenant)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { remove(ctx, tenant) })
	await(ctx, tenant, v1alpha1.PhaseActive)
	open(ctx, tenant)
	return tenant
}

func asPartner(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{} }

func suspended(t *v1alpha1.Tenant) { t.Spec.Suspend = true }

func resumed(t *v1alpha1.Tenant) { t.Spec.Suspend = false }

func portal(active bool) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(active)} }
}

func subdomain(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Domain = &v1alpha1.Domain{Subdomain: name} }
}

// change updates a Tenant as its owner would, and returns when it is in a phase and done with.
func change(ctx SpecContext, tenant *v1alpha1.Tenant, change func(*v1alpha1.Tenant), phase v1alpha1.TenantPhase) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
	before := tenant.DeepCopy()
	change(tenant)
	Expect(admin.Patch(ctx, tenant, client.MergeFrom(before))).To(Succeed())
	await(ctx, tenant, phase)
}

// await waits until the operator has done what the present spec asks for, and the Tenant is in a
// phase; it brings the Tenant up to date.
func await(ctx SpecContext, tenant *v1alpha1.Tenant, phase v1alpha1.TenantPhase) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		now := &v1alpha1.Tenant{}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)).To(Succeed())
		now.DeepCopyInto(tenant)
		g.Expect(now.Status.ObservedGeneration).To(Equal(now.Generation))
		g.Expect(now.Status.Phase).To(Equal(phase))
		ready := ptr.Deref(meta.FindStatusCondition(now.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{})
		g.Expect(ready.Status).To(Equal(metav1.ConditionTrue), ready.Message)
	}).WithContext(ctx).Should(Succeed())
}

// hostOf is where a tenant lives, whether it is open or not.
func hostOf(tenant *v1alpha1.Tenant) string {
	GinkgoHelper()
	Expect(tenant.Status.Hosts).NotTo(BeEmpty())
	return string(tenant.Status.Hosts[0])
}

// remove deletes a Tenant for good, and those beneath it first, without waiting for anything.
func remove(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	if tenant.Status.Namespace != "" {
		children := &v1alpha1.TenantList{}
		Expect(admin.List(ctx, children, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		for i := range children.Items {
			remove(ctx, &children.Items[i])
		}
	}
	purge := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationPurge, tenant.Name)
	Expect(client.IgnoreNotFound(admin.Patch(ctx, tenant.DeepCopy(), client.RawPatch(types.MergePatchType, purge)))).To(Succeed())
	Expect(client.IgnoreNotFound(admin.Delete(ctx, tenant.DeepCopy()))).To(Succeed())
}

// noneLeft waits until all that was deleted is gone.
func noneLeft(ctx SpecContext) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		tenants := &v1alpha1.TenantList{}
		g.Expect(admin.List(ctx, tenants)).To(Succeed())
		g.Expect(tenants.Items).NotTo(ContainElement(HaveField("DeletionTimestamp", Not(BeNil()))))
	}).WithContext(ctx).WithTimeout(3 * patience).Should(Succeed())
}
