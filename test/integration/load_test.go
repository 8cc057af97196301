// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Whose place a Tenant lies in", func() {
	It("is nobody's in a plain namespace: the Tenant is a root", func(ctx SpecContext) {
		in := shared.load(ctx, root(ctx))
		Expect(in.Parent).To(Equal(desired.ParentNone))
		Expect(in.Ancestors).To(BeEmpty())
	})

	It("is told up to the root, the nearest partner first", func(ctx SpecContext) {
		distributor := partner(ctx)
		reseller := tenantIn(ctx, distributor.Status.Namespace, "reseller", asPartner)
		Expect(shared.look(ctx, reseller)).To(Succeed())
		customer := tenantIn(ctx, reseller.Status.Namespace, "customer")

		in := shared.load(ctx, customer)
		Expect(in.Parent).To(Equal(desired.ParentKnown))
		Expect(in.Ancestors).To(HaveExactElements(
			HaveField("UID", reseller.UID),
			HaveField("UID", distributor.UID),
		))
	})

	DescribeTable("is nobody's any more, and nothing is made,", func(ctx SpecContext, lose func(SpecContext, *v1alpha1.Tenant)) {
		parent := partner(ctx)
		place := parent.Status.Namespace
		lose(ctx, parent)
		child := tenantIn(ctx, place, "child")
		Expect(shared.load(ctx, child).Parent).To(Equal(desired.ParentGone))

		shared.recorder.take()
		Expect(shared.look(ctx, child)).To(Succeed())
		Expect(ready(child)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner))
		Expect(ready(child).Message).To(ContainSubstring("there no more"))
		Expect(condition(child, v1alpha1.ConditionStalled).Status).To(Equal(metav1.ConditionTrue))
		Expect(shared.recorder.take()).To(HaveExactElements("patch tenants/status child"))
	},
		Entry("when the partner was removed by force", forceAway),
		Entry("when the partner was made again under its name", func(ctx SpecContext, parent *v1alpha1.Tenant) {
			forceAway(ctx, parent)
			shared.catchUp(ctx, tenantIn(ctx, parent.Namespace, parent.Name, asPartner))
		}),
	)

	DescribeTable("is not believed where it is forged,", func(ctx SpecContext, annotations map[string]string) {
		parent := partner(ctx)
		forged := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name:        harness.UniqueName("forged"),
			Labels:      desired.OwnerLabels(parent),
			Annotations: annotations,
		}}
		// Nobody but Kubernetes' own accounts gets this past the policies; before they were installed, anybody did.
		Expect(asKubernetes().Create(ctx, forged)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(asKubernetes().Delete(ctx, forged)).To(Succeed()) })
		shared.catchUp(ctx, forged)

		child := tenantIn(ctx, forged.Name, "child")
		in := shared.load(ctx, child)
		Expect(in.Parent).To(Equal(desired.ParentGone))
		Expect(in.Ancestors).To(BeEmpty())
	},
		Entry("without a uid", nil),
		Entry("with an empty uid", map[string]string{v1alpha1.AnnotationTenantUID: ""}),
		Entry("with another's uid", map[string]string{v1alpha1.AnnotationTenantUID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}),
	)
})

var _ = Describe("A Tenant with more partners above it than may be", func() {
	It("is told so, gets nothing, and goes when it is deleted", func(ctx SpecContext) {
		namespace := plainNamespace(ctx)
		for range desired.MaxDepth {
			namespace = placeWithoutContents(ctx, tenantIn(ctx, namespace, harness.UniqueName("deep"), asPartner))
		}
		last := tenantIn(ctx, namespace, "last", asPartner)
		in := shared.load(ctx, last)
		Expect(in.Parent).To(Equal(desired.ParentKnown))
		Expect(in.Ancestors).To(HaveLen(desired.MaxDepth))

		deeper := tenantIn(ctx, placeWithoutContents(ctx, last), "deeper")
		Expect(shared.look(ctx, deeper)).To(Succeed())
		Expect(ready(deeper)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner))
		Expect(ready(deeper).Message).To(ContainSubstring("more than 32 partners"))
		Expect(condition(deeper, v1alpha1.ConditionStalled).Status).To(Equal(metav1.ConditionTrue))

		Expect(admin.Delete(ctx, deeper)).To(Succeed())
		Expect(shared.look(ctx, deeper)).To(Succeed())
		gone(ctx, deeper)
	})
})

var _ = Describe("The children of a Tenant", func() {
	It("are counted when it is going, in its own place alone", func(ctx SpecContext) {
		parent := partner(ctx)
		tenantIn(ctx, parent.Status.Namespace, "one")
		two := tenantIn(ctx, parent.Status.Namespace, "two")
		shared.catchUp(ctx, two)
		Expect(shared.load(ctx, parent).Children).To(BeZero(), "nobody asks")

		Expect(admin.Delete(ctx, parent)).To(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(parent), parent)).To(Succeed())
		Expect(shared.load(ctx, parent).Children).To(Equal(2))
	})

	It("are not those in a namespace that only has the name of its place", func(ctx SpecContext) {
		name := harness.UniqueName("taken")
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		Expect(admin.Create(ctx, namespace)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, namespace)).To(Succeed()) })
		other := tenantIn(ctx, name, "other")
		tenant := tenantIn(ctx, plainNamespace(ctx), name, asPartner)

		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		shared.catchUp(ctx, other)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
		Expect(shared.load(ctx, tenant).Children).To(BeZero())
	})
})

// forceAway removes a Tenant past its finalizer, as a cluster administrator can.
func forceAway(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Expect(admin.Delete(ctx, tenant)).To(Succeed())
	Expect(client.IgnoreNotFound(admin.Patch(ctx, tenant, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	gone(ctx, tenant)
	shared.catchUp(ctx, tenant)
}

// placeWithoutContents makes a tenant's namespace as the operator does, and nothing in it.
func placeWithoutContents(ctx SpecContext, tenant *v1alpha1.Tenant) string {
	GinkgoHelper()
	labels := desired.OwnerLabels(tenant)
	labels[desired.PodSecurityPrefix+"enforce"] = "restricted"
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "deep-",
		Labels:       labels,
		Annotations:  map[string]string{v1alpha1.AnnotationTenantUID: string(tenant.UID)},
	}}
	Expect(asOperator().Create(ctx, namespace)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(asOperator().Delete(ctx, namespace))).To(Succeed())
	})
	shared.catchUp(ctx, namespace, tenant)
	return namespace.Name
}
