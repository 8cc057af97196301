// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// gatewayObject is an object of the Gateway API, version 1, with a spec in YAML's flow style.
func gatewayObject(kind, namespace, name, fields string) *unstructured.Unstructured {
	GinkgoHelper()
	obj := &unstructured.Unstructured{Object: parse(spec(fields))}
	obj.SetAPIVersion("gateway.networking.k8s.io/v1")
	obj.SetKind(kind)
	obj.SetNamespace(namespace)
	obj.SetName(name)
	return obj
}

var _ = Describe("A Service in a tenant's place", Ordered, func() {
	const policy = "tenantry-services"
	var (
		namespace          string
		c, lord, overrider client.Client
	)
	service := func(namespace string, change func(*corev1.Service)) *corev1.Service {
		obj := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"},
			Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "own"}, Ports: []corev1.ServicePort{{Port: 80}}},
		}
		change(obj)
		return obj
	}
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		c, overrider, lord = As(person(ctx, everything)), As(person(ctx, everything, override)), As(lordOf(ctx, namespace))
	})

	DescribeTable("does not reach out of it:",
		func(ctx SpecContext, change func(*corev1.Service), field string) {
			plain := service(namespace, func(*corev1.Service) {})
			Expect(c.Create(ctx, plain)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(c.Delete(ctx, plain)).To(Succeed()) })

			for _, as := range []client.Client{c, lord} {
				obj := service(namespace, change)
				obj.Name = "other"
				Expect(as.Create(ctx, obj)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(field))))
				changed := plain.DeepCopy()
				change(changed)
				Expect(as.Update(ctx, changed)).To(beForbiddenBy(policy))
			}
			Expect(c.Create(ctx, service(newNamespace(ctx), change), client.DryRunAll)).To(Succeed(), "elsewhere it may")
			for _, as := range []client.Client{overrider, k8sClient, exempt()} {
				changed := plain.DeepCopy()
				change(changed)
				Expect(as.Update(ctx, changed, client.DryRunAll)).To(Succeed())
			}
		},
		Entry("not under another's name", func(s *corev1.Service) {
			s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "portal.acme-initech.svc.cluster.local"
		}, "spec.type"),
		Entry("not by a port of every node", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort }, "spec.type"),
		Entry("not by a load balancer", func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeLoadBalancer }, "spec.type"),
		Entry("not at an address that could be another's", func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"192.0.2.1"} }, "spec.externalIPs"),
		Entry("not by a name in the DNS", func(s *corev1.Service) {
			s.Annotations = map[string]string{"external-dns.alpha.kubernetes.io/hostname": "www.bank.example"}
		}, "metadata.annotations"),
	)

	DescribeTable("is the tenant's own for the rest:",
		func(ctx SpecContext, change func(*corev1.Service)) {
			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, service(namespace, change), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("with an address in the cluster", func(*corev1.Service) {}),
		Entry("without one", func(s *corev1.Service) { s.Spec.ClusterIP = corev1.ClusterIPNone }),
		Entry("with annotations of its own", func(s *corev1.Service) { s.Annotations = map[string]string{"prometheus.io/scrape": "true"} }),
	)

	It("that was there before may be labelled, released and put right by anybody", func(ctx SpecContext) {
		old := service(namespace, func(s *corev1.Service) {
			s.Name, s.Spec.Type, s.Finalizers = "old", corev1.ServiceTypeNodePort, []string{"example.com/held"}
		})
		Expect(exempt().Create(ctx, old)).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"metadata":{"labels":{"a":"b"},"finalizers":null}}`))).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"selector":{"app":"other"}}}`))).To(beForbiddenBy(policy))
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"type":"ClusterIP"}}`))).To(Succeed())
		Expect(c.Delete(ctx, old)).To(Succeed())
	})
})

// refusedKinds are objects of kinds that tenants don't write.
func refusedKinds(namespace string) []client.Object {
	named := metav1.ObjectMeta{Namespace: namespace, Name: "own"}
	backend := "rules: [{backendRefs: [{name: own, port: 80}]}]"
	grant := gatewayObject("ReferenceGrant", namespace, "own",
		"from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: evil}], to: [{group: '', kind: Service}]")
	return []client.Object{
		//nolint:staticcheck // deprecated, and served: who can write it leads a Service astray
		&corev1.Endpoints{ObjectMeta: named},
		&discoveryv1.EndpointSlice{ObjectMeta: named, AddressType: discoveryv1.AddressTypeIPv4},
		gatewayObject("Gateway", namespace, "own", "gatewayClassName: edge, listeners: [{name: http, port: 80, protocol: HTTP}]"),
		gatewayObject("ListenerSet", namespace, "own", "parentRef: {name: edge}, listeners: [{name: http, port: 80, protocol: HTTP}]"),
		grant,
		gatewayObject("GRPCRoute", namespace, "own", "hostnames: ["+ownHost+"]"),
		gatewayObject("TLSRoute", namespace, "own", "hostnames: ["+ownHost+"], "+backend),
		gatewayObject("TCPRoute", namespace, "own", backend),
		gatewayObject("UDPRoute", namespace, "own", backend),
	}
}

var _ = Describe("Kinds that lead traffic astray", func() {
	const policy = "tenantry-refused-kinds"
	It("are not made in a tenant's place but by who may override", func(ctx SpecContext) {
		namespace := place(ctx).Name
		c, overrider, lord := As(person(ctx, everything)), As(person(ctx, everything, override)), As(lordOf(ctx, namespace))
		for _, obj := range refusedKinds(namespace) {
			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, obj.DeepCopyObject().(client.Object))).To(And(
					beForbiddenBy(policy), MatchError(ContainSubstring("are not written in a tenant's place"))))
			}
			for _, as := range []client.Client{overrider, k8sClient, exempt()} {
				Expect(as.Create(ctx, obj.DeepCopyObject().(client.Object), client.DryRunAll)).To(Succeed())
			}
		}
	})

	It("are made elsewhere", func(ctx SpecContext) {
		c, namespace := As(person(ctx, everything)), newNamespace(ctx)
		for _, obj := range refusedKinds(namespace) {
			Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		}
	})

	It("are not changed there, but released and deleted by anybody", func(ctx SpecContext) {
		c, namespace := As(person(ctx, everything)), place(ctx).Name
		for _, obj := range refusedKinds(namespace) {
			obj.SetFinalizers([]string{"example.com/held"})
			Expect(exempt().Create(ctx, obj)).To(Succeed())
			Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"a":"b"}}}`))).To(beForbiddenBy(policy))
			if obj.GetObjectKind().GroupVersionKind().Group == "gateway.networking.k8s.io" {
				Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed(), "a controller releases it")
			} else {
				Expect(exempt().Patch(ctx, obj, mergePatch(`{"metadata":{"finalizers":null}}`))).To(Succeed())
			}
			Expect(c.Delete(ctx, obj)).To(Succeed())
		}
	})

	It("leave a slice of a Service of the tenant's to Kubernetes", func(ctx SpecContext) {
		c, namespace := As(person(ctx, everything)), place(ctx).Name
		Expect(c.Create(ctx, &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"},
			Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "own"}, Ports: []corev1.ServicePort{{Port: 80}}},
		})).To(Succeed())
		var found discoveryv1.EndpointSliceList
		Eventually(func() ([]discoveryv1.EndpointSlice, error) {
			err := k8sClient.List(ctx, &found, client.InNamespace(namespace))
			return found.Items, err
		}).WithContext(ctx).WithTimeout(eventualTimeout).Should(HaveLen(1))
		Expect(c.Patch(ctx, &found.Items[0], mergePatch(`{"endpoints":[{"addresses":["192.0.2.1"]}]}`))).To(beForbiddenBy(policy))
	})
})
