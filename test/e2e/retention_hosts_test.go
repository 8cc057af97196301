// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The hosts of a place that is kept (F21)", func() {
	It("stay its own when a Tenant of its name that got nothing of it is deleted, and go back to its owner", func(ctx SpecContext) {
		namespace, elsewhere, host := platform(ctx), platform(ctx), newHost()
		pat, kim := staff(ctx, namespace), staff(ctx, namespace)
		spec := "{retainFor: 1h, domain: {custom: {host: " + host + ", certificateRef: {name: " + tlsName + "}}}}"
		tenant := await(ctx, pat.apply(ctx, namespace, harness.UniqueName("root"), spec), insecure(v1alpha1.ReasonNotProven))
		prove(ctx, tenant, host)
		certify(ctx, tenant, authority, time.Now().Add(12*time.Hour), host)
		await(ctx, tenant, secure)
		subdomainHost := string(tenant.Status.Hosts[0])
		rival := await(ctx, newTenant(ctx, elsewhere, harness.UniqueName("rival"), subdomain(tenant.Name)),
			have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		pat.can(ctx, "", "delete", "tenant", tenant.Name, "-n", namespace, "--timeout=60s")
		retired(ctx, tenant)
		// held are the claims of both hosts: which they are, and for which place.
		held := func() []string {
			GinkgoHelper()
			var said []string
			for _, host := range []string{subdomainHost, host} {
				claim := claimOf(ctx, host)
				said = append(said, fmt.Sprintf("%s for %q", claim.UID, claim.Data["namespace"]))
			}
			return said
		}
		before := held()
		Expect(before).To(HaveEach(ContainSubstring("for %q", tenant.Status.Namespace)))

		thief := await(ctx, kim.apply(ctx, namespace, tenant.Name, "{}"), beStalled(v1alpha1.ReasonRetained))
		kim.can(ctx, "", "delete", "tenant", thief.Name, "-n", namespace, "--timeout=60s")
		gone(ctx, thief)
		Expect(held()).To(Equal(before), "they were not given up, be it for a moment")
		Consistently(func() []string { return hostsOf(ctx, rival.Status.Namespace) }).WithContext(ctx).WithTimeout(2 * retryPeriod).Should(BeEmpty())

		back := await(ctx, pat.apply(ctx, namespace, tenant.Name, spec), secure)
		Expect(hostsOf(ctx, back.Status.Namespace)).To(HaveExactElements(subdomainHost, host))
		await(ctx, rival, have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
	})
})
