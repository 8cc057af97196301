// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/test/harness"
)

// certificateName is the Secret of custom hosts' certificates that specs make.
const certificateName = "support"

// records is the DNS server that the manager asks while proveDomains is in force.
var records *harness.DNSServer

// proveDomains has the manager ask records, and trust what the edge's clients trust.
func proveDomains(c *configv1alpha1.Configuration) {
	GinkgoHelper()
	var err error
	records, err = harness.StartDNS()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(records.Close)
	roots := filepath.Join(GinkgoT().TempDir(), "roots.pem")
	Expect(os.WriteFile(roots, edge.roots, 0o600)).To(Succeed())
	c.Domains = configv1alpha1.Domains{
		Proof:            configv1alpha1.ProofTXT,
		Resolver:         records.Addr(),
		CertificateRoots: roots,
		RetryPeriod:      metav1.Duration{Duration: time.Second},
		RecheckPeriod:    metav1.Duration{Duration: time.Hour},
	}
}

// customHost has a Tenant ask for a host of its own.
func customHost(host string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.Domain = &v1alpha1.Domain{Custom: &v1alpha1.CustomDomain{
			Host:           v1alpha1.Host(host),
			CertificateRef: &v1alpha1.LocalReference{Name: certificateName},
		}}
	}
}

// issuedHost has a Tenant ask for a host of its own, with a certificate by cert-manager.
func issuedHost(host string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.Domain = &v1alpha1.Domain{Custom: &v1alpha1.CustomDomain{
			Host:      v1alpha1.Host(host),
			IssuerRef: &v1alpha1.IssuerReference{Name: issuer, Kind: "ClusterIssuer"},
		}}
	}
}

// prove makes the DNS record that the Tenant asks for.
func prove(tenant *v1alpha1.Tenant, host string) {
	GinkgoHelper()
	Expect(tenant.Status.DomainChallenge).NotTo(BeEmpty())
	records.Set(domain.RecordName(host), tenant.Status.DomainChallenge)
}

// certify puts a certificate of the authority into the tenant's place, good until notAfter.
func certify(ctx SpecContext, tenant *v1alpha1.Tenant, notAfter time.Time, hosts ...string) {
	GinkgoHelper()
	data, err := edge.authority.TLS(time.Now().Add(-time.Minute), notAfter, hosts...)
	Expect(err).NotTo(HaveOccurred())
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: certificateName},
		Type:       corev1.SecretTypeTLS,
		Data:       data,
	}
	if err := admin.Create(ctx, secret); err != nil {
		Expect(client.IgnoreAlreadyExists(err)).To(Succeed())
		Expect(admin.Update(ctx, secret)).To(Succeed())
	}
}

// isSecure waits until the Tenant says whether its domains are proven and secure, and why.
func isSecure(ctx SpecContext, tenant *v1alpha1.Tenant, reason string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		now := &v1alpha1.Tenant{}
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)).To(Succeed())
		secure := meta.FindStatusCondition(now.Status.Conditions, v1alpha1.ConditionDomainSecure)
		g.Expect(secure).To(HaveField("Reason", reason))
	}).WithContext(ctx).Should(Succeed())
}

var _ = Describe("A host of a customer's own", Ordered, ContinueOnFailure, func() {
	operate(proveDomains)

	It("leads to the customer's portal once it is proven and secure, and nowhere before (F26)", func(ctx SpecContext) {
		tenant, host := root(ctx), harness.UniqueName("support")+".customer.example"
		change(ctx, tenant, customHost(host), v1alpha1.PhaseDegraded)
		isSecure(ctx, tenant, v1alpha1.ReasonNotProven)
		certify(ctx, tenant, time.Now().Add(lifetime), host)
		unserved(ctx, host)

		prove(tenant, host)
		isSecure(ctx, tenant, v1alpha1.ReasonDomainSecure)
		leadsTo(ctx, host, tenant)
		presents(ctx, host, host)
		leadsTo(ctx, hostOf(tenant), tenant)
		presents(ctx, hostOf(tenant), wildcard)
	})

	It("is not served with a certificate that is another host's, and the subdomain goes on (F26)", func(ctx SpecContext) {
		tenant, host := root(ctx), harness.UniqueName("support")+".customer.example"
		change(ctx, tenant, customHost(host), v1alpha1.PhaseDegraded)
		certify(ctx, tenant, time.Now().Add(lifetime), "other.customer.example")
		prove(tenant, host)
		isSecure(ctx, tenant, v1alpha1.ReasonWrongHost)
		unserved(ctx, host)
		leadsTo(ctx, hostOf(tenant), tenant)
	})

	It("is served no more when its certificate ends, and again when it is renewed (F26)", func(ctx SpecContext) {
		tenant, host := root(ctx), harness.UniqueName("support")+".customer.example"
		change(ctx, tenant, customHost(host), v1alpha1.PhaseDegraded)
		prove(tenant, host)
		isSecure(ctx, tenant, v1alpha1.ReasonNoCertificate)
		certify(ctx, tenant, time.Now().Add(10*time.Second), host)
		leadsTo(ctx, host, tenant)

		isSecure(ctx, tenant, v1alpha1.ReasonExpired)
		unserved(ctx, host)
		leadsTo(ctx, hostOf(tenant), tenant)

		certify(ctx, tenant, time.Now().Add(lifetime), host)
		leadsTo(ctx, host, tenant)
	})

	It("has its certificate of cert-manager, where the Tenant names an issuer (F26)", func(ctx SpecContext) {
		tenant, host := root(ctx), harness.UniqueName("support")+".customer.example"
		change(ctx, tenant, issuedHost(host), v1alpha1.PhaseDegraded)
		prove(tenant, host)
		isSecure(ctx, tenant, v1alpha1.ReasonDomainSecure)
		leadsTo(ctx, host, tenant)
		presents(ctx, host, host)
	})
})

var _ = Describe("A partner's own domain", Ordered, ContinueOnFailure, func() {
	operate(proveDomains)

	It("is where the partner's customers live once it is proven; the partner stays", func(ctx SpecContext) {
		partner := root(ctx, asPartner)
		tenant := customer(ctx, partner, "below")
		before, name := hostOf(tenant), harness.UniqueName("portal")+".partner.example"
		change(ctx, partner, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(name) }, v1alpha1.PhaseDegraded)
		leadsTo(ctx, before, tenant)

		prove(partner, name)
		isSecure(ctx, partner, v1alpha1.ReasonDomainSecure)
		answersAnyway(ctx, "below."+name, tenant)
		leadsNowhere(ctx, before)
		leadsTo(ctx, hostOf(partner), partner)
	})
})
