// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
			for _, c := range []client.Client{As(person(ctx, everything, override, assign("delegate:Admin"))), k8sClient} {
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

	It("inherits our labels when it is made for a certificate, by an account with verb inherit", func(ctx SpecContext) {
		kind := certManagerKind(ctx, "TenantryAPITest", "tenantryapitests")
		certManager, c := As(person(ctx, everything, inherit)), As(person(ctx, everything))
		ns := place(ctx).Name
		// It has to be there: the garbage collector takes what an absent Ingress owns.
		ingress := ownIngress(ns, func(*networkingv1.Ingress) {})
		Expect(exempt().Create(ctx, ingress)).To(Succeed())
		certificate := func(controls bool) *unstructured.Unstructured {
			obj := objectIn(kind, ns, "portal")
			obj.SetLabels(ownLabels())
			owner := ownedBy("networking.k8s.io/v1", "Ingress", controls)
			owner[0].Name, owner[0].UID = ingress.Name, ingress.UID
			obj.SetOwnerReferences(owner)
			return obj
		}
		Expect(c.Create(ctx, certificate(true))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(certManager.Create(ctx, certificate(false))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(certManager.Create(ctx, certificate(true))).To(Succeed())
		Expect(c.Delete(ctx, certificate(true))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(certManager.Patch(ctx, certificate(true), mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
		Expect(certManager.Delete(ctx, certificate(true))).To(Succeed())

		By("trying what the operator made, which nobody controls")
		made := objectIn(kind, ns, "own")
		made.SetLabels(ownLabels())
		Expect(exempt().Create(ctx, made.DeepCopy())).To(Succeed())
		for _, change := range []string{`{"annotations":{"a":"b"}}`, `{"ownerReferences":[` + strings.Replace(ownerReference, "{", `{"controller":true,`, 1) + `]}`} {
			Expect(certManager.Patch(ctx, made.DeepCopy(), mergePatch(`{"metadata":`+change+`}`))).To(beForbiddenBy("tenantry-owned-objects"))
		}
		Expect(certManager.Delete(ctx, made)).To(beForbiddenBy("tenantry-owned-objects"))

		By("trying a Secret, as a Certificate's secretTemplate could ask for")
		secret := adminSecret(ns)
		forged := secret.DeepCopy()
		forged.Name = "forged" // the other is kept by a policy of its own
		Expect(certManager.Create(ctx, forged)).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(operator().Create(ctx, secret)).To(Succeed())
		Expect(certManager.Patch(ctx, secret, mergePatch(`{"data":{"password":"ZXZpbA=="}}`))).To(beForbiddenBy("tenantry-owned-objects"))
	})
})

// inherit is the right of cert-manager's account to make what inherits our labels.
var inherit = rbacv1.PolicyRule{APIGroups: override.APIGroups, Resources: override.Resources, Verbs: []string{"inherit"}}

// objectIn is an object of a kind that has no fields.
func objectIn(kind schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	obj := &unstructured.Unstructured{}
	obj.SetGroupVersionKind(kind)
	obj.SetNamespace(namespace)
	obj.SetName(name)
	return obj
}

// certManagerKind serves a kind in cert-manager's group until the spec ends.
func certManagerKind(ctx SpecContext, kind, plural string) schema.GroupVersionKind {
	GinkgoHelper()
	return serveKind(ctx, schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: kind}, plural)
}

// serveKind serves a kind of any fields, with a status, until the spec ends.
func serveKind(ctx SpecContext, served schema.GroupVersionKind, plural string) schema.GroupVersionKind {
	GinkgoHelper()
	crd := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + served.Group},
		"spec": map[string]any{
			"group": served.Group,
			"scope": "Namespaced",
			"names": map[string]any{"kind": served.Kind, "plural": plural},
			"versions": []any{map[string]any{
				"name": served.Version, "served": true, "storage": true, "subresources": map[string]any{"status": map[string]any{}},
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
			}},
		},
	}}
	Expect(k8sClient.Create(ctx, crd)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(k8sClient.Delete(ctx, crd)).To(Succeed())
		// Whoever serves it next, as another attempt at the spec does, finds nothing of it.
		Eventually(k8sClient.Get).WithContext(ctx).WithTimeout(eventualTimeout).
			WithArguments(client.ObjectKeyFromObject(crd), crd).Should(MatchError(apierrors.IsNotFound, "IsNotFound"))
	})
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(served.GroupVersion().WithKind(served.Kind + "List"))
	Eventually(func() error { return k8sClient.List(ctx, list) }).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	return served
}
