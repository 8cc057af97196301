// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// objectOf returns an object of one of Tenantry's kinds, named "sample".
func objectOf(kind, namespace string, spec map[string]any) *unstructured.Unstructured {
	obj := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	obj.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	obj.SetNamespace(namespace)
	obj.SetName("sample")
	return obj
}

// without returns obj as a file has it that never heard of created-by: `kubectl replace` sends it.
func without(obj *unstructured.Unstructured) *unstructured.Unstructured {
	bare := obj.DeepCopy()
	bare.SetAnnotations(nil)
	bare.SetFinalizers(nil)
	bare.SetManagedFields(nil)
	return bare
}

var _ = Describe("The creator of an object", func() {
	creator := func(ctx SpecContext, obj client.Object) string {
		GinkgoHelper()
		last := &metav1.PartialObjectMetadata{}
		last.SetGroupVersionKind(obj.GetObjectKind().GroupVersionKind())
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(obj), last)).To(Succeed())
		return last.Annotations[v1alpha1.AnnotationCreatedBy]
	}
	// create makes obj as c's user and lets it go, finalizer or not, when the spec ends.
	create := func(ctx SpecContext, c client.Client, obj *unstructured.Unstructured) {
		GinkgoHelper()
		Expect(c.Create(ctx, obj)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(k8sClient.Delete(ctx, obj))).To(Succeed())
			Expect(client.IgnoreNotFound(k8sClient.Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		})
	}

	for kind, spec := range map[string]map[string]any{
		"Tenant": {"displayName": "Sample"},
		"TenantAccessGrant": {
			"subject": map[string]any{"kind": "User", "name": "jdoe@example.com"}, "role": "Viewer",
		},
		"ScanSchedule": {
			"profile": "web-quick", "frequency": "Daily", "startTime": "02:00",
			"targets": map[string]any{"names": []any{"shop"}},
		},
	} {
		It("is stamped on a "+kind+" and stays, whatever others write", func(ctx SpecContext) {
			name := person(ctx, everything)
			alice, other := As(name), As(person(ctx, everything))
			obj := objectOf(kind, newNamespace(ctx), spec)
			create(ctx, alice, obj)
			Expect(creator(ctx, obj)).To(Equal(name))

			By("changing it")
			Expect(other.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":"eve"}}}`))).To(Succeed())
			Expect(creator(ctx, obj)).To(Equal(name))
			By("dropping it")
			Expect(other.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":null}}}`))).To(Succeed())
			Expect(creator(ctx, obj)).To(Equal(name))
			By("dropping all annotations")
			Expect(other.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":null}}`))).To(Succeed())
			Expect(creator(ctx, obj)).To(Equal(name))
			By("replacing the object")
			Expect(other.Update(ctx, without(obj))).To(Succeed())
			Expect(creator(ctx, obj)).To(Equal(name))
			By("applying the object, with a creator in it")
			Expect(serverSideApply(ctx, other, obj.DeepCopy(), map[string]any{
				"apiVersion": obj.GetAPIVersion(), "kind": kind, "spec": spec,
				"metadata": map[string]any{
					"name": obj.GetName(), "namespace": obj.GetNamespace(),
					"annotations": map[string]any{v1alpha1.AnnotationCreatedBy: "eve"},
				},
			})).To(Succeed())
			Expect(creator(ctx, obj)).To(Equal(name))
		})
	}

	It("is not who the object says it is", func(ctx SpecContext) {
		name := person(ctx, everything)
		obj := objectOf("Tenant", newNamespace(ctx), nil)
		obj.SetAnnotations(map[string]string{v1alpha1.AnnotationCreatedBy: "eve", "team": "red"})
		create(ctx, As(name), obj)
		Expect(creator(ctx, obj)).To(Equal(name))
		Expect(obj.GetAnnotations()).To(HaveKeyWithValue("team", "red"))
	})

	It("is the one whom an administrator acts as", func(ctx SpecContext) {
		obj := objectOf("Tenant", newNamespace(ctx), nil)
		create(ctx, As("alice@example.com", "system:masters"), obj)
		Expect(creator(ctx, obj)).To(Equal("alice@example.com"))
	})

	It("is stamped on what is made by server-side apply", func(ctx SpecContext) {
		name := person(ctx, everything)
		t := newTenant(newNamespace(ctx), "acme")
		Expect(serverSideApply(ctx, As(name), t, map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Tenant",
			"metadata": map[string]any{"name": t.Name, "namespace": t.Namespace},
		})).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(k8sClient.Delete(ctx, t)).To(Succeed())
			Expect(k8sClient.Patch(ctx, t, mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		})
		Expect(t.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, name))
	})

	It("is set by the operator, who brings a former one back", func(ctx SpecContext) {
		obj := objectOf("Tenant", newNamespace(ctx), nil)
		create(ctx, k8sClient, obj)
		Expect(operator().Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":"former@example.com"}}}`))).To(Succeed())
		Expect(creator(ctx, obj)).To(Equal("former@example.com"))

		By("dropping it, which not even the operator does")
		Expect(operator().Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":null}}}`))).To(Succeed())
		Expect(creator(ctx, obj)).To(Equal("former@example.com"))
	})
})
