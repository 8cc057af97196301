// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"net"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

// listenAt makes a Gateway that Traefik serves, as docs/how-to/gateway-api.md asks for one.
func listenAt(ctx SpecContext, gateway client.ObjectKey) int32 {
	GinkgoHelper()
	_, text, err := net.SplitHostPort(edge.address)
	Expect(err).NotTo(HaveOccurred())
	port, err := strconv.ParseInt(text, 10, 32)
	Expect(err).NotTo(HaveOccurred())
	data, err := edge.authority.TLS(time.Now().Add(-time.Hour), time.Now().Add(lifetime), wildcard)
	Expect(err).NotTo(HaveOccurred())
	places := metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelManaged: "true"}}
	for _, object := range []client.Object{
		&gatewayv1.GatewayClass{
			ObjectMeta: metav1.ObjectMeta{Name: gateway.Name},
			Spec:       gatewayv1.GatewayClassSpec{ControllerName: "traefik.io/gateway-controller"},
		},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: gateway.Namespace, Name: gateway.Name},
			Type:       corev1.SecretTypeTLS,
			Data:       data,
		},
		&gatewayv1.Gateway{
			ObjectMeta: metav1.ObjectMeta{Namespace: gateway.Namespace, Name: gateway.Name},
			Spec: gatewayv1.GatewaySpec{
				GatewayClassName: gatewayv1.ObjectName(gateway.Name),
				AllowedListeners: &gatewayv1.AllowedListeners{Namespaces: &gatewayv1.ListenerNamespaces{
					From: new(gatewayv1.NamespacesFromSelector), Selector: &places,
				}},
				Listeners: []gatewayv1.Listener{{
					Name:     "subdomains",
					Hostname: new(gatewayv1.Hostname(wildcard)),
					Port:     int32(port),
					Protocol: gatewayv1.HTTPSProtocolType,
					TLS: &gatewayv1.ListenerTLSConfig{CertificateRefs: []gatewayv1.SecretObjectReference{
						{Name: gatewayv1.ObjectName(gateway.Name)},
					}},
					AllowedRoutes: &gatewayv1.AllowedRoutes{Namespaces: &gatewayv1.RouteNamespaces{
						From: new(gatewayv1.NamespacesFromSelector), Selector: &places,
					}},
				}},
			},
		},
	} {
		Expect(admin.Create(ctx, object)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, object))).To(Succeed()) })
	}
	return int32(port)
}

var _ = Describe("By the Gateway API, a tenant's host", Ordered, ContinueOnFailure, func() {
	gateway, port := client.ObjectKey{Namespace: edgeNamespace, Name: "tenants"}, int32(0)
	BeforeAll(func(ctx SpecContext) { port = listenAt(ctx, gateway) })
	operate(func(c *configv1alpha1.Configuration) {
		proveDomains(c)
		c.Edge.Type = configv1alpha1.EdgeGateway
		c.Edge.Ingress = configv1alpha1.Ingress{}
		c.Edge.Gateway = &configv1alpha1.Gateway{Namespace: gateway.Namespace, Name: gateway.Name, Port: port}
	})

	It("leads to the tenant's own portal, for roots, partners and customers (F19)", func(ctx SpecContext) {
		alone, partner := root(ctx), root(ctx, asPartner)
		below := customer(ctx, partner, "below")
		for _, tenant := range []*v1alpha1.Tenant{alone, partner, below} {
			leadsTo(ctx, hostOf(tenant), tenant)
			presents(ctx, hostOf(tenant), wildcard)
		}
	})

	It("leads nowhere while the tenant is suspended, and to the same portal when it is resumed (F29)", func(ctx SpecContext) {
		tenant := root(ctx)
		leadsTo(ctx, hostOf(tenant), tenant)
		change(ctx, tenant, suspended, v1alpha1.PhaseSuspended)
		leadsNowhere(ctx, hostOf(tenant))
		change(ctx, tenant, resumed, v1alpha1.PhaseActive)
		leadsTo(ctx, hostOf(tenant), tenant)
	})

	// Traefik does not serve ListenerSets, so nobody can be asked whether the host leads anywhere.
	It("that is its own has a listener of its own, once it is secure, and the subdomain goes on (F26)", func(ctx SpecContext) {
		tenant, host := root(ctx), harness.UniqueName("support")+".customer.example"
		change(ctx, tenant, customHost(host), v1alpha1.PhaseDegraded)
		certify(ctx, tenant, time.Now().Add(lifetime), host)
		set := &gatewayv1.ListenerSet{}
		key := client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.PortalName}
		Expect(client.IgnoreNotFound(admin.Get(ctx, key, set))).To(Succeed())
		Expect(set.Spec.Listeners).To(BeEmpty())

		prove(tenant, host)
		isSecure(ctx, tenant, v1alpha1.ReasonDomainSecure)
		Eventually(func() error { return admin.Get(ctx, key, set) }).WithContext(ctx).Should(Succeed())
		Expect(set.Spec.ParentRef.Name).To(BeEquivalentTo(gateway.Name))
		Expect(set.Spec.Listeners).To(HaveExactElements(And(
			HaveField("Hostname", HaveValue(BeEquivalentTo(host))),
			HaveField("Port", BeEquivalentTo(port)),
			HaveField("TLS.CertificateRefs", ConsistOf(HaveField("Name", BeEquivalentTo(certificateName)))),
		)))
		leadsTo(ctx, hostOf(tenant), tenant)
	})
})
