// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// ownIngress is an Ingress of a tenant's after change.
func ownIngress(namespace string, change func(*networkingv1.Ingress)) *networkingv1.Ingress {
	obj := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"}, Spec: ingressSpec(ownHost)}
	change(obj)
	return obj
}

func withTLS(hosts ...string) func(*networkingv1.Ingress) {
	return func(i *networkingv1.Ingress) {
		i.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{ownHost}, SecretName: "own"}, {Hosts: hosts, SecretName: "own"}}
	}
}

func withRules(hosts ...string) func(*networkingv1.Ingress) {
	return func(i *networkingv1.Ingress) { i.Spec = ingressSpec(hosts...) }
}

func withPath(path string) func(*networkingv1.Ingress) {
	return func(i *networkingv1.Ingress) {
		i.Spec.Rules[0].HTTP.Paths = append(i.Spec.Rules[0].HTTP.Paths, *i.Spec.Rules[0].HTTP.Paths[0].DeepCopy())
		last := &i.Spec.Rules[0].HTTP.Paths[1]
		last.Path, last.PathType = path, ptr.To(networkingv1.PathTypeImplementationSpecific)
	}
}

// ofResource is a backend that is no Service.
var ofResource = networkingv1.IngressBackend{Resource: &corev1.TypedLocalObjectReference{
	APIGroup: new("traefik.io"), Kind: "TraefikService", Name: "api@internal",
}}

