// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// forgeries are lies to the operator, or in its name.
func forgeries(target func() *victim) {
	It("nobody makes a Tenant in another's name", func(ctx SpecContext) {
		namespace := target().tenant.Namespace
		forged := newTenant(ctx, namespace, harness.UniqueName("forged"), func(t *v1alpha1.Tenant) {
			t.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "boss@acme.example", "note": "mine"}
		})
		creator := forged.Annotations[v1alpha1.AnnotationCreatedBy]
		Expect(creator).NotTo(Or(BeEmpty(), Equal("boss@acme.example")))
		Expect(forged.Annotations).To(HaveKeyWithValue("note", "mine"))

		Expect(admin.Patch(ctx, forged, merge(`{"metadata":{"annotations":{"tenantry.io/created-by":"boss@acme.example"}}}`))).To(Succeed())
		Expect(forged.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, creator))
		Expect(admin.Patch(ctx, forged, merge(`{"metadata":{"annotations":null}}`))).To(Succeed())
		Expect(forged.Annotations).To(Equal(map[string]string{v1alpha1.AnnotationCreatedBy: creator}))
	})

	It("nobody marks an object of their own as the operator's", func(ctx SpecContext) {
		v := target()
		for who, as := range map[string]client.Client{"a cluster admin": admin, "a tenant's admin": v.tenantAdmin} {
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
				Namespace: v.tenant.Status.Namespace, Name: harness.UniqueName("mine"),
				Labels: map[string]string{"tenantry.io/managed": "true"},
			}}
			Expect(as.Create(ctx, object)).To(refusedByPolicy(), who)
			object.Labels = map[string]string{"team": "blue"}
			Expect(as.Create(ctx, object)).To(Succeed(), who)
			Expect(as.Patch(ctx, object, merge(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).To(refusedByPolicy(), who)
			Expect(as.Patch(ctx, object, merge(`{"metadata":{"labels":{"team":"red"}}}`))).To(Succeed(), who)
			Expect(as.Delete(ctx, object)).To(Succeed(), who)
		}
	})

	It("nobody marks a Tenant as made by the operator", func(ctx SpecContext) {
		tenant := target().tenant
		Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(`{"metadata":{"labels":{"tenantry.io/parent":"kube-system"}}}`), client.DryRunAll)).To(refusedByPolicy())
		Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"x"}}}`), client.DryRunAll)).To(refusedByPolicy())
		Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(`{"metadata":{"labels":{"tier":"gold"}}}`), client.DryRunAll)).To(Succeed())
	})

	It("nobody writes the status of a Tenant", func(ctx SpecContext) {
		v := target()
		for _, lie := range []string{
			`{"status":{"hosts":["www.bank.example"]}}`,
			`{"status":{"namespace":"kube-system"}}`,
			`{"status":{"superAdmin":"evil@example.com"}}`,
			`{"status":{"conditions":null}}`,
		} {
			Expect(admin.Status().Patch(ctx, v.tenant.DeepCopy(), merge(lie))).To(refusedByPolicy(), lie)
		}
		Expect(admin.Patch(ctx, v.tenant.DeepCopy(), merge(`{"spec":{"displayName":"Mine"}}`), client.DryRunAll)).To(Succeed())
		now := &v1alpha1.Tenant{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(v.tenant), now)).To(Succeed())
		Expect(now).To(Equal(v.tenant))
	})

	It("nobody writes what a quota has counted", func(ctx SpecContext) {
		v := target()
		lie := merge(`{"status":{"used":{"count/tenantaccessgrants.tenantry.io":"0","pods":"0"},"hard":{"pods":"1000000"}}}`)
		quota := get(ctx, v.tenant, "tenantry", &corev1.ResourceQuota{})
		Expect(admin.Status().Patch(ctx, quota.DeepCopy(), lie)).To(refusedByPolicy())
		Expect(get(ctx, v.tenant, "tenantry", &corev1.ResourceQuota{}).Status).To(Equal(quota.Status))

		plain := &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: v.plain.Name, Name: harness.UniqueName("mine")},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{corev1.ResourcePods: resource.MustParse("1")}},
		}
		Expect(admin.Create(ctx, plain)).To(Succeed())
		Expect(admin.Status().Patch(ctx, plain, merge(`{"status":{"used":{"pods":"1"}}}`))).To(Succeed())
		Expect(admin.Delete(ctx, plain)).To(Succeed())
	})

	It("nobody but who may override lets a Tenant go past its finalizer", func(ctx SpecContext) {
		v := target()
		Expect(v.tenantEditor.Patch(ctx, v.tenant.DeepCopy(), merge(`{"metadata":{"finalizers":["example.com/other"]}}`))).To(Succeed(), "it is put back")
		now := &v1alpha1.Tenant{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(v.tenant), now)).To(Succeed())
		Expect(now.Finalizers).To(ContainElement(v1alpha1.Finalizer))
		Expect(v.tenantEditor.Patch(ctx, v.tenant.DeepCopy(), merge(`{"metadata":{"finalizers":["tenantry.io/cleanup"]}}`))).To(Succeed())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(v.tenant), v.tenant)).To(Succeed())
		Expect(v.tenant.Finalizers).To(HaveExactElements(v1alpha1.Finalizer))
	})
}

// insideAttacks are those of a tenant's own admin, who has Kubernetes' ClusterRole admin in the place.
func insideAttacks(target func() *victim) {
	named := func(namespace, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}

	DescribeTable("a tenant's admin changes nothing that the operator made, and everything of their own:",
		func(ctx SpecContext, ours func(namespace string) client.Object, own func(twin client.Object, host string)) {
			v := target()
			place := v.tenant.Status.Namespace
			as := v.tenantAdmin
			owned := ours(place)
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(owned), owned)).To(Succeed())
			attacked := func() client.Object { return owned.DeepCopyObject().(client.Object) }

			changed := attacked()
			changed.SetAnnotations(map[string]string{"evil": "yes"})
			Expect(as.Update(ctx, changed)).To(refusedByPolicy())
			Expect(as.Patch(ctx, attacked(), merge(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`))).To(refusedByPolicy())
			Expect(as.Patch(ctx, attacked(), merge(`{"metadata":{"finalizers":["example.com/stuck"]}}`))).To(refusedByPolicy())
			Expect(as.Patch(ctx, attacked(), merge(ownedByAnother))).To(refusedByPolicy())
			Expect(as.Delete(ctx, attacked())).To(refusedByPolicy())
			Expect(as.DeleteAllOf(ctx, attacked(), client.InNamespace(place))).To(refusedByPolicy())

			twin := ours(place)
			twin.SetName(harness.UniqueName("mine"))
			own(twin, string(v.tenant.Status.Hosts[0]))
			Expect(as.Create(ctx, twin)).To(Succeed())
			Expect(as.Patch(ctx, twin, merge(`{"metadata":{"annotations":{"note":"mine"}}}`))).To(Succeed())
			Expect(as.Delete(ctx, twin)).To(Succeed())
			after := attacked()
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(owned), after)).To(Succeed())
			Expect(after).To(Equal(owned))
		},
		Entry("ConfigMaps", func(namespace string) client.Object {
			return &corev1.ConfigMap{ObjectMeta: named(namespace, "tenantry")}
		}, func(client.Object, string) {}),
		Entry("Secrets", func(namespace string) client.Object {
			return &corev1.Secret{ObjectMeta: named(namespace, "tenant-admin")}
		}, func(client.Object, string) {}),
		Entry("Services", func(namespace string) client.Object {
			return &corev1.Service{ObjectMeta: named(namespace, "portal")}
		}, func(o client.Object, _ string) { o.(*corev1.Service).Spec.Ports = []corev1.ServicePort{{Port: 80}} }),
		Entry("NetworkPolicies", func(namespace string) client.Object {
			return &networkingv1.NetworkPolicy{ObjectMeta: named(namespace, "tenantry")}
		}, func(client.Object, string) {}),
		Entry("Ingresses", func(namespace string) client.Object {
			return &networkingv1.Ingress{ObjectMeta: named(namespace, "portal")}
		}, func(o client.Object, host string) { o.(*networkingv1.Ingress).Spec = routeFor(host) }),
	)

	It("a tenant's admin has no say in quotas and limits at all", func(ctx SpecContext) {
		v := target()
		as := v.tenantAdmin
		for _, ours := range []client.Object{
			&corev1.ResourceQuota{ObjectMeta: named(v.tenant.Status.Namespace, "tenantry")},
			&corev1.LimitRange{ObjectMeta: named(v.tenant.Status.Namespace, "tenantry")},
		} {
			Expect(as.Get(ctx, client.ObjectKeyFromObject(ours), ours)).To(Succeed(), "everybody may see them")
			Expect(as.Delete(ctx, ours)).To(Satisfy(apierrors.IsForbidden))
			Expect(as.Patch(ctx, ours, merge(`{"spec":null}`))).To(Satisfy(apierrors.IsForbidden))
		}
	})

	It("a tenant's admin reaches nothing beside their place", func(ctx SpecContext) {
		v := target()
		as := v.tenantAdmin
		Expect(as.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(v.plain.Name))).To(Satisfy(apierrors.IsForbidden))
		Expect(as.List(ctx, &corev1.SecretList{})).To(Satisfy(apierrors.IsForbidden))
		Expect(as.Get(ctx, client.ObjectKeyFromObject(v.tenant), &v1alpha1.Tenant{})).To(Satisfy(apierrors.IsForbidden))
		Expect(as.Patch(ctx, v.tenant.DeepCopy(), merge(`{"spec":{"limits":{"agents":1000}}}`))).To(Satisfy(apierrors.IsForbidden))
		Expect(as.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(v.tenant.Status.Namespace))).To(Succeed())
	})
}

// routeFor is an Ingress to a Service of the tenant's own, for one host.
func routeFor(host string) networkingv1.IngressSpec {
	return networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
		Host: host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
			Path: "/mine", PathType: new(networkingv1.PathTypePrefix), Backend: ownBackend,
		}}}},
	}}}
}

// ownBackend is a Service of the tenant's own.
var ownBackend = networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
	Name: "mine", Port: networkingv1.ServiceBackendPort{Number: 80},
}}
