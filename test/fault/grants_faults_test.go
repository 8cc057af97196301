// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// shift is how long the people are let in whose time ends while the operator is away: long enough for a
// busy machine to let all of them in.
const shift = 15 * time.Second

var _ = Describe("Fault 2: people and a stale cache", Label("fault-2", "full"), func() {
	for _, resource := range []string{"tenantaccessgrants", "rolebindings", "tenants"} {
		It("lets in and out who the grants say once the news of "+resource+" arrive", func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, here)}
			leader := startLeader(ctx, here)
			lived := newFamilies(here, 2)
			for _, family := range lived {
				Eventually(staffed(v1alpha1.RoleViewer)).WithContext(ctx).WithArguments(family).Should(Succeed())
			}
			// Promoted, revoked and let in again as who they were.
			churn := func(family family) {
				for _, do := range []func() error{
					func() error { return promote(ctx, family) },
					func() error { return family.revoke(ctx, family.partner.Name, staffUser) },
					func() error { return family.grant(ctx, family.partner.Name, staffUser, v1alpha1.RoleViewer) },
					func() error {
						return family.grant(ctx, family.partner.Name, techUser, v1alpha1.RoleAdmin, delegating("hooli"))
					},
				} {
					Eventually(do).WithContext(ctx).Should(Succeed())
				}
			}
			churn(lived[0])
			Eventually(demoted).WithContext(ctx).WithArguments(lived[0]).Should(Succeed())
			Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
			clean := lived[0].snapshot(ctx)

			release := leader.line.Hold(func(request harness.Request) bool { return request.Resource == resource })
			DeferCleanup(release)
			churn(lived[1])
			Expect(lived[1].suspend(ctx, lived[1].child, true)).To(Succeed())
			Expect(lived[1].suspend(ctx, lived[1].child, false)).To(Succeed())
			Consistently(judged.invariants.Violations).WithContext(ctx).WithTimeout(rest).Should(BeEmpty())
			release()
			watchPeople(ctx, here)
			Eventually(demoted).WithContext(ctx).WithArguments(lived[1]).Should(Succeed())
			judged.add("stale "+resource, lived[1].differences(ctx, leader.line, clean)...)
			judged.close("fault 2, people on a stale cache of " + resource)
		})
	}
})

var _ = Describe("Fault 4: people and two leaders", Label("fault-4", "full"), func() {
	It("lets in who the grants say with two managers that work at the same time", func(ctx SpecContext) {
		all := grantings()
		leader := startLeader(ctx, here)
		lived := newFamilies(here, len(all))
		undisturbed := make([]harness.Snapshot, len(all))
		grantAll(ctx, all, lived)
		Expect(unrest(ctx, leader.line)).To(BeEmpty(), "a run without a fault")
		for i := range all {
			undisturbed[i] = lived[i].snapshot(ctx)
		}
		leader.Kill()

		judged := verdicts{invariants: watchInvariants(ctx, here)}
		watchPeople(ctx, here)
		one, two := startOperator(ctx, here, alone), startOperator(ctx, here, alone)
		again := newFamilies(here, len(all))
		grantAll(ctx, all, again)
		for _, manager := range []*operator{one, two} {
			Eventually(harness.Quiet).WithContext(ctx).WithArguments(manager.line, settle).Should(Succeed())
		}
		for i, granting := range all {
			Eventually(again[i].recount).WithContext(ctx).Should(Succeed())
			judged.add(granting.name, again[i].converges(ctx, undisturbed[i])...)
		}
		judged.add("at rest", slices.Concat(unrest(ctx, one.line), unrest(ctx, two.line))...)
		judged.close("fault 4, people and two managers at once")
	})
})

// grantAll does every operation to a family of its own.
func grantAll(ctx context.Context, all []operation, families []family) {
	GinkgoHelper()
	for i, granting := range all {
		Eventually(granting.given).WithContext(ctx).WithArguments(families[i]).Should(Succeed())
	}
	for i, granting := range all {
		Eventually(granting.when).WithContext(ctx).WithArguments(families[i]).Should(Succeed())
	}
	for i, granting := range all {
		Eventually(granting.then).WithContext(ctx).WithArguments(families[i]).Should(Succeed())
	}
}

// changesOfGrants are those about people.
func changesOfGrants() []changeOfMind {
	delegate, undelegate := grantings()[3], func(ctx context.Context, f family) error { return f.revoke(ctx, f.partner.Name, techUser) }
	return []changeOfMind{
		{operation{name: "makes a viewer an admin", given: staffed(v1alpha1.RoleViewer), when: promote, then: promoted}, step{when: demote, then: demoted}, 1},
		{operation{name: "makes an admin a viewer", given: staffed(v1alpha1.RoleAdmin), when: demote, then: demoted}, step{when: promote, then: promoted}, 1},
		{operation{name: "delegates customers", given: delegate.given, when: delegate.when, then: delegate.then}, step{
			when: undelegate,
			then: func(ctx context.Context, f family) error { return f.is(ctx, techUser, "", f.customers()...) },
		}, 1},
	}
}

var _ = Describe("Fault 6: the operator is away when somebody's time ends", Label("fault-6"), func() {
	It("lets them out first thing on its return", func(ctx SpecContext) {
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		leader := startLeader(ctx, here)
		f := newFamily(here)
		Eventually(populous).WithContext(ctx).WithArguments(f).Should(Succeed())
		Eventually(open).WithContext(ctx).WithArguments(f).Should(Succeed())
		end := time.Now().Add(shift)
		Expect(f.grant(ctx, f.partner.Name, staffUser, v1alpha1.RoleAdmin, ending(shift))).To(Succeed())
		Expect(f.grant(ctx, f.partner.Name, techUser, v1alpha1.RoleAdmin, ending(shift), delegating("initech"))).To(Succeed())
		Expect(f.grant(ctx, f.place(), firstUser, v1alpha1.RoleAdmin, ending(shift))).To(Succeed())
		in := func(ctx context.Context, role v1alpha1.Role) error {
			return first(f.is(ctx, staffUser, role, append(f.customers(), f.partner.Name)...), f.is(ctx, techUser, role, f.customers()[1]), f.is(ctx, firstUser, role, f.place()))
		}
		Eventually(in).WithContext(ctx).WithArguments(v1alpha1.RoleAdmin).Should(Succeed())
		Expect(time.Now()).To(BeTemporally("<", end), "all were let in before that")
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())

		leader.Kill()
		waitFor(ctx, time.After(time.Until(end)+time.Second))
		Expect(in(ctx, v1alpha1.RoleAdmin)).To(Succeed(), "nobody lets them out meanwhile")
		watchPeople(ctx, here)
		leader = startLeader(ctx, here)
		back := time.Now()
		Eventually(in).WithContext(ctx).WithArguments(v1alpha1.Role("")).WithTimeout(overstay).Should(Succeed())
		done := time.Since(back)
		judged.add("what it writes first", stray(leader.line, []family{f})...)
		judged.add("at rest", unrest(ctx, leader.line)...)
		judged.close(fmt.Sprintf("fault 6, away when somebody's time ends (out %s after its return)", done.Round(time.Millisecond)))
	})
})
