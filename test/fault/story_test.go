// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// step of a story: what a user asks of a family, tried until it is accepted, and what shows that it
// was done.
type step struct {
	when func(context.Context, family) error
	then func(context.Context, family) error
}

// story is a family's life, from nothing to a partner with a customer that was deleted and made again
// under the same name, once with nothing left and once with its place kept, and suspended.
func story() []step {
	return []step{
		{
			when: func(ctx context.Context, f family) error { return first(f.createPartner(ctx), f.createCustomer(ctx)) },
			then: func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseActive) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, true) },
			then: func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseSuspended) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, false) },
			then: func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseActive) },
		},
		{
			when: moveHost,
			then: func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseActive) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then: func(ctx context.Context, f family) error { return f.gone(ctx, f.child) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then: func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseActive) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.retire(ctx, f.child) },
			then: func(ctx context.Context, f family) error { return f.retained(ctx, f.child) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then: func(ctx context.Context, f family) error { return f.back(ctx, f.child) },
		},
		{
			when: func(ctx context.Context, f family) error { return f.suspend(ctx, f.child, true) },
			then: func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseSuspended) },
		},
	}
}

// live lets families go through the story, side by side, with something done in the middle of each step.
func live(ctx context.Context, families []family, meanwhile func()) {
	GinkgoHelper()
	for _, step := range story() {
		for _, family := range families {
			Eventually(step.when).WithContext(ctx).WithArguments(family).Should(Succeed())
		}
		meanwhile()
		for _, family := range families {
			Eventually(step.then).WithContext(ctx).WithArguments(family).Should(Succeed())
		}
	}
}

// cleanLife is what the story ends in when nothing is at fault.
func cleanLife(ctx context.Context, at site) harness.Snapshot {
	GinkgoHelper()
	leader := startLeader(ctx, at)
	lived := newFamilies(at, 1)
	live(ctx, lived, func() {})
	Expect(harness.Quiet(ctx, leader.line, rest)).To(Succeed(), "a run without a fault")
	leader.Kill()
	return lived[0].snapshot(ctx)
}

// newFamilies are n new families.
func newFamilies(at site, n int) []family {
	made := make([]family, n)
	for i := range made {
		made[i] = newFamily(at)
	}
	return made
}