var _ = Describe("An Ingress in a tenant's place", Ordered, func() {
	const policy = "tenantry-ingresses"
	var (
		namespace          string
		c, lord, overrider client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		c, overrider, lord = As(person(ctx, everything)), As(person(ctx, everything, override)), As(lordOf(ctx, namespace))
	})

	DescribeTable("takes no requests for others:",
		func(ctx SpecContext, change func(*networkingv1.Ingress), words string) {
			plain := ownIngress(namespace, func(*networkingv1.Ingress) {})
			Expect(c.Create(ctx, plain)).To(Succeed())
			DeferCleanup(func(ctx SpecContext) { Expect(c.Delete(ctx, plain)).To(Succeed()) })

			for _, as := range []client.Client{c, lord} {
				obj := ownIngress(namespace, change)
				obj.Name = "other"
				Expect(as.Create(ctx, obj)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(words))))
				changed := plain.DeepCopy()
				change(changed)
				Expect(as.Update(ctx, changed)).To(beForbiddenBy(policy))
			}
			Expect(c.Create(ctx, ownIngress(newNamespace(ctx), change), client.DryRunAll)).To(Succeed(), "elsewhere it may")
			for _, as := range []client.Client{overrider, k8sClient, exempt()} {
				changed := plain.DeepCopy()
				change(changed)
				Expect(as.Update(ctx, changed, client.DryRunAll)).To(Succeed())
			}
		},
		Entry("not another tenant's host", withRules(ownHost, "initech.tenantry.example"),
			"host initech.tenantry.example is not this tenant's; use one of the tenant's own: "+ownHost+", "+customHost),
		Entry("not a host that ends like its own", withRules("evil-"+ownHost), "is not this tenant's"),
		Entry("not a host below its own", withRules("www."+ownHost), "is not this tenant's"),
		Entry("not a wildcard", withRules("*.tenantry.example"), "host *.tenantry.example is not this tenant's"),
		Entry("not any host", withRules(ownHost, ""), "every rule needs a host"),
		Entry("not what no rule takes", func(i *networkingv1.Ingress) {
			i.Spec.DefaultBackend = i.Spec.Rules[0].HTTP.Paths[0].Backend.DeepCopy()
			i.Spec.Rules = nil
		}, "spec.defaultBackend"),
		Entry("not what no rule takes, beside rules of its own", func(i *networkingv1.Ingress) {
			i.Spec.DefaultBackend = i.Spec.Rules[0].HTTP.Paths[0].Backend.DeepCopy()
		}, "spec.defaultBackend"),
		Entry("not by a certificate for another's host", withTLS("initech.tenantry.example"), "spec.tls"),
		Entry("not by a certificate for a wildcard", withTLS("*.tenantry.example"), "spec.tls"),
		Entry("not by a certificate for no host in particular", withTLS(), "spec.tls"),
		Entry("not by a path that ends a rule of Traefik's", withPath("/`) || Host(`www.bank.example"), "holds no backtick"),
		Entry("not by a path that ends a rule in double quotes", withPath(`/" || Host("www.bank.example`), "holds no backtick, double quote"),
		Entry("not by a path that takes the end of a rule away", withPath(`/\`), "backslash"),
		Entry("not by a path of two lines", withPath("/\nlocation /"), "control character"),
		Entry("not by a path with a control character beyond ASCII", withPath("/\u0085"), "control character"),
		Entry("not to what the controller itself serves", func(i *networkingv1.Ingress) {
			i.Spec.Rules[0].HTTP.Paths[0].Backend = ofResource
		}, "leads to Services alone; name one in backend.service"),
		Entry("not to what the controller itself serves, by default", func(i *networkingv1.Ingress) {
			i.Spec.DefaultBackend = &ofResource
		}, "spec.defaultBackend"),
	)

	DescribeTable("takes requests for the tenant:",
		func(ctx SpecContext, change func(*networkingv1.Ingress)) {
			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, ownIngress(namespace, change), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("for its host", withRules(ownHost)),
		Entry("for all of its hosts", withRules(ownHost, customHost, ownHost)),
		Entry("with certificates", withTLS(customHost)),
		Entry("at any other path", withPath("/a-b_c.d~e/%20!$&'()*+,;=:@/[0-9]{2}|é")),
		Entry("at a path that it leaves out", withPath("")),
		Entry("at no path in particular", func(i *networkingv1.Ingress) { i.Spec.Rules[0].HTTP = nil }),
	)

	It("takes none while no host leads into the place, with whatever is written", func(ctx SpecContext) {
		for _, annotations := range []string{`null`, `{"tenantry.io/hosts":""}`, `{"tenantry.io/hosts":","}`} {
			ns := place(ctx)
			Expect(operator().Patch(ctx, ns, mergePatch(`{"metadata":{"annotations":`+annotations+`}}`))).To(Succeed())
			for _, host := range []string{ownHost, ""} {
				Eventually(func() error {
					return c.Create(ctx, ownIngress(ns.Name, withRules(host)), client.DryRunAll)
				}).WithContext(ctx).WithTimeout(eventualTimeout).Should(And(
					beForbiddenBy(policy), MatchError(ContainSubstring("no host leads into this place yet"))))
			}
		}
	})

	It("that was there before may be labelled, released and put right by anybody", func(ctx SpecContext) {
		old := ownIngress(namespace, func(i *networkingv1.Ingress) {
			i.Spec = ingressSpec("initech.tenantry.example")
			i.Name, i.Finalizers = "old", []string{"example.com/held"}
			i.Annotations = map[string]string{"nginx.ingress.kubernetes.io/server-snippet": "evil"}
		})
		Expect(exempt().Create(ctx, old)).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"metadata":{"labels":{"a":"b"},"annotations":{"note":"b"},"finalizers":null}}`))).To(Succeed())
		Expect(c.Status().Patch(ctx, old, mergePatch(`{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}`))).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"ingressClassName":"other"}}`))).To(beForbiddenBy(policy))
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"rules":[{"host":"`+ownHost+`"}]}}`))).To(Succeed())
		Expect(c.Delete(ctx, old)).To(Succeed())
	})
})

