// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// licensePlan makes a LicensePlan, and sees to it that nothing of it is left when the spec ends.
func licensePlan(ctx SpecContext, namespace string) *v1alpha1.LicensePlan {
	GinkgoHelper()
	made := &v1alpha1.LicensePlan{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "standard"},
		Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Capacity: &v1alpha1.Capacity{Agents: new(int32(10))}},
	}
	Expect(k8sClient.Create(ctx, made)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		last := made.DeepCopy()
		Expect(client.IgnoreNotFound(exempt().Delete(ctx, last))).To(Succeed())
		Expect(client.IgnoreNotFound(exempt().Patch(ctx, last, mergePatch(dropFinalizer)))).To(Succeed())
	})
	return made
}

// inUse has the operator say how many tenants are on a plan, and wait for it.
func inUse(ctx SpecContext, plan *v1alpha1.LicensePlan, status string) {
	GinkgoHelper()
	Expect(operator().Status().Patch(ctx, plan, mergePatch(`{"status":`+status+`}`))).To(Succeed())
}

var _ = Describe("A LicensePlan that tenants are on", func() {
	const policy = "tenantry-plans-in-use"

	DescribeTable("is deleted by nobody", func(ctx SpecContext, status, message string) {
		plan := licensePlan(ctx, newNamespace(ctx))
		inUse(ctx, plan, status)
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override)), As(lordOf(ctx, plan.Namespace))} {
			Expect(c.Delete(ctx, plan.DeepCopy())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(message))))
			Expect(c.DeleteAllOf(ctx, &v1alpha1.LicensePlan{}, client.InNamespace(plan.Namespace))).To(beForbiddenBy(policy))
		}
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(plan), plan)).To(Succeed())
		Expect(plan.DeletionTimestamp).To(BeNil())
	},
		Entry("when there is one", `{"allocated":{"tenants":1}}`, "the plan is in use: set spec.planRef of the tenants on it to another plan"),
		Entry("when there are more", `{"allocated":{"tenants":2,"agents":20},"waiting":1}`, "the plan is in use"),
		Entry("when they wait for it", `{"waiting":1}`, "the plan is in use"),
	)

	It("is deleted when they are on another, or when it says nothing yet", func(ctx SpecContext) {
		plan := licensePlan(ctx, newNamespace(ctx))
		Expect(k8sClient.Delete(ctx, plan.DeepCopy(), client.DryRunAll)).To(Succeed())
		inUse(ctx, plan, `{"allocated":{"tenants":1}}`)
		inUse(ctx, plan, `{"allocated":{"tenants":0,"agents":0,"disk":"0"},"waiting":0}`)
		Expect(As(lordOf(ctx, plan.Namespace)).Delete(ctx, plan)).To(Succeed())
	})

	It("goes with its namespace", func(ctx SpecContext) {
		plan := licensePlan(ctx, newNamespace(ctx))
		inUse(ctx, plan, `{"allocated":{"tenants":1}}`)
		Expect(As(namespaceController, "system:serviceaccounts", "system:serviceaccounts:kube-system", "system:masters").Delete(ctx, plan)).To(Succeed())
	})
})

var _ = Describe("The finalizer of a LicensePlan", func() {
	const policy = "tenantry-finalizer"
	deleted := func(ctx SpecContext) *v1alpha1.LicensePlan {
		GinkgoHelper()
		plan := licensePlan(ctx, newNamespace(ctx))
		Expect(k8sClient.Delete(ctx, plan)).To(Succeed())
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(plan), plan)).To(Succeed(), "its finalizer holds it")
		return plan
	}

	It("is there from the beginning, and stays while the plan is wanted", func(ctx SpecContext) {
		plan := licensePlan(ctx, newNamespace(ctx))
		Expect(plan.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
		for _, c := range []client.Client{k8sClient, As(lordOf(ctx, plan.Namespace)), operator()} {
			Expect(c.Patch(ctx, plan, mergePatch(dropFinalizer))).To(Succeed())
			Expect(plan.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
		}
	})

	It("comes with what a partner's own people make in the partner's place", func(ctx SpecContext) {
		namespace := partnerPlace(ctx)
		plan := &v1alpha1.LicensePlan{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "standard"},
			Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited},
		}
		c := As(person(ctx, everything))
		held := plan.DeepCopy()
		held.Finalizers = []string{"example.com/other"}
		Expect(c.Create(ctx, held)).To(beForbiddenBy("tenantry-place-finalizers"))
		Expect(c.Create(ctx, plan)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(exempt().Delete(ctx, plan)).To(Succeed())
			Expect(client.IgnoreNotFound(exempt().Patch(ctx, plan, mergePatch(dropFinalizer)))).To(Succeed())
		})
		Expect(plan.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
	})

	It("is not taken away by people, who learn why", func(ctx SpecContext) {
		plan := deleted(ctx)
		for _, c := range []client.Client{As(person(ctx, everything)), As(lordOf(ctx, plan.Namespace))} {
			Expect(c.Patch(ctx, plan.DeepCopy(), mergePatch(dropFinalizer))).To(And(
				beForbiddenBy(policy), MatchError(ContainSubstring("no tenant is on the plan"))))
		}
	})

	It("is taken away by the operator, and by who may override", func(ctx SpecContext) {
		plan := deleted(ctx)
		Expect(operator().Patch(ctx, plan, mergePatch(dropFinalizer))).To(Succeed())
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(plan), plan)).To(Satisfy(apierrors.IsNotFound))
		Expect(As(person(ctx, everything, override)).Patch(ctx, deleted(ctx), mergePatch(dropFinalizer))).To(Succeed())
	})
})

