// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// reach makes of a harmless object of a tenant's own one that reaches out of the place.
type reach func(object client.Object)

// reachAttacks take others' traffic, or get round the walls of the place, by objects of a tenant's own.
func reachAttacks(target func() *victim) {
	for _, by := range []struct {
		who   string
		actor func(*victim) client.Client
	}{
		{"a tenant's admin", func(v *victim) client.Client { return v.tenantAdmin }},
		{"somebody who may do everything in the place", func(v *victim) client.Client { return v.placeLord }},
	} {
		DescribeTable("nothing reaches out of the place by "+by.who, func(ctx SpecContext, policy string, own func(host string) client.Object, attack reach) {
			reachesNothing(ctx, by.actor(target()), target().tenant, policy, own, attack)
		}, reaches())
	}

	It("nobody but Kubernetes says what is behind a Service of the place", func(ctx SpecContext) {
		v := target()
		forged := &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: v.tenant.Status.Namespace, Name: harness.UniqueName("mine"),
				Labels: map[string]string{discoveryv1.LabelServiceName: "portal"},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"192.0.2.1"}}},
		}
		Expect(v.tenantAdmin.Create(ctx, forged.DeepCopy())).To(Satisfy(apierrors.IsForbidden))
		Expect(v.placeLord.Create(ctx, forged.DeepCopy())).To(refusedBy("tenantry-refused-kinds"))
		elsewhere := forged.DeepCopy()
		elsewhere.Namespace = v.plain.Name
		Expect(v.placeLord.Create(ctx, elsewhere)).To(Succeed())
	})

	It("nobody takes a host that is not the place's by an HTTPRoute", func(ctx SpecContext) {
		v := target()
		route := &gatewayv1.HTTPRoute{
			ObjectMeta: metav1.ObjectMeta{Namespace: v.tenant.Status.Namespace, Name: harness.UniqueName("mine")},
			Spec:       gatewayv1.HTTPRouteSpec{Hostnames: []gatewayv1.Hostname{foreignHost}},
		}
		for _, hosts := range [][]gatewayv1.Hostname{{foreignHost}, {"*.tenantry.example"}, nil} {
			forged := route.DeepCopy()
			forged.Spec.Hostnames = hosts
			Expect(v.placeLord.Create(ctx, forged)).To(refusedBy("tenantry-http-routes"), "%v", hosts)
		}
		route.Spec.Hostnames = []gatewayv1.Hostname{gatewayv1.Hostname(v.tenant.Status.Hosts[0])}
		Expect(v.placeLord.Create(ctx, route)).To(Succeed())
		Expect(v.placeLord.Delete(ctx, route)).To(Succeed())
	})
}

// reachesNothing sees to it that a policy keeps somebody from making an object that reaches out of the
// place, and of making one of their own reach out, which is harmless.
func reachesNothing(ctx SpecContext, as client.Client, tenant *v1alpha1.Tenant, policy string, own func(host string) client.Object, attack reach) {
	GinkgoHelper()
	harmless := own(string(tenant.Status.Hosts[0]))
	harmless.SetNamespace(tenant.Status.Namespace)
	harmless.SetName(harness.UniqueName("mine"))
	forged := harmless.DeepCopyObject().(client.Object)
	attack(forged)
	Expect(as.Create(ctx, forged)).To(refusedBy(policy))

	Expect(as.Create(ctx, harmless)).To(Succeed())
	Expect(retry.RetryOnConflict(retry.DefaultRetry, func() error { // Kubernetes writes to it, too
		if err := as.Get(ctx, client.ObjectKeyFromObject(harmless), harmless); err != nil {
			return err
		}
		changed := harmless.DeepCopyObject().(client.Object)
		attack(changed)
		return as.Update(ctx, changed)
	})).To(refusedBy(policy))
	Expect(as.Patch(ctx, harmless, merge(`{"metadata":{"annotations":{"note":"mine"}}}`))).To(Succeed())
	Expect(as.Delete(ctx, harmless)).To(Succeed())
}

// foreignHost leads into somebody else's place.
const foreignHost = "initech.tenantry.example"

// reaches are the attacks, each by what is harmless and what makes it do harm.
func reaches() []TableEntry {
	stick := func(object client.Object) { object.SetFinalizers([]string{"example.com/stuck"}) }
	return slices.Concat(ingressReaches(), serviceReaches(), networkPolicyReaches(), []TableEntry{
		Entry("by a pod that can't be deleted", "tenantry-pod-finalizers", func(string) client.Object { return harness.Pod("", "") }, reach(stick)),
		Entry("by a ConfigMap that can't be deleted", "tenantry-place-finalizers", func(string) client.Object { return &corev1.ConfigMap{} }, reach(stick)),
	})
}

