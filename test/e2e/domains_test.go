// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

const tlsName = "support-tls"

// customHost asks for a host of the customer's own, with a certificate in Secret support-tls.
func customHost(host string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		t.Spec.Domain = &v1alpha1.Domain{Custom: &v1alpha1.CustomDomain{
			Host: v1alpha1.Host(host), CertificateRef: &v1alpha1.LocalReference{Name: tlsName},
		}}
	}
}

// newHost is one that nobody has asked for.
func newHost() string { return "support." + harness.UniqueName("customer") + ".example" }

// insecure succeeds for a tenant whose place is open and whose domain does not work, for that reason.
func insecure(reason string) OmegaMatcher {
	return And(have(v1alpha1.ConditionReady, metav1.ConditionTrue, reason), have(v1alpha1.ConditionDomainSecure, metav1.ConditionFalse, reason))
}

var secure = And(have(v1alpha1.ConditionDomainSecure, metav1.ConditionTrue, v1alpha1.ReasonDomainSecure), beReady())

// prove writes a tenant's challenge where it proves a domain.
func prove(ctx SpecContext, tenant *v1alpha1.Tenant, domain string) {
	GinkgoHelper()
	await(ctx, tenant, HaveField("Status.DomainChallenge", Not(BeEmpty())))
	dnsServer.Set("_tenantry."+domain, "v=spf1 -all", tenant.Status.DomainChallenge)
	DeferCleanup(func() { dnsServer.Remove("_tenantry." + domain) })
}

// certify gives a tenant a certificate, in place of the one that it may have.
func certify(ctx SpecContext, tenant *v1alpha1.Tenant, by *harness.Authority, ends time.Time, hosts ...string) map[string][]byte {
	GinkgoHelper()
	data, err := by.TLS(time.Now().Add(-time.Hour), ends, hosts...)
	Expect(err).NotTo(HaveOccurred())
	deposit(ctx, tenant, data)
	return data
}

func deposit(ctx SpecContext, tenant *v1alpha1.Tenant, data map[string][]byte) {
	GinkgoHelper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: tlsName}, Type: corev1.SecretTypeTLS, Data: data}
	if err := admin.Create(ctx, secret); err != nil {
		Expect(client.IgnoreAlreadyExists(err)).To(Succeed())
		Expect(admin.Update(ctx, secret)).To(Succeed())
	}
}