var _ = Describe("A LicensePlan", func() {
	It("has a status that the operator writes, and nobody else", func(ctx SpecContext) {
		plan := licensePlan(ctx, newNamespace(ctx))
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override)), As(lordOf(ctx, plan.Namespace))} {
			Expect(c.Status().Patch(ctx, plan.DeepCopy(), mergePatch(`{"status":{"allocated":{"agents":0}}}`))).To(beForbiddenBy("tenantry-status"))
			Expect(c.Status().Update(ctx, plan.DeepCopy())).To(beForbiddenBy("tenantry-status"))
		}
		inUse(ctx, plan, `{"allocated":{"agents":3}}`)
	})

	It("is of its author's making: a stolen token of the operator changes nothing of it, but for the finalizer", func(ctx SpecContext) {
		const policy = "tenantry-operator"
		plan := licensePlan(ctx, newNamespace(ctx))
		for _, patch := range []string{
			`{"spec":{"capacity":{"agents":1000}}}`, `{"spec":{"capacity":null}}`, `{"spec":{"permissions":{"HelpCenter":true}}}`,
			`{"metadata":{"labels":{"a":"b"}}}`, `{"metadata":{"annotations":{"a":"b"}}}`, `{"metadata":{"ownerReferences":[` + ownerReference + `]}}`,
		} {
			Expect(operator().Patch(ctx, plan.DeepCopy(), mergePatch(patch))).To(beForbiddenBy(policy), patch)
		}
		Expect(operator().Patch(ctx, plan.DeepCopy(), mergePatch(`{"metadata":{"finalizers":["tenantry.io/cleanup","example.com/other"]}}`), client.DryRunAll)).
			To(Succeed(), "its legal twin")
		another := plan.DeepCopy()
		another.Name, another.ResourceVersion, another.UID = "another", "", ""
		Expect(operator().Create(ctx, another)).To(beForbiddenByRBAC())
		Expect(operator().Delete(ctx, plan.DeepCopy())).To(beForbiddenByRBAC())
		able := As(operatorName, "system:masters")
		Expect(able.Create(ctx, another)).To(beForbiddenBy(policy), "whatever RBAC says")
		Expect(able.Delete(ctx, plan.DeepCopy())).To(beForbiddenBy(policy), "whatever RBAC says")
	})

	DescribeTable("is the partner's own:", func(ctx SpecContext, role string, reads, writes bool) {
		namespace := newNamespace(ctx)
		plan := licensePlan(ctx, namespace)
		name := "staff-" + rand.String(10) + "@example.com"
		Expect(k8sClient.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "test"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		})).To(Succeed())
		Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(name, right("list pods", namespace)).Should(BeTrue())
		outcome := func(allowed bool) OmegaMatcher {
			if allowed {
				return Succeed()
			}
			return beForbiddenByRBAC()
		}
		c := As(name)
		Expect(c.Get(ctx, client.ObjectKeyFromObject(plan), plan)).To(outcome(reads))
		Expect(c.List(ctx, &v1alpha1.LicensePlanList{}, client.InNamespace(namespace))).To(outcome(reads))
		Expect(c.Patch(ctx, plan.DeepCopy(), mergePatch(`{"spec":{"capacity":{"agents":1000}}}`))).To(outcome(writes))
		Expect(c.Delete(ctx, plan.DeepCopy(), client.DryRunAll)).To(outcome(writes))
	},
		Entry("a customer's Owner", "tenantry:owner", false, false),
		Entry("a customer's Admin", "tenantry:admin", false, false),
		Entry("staff who is an Owner", "tenantry:partner-owner", true, true),
		Entry("staff who is an Admin", "tenantry:partner-admin", true, true),
		Entry("staff who is an Editor", "tenantry:partner-editor", true, false),
		Entry("staff who is a Viewer", "tenantry:partner-viewer", true, false),
	)
})
