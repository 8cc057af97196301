// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A stolen token of the operator is confined to places:", func() {
	const policy = "tenantry-operator"
	in := func(namespace string, objects ...client.Object) []client.Object {
		for _, obj := range objects {
			obj.SetNamespace(namespace)
		}
		return objects
	}
	routes := func(namespace string) []client.Object {
		labelled := in(namespace,
			gatewayObject("HTTPRoute", namespace, "portal", "hostnames: ["+ownHost+"]"),
			gatewayObject("ListenerSet", namespace, "portal", "parentRef: {name: edge}, listeners: [{name: http, port: 80, protocol: HTTP}]"))
		for _, obj := range labelled {
			obj.SetLabels(ownLabels())
		}
		return labelled
	}

	It("it makes, changes and deletes nothing elsewhere, marked or not", func(ctx SpecContext) {
		elsewhere := newNamespace(ctx)
		for _, obj := range append(owned(elsewhere), routes(elsewhere)...) {
			Expect(operator().Create(ctx, obj)).To(beForbiddenBy(policy))
			Expect(exempt().Create(ctx, obj)).To(Succeed())
			Expect(operator().Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(beForbiddenBy(policy))
			Expect(operator().Delete(ctx, obj)).To(beForbiddenBy(policy))
		}
		home := place(ctx).Name
		for _, obj := range append(owned(home), routes(home)...) {
			Expect(operator().Create(ctx, obj)).To(Succeed(), "its legal twin")
		}
	})

	It("it deletes a tenant's own routes in its place, and changes none", func(ctx SpecContext) {
		for namespace, deletes := range map[string]bool{place(ctx).Name: true, newNamespace(ctx): false} {
			for _, obj := range append(routes(namespace), ownIngress(namespace, func(*networkingv1.Ingress) {})) {
				obj.SetLabels(nil)
				Expect(exempt().Create(ctx, obj)).To(Succeed())
				Expect(operator().Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(beForbiddenBy(policy))
				if deletes {
					Expect(operator().Delete(ctx, obj)).To(Succeed())
				} else {
					Expect(operator().Delete(ctx, obj)).To(beForbiddenBy(policy))
				}
			}
		}
	})

	It("it holds no namespace by a finalizer", func(ctx SpecContext) {
		held := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: placeLabels(), Finalizers: []string{stuck}}}
		Expect(operator().Create(ctx, held, client.DryRunAll)).To(beForbiddenBy(policy))
		held.Finalizers, held.Spec.Finalizers = nil, []corev1.FinalizerName{stuck}
		Expect(operator().Create(ctx, held, client.DryRunAll)).To(beForbiddenBy(policy))
		ns := place(ctx)
		hold := mergePatch(`{"metadata":{"finalizers":["` + stuck + `"]}}`)
		Expect(operator().Patch(ctx, ns.DeepCopy(), hold)).To(beForbiddenBy(policy))

		By("leaving alone what another put there")
		Expect(exempt().Patch(ctx, ns.DeepCopy(), hold)).To(Succeed())
		Expect(operator().Patch(ctx, ns.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
		Expect(operator().Patch(ctx, ns.DeepCopy(), mergePatch(`{"metadata":{"finalizers":["`+stuck+`","`+stuck+`2"]}}`))).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, ns.DeepCopy(), mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed())
	})

	It("it makes nothing in its own namespace and Kubernetes', where it would open the way to others", func(ctx SpecContext) {
		for _, namespace := range []string{"kube-system", "tenantry-system", "default"} {
			for _, obj := range in(namespace,
				&networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "open", Labels: ownLabels()}},
				&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "open", Labels: ownLabels()}},
				adminSecret(namespace),
			) {
				Expect(operator().Create(ctx, obj, client.DryRunAll)).To(beForbiddenBy(policy))
			}
		}
	})

	It("among the claims of hosts it makes claims alone, and gives one to a tenant that comes back", func(ctx SpecContext) {
		const hosts = "tenantry-hosts"
		for _, obj := range owned(hosts) {
			if _, isClaim := obj.(*corev1.ConfigMap); isClaim {
				continue
			}
			Expect(operator().Create(ctx, obj, client.DryRunAll)).To(beForbiddenBy(policy))
		}
		claim := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Namespace: hosts, Name: place(ctx).Name + ".example", Labels: ownLabels(),
			Annotations: map[string]string{v1alpha1.AnnotationTenantUID: "former"},
		}}
		Expect(operator().Create(ctx, claim)).To(Succeed())
		Expect(operator().Patch(ctx, claim, mergePatch(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"present"}}}`))).To(Succeed())
		Expect(operator().Patch(ctx, claim, mergePatch(`{"metadata":{"labels":{"tenantry.io/tenant":"other"}}}`))).To(beForbiddenBy(policy))
		Expect(operator().Delete(ctx, claim)).To(Succeed())
	})

	DescribeTable("it makes no namespace of another sort, and makes none one", func(ctx SpecContext, change func(map[string]string)) {
		labels := placeLabels()
		change(labels)
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: labels}}
		Expect(operator().Create(ctx, ns)).To(beForbiddenBy(policy))
		changed := place(ctx)
		change(changed.Labels)
		Expect(operator().Patch(ctx, changed, client.MergeFrom(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: changed.Name, Labels: placeLabels(), Annotations: changed.Annotations,
		}}))).To(beForbiddenBy(policy))
	},
		Entry("not an unmanaged one", func(labels map[string]string) { delete(labels, v1alpha1.LabelManaged) }),
		Entry("not one that is said to be none", func(labels map[string]string) { labels[v1alpha1.LabelManaged] = "false" }),
		Entry("not with privileged pods", func(labels map[string]string) { labels[podSecurity] = "privileged" }),
		Entry("not with pods of an older standard", func(labels map[string]string) { labels[podSecurity+"-version"] = "v1.0" }),
		Entry("not with pods of any kind", func(labels map[string]string) { delete(labels, podSecurity) }),
	)

	It("it makes a namespace for restricted pods, and for those of the baseline", func(ctx SpecContext) {
		ns := place(ctx)
		Expect(operator().Patch(ctx, ns, mergePatch(`{"metadata":{"labels":{"`+podSecurity+`":"restricted"}}}`))).To(Succeed())
		Expect(operator().Patch(ctx, ns, mergePatch(`{"metadata":{"labels":{"`+podSecurity+`":"baseline"}}}`))).To(Succeed())
	})

	It("it moves nothing from one tenant to another, and gives a place back that was kept", func(ctx SpecContext) {
		ns := place(ctx)
		kept := retained.with("{}")
		kept.SetNamespace(ns.Name)
		kept.SetLabels(ownLabels())
		Expect(operator().Create(ctx, kept)).To(Succeed())
		for _, obj := range append(makeOwned(ctx, ns.Name), ns, kept) {
			for _, labels := range []string{`{"tenantry.io/tenant":"other"}`, `{"tenantry.io/parent":"other"}`, `{"tenantry.io/tenant":null}`} {
				Expect(operator().Patch(ctx, obj.DeepCopyObject().(client.Object), mergePatch(`{"metadata":{"labels":`+labels+`}}`))).To(beForbiddenBy(policy))
			}
		}
		Expect(operator().Patch(ctx, ns, mergePatch(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"present","tenantry.io/retained-until":null}}}`))).To(Succeed())
		Expect(operator().Delete(ctx, kept)).To(Succeed())
	})

	It("it remembers who was deleted in a plain namespace, too", func(ctx SpecContext) {
		kept := retained.with("{}")
		kept.SetNamespace(newNamespace(ctx))
		kept.SetLabels(ownLabels())
		Expect(operator().Create(ctx, kept)).To(Succeed())
		Expect(operator().Patch(ctx, kept, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(Succeed())
		Expect(operator().Delete(ctx, kept)).To(Succeed())
	})

	DescribeTable("it opens no Service to the world", func(ctx SpecContext, change func(*corev1.Service)) {
		service := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: place(ctx).Name, Name: "portal", Labels: ownLabels()},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}},
		}
		opened := service.DeepCopy()
		change(opened)
		Expect(operator().Create(ctx, opened)).To(beForbiddenBy(policy))
		Expect(operator().Create(ctx, service)).To(Succeed(), "its legal twin")
		opened = service.DeepCopy()
		change(opened)
		Expect(operator().Patch(ctx, opened, client.MergeFrom(service))).To(beForbiddenBy(policy))
		Expect(operator().Patch(ctx, service, mergePatch(`{"spec":{"type":"ExternalName","externalName":"portal.example","clusterIP":null,"clusterIPs":null}}`))).To(Succeed())
	},
		Entry("not by a port of every node", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }),
		Entry("not by a load balancer", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer }),
		Entry("not at others' addresses", func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} }),
	)
})
