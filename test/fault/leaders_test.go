// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 4: two leaders", Label("fault-4", "full"), func() {
	It("gets everything right with two managers that work at the same time", func(ctx SpecContext) {
		clean := cleanLife(ctx, here)
		judged := verdicts{invariants: watchInvariants(ctx, here)}
		one, two := startOperator(ctx, here, alone), startOperator(ctx, here, alone)
		families := newFamilies(here, 3)
		live(ctx, families, func() {})
		judged.addAll(ctx, families, one.line, clean)
		judged.add("the other manager", unrest(ctx, two.line)...)
		judged.close("fault 4, two managers at once")
	})

	for _, change := range slices.Concat(changesOfMind(), changesOfRetention(), changesOfGrants(), changesOfLicenses(), changesOfSyncs(), changesOfBrands()) {
		It("is not led astray by a leader that froze while it "+change.name+", and wakes when another leads", func(ctx SpecContext) {
			judged := verdicts{invariants: watchInvariants(ctx, here)}
			watchPeople(ctx, here)
			Expect(here.DropLease(ctx)).To(Succeed())
			leader := startOperator(ctx, here, contested)
			clean, writes := change.clean(ctx, leader)
			for n := change.from; n <= writes; n++ {
				family := newFamily(here)
				Eventually(change.given).WithContext(ctx).WithArguments(family).Should(Succeed())
				Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
				next, late := change.freeze(ctx, leader, family, n)
				found := family.differences(ctx, next.line, clean)
				judged.add(fmt.Sprintf("frozen at write %d of %d (%s)", n, writes, late), found...)
				leader = next
			}
			judged.close("fault 4, froze while it " + change.name)
		})
	}
})

// alone makes a manager believe that it leads.
func alone(configuration *configv1alpha1.Configuration) {
	configuration.LeaderElection.Enabled = new(false)
}

// contested makes a leader's lease short enough to wait for, and long enough for a busy machine.
func contested(configuration *configv1alpha1.Configuration) {
	configuration.LeaderElection.LeaseDuration = metav1.Duration{Duration: 10 * time.Second}
	configuration.LeaderElection.RenewDeadline = metav1.Duration{Duration: 8 * time.Second}
	configuration.LeaderElection.RetryPeriod = metav1.Duration{Duration: 500 * time.Millisecond}
}

// changeOfMind is an operation, and what a user asks for after it. A leader that freezes in the middle
// of the first, and wakes when another has done the second, does the rest of the first.
type changeOfMind struct {
	operation
	after step
	// from is the first write that is tried.
	from int
}

func changesOfMind() []changeOfMind {
	resume := step{
		when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.child, false) },
		then: func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseActive) },
	}
	suspend := step{
		when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.child, true) },
		then: func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseSuspended) },
	}
	return []changeOfMind{
		{operation{name: "suspends a tenant", given: active, when: suspend.when, then: suspend.then}, resume, 1},
		{operation{
			name: "resumes a tenant",
			given: func(ctx context.Context, f family) error {
				return first(f.createPartner(ctx), f.createCustomer(ctx), f.inPhase(ctx, f.partner, v1alpha1.PhaseActive), suspend.when(ctx, f), suspend.then(ctx, f))
			},
			when: resume.when,
			then: resume.then,
		}, suspend, 1},
		{operation{
			name:  "moves a tenant to another host",
			given: active,
			when:  moveHost,
			then:  resume.then,
		}, step{
			when: func(ctx context.Context, f family) error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec = customerTenant(f.child).Spec })
			},
			then: resume.then,
		}, 1},
		{operation{
			name: "creates a tenant",
			given: func(ctx context.Context, f family) error {
				return first(f.createPartner(ctx), f.inPhase(ctx, f.partner, v1alpha1.PhaseActive))
			},
			when: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then: resume.then,
		}, step{
			when: func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then: func(ctx context.Context, f family) error { return f.gone(ctx, f.child) },
		}, 2}, // a namespace that is made after its Tenant is gone stays: nothing tells it from one to keep
		{operation{
			name:  "deletes a tenant",
			given: active,
			when:  func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then:  func(ctx context.Context, f family) error { return f.gone(ctx, f.child) },
		}, step{
			when: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then: resume.then,
		}, 1},
		{operation{
			name:  "passes a host on to another tenant",
			given: active,
			when:  passHost,
			then:  hostsPassed("customer-", "customer-customer-"),
		}, step{
			when: func(ctx context.Context, f family) error {
				return f.change(ctx, f.partner, func(tenant *v1alpha1.Tenant) { tenant.Spec.Domain = nil })
			},
			then: hostsPassed("", "customer-"),
		}, 1},
	}
}

