// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("What is kept of a deleted Tenant", Ordered, func() {
	const policy = "tenantry-retained-tenants"
	var (
		namespace              string
		kept                   *unstructured.Unstructured
		editor, administrator  client.Client
		overrider, lordOfPlace client.Client
	)
	newKept := func() *unstructured.Unstructured {
		obj := retained.with("{}")
		obj.SetNamespace(namespace)
		obj.SetLabels(ownLabels())
		return obj
	}
	BeforeAll(func(ctx SpecContext) {
		namespace = newNamespace(ctx)
		editor = As(person(ctx, everything, administer("other")))
		administrator = As(person(ctx, everything, administer("sample")))
		overrider = As(person(ctx, everything, override))
		lordOfPlace = As(lordOf(ctx, namespace))
		kept = newKept()
		Expect(operator().Create(ctx, kept)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(operator().Delete(ctx, newKept()))).To(Succeed())
		})
	})
	try := func(ctx SpecContext, c client.Client, change string) error {
		return c.Patch(ctx, kept.DeepCopy(), mergePatch(change), client.DryRunAll)
	}

	It("is made by the operator alone, and not even by who may override", func(ctx SpecContext) {
		for _, c := range []client.Client{editor, administrator, overrider, k8sClient} {
			forged := newKept()
			forged.SetName("forged")
			forged.SetLabels(map[string]string{v1alpha1.LabelManaged: "true"}) // the others are refused by a policy of their own
			Expect(c.Create(ctx, forged)).To(beForbiddenBy(policy))
			forged.SetLabels(nil)
			Expect(c.Create(ctx, forged)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("create the Tenant"))))
		}
	})

	DescribeTable("is restored or purged by who may administer the Tenant:",
		func(ctx SpecContext, action string) {
			change := `{"spec":{"action":` + action + `}}`
			Expect(try(ctx, editor, change)).To(And(beForbiddenBy(policy),
				MatchError(ContainSubstring("spec.action")), MatchError(ContainSubstring("auth can-i administer tenants.tenantry.io/sample -n "+namespace))))
			for _, c := range []client.Client{administrator, lordOfPlace, overrider, k8sClient} {
				Expect(try(ctx, c, change)).To(Succeed())
			}
		},
		Entry("restored", `"Restore"`),
		Entry("purged", `"Purge"`),
	)

	It("is left alone again, and that takes the same right", func(ctx SpecContext) {
		Expect(administrator.Patch(ctx, kept.DeepCopy(), mergePatch(`{"spec":{"action":"Restore"}}`))).To(Succeed())
		Expect(try(ctx, editor, `{"spec":{"action":null}}`)).To(beForbiddenBy(policy))
		Expect(administrator.Patch(ctx, kept.DeepCopy(), mergePatch(`{"spec":{"action":null}}`))).To(Succeed())
	})

	DescribeTable("is otherwise not changed by people:",
		func(ctx SpecContext, change string) {
			for _, c := range []client.Client{editor, administrator, lordOfPlace} {
				Expect(try(ctx, c, change)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("spec.action alone"))))
			}
			Expect(try(ctx, overrider, change)).To(Succeed())
			Expect(try(ctx, k8sClient, change)).To(Succeed())
		},
		Entry("not how long it is kept", `{"spec":{"until":"2036-11-28T14:02:00Z"}}`),
		Entry("not how long, along with what may be changed", `{"spec":{"until":"2036-11-28T14:02:00Z","action":"Restore"}}`),
		Entry("not by a label", `{"metadata":{"labels":{"team":"red"}}}`),
		Entry("not by an annotation", `{"metadata":{"annotations":{"a":"b"}}}`),
		Entry("not by a finalizer", `{"metadata":{"finalizers":["example.com/stuck"]}}`),
		Entry("not by an owner that the garbage collector misses", `{"metadata":{"ownerReferences":[`+ownerReference+`]}}`),
	)

	It("stays whose it is, even when the cluster's administrator changes it", func(ctx SpecContext) {
		for _, labels := range []string{`null`, `{"tenantry.io/managed":"false"}`, `{"tenantry.io/tenant":null}`} {
			for _, c := range []client.Client{k8sClient, overrider, administrator} {
				Expect(try(ctx, c, `{"metadata":{"labels":`+labels+`}}`)).To(beForbiddenBy(policy))
			}
		}
	})

	It("has a status that the operator alone writes", func(ctx SpecContext) {
		status := mergePatch(`{"status":{"observedGeneration":1}}`)
		for _, c := range []client.Client{administrator, k8sClient} {
			Expect(c.Status().Patch(ctx, kept.DeepCopy(), status)).To(beForbiddenBy("tenantry-status"))
		}
		Expect(operator().Status().Patch(ctx, kept.DeepCopy(), status)).To(Succeed())
	})

	It("is deleted by the operator, and by who may override", func(ctx SpecContext) {
		for _, c := range []client.Client{editor, administrator, lordOfPlace} {
			Expect(c.Delete(ctx, kept.DeepCopy())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("Purge"))))
			Expect(c.DeleteAllOf(ctx, newKept(), client.InNamespace(namespace))).To(beForbiddenBy(policy))
		}
		Expect(overrider.Delete(ctx, kept.DeepCopy(), client.DryRunAll)).To(Succeed())
		Expect(operator().Patch(ctx, kept.DeepCopy(), mergePatch(`{"spec":{"until":"2026-11-29T14:02:00Z"}}`))).To(Succeed())
		Expect(operator().Delete(ctx, kept.DeepCopy())).To(Succeed())
	})

	It("goes with its namespace", func(ctx SpecContext) {
		obj := retained.with("{}")
		obj.SetNamespace(newNamespace(ctx))
		obj.SetLabels(ownLabels())
		Expect(operator().Create(ctx, obj)).To(Succeed())
		Expect(k8sClient.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: obj.GetNamespace()}})).To(Succeed())
		Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), obj) }).
			WithContext(ctx).WithTimeout(eventualTimeout).Should(Satisfy(apierrors.IsNotFound))
	})
})