func ingressReaches() []TableEntry {
	ingress := func(name string, attack func(*networkingv1.IngressSpec)) TableEntry {
		return Entry("by an Ingress "+name, "tenantry-ingresses",
			func(host string) client.Object { return &networkingv1.Ingress{Spec: routeFor(host)} },
			reach(func(o client.Object) { attack(&o.(*networkingv1.Ingress).Spec) }))
	}
	forHost := func(host string) func(*networkingv1.IngressSpec) {
		return func(spec *networkingv1.IngressSpec) { spec.Rules[0].Host = host }
	}
	withTLS := func(hosts ...string) func(*networkingv1.IngressSpec) {
		return func(spec *networkingv1.IngressSpec) {
			spec.TLS = []networkingv1.IngressTLS{{Hosts: hosts, SecretName: "mine"}}
		}
	}
	return []TableEntry{
		ingress("for another's host", forHost(foreignHost)),
		ingress("for any host", forHost("")),
		ingress("for a wildcard", forHost("*.tenantry.example")),
		ingress("with TLS for another's host", withTLS(foreignHost)),
		ingress("with TLS for a wildcard", withTLS("*.tenantry.example")),
		ingress("with TLS for no certain host", withTLS()),
		ingress("for what no other Ingress is for", func(spec *networkingv1.IngressSpec) { spec.DefaultBackend = ownBackend.DeepCopy() }),
	}
}

func serviceReaches() []TableEntry {
	service := func(name string, attack func(*corev1.ServiceSpec)) TableEntry {
		return Entry("by a Service "+name, "tenantry-services", func(string) client.Object {
			return &corev1.Service{Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "mine"}, Ports: []corev1.ServicePort{{Port: 80}}}}
		}, reach(func(o client.Object) { attack(&o.(*corev1.Service).Spec) }))
	}
	return []TableEntry{
		service("at a port of every node", func(spec *corev1.ServiceSpec) { spec.Type = corev1.ServiceTypeNodePort }),
		service("with a load balancer", func(spec *corev1.ServiceSpec) { spec.Type = corev1.ServiceTypeLoadBalancer }),
		service("for another's name", func(spec *corev1.ServiceSpec) {
			spec.Type, spec.ExternalName = corev1.ServiceTypeExternalName, "portal.initech.svc.cluster.local"
		}),
		service("at another's address", func(spec *corev1.ServiceSpec) { spec.ExternalIPs = []string{"192.0.2.1"} }),
	}
}

func networkPolicyReaches() []TableEntry {
	type peers = []networkingv1.NetworkPolicyPeer
	own := peers{{PodSelector: &metav1.LabelSelector{}}}
	sibling := peers{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: "initech"}}}}
	world := peers{{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}}
	policy := func(name string, attack func(*networkingv1.NetworkPolicySpec)) TableEntry {
		return Entry("by a NetworkPolicy that lets "+name, "tenantry-network-policies", func(string) client.Object {
			return &networkingv1.NetworkPolicy{Spec: networkingv1.NetworkPolicySpec{
				Ingress: []networkingv1.NetworkPolicyIngressRule{{From: own}},
				Egress:  []networkingv1.NetworkPolicyEgressRule{{To: own}},
			}}
		}, reach(func(o client.Object) { attack(&o.(*networkingv1.NetworkPolicy).Spec) }))
	}
	in := func(from peers) func(*networkingv1.NetworkPolicySpec) {
		return func(spec *networkingv1.NetworkPolicySpec) { spec.Ingress[0].From = from }
	}
	out := func(to peers) func(*networkingv1.NetworkPolicySpec) {
		return func(spec *networkingv1.NetworkPolicySpec) { spec.Egress[0].To = to }
	}
	return []TableEntry{
		policy("a sibling in", in(sibling)),
		policy("the world in", in(world)),
		policy("everybody in", in(nil)),
		policy("pods to a sibling", out(sibling)),
		policy("pods into the world", out(world)),
		policy("pods everywhere", out(nil)),
	}
}

// lord makes a ClusterRole that may do everything, which is a lord's of the namespace it is given in.
func lord(ctx SpecContext) string {
	GinkgoHelper()
	return clusterRole(ctx, rbacv1.PolicyRule{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}})
}

// refusedBy succeeds for a refusal by that policy of ours.
func refusedBy(policy string) OmegaMatcher {
	return And(refusedByPolicy(), MatchError(ContainSubstring("ValidatingAdmissionPolicy '"+policy+"'")))
}
