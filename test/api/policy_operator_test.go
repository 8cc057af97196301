// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// adminSecret is a place's Secret as the operator makes it.
func adminSecret(namespace string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenant-admin", Labels: ownLabels()},
		Type:       corev1.SecretTypeBasicAuth,
		Data:       map[string][]byte{corev1.BasicAuthUsernameKey: []byte("admin")},
	}
}

// Who has stolen the operator's token has its rights; these are what they are still not good for.
var _ = Describe("A stolen token of the operator", func() {
	const policy = "tenantry-operator"

	It("makes no token of a strong ServiceAccount", func(ctx SpecContext) {
		secret := adminSecret("kube-system")
		secret.Type, secret.Data = corev1.SecretTypeServiceAccountToken, nil
		secret.Annotations = map[string]string{corev1.ServiceAccountNameKey: "clusterrole-aggregation-controller"}
		Expect(operator().Create(ctx, secret)).To(beForbiddenBy(policy))

		other := adminSecret(place(ctx).Name)
		other.Name = "other"
		Expect(operator().Create(ctx, other)).To(beForbiddenBy(policy))

		Expect(operator().Create(ctx, adminSecret(place(ctx).Name))).To(Succeed(), "its legal twin")
	})

	It("changes and deletes nothing that is not the operator's", func(ctx SpecContext) {
		foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: newNamespace(ctx), Name: "settings"}}
		Expect(operator().Create(ctx, foreign.DeepCopy())).To(beForbiddenBy(policy))
		Expect(k8sClient.Create(ctx, foreign)).To(Succeed())
		Expect(operator().Patch(ctx, foreign.DeepCopy(), mergePatch(`{"data":{"a":"b"}}`))).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, foreign.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).
			To(beForbiddenBy(policy), "adoption")
		Expect(operator().Delete(ctx, foreign)).To(beForbiddenBy(policy))

		own := foreign.DeepCopy()
		own.Namespace, own.ResourceVersion, own.Labels = place(ctx).Name, "", ownLabels()
		Expect(operator().Create(ctx, own)).To(Succeed(), "its legal twin")
		Expect(operator().Delete(ctx, own)).To(Succeed())
	})

	It("takes no namespace that is not a place", func(ctx SpecContext) {
		foreign := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: newNamespace(ctx)}}
		Expect(operator().Patch(ctx, foreign.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, foreign)).To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, place(ctx))).To(Succeed(), "its legal twin")
	})

	It("ends no pods outside the places", func(ctx SpecContext) {
		ns := newNamespace(ctx)
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "web"},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web"}}},
		}
		Eventually(func() error {
			err := k8sClient.Create(ctx, pod.DeepCopy())
			if apierrors.IsAlreadyExists(err) {
				return nil
			}
			return err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed(), "once the namespace has its ServiceAccount")
		Expect(operator().DeleteAllOf(ctx, &corev1.Pod{}, client.InNamespace(ns))).To(beForbiddenBy(policy))
	})

	It("makes no Tenant but one to restore a place, in the name of its former creator", func(ctx SpecContext) {
		restored := func(change func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
			t := newTenant(newNamespace(ctx), "acme")
			t.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "former@example.com"}
			t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: "5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}
			change(t)
			return t
		}
		for _, change := range []func(*v1alpha1.Tenant){
			func(t *v1alpha1.Tenant) { t.Spec.RestoreFrom = nil },
			func(t *v1alpha1.Tenant) { t.Annotations = nil }, // the operator itself is stamped
			func(t *v1alpha1.Tenant) { t.Annotations[v1alpha1.AnnotationCreatedBy] = operatorName },
			func(t *v1alpha1.Tenant) { t.Annotations[v1alpha1.AnnotationCreatedBy] = "" },
			func(t *v1alpha1.Tenant) { t.Annotations[v1alpha1.AnnotationPurge] = t.Name },
			func(t *v1alpha1.Tenant) { t.Annotations["example.com/a"] = "b" },
			func(t *v1alpha1.Tenant) { t.OwnerReferences = ownedBy("v1", "ConfigMap", false) },
		} {
			Expect(operator().Create(ctx, restored(change))).To(beForbiddenBy(policy))
		}
		legal := restored(func(*v1alpha1.Tenant) {})
		tenant(ctx, operator(), legal)
		Expect(legal.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, "former@example.com"))
		Expect(legal.Finalizers).To(ContainElement(v1alpha1.Finalizer))
	})

	It("makes, changes and deletes of the edge and of what is kept only what bears the label", func(ctx SpecContext) {
		ns := place(ctx).Name
		kept := retained.with("{}")
		kept.SetNamespace(ns)
		for _, obj := range []client.Object{
			kept,
			gatewayObject("HTTPRoute", ns, "portal", "hostnames: ["+ownHost+"]"),
			gatewayObject("ListenerSet", ns, "portal", "parentRef: {name: edge}, listeners: [{name: http, port: 80, protocol: HTTP}]"),
		} {
			foreign, own := obj.DeepCopyObject().(client.Object), obj.DeepCopyObject().(client.Object)
			Expect(operator().Create(ctx, foreign)).To(beForbiddenBy(policy))
			Expect(exempt().Create(ctx, foreign)).To(Succeed())
			Expect(operator().Patch(ctx, foreign.DeepCopyObject().(client.Object), mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).
				To(beForbiddenBy(policy), "adoption")
			if foreign.GetObjectKind().GroupVersionKind().Kind == "RetainedTenant" {
				Expect(operator().Delete(ctx, foreign.DeepCopyObject().(client.Object))).To(beForbiddenBy(policy))
			}

			own.SetName("own")
			own.SetLabels(ownLabels())
			Expect(operator().Create(ctx, own)).To(Succeed(), "its legal twin")
			Expect(operator().Patch(ctx, own, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
			Expect(operator().Delete(ctx, own)).To(Succeed())
		}
	})

	It("writes no Tenant's spec", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		tenant(ctx, k8sClient, t)
		Expect(operator().Patch(ctx, t.DeepCopy(), mergePatch(`{"spec":{"suspend":true}}`))).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, t, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":"b"}}}`))).To(Succeed(), "its legal twin")
	})

	It("has no Tenant purged or deleted, and changes nothing of what people note on it", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		t.Annotations = map[string]string{"example.com/a": "b"}
		tenant(ctx, k8sClient, t)
		for _, metadata := range []string{
			`{"annotations":{"tenantry.io/purge":"acme"}}`, `{"annotations":{"example.com/a":"c"}}`, `{"annotations":{"example.com/a":null}}`,
			`{"annotations":{"example.com/b":"c"}}`, `{"annotations":null}`, `{"ownerReferences":[` + ownerReference + `]}`,
		} {
			Expect(operator().Patch(ctx, t.DeepCopy(), mergePatch(`{"metadata":`+metadata+`}`))).To(beForbiddenBy(policy), metadata)
		}
		for _, metadata := range []string{`{"annotations":{"tenantry.io/created-by":"former@example.com"}}`, `{"finalizers":null}`} {
			Expect(operator().Patch(ctx, t.DeepCopy(), mergePatch(`{"metadata":`+metadata+`}`), client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})
})
