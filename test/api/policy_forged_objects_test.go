// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("What people make", func() {
	It("is theirs, in a tenant's place too", func(ctx SpecContext) {
		c := As(person(ctx, everything))
		for _, ns := range []string{place(ctx).Name, newNamespace(ctx)} {
			for _, obj := range owned(ns) {
				switch obj.(type) {
				case *corev1.ResourceQuota, *corev1.LimitRange: // the operator's alone in a place
					continue
				}
				obj.SetName("own")
				obj.SetLabels(map[string]string{"team": "red"})
				Expect(c.Create(ctx, obj)).To(Succeed())
				Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"labels":{"team":"blue"}}}`))).To(Succeed())
				Expect(c.Delete(ctx, obj)).To(Succeed())
			}
		}
	})

	DescribeTable("does not pass for the operator's",
		func(ctx SpecContext, labels map[string]string) {
			ns := place(ctx).Name
			for _, c := range []client.Client{As(person(ctx, everything, override)), k8sClient} {
				for _, obj := range owned(ns) {
					obj.SetLabels(labels)
					Expect(c.Create(ctx, obj)).To(beForbiddenBy("tenantry-owned-objects"))
				}
				role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: labels}}
				Expect(c.Create(ctx, role)).To(beForbiddenBy("tenantry-owned-objects"))
				t := newTenant(ns, "evil")
				t.Labels = map[string]string{v1alpha1.LabelManaged: labels[v1alpha1.LabelManaged]} // the others are refused by a policy of their own
				Expect(c.Create(ctx, t)).To(beForbiddenBy("tenantry-owned-objects"))
			}
		},
		Entry("by the label of what is managed", map[string]string{v1alpha1.LabelManaged: "true"}),
		Entry("by another value of it", map[string]string{v1alpha1.LabelManaged: ""}),
		Entry("by all our labels", ownLabels()),
	)

	It("does not become the operator's later", func(ctx SpecContext) {
		for _, c := range []client.Client{As(person(ctx, everything, override)), k8sClient} {
			service := &corev1.Service{
				ObjectMeta: metav1.ObjectMeta{Namespace: place(ctx).Name, Name: "portal"},
				Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
			}
			Expect(c.Create(ctx, service)).To(Succeed())
			add := mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`)
			Expect(c.Patch(ctx, service, add)).To(beForbiddenBy("tenantry-owned-objects"))
			Expect(c.Status().Patch(ctx, service, add)).To(beForbiddenBy("tenantry-owned-objects"))
		}
	})

	It("inherits our labels when it is a certificate, made by an account with verb inherit", func(ctx SpecContext) {
		kind := certificateKind(ctx)
		inherit := rbacv1.PolicyRule{APIGroups: override.APIGroups, Resources: override.Resources, Verbs: []string{"inherit"}}
		certManager, c := As(person(ctx, everything, inherit)), As(person(ctx, everything))
		ns := place(ctx).Name
		certificate := func() *unstructured.Unstructured {
			obj := &unstructured.Unstructured{}
			obj.SetGroupVersionKind(kind)
			obj.SetNamespace(ns)
			obj.SetName("portal")
			obj.SetLabels(ownLabels())
			return obj
		}
		Expect(c.Create(ctx, certificate())).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(certManager.Create(ctx, certificate())).To(Succeed())
		Expect(c.Delete(ctx, certificate())).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(certManager.Patch(ctx, certificate(), mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
		Expect(certManager.Delete(ctx, certificate())).To(Succeed())

		By("trying a Secret, as a Certificate's secretTemplate could ask for")
		secret := adminSecret(ns)
		forged := secret.DeepCopy()
		forged.Name = "forged" // the other is kept by a policy of its own
		Expect(certManager.Create(ctx, forged)).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(operator().Create(ctx, secret)).To(Succeed())
		Expect(certManager.Patch(ctx, secret, mergePatch(`{"data":{"password":"ZXZpbA=="}}`))).To(beForbiddenBy("tenantry-owned-objects"))
	})
})

// certificateKind serves a kind in cert-manager's group until the spec ends.
func certificateKind(ctx SpecContext) schema.GroupVersionKind {
	GinkgoHelper()
	crd := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": "tenantryapitests.cert-manager.io"},
		"spec": map[string]any{
			"group": "cert-manager.io",
			"scope": "Namespaced",
			"names": map[string]any{"kind": "TenantryAPITest", "plural": "tenantryapitests"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
		},
	}}
	Expect(k8sClient.Create(ctx, crd)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, crd)).To(Succeed()) })
	kind := schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "TenantryAPITest"}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind("TenantryAPITestList"))
	Eventually(func() error { return k8sClient.List(ctx, list) }).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	return kind
}