var _ = Describe("A host of the customer's own (F26)", func() {
	tomorrow := func() time.Time { return time.Now().Add(12 * time.Hour) }

	It("works only while it is proven and its certificate is good", func(ctx SpecContext) {
		host := newHost()
		tenant := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonNotProven))
		subdomain := string(tenant.Status.Hosts[0])
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(condition(tenant, v1alpha1.ConditionDomainSecure).Message).To(ContainSubstring("DNS TXT record _tenantry." + host))
		Expect(claimOf(ctx, host).Name).To(BeEmpty())
		unserved := func() {
			GinkgoHelper()
			Eventually(hostsOf).WithContext(ctx).WithArguments(tenant.Status.Namespace).Should(HaveExactElements(subdomain))
		}
		unserved()

		By("proving it")
		prove(ctx, tenant, host)
		await(ctx, tenant, insecure(v1alpha1.ReasonNoCertificate))
		Expect(claimOf(ctx, host).Data).To(HaveKeyWithValue("kind", "Custom"))
		unserved()

		stranger, err := harness.NewAuthority("Stranger", time.Now().Add(-time.Hour), tomorrow())
		Expect(err).NotTo(HaveOccurred())
		certify(ctx, tenant, authority, tomorrow(), "other.example")
		await(ctx, tenant, insecure(v1alpha1.ReasonWrongHost))
		certify(ctx, tenant, stranger, tomorrow(), host)
		await(ctx, tenant, insecure(v1alpha1.ReasonUntrusted))
		certify(ctx, tenant, authority, time.Now().Add(-time.Minute), host)
		await(ctx, tenant, insecure(v1alpha1.ReasonExpired))
		mixed := certify(ctx, tenant, authority, tomorrow(), host)
		mixed[corev1.TLSPrivateKeyKey] = certify(ctx, tenant, authority, time.Now().Add(-time.Minute), host)[corev1.TLSPrivateKeyKey]
		deposit(ctx, tenant, mixed)
		await(ctx, tenant, insecure(v1alpha1.ReasonBadKey))
		unserved()

		By("giving it a good certificate")
		certify(ctx, tenant, authority, tomorrow(), host)
		await(ctx, tenant, secure)
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseActive))
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(subdomain, host))
		Expect(get(ctx, tenant, "portal", &networkingv1.Ingress{}).Spec.TLS).To(ContainElement(
			networkingv1.IngressTLS{Hosts: []string{host}, SecretName: tlsName}))

		By("asking for it no more")
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Domain = nil }, beReady())
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(subdomain))
		Eventually(func() string { return claimOf(ctx, host).Name }).WithContext(ctx).Should(BeEmpty())
	})

	It("is served no more from the moment on when its certificate ends", func(ctx SpecContext) {
		host := newHost()
		tenant := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonNotProven))
		prove(ctx, tenant, host)
		ends := time.Now().Add(10 * time.Second)
		certify(ctx, tenant, authority, ends, host)
		await(ctx, tenant, secure)
		Eventually(hostsOf).WithContext(ctx).WithArguments(tenant.Status.Namespace).Should(HaveExactElements(string(tenant.Status.Hosts[0])))
		Expect(time.Now()).To(And(BeTemporally(">=", ends.Truncate(time.Second)), BeTemporally("<", ends.Add(10*time.Second))))
		await(ctx, tenant, insecure(v1alpha1.ReasonExpired))
		certify(ctx, tenant, authority, tomorrow(), host)
		await(ctx, tenant, secure)
	})

	It("goes to the first of two who prove it, and to the other when it is released", func(ctx SpecContext) {
		host := newHost()
		one := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonNotProven))
		two := await(ctx, newTenant(ctx, platform(ctx), harness.UniqueName("root"), customHost(host)), insecure(v1alpha1.ReasonNotProven))
		dnsServer.Set("_tenantry."+host, one.Status.DomainChallenge, two.Status.DomainChallenge)
		DeferCleanup(func() { dnsServer.Remove("_tenantry." + host) })
		Eventually(func() string { return claimOf(ctx, host).Data["namespace"] }).WithContext(ctx).ShouldNot(BeEmpty())
		winner, loser := one, two
		if claimOf(ctx, host).Data["namespace"] == two.Status.Namespace {
			winner, loser = two, one
		}
		await(ctx, winner, insecure(v1alpha1.ReasonNoCertificate))
		await(ctx, loser, insecure(v1alpha1.ReasonHostConflict))
		Expect(condition(loser, v1alpha1.ConditionDomainSecure).Message).NotTo(ContainSubstring(winner.Name), "who else is there is nobody's business")
		change(ctx, winner, func(t *v1alpha1.Tenant) { t.Spec.Domain = nil }, beReady())
		await(ctx, loser, insecure(v1alpha1.ReasonNoCertificate))
		Expect(claimOf(ctx, host).Data).To(HaveKeyWithValue("namespace", loser.Status.Namespace))
	})

	It("is not blocked by who asks for it without a proof, be they fifty", func(ctx SpecContext) {
		host, namespace := newHost(), platform(ctx)
		var racers sync.WaitGroup
		for range 50 {
			racers.Go(func() {
				defer GinkgoRecover()
				newTenant(ctx, namespace, harness.UniqueName("racer"), customHost(host))
			})
		}
		racers.Wait()
		victim := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonNotProven))
		prove(ctx, victim, host)
		await(ctx, victim, insecure(v1alpha1.ReasonNoCertificate))
		Consistently(func() string { return claimOf(ctx, host).Data["namespace"] }).WithContext(ctx).
			WithTimeout(3 * time.Second).WithPolling(100 * time.Millisecond).Should(Equal(victim.Status.Namespace))
	})

	DescribeTable("is refused when it is", func(ctx SpecContext, host string) {
		tenant := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonHostConflict))
		prove(ctx, tenant, host)
		Consistently(func() string { return claimOf(ctx, host).Name }).WithContext(ctx).WithTimeout(2 * retryPeriod).Should(BeEmpty())
	},
		Entry("the base domain", "tenantry.example"),
		Entry("beneath the base domain", "victim.tenantry.example"),
		Entry("the operator's own", ownHost),
		Entry("a public suffix", "co.uk"),
	)
})