var _ = Describe("Annotations of routes in a tenant's place", Ordered, func() {
	const policy = "tenantry-route-annotations"
	var (
		namespace    string
		c, overrider client.Client
	)
	routes := func(namespace, key, value string) []client.Object {
		annotations := map[string]string{key: value}
		route := gatewayObject("HTTPRoute", namespace, "own", "hostnames: ["+ownHost+"]")
		route.SetAnnotations(annotations)
		return []client.Object{
			ownIngress(namespace, func(i *networkingv1.Ingress) { i.Annotations = annotations }),
			route,
		}
	}
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		c, overrider = As(person(ctx, everything)), As(person(ctx, everything, override))
	})

	DescribeTable("are refused where they could lead others' traffic astray:",
		func(ctx SpecContext, key, value string) {
			for _, obj := range routes(namespace, key, value) {
				Expect(c.Create(ctx, obj)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("metadata.annotations: "+key+" can change"))))
				Expect(overrider.Create(ctx, obj, client.DryRunAll)).To(Succeed())
			}
			for _, obj := range routes(namespace, "note", "mine") {
				Expect(c.Create(ctx, obj)).To(Succeed())
				Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"`+key+`":"`+value+`"}}}`))).To(beForbiddenBy(policy))
				Expect(c.Delete(ctx, obj)).To(Succeed())
			}
			for _, obj := range routes(newNamespace(ctx), key, value) {
				Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed(), "elsewhere it may")
			}
		},
		Entry("configuration for nginx", "nginx.ingress.kubernetes.io/server-snippet", "return 200;"),
		Entry("more hosts", "nginx.ingress.kubernetes.io/server-alias", "www.bank.example"),
		Entry("who may ask, but for everybody", "nginx.ingress.kubernetes.io/whitelist-source-range", "10.0.0.0/8"),
		Entry("a middleware of another namespace", "traefik.ingress.kubernetes.io/router.middlewares", "acme-initech-auth@kubernetescrd"),
		Entry("another door of the edge", "traefik.ingress.kubernetes.io/router.entrypoints", "traefik"),
		Entry("a precedence", "traefik.ingress.kubernetes.io/router.priority", "1000"),
		Entry("configuration for HAProxy", "haproxy.org/backend-config-snippet", "evil"),
		Entry("the same under a name of Argo CD's", "argocd.argoproj.io/backend-config-snippet", "evil"),
		Entry("the same without a prefix", "backend-config-snippet", "evil"),
		Entry("a name in the DNS", "external-dns.alpha.kubernetes.io/hostname", "www.bank.example"),
		Entry("the cluster's issuer", "cert-manager.io/cluster-issuer", "letsencrypt"),
		Entry("the cluster's issuer by its kind", "cert-manager.io/issuer-kind", "ClusterIssuer"),
		Entry("another's name in a certificate", "cert-manager.io/common-name", "www.bank.example"),
		Entry("labels on a certificate's Secret", "cert-manager.io/secret-template", "{}"),
		Entry("a place of the operator's", v1alpha1.AnnotationHosts, "www.bank.example"),
	)

	DescribeTable("are let through where they are harmless:",
		func(ctx SpecContext, key, value string) {
			for _, obj := range routes(namespace, key, value) {
				Expect(c.Create(ctx, obj)).To(Succeed())
				Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":null}}`))).To(Succeed())
				Expect(c.Patch(ctx, obj, mergePatch(`{"metadata":{"annotations":{"`+key+`":"`+value+`"}}}`))).To(Succeed())
				Expect(c.Delete(ctx, obj)).To(Succeed())
			}
		},
		Entry("kubectl's", "kubectl.kubernetes.io/last-applied-configuration", "{}"),
		Entry("Argo CD's", "argocd.argoproj.io/tracking-id", "a:networking.k8s.io/Ingress:b/own"),
		Entry("Argo CD's order", "argocd.argoproj.io/sync-wave", "1"),
		Entry("Helm's", "meta.helm.sh/release-name", "own"),
		Entry("a remark", "description", "the shop"),
		Entry("an issuer of the place", "cert-manager.io/issuer", "own"),
		Entry("what cert-manager writes on the Ingress for its challenge", "nginx.ingress.kubernetes.io/whitelist-source-range", "0.0.0.0/0,::/0"),
	)
})
