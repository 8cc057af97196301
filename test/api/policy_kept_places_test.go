// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A place that is kept after the deletion of its partner", func() {
	const policy = "tenantry-kept-places"
	retain := func(ctx SpecContext, c client.Client, namespace string) {
		GinkgoHelper()
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(c.Patch(ctx, ns, mergePatch(`{"metadata":{"annotations":{"tenantry.io/retained-until":"2026-11-28T14:02:00Z"}}}`))).To(Succeed())
	}

	It("gets no new Tenants, not even from the cluster's administrator", func(ctx SpecContext) {
		namespace := place(ctx).Name
		users := []client.Client{As(person(ctx, everything, administer("fresh"), assign("delegate:Admin"), override)), As(lordOf(ctx, namespace)), k8sClient}
		before := newTenant(namespace, "before")
		tenant(ctx, k8sClient, before)
		for _, c := range users {
			Expect(c.Create(ctx, newTenant(namespace, "fresh"), client.DryRunAll)).To(Succeed(), "while it is not")
		}
		retain(ctx, operator(), namespace)
		for _, c := range users {
			Eventually(func() error { return c.Create(ctx, newTenant(namespace, "fresh"), client.DryRunAll) }).
				WithContext(ctx).WithTimeout(eventualTimeout).Should(And(beForbiddenBy(policy),
				MatchError(ContainSubstring("restore the partner first, with `kubectl patch retainedtenant cybercorp -n acme")),
				MatchError(ContainSubstring("until 2026-11-28T14:02:00Z"))))
			Expect(c.Patch(ctx, before.DeepCopy(), mergePatch(`{"spec":{"displayName":"Other"}}`))).To(Succeed(), "those that are there go on")
		}

		By("having the operator bring back who was there")
		child := newTenant(namespace, "child")
		child.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "former@example.com"}
		child.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}
		Expect(operator().Create(ctx, child, client.DryRunAll)).To(Succeed())
	})

	It("is none by its annotation alone", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		retain(ctx, exempt(), namespace)
		Expect(k8sClient.Create(ctx, newTenant(namespace, "fresh"), client.DryRunAll)).To(Succeed())
	})
})
