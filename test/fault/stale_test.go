// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 2: a stale cache", Label("fault-2", "full"), func() {
	var leader *operator
	var family family
	var judged verdicts

	BeforeEach(func(ctx SpecContext) {
		judged = verdicts{invariants: watchInvariants(ctx, here)}
		leader = startLeader(ctx, here)
		family = newFamily(here)
		Eventually(active).WithContext(ctx).WithArguments(family).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
	})

	// hold keeps back the news of a resource in the family's places.
	hold := func(resources ...string) (release func()) {
		release = leader.line.Hold(func(request harness.Request) bool { return slices.Contains(resources, request.Resource) })
		DeferCleanup(release)
		return release
	}

	for _, resources := range [][]string{
		{"resourcequotas"},
		{"ingresses"},
		{"ingresses", "resourcequotas"},
		{"configmaps", "limitranges", "networkpolicies", "secrets", "services"},
		{"configmaps", "limitranges", "networkpolicies", "secrets", "services", "ingresses", "resourcequotas"},
	} {
		It("makes a tenant again under the same name while the cache still has the former one's "+strings.Join(resources, ", "), func(ctx SpecContext) {
			clean := family.snapshot(ctx)
			release := hold(resources...)
			Expect(family.remove(ctx, family.child)).To(Succeed())
			Eventually(family.gone).WithContext(ctx).WithArguments(family.child).Should(Succeed())
			Expect(family.createCustomer(ctx)).To(Succeed())
			Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
			release()
			judged.add("stale "+strings.Join(resources, ", "), family.differences(ctx, leader.line, clean)...)
			judged.close("fault 2, made again on a stale cache of " + strings.Join(resources, ", "))
		})
	}

	for _, resources := range [][]string{
		{"retainedtenants"},
		{"configmaps"},
		{"configmaps", "retainedtenants"},
	} {
		It("makes a tenant again whose place is kept while the cache is behind in "+strings.Join(resources, ", "), func(ctx SpecContext) {
			clean := family.snapshot(ctx)
			release := hold(resources...)
			Expect(family.retire(ctx, family.child)).To(Succeed())
			Eventually(family.gone).WithContext(ctx).WithArguments(family.child).Should(Succeed())
			Expect(family.createCustomer(ctx)).To(Succeed())
			Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
			release()
			found := family.differences(ctx, leader.line, clean)
			if err := kept(clean, family.snapshot(ctx)); err != nil {
				found = append(found, err.Error())
			}
			judged.add("stale "+strings.Join(resources, ", "), found...)
			judged.close("fault 2, taken back on a stale cache of " + strings.Join(resources, ", "))
		})
	}

	for _, resources := range [][]string{{"tenants"}, {"retainedtenants"}, {"namespaces"}} {
		It("makes a tenant again whose kept place is being purged while the cache is behind in "+strings.Join(resources, ", "), func(ctx SpecContext) {
			clean := family.snapshot(ctx)
			Eventually(retired).WithContext(ctx).WithArguments(family).Should(Succeed())
			release := hold(resources...)
			Expect(family.wish(ctx, family.child, v1alpha1.ActionPurge)).To(Succeed())
			Expect(family.createCustomer(ctx)).To(Succeed())
			Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
			release()
			judged.add("stale "+strings.Join(resources, ", "), family.differences(ctx, leader.line, clean)...)
			judged.close("fault 2, made again beside a purge on a stale cache of " + strings.Join(resources, ", "))
		})
	}

	It("takes the route away that its cache does not have yet", func(ctx SpecContext) {
		Expect(family.suspend(ctx, family.child, true)).To(Succeed())
		Eventually(family.inPhase).WithContext(ctx).WithArguments(family.child, v1alpha1.PhaseSuspended).Should(Succeed())
		Expect(harness.Quiet(ctx, leader.line, settle)).To(Succeed())
		clean := family.snapshot(ctx)

		release := hold("ingresses")
		leader.line.Forget()
		Expect(family.suspend(ctx, family.child, false)).To(Succeed())
		Eventually(leader.line.Done).WithContext(ctx).Should(ContainElement(And(
			HaveField("Verb", "create"), HaveField("Resource", "ingresses"))))
		Expect(family.suspend(ctx, family.child, true)).To(Succeed())
		Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
		release()
		judged.add("stale ingresses", family.differences(ctx, leader.line, clean)...)
		judged.close("fault 2, suspended on a stale cache")
	})
})