var _ = Describe("A partner's domain (F19)", func() {
	It("is where its customers live once it is proven, and nobody else's", func(ctx SpecContext) {
		domain := "portal." + harness.UniqueName("acme") + ".example"
		parent := partner(ctx)
		child := customer(ctx, parent, "child")
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(domain) }, insecure(v1alpha1.ReasonNotProven))
		Expect(hostsOf(ctx, child.Status.Namespace)).To(HaveExactElements("child-" + parent.Name + ".tenantry.example"))

		prove(ctx, parent, domain)
		Eventually(hostsOf).WithContext(ctx).WithArguments(child.Status.Namespace).Should(HaveExactElements("child." + domain))
		await(ctx, parent, secure)
		await(ctx, child, HaveField("Status.URL", "https://child."+domain))

		By("another's asking for it, or for a host within it, with a proof")
		rival := await(ctx, newRoot(ctx, asPartner, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(domain) }), insecure(v1alpha1.ReasonHostConflict))
		dnsServer.Set("_tenantry."+domain, parent.Status.DomainChallenge, rival.Status.DomainChallenge)
		within := await(ctx, newRoot(ctx, customHost("child."+domain)), insecure(v1alpha1.ReasonHostConflict))
		prove(ctx, within, "child."+domain)
		Consistently(func() []string {
			return []string{claimOf(ctx, domain).Data["namespace"], claimOf(ctx, "child."+domain).Data["namespace"]}
		}).WithContext(ctx).WithTimeout(3 * retryPeriod).Should(HaveExactElements(parent.Status.Namespace, child.Status.Namespace))
	})

	DescribeTable("is refused, whatever is proven, and leaves what the partner has:", func(ctx SpecContext, domain, says string) {
		parent := partner(ctx)
		child := customer(ctx, parent, "child")
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(domain) }, insecure(v1alpha1.ReasonHostConflict))
		Expect(condition(parent, v1alpha1.ConditionDomainSecure).Message).To(ContainSubstring(says))
		prove(ctx, parent, domain)
		Consistently(func() string { return claimOf(ctx, domain).Name }).WithContext(ctx).WithTimeout(2 * retryPeriod).Should(BeEmpty())
		await(ctx, parent, insecure(v1alpha1.ReasonHostConflict))
		Expect(hostsOf(ctx, child.Status.Namespace)).To(HaveExactElements("child-" + parent.Name + ".tenantry.example"))

		own := "portal." + harness.UniqueName("acme") + ".example"
		prove(ctx, parent, own)
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(own) }, secure)
	},
		Entry("the base domain", "tenantry.example", "lies in the operator's base domain tenantry.example"),
		Entry("a host of the base domain", "victim.tenantry.example", "lies in the operator's base domain tenantry.example"),
		Entry("the operator's own host", ownHost, "is a host of the operator's own, or beneath or above one"),
		Entry("what is beneath that", "a."+ownHost, "is a host of the operator's own, or beneath or above one"),
		Entry("what is above that", "tenantry-owner.example", "is a host of the operator's own, or beneath or above one"),
		Entry("a public suffix", "co.uk", "is a public suffix"),
	)

	It("is not what is above the base domain", func(ctx SpecContext) {
		Expect(admin.Patch(ctx, partner(ctx), merge(`{"spec":{"partner":{"domain":"example"}}}`))).To(MatchError(ContainSubstring("spec.partner.domain")))

		above := harness.UniqueName("provider") + ".example"
		stopManager(ctx)
		startManager(ctx, func(configuration *configv1alpha1.Configuration) { configuration.BaseDomain = "tenants." + above })
		DeferCleanup(func(ctx SpecContext) {
			stopManager(ctx)
			startManager(ctx)
		})
		parent := await(ctx, newRoot(ctx, asPartner, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(above) }), insecure(v1alpha1.ReasonHostConflict))
		Expect(condition(parent, v1alpha1.ConditionDomainSecure).Message).To(ContainSubstring("is above the operator's base domain tenants." + above))
		prove(ctx, parent, above)
		Consistently(func() string { return claimOf(ctx, above).Name }).WithContext(ctx).WithTimeout(2 * retryPeriod).Should(BeEmpty())
	})
})
