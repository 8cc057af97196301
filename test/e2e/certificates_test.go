// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A certificate that is another tenant's (F26)", func() {
	// strangers are tenants of two partners, and a customer of the second.
	strangers := func(ctx SpecContext, host string) (owner, thief *v1alpha1.Tenant) {
		GinkgoHelper()
		return root(ctx), await(ctx, newTenant(ctx, platform(ctx), harness.UniqueName("root"), customHost(host)), insecure(v1alpha1.ReasonNotProven))
	}
	relatives := func(ctx SpecContext, host string) (owner, thief *v1alpha1.Tenant) {
		GinkgoHelper()
		owner = partner(ctx)
		return owner, await(ctx, newTenant(ctx, owner.Status.Namespace, "child", customHost(host)), insecure(v1alpha1.ReasonNotProven))
	}
	// readsIn are the manager's own requests for Secrets in a namespace that may hold that certificate.
	readsIn := func(namespace string) []string {
		var found []string
		for _, request := range proxy.Requests() {
			if request.Resource == "secrets" && request.Namespace == namespace && request.Name == tlsName {
				found = append(found, request.String())
			}
		}
		return found
	}

	DescribeTable("is neither read nor served, nor told of, and the tenant's own is:",
		func(ctx SpecContext, family func(ctx SpecContext, host string) (owner, thief *v1alpha1.Tenant)) {
			host, tomorrow := newHost(), time.Now().Add(12*time.Hour)
			owner, thief := family(ctx, host)
			prove(ctx, thief, host)
			nowhere := condition(await(ctx, thief, insecure(v1alpha1.ReasonNoCertificate)), v1alpha1.ConditionDomainSecure).Message
			Expect(nowhere).To(ContainSubstring("there is no Secret %q in namespace %q", tlsName, thief.Status.Namespace))

			data := certify(ctx, owner, authority, tomorrow, host)
			looks := len(readsIn(thief.Status.Namespace))
			Eventually(func() int { return len(readsIn(thief.Status.Namespace)) }).WithContext(ctx).Should(BeNumerically(">", looks+1), "it looks again")
			await(ctx, thief, insecure(v1alpha1.ReasonNoCertificate))
			Expect(condition(thief, v1alpha1.ConditionDomainSecure).Message).To(Equal(nowhere))
			Expect(strings.ReplaceAll(nowhere, thief.Status.Namespace, "")).NotTo(ContainSubstring(owner.Name))
			Expect(hostsOf(ctx, thief.Status.Namespace)).To(HaveExactElements(string(thief.Status.Hosts[0])))
			Expect(get(ctx, thief, "portal", &networkingv1.Ingress{}).Spec.TLS).NotTo(ContainElement(HaveField("SecretName", tlsName)))
			Expect(readsIn(owner.Status.Namespace)).To(BeEmpty())

			deposit(ctx, thief, data)
			await(ctx, thief, secure)
			Expect(hostsOf(ctx, thief.Status.Namespace)).To(ContainElement(host))
		},
		Entry("a stranger's", strangers),
		Entry("its partner's", relatives),
	)

	It("is not named by its namespace", func(ctx SpecContext) {
		owner, tenant := root(ctx), root(ctx)
		for _, name := range []string{owner.Status.Namespace + "/" + tlsName, "../" + owner.Status.Namespace + "/secrets/" + tlsName} {
			Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(`{"spec":{"domain":{"custom":{"host":"`+newHost()+`","certificateRef":{"name":"`+name+`"}}}}}`))).
				To(MatchError(ContainSubstring("spec.domain.custom.certificateRef.name")), name)
		}
	})
})

var _ = Describe("A good certificate (F26)", func() {
	It("that is replaced by an expired one is served no more, while the subdomain is, until a good one is there", func(ctx SpecContext) {
		host := newHost()
		tenant := await(ctx, newRoot(ctx, customHost(host)), insecure(v1alpha1.ReasonNotProven))
		subdomain := string(tenant.Status.Hosts[0])
		prove(ctx, tenant, host)
		certify(ctx, tenant, authority, time.Now().Add(12*time.Hour), host)
		await(ctx, tenant, secure)
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(subdomain, host))

		certify(ctx, tenant, authority, time.Now().Add(-time.Minute), host)
		await(ctx, tenant, insecure(v1alpha1.ReasonExpired))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseDegraded))
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(subdomain))
		Expect(get(ctx, tenant, "portal", &networkingv1.Ingress{}).Spec.TLS).NotTo(ContainElement(HaveField("SecretName", tlsName)))
		Expect(tenant.Status.Hosts).To(ContainElement(v1alpha1.Host(subdomain)))
		Expect(claimOf(ctx, host).Data).To(HaveKeyWithValue("namespace", tenant.Status.Namespace), "it is nobody else's meanwhile")

		certify(ctx, tenant, authority, time.Now().Add(12*time.Hour), host)
		await(ctx, tenant, secure)
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(subdomain, host))
	})
})
