// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// personIn is somebody with every right on what lies in a tenant's place, by a Role there.
func personIn(ctx SpecContext, tenant *v1alpha1.Tenant) client.Client {
	GinkgoHelper()
	name := "person@" + tenant.Name + ".example"
	Expect(admin.Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "person"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	})).To(Succeed())
	config := rest.CopyConfig(cluster.Config)
	config.Impersonate.UserName = name
	person, err := client.New(config, client.Options{Scheme: admin.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return person
}

// ingressFor is a route that a person makes, to the portal of the place that it lies in.
func ingressFor(tenant *v1alpha1.Tenant, host string) *networkingv1.Ingress {
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "mine"},
		Spec: networkingv1.IngressSpec{
			IngressClassName: new(ingressClass),
			Rules: []networkingv1.IngressRule{{
				Host: host,
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
					Paths: []networkingv1.HTTPIngressPath{{
						Path:     "/",
						PathType: new(networkingv1.PathTypePrefix),
						Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
							Name: desired.PortalName,
							Port: networkingv1.ServiceBackendPort{Name: "http"},
						}},
					}},
				}},
			}},
		},
	}
}

var _ = Describe("An Ingress that a tenant's own people make", Ordered, ContinueOnFailure, func() {
	operate(func(*configv1alpha1.Configuration) {})

	It("is refused for another tenant's host, which leads to that tenant as before", func(ctx SpecContext) {
		victim, attacker := root(ctx), root(ctx)
		leadsTo(ctx, hostOf(victim), victim)
		person := personIn(ctx, attacker)
		err := person.Create(ctx, ingressFor(attacker, hostOf(victim)))
		Expect(err).To(Satisfy(apierrors.IsForbidden))
		Expect(err).To(MatchError(ContainSubstring("is not this tenant's")))
		Expect(person.Create(ctx, ingressFor(attacker, hostOf(attacker)))).To(Succeed(), "its own is let through")
		leadsTo(ctx, hostOf(victim), victim)
	})

	It("is refused for a host that is nobody's", func(ctx SpecContext) {
		tenant := root(ctx)
		err := personIn(ctx, tenant).Create(ctx, ingressFor(tenant, "bank.example"))
		Expect(err).To(Satisfy(apierrors.IsForbidden))
		unserved(ctx, "bank.example")
	})
})
