// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A claim of a host", func() {
	const (
		policy    = "tenantry-hosts"
		namespace = "tenantry-hosts"
	)
	claim := func() *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: rand.String(10) + ".tenantry.example", Labels: ownLabels(),
			Annotations: map[string]string{v1alpha1.AnnotationTenantUID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"},
		}}
	}

	It("is made once, and released, by the operator", func(ctx SpecContext) {
		won := claim()
		Expect(operator().Create(ctx, won)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(operator().Delete(ctx, won))).To(Succeed()) })
		lost := claim()
		lost.Name = won.Name
		Expect(operator().Create(ctx, lost)).To(Satisfy(apierrors.IsAlreadyExists))
		c := As(person(ctx, everything))
		Expect(c.Delete(ctx, won.DeepCopy())).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(c.Patch(ctx, won.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"evil"}}}`))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(operator().Delete(ctx, won)).To(Succeed())
	})

	It("is made by nobody else, marked or not", func(ctx SpecContext) {
		for _, c := range []client.Client{As(person(ctx, everything)), As(lordOf(ctx, namespace))} {
			forged := claim()
			Expect(c.Create(ctx, forged)).To(beForbiddenBy("tenantry-owned-objects"))
			forged.Labels = nil
			Expect(c.Create(ctx, forged)).To(beForbiddenBy(policy))
			Expect(c.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other"}})).To(beForbiddenBy(policy))
			forged.Namespace = newNamespace(ctx)
			Expect(As(person(ctx, everything)).Create(ctx, forged)).To(Succeed(), "elsewhere it is no claim")
		}
	})

	It("is kept from the operator by who may override, whatever it is good for", func(ctx SpecContext) {
		blocked := claim()
		blocked.Labels = nil
		Expect(As(person(ctx, everything, override)).Create(ctx, blocked, client.DryRunAll)).To(Succeed())
		Expect(k8sClient.Create(ctx, blocked, client.DryRunAll)).To(Succeed())
	})

	It("lies beside what Kubernetes makes in every namespace", func(ctx SpecContext) {
		for _, obj := range []client.Object{
			&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}},
			&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "kube-root-ca.crt"}},
		} {
			Eventually(func() error { return k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), obj) }).
				WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
		}
	})
})
