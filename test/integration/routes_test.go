// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

// ownIngress is a route of the tenant's own that names hosts.
func ownIngress(ctx SpecContext, tenant *v1alpha1.Tenant, name, service string, hosts ...v1alpha1.Host) *networkingv1.Ingress {
	GinkgoHelper()
	ingress := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name}}
	for _, host := range hosts {
		ingress.Spec.Rules = append(ingress.Spec.Rules, networkingv1.IngressRule{
			Host: string(host),
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{{
				Path:     "/",
				PathType: new(networkingv1.PathTypePrefix),
				Backend:  networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}}},
			}}}},
		})
	}
	Expect(admin.Create(ctx, ingress)).To(Succeed())
	return ingress
}

var _ = Describe("A route of a tenant's own", func() {
	It("goes before the host that it names is another's, and no other route does", func(ctx SpecContext) {
		given, kept := harness.UniqueName("given"), harness.UniqueName("kept")
		tenant := root(ctx, withSubdomain(given))
		shared.settle(ctx, tenant)
		next := root(ctx, withSubdomain(given))
		shared.settle(ctx, next)
		stray := ownIngress(ctx, tenant, "stray", "own", host(given))
		other := ownIngress(ctx, tenant, "other", "own", host(kept))

		change(ctx, tenant, withSubdomain(kept))
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(claimedFor(ctx, host(given))).To(Equal(client.ObjectKeyFromObject(tenant)), "every API server must hear of it first")
		shared.settle(ctx, tenant)
		Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(stray), stray))).To(BeTrue())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(other), other)).To(Succeed())
		shared.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("reaches no backend that all share while the tenant is closed, or its portal is off", func(ctx SpecContext) {
		shop := newOperator(ctx, func(c *configv1alpha1.Configuration) {
			c.Portal.Selector, c.Portal.ExternalName = nil, "portal.platform.svc.cluster.local"
		})
		tenant := root(ctx)
		shop.settle(ctx, tenant)
		portal := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: desired.PortalName}}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(portal), portal)).To(Succeed())
		for _, closed := range []func(*v1alpha1.Tenant){suspended, portalOff} {
			change(ctx, tenant, closed)
			shop.settle(ctx, tenant)
			Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(portal), portal))).To(BeTrue())
			change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Suspend, t.Spec.Portal = false, nil })
			shop.settle(ctx, tenant)
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(portal), portal)).To(Succeed())
		}
	})

	It("goes with the host that an ex-partner's child had under a domain which is nobody's above it any more", func(ctx SpecContext) {
		unproven := newOperator(ctx, withoutProof)
		domain := v1alpha1.Host(harness.UniqueName("corp") + ".example")
		parent := partner(ctx, func(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{Domain: domain} })
		unproven.settle(ctx, parent)
		unproven.prove(ctx, parent)
		unproven.settle(ctx, parent)
		child := tenantIn(ctx, parent.Status.Namespace, harness.UniqueName("child"))
		unproven.settle(ctx, child)
		Expect(child.Status.Hosts).To(HaveExactElements(v1alpha1.Host(child.Name) + "." + domain))
		own := ownIngress(ctx, child, "own", "own", child.Status.Hosts...)

		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner = nil })
		unproven.settle(ctx, parent)
		unproven.settle(ctx, child)
		Expect(ready(child)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonParentNotPartner))
		Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(own), own))).To(BeTrue())
		Expect(routed(ctx, child)).To(BeFalse())
		claim := &corev1.ConfigMap{}
		err := admin.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: child.Name + "." + string(domain)}, claim)
		Expect(apierrors.IsNotFound(err)).To(BeTrue())
	})
})