// changesOfRetention are those about places that outlive their tenants.
func changesOfRetention() []changeOfMind {
	again := step{
		when: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
		then: func(ctx context.Context, f family) error { return f.back(ctx, f.child) },
	}
	purge := step{
		when: func(ctx context.Context, f family) error { return f.purge(ctx, f.child) },
		then: func(ctx context.Context, f family) error { return f.purged(ctx, f.child) },
	}
	return []changeOfMind{
		{operation{
			name:  "keeps a deleted tenant's place",
			given: keeping,
			when:  func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then:  func(ctx context.Context, f family) error { return f.retained(ctx, f.child) },
		}, again, 1},
		{operation{name: "gives a place back", given: retired, when: again.when, then: again.then}, purge, 1},
		{operation{
			name:  "purges a place because its record says so",
			given: retired,
			when:  func(ctx context.Context, f family) error { return f.wish(ctx, f.child, v1alpha1.ActionPurge) },
			then:  purge.then,
		}, again, 1},
	}
}

// clean is what both steps end in when nobody freezes, and the number of writes that the first takes.
func (c changeOfMind) clean(ctx context.Context, leader *operator) (harness.Snapshot, int) {
	GinkgoHelper()
	family := newFamily(here)
	Eventually(c.given).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
	leader.line.Forget()
	Eventually(c.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(c.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(leader.line, settle).Should(Succeed())
	writes, err := leader.line.Writes(ctx)
	Expect(err).NotTo(HaveOccurred())
	Eventually(c.after.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(c.after.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	Expect(unrest(ctx, leader.line)).To(BeEmpty(), "a run without a fault")
	return family.snapshot(ctx), writes
}

// freeze stops the leader at its nth write, lets another one do both steps, and wakes the first: its
// write arrives, and so does what it sends until it sees that it leads no more.
func (c changeOfMind) freeze(ctx context.Context, leader *operator, family family, n int) (next *operator, late harness.Request) {
	GinkgoHelper()
	leader.line.Forget()
	var frozen error
	var woken atomic.Bool // a write of the woken leader may be the nth
	deliver := leader.line.StallAt(n, func() {
		if !woken.Load() {
			frozen = leader.Pause()
		}
	})
	DeferCleanup(deliver)
	Eventually(c.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	// An operation may take fewer writes than the first time.
	Eventually(func() bool { return leader.line.Stalled() || c.then(ctx, family) == nil }).WithContext(ctx).Should(BeTrue())
	if !leader.line.Stalled() {
		frozen = leader.Pause()
	}
	Expect(frozen).NotTo(HaveOccurred())

	next = startOperator(ctx, here, contested)
	Eventually(c.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(c.after.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(c.after.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(next.line, settle).Should(Succeed())

	woken.Store(true)
	deliver()
	leader.ending.Store(true)
	Expect(leader.Continue()).To(Succeed())
	Eventually(leader.Exited()).WithContext(ctx).Should(BeClosed(), "a leader that lost its lease ends")
	for _, request := range leader.line.Requests() {
		if request.Writes() {
			late = request
		}
	}
	return next, late
}
