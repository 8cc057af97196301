// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 1: killed between two writes", Label("fault-1"), func() {
	for _, operation := range slices.Concat(operations(), retentions(), grantings(), licensings(), syncings(), brandings()) {
		It("loses nothing when it is killed while it "+operation.name, func(ctx SpecContext) {
			watchPeople(ctx, here)
			sweep := newSweep(ctx, operation)
			points := sweep.points()
			families := sweep.given(ctx, len(points))
			for i, point := range points {
				sweep.try(ctx, point, families[i])
			}
			sweep.verdicts.close(fmt.Sprintf("fault 1, killed while it %s (%d writes)", operation.name, len(sweep.writes)))
		})
	}
})

// point in an operation at which the manager is killed.
type point struct {
	write  int // from 1
	moment harness.Moment
}

// sweep tries the crash points of one operation.
type sweep struct {
	operation operation
	operator  *operator
	verdicts  verdicts
	// clean is what a run without a fault ends in, and writes what it takes.
	clean  harness.Snapshot
	writes []harness.Request
}

// newSweep runs the operation without a fault.
func newSweep(ctx context.Context, operation operation) *sweep {
	GinkgoHelper()
	s := &sweep{operation: operation, verdicts: verdicts{invariants: watchInvariants(ctx, here)}, operator: startLeader(ctx, here)}
	family := s.given(ctx, 1)[0]
	s.operator.line.Forget()
	Eventually(operation.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(operation.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	// That it stays so is judged after every fault.
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(s.operator.line, settle).Should(Succeed())
	s.clean = family.snapshot(ctx)
	s.writes = slices.DeleteFunc(s.operator.line.Requests(), func(r harness.Request) bool { return !r.Writes() })
	return s
}

// points to try: all, or as many as the sample has, in order.
func (s *sweep) points() []point {
	var all []point
	for i := range s.writes {
		all = append(all, point{i + 1, harness.Before}, point{i + 1, harness.After})
	}
	if full || len(all) <= sample {
		return all
	}
	random := rand.New(rand.NewPCG(seed, uint64(len(s.operation.name))))
	chosen := random.Perm(len(all))[:sample]
	slices.Sort(chosen)
	points := make([]point, 0, sample)
	for _, i := range chosen {
		points = append(points, all[i])
	}
	return points
}

// try kills the operator at a point of the operation, starts another and compares what becomes of it.
func (s *sweep) try(ctx context.Context, at point, family family) {
	GinkgoHelper()
	killed := s.operator
	killed.line.CutAt(at.write, at.moment, killed.Kill)
	Eventually(s.operation.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(func() bool {
		return killed.line.Cut() || s.operation.then(ctx, family) == nil
	}).WithContext(ctx).Should(BeTrue(), "write %d", at.write)
	killed.Kill() // an operation may take fewer writes than the first time
	left := family.snapshot(ctx)

	s.operator = startLeader(ctx, here)
	found := family.differences(ctx, s.operator.line, s.clean)
	if err := kept(left, family.snapshot(ctx)); err != nil && s.operation.keeps {
		found = append(found, err.Error())
	}
	if len(found) > 0 {
		found = append(found, "the log is "+s.operator.LogFile)
	}
	s.verdicts.add(fmt.Sprintf("%s write %d of %d (%s)", at.moment, at.write, len(s.writes), s.writes[at.write-1]), found...)
}

// given are n new families, at rest where the operation begins.
func (s *sweep) given(ctx context.Context, n int) []family {
	GinkgoHelper()
	families := make([]family, n)
	for i := range families {
		families[i] = newFamily(here)
	}
	for _, family := range families {
		Eventually(s.operation.given).WithContext(ctx).WithArguments(family).Should(Succeed())
	}
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(s.operator.line, settle).Should(Succeed())
	return families
}
