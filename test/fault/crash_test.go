// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/test/harness"
)

// token that a family's own is replaced by, so that snapshots of different families compare.
const anyToken = "TOKEN"

var _ = Describe("Fault 1: killed between two writes", Label("fault-1"), func() {
	for _, operation := range operations() {
		It("loses nothing when it is killed while it "+operation.name, func(ctx SpecContext) {
			sweep := newSweep(ctx, operation)
			points := sweep.points()
			families := sweep.given(ctx, len(points))
			for i, point := range points {
				sweep.try(ctx, point, families[i])
			}
			figure(fmt.Sprintf("fault 1, killed while it %s (%d writes)", operation.name, len(sweep.writes)), len(points), len(sweep.lost))
			if len(sweep.lost) > 0 {
				Fail(strings.Join(sweep.lost, "\n\n"))
			}
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
	operation  operation
	operator   *operator
	invariants *harness.Invariants
	// clean is what a run without a fault ends in, and writes what it takes.
	clean  harness.Snapshot
	writes []harness.Request

	// lost says what each crash point left behind, of those that left something.
	lost []string
}

// newSweep runs the operation without a fault.
func newSweep(ctx context.Context, operation operation) *sweep {
	GinkgoHelper()
	s := &sweep{operation: operation, invariants: watchInvariants(ctx), operator: startLeader(ctx)}
	family := s.given(ctx, 1)[0]
	s.operator.line.Forget()
	Eventually(operation.when).WithContext(ctx).WithArguments(family).Should(Succeed())
	Eventually(operation.then).WithContext(ctx).WithArguments(family).Should(Succeed())
	Expect(harness.Quiet(ctx, s.operator.line, rest)).To(Succeed(), "a run without a fault")
	s.clean = s.snapshot(ctx, family)
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
	left := s.snapshot(ctx, family)

	s.operator = startLeader(ctx)
	found := s.judge(ctx, family, left)
	found = append(found, s.invariants.Take()...)
	if len(found) > 0 {
		s.lost = append(s.lost, fmt.Sprintf("%s write %d of %d (%s):\n%s",
			at.moment, at.write, len(s.writes), s.writes[at.write-1], strings.Join(found, "\n")))
	}
}

// judge says what differs from a run without a fault.
func (s *sweep) judge(ctx context.Context, family family, left harness.Snapshot) []string {
	var found []string
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var now harness.Snapshot
	for {
		now = s.snapshot(ctx, family)
		if cmp.Equal(s.clean.Objects, now.Objects) {
			break
		}
		if bounded.Err() != nil {
			return []string{"not what it should be:\n" + cmp.Diff(s.clean.Objects, now.Objects) + "the log is " + s.operator.LogFile}
		}
	}
	if err := harness.Quiet(ctx, s.operator.line, rest); err != nil {
		found = append(found, err.Error())
	}
	now = s.snapshot(ctx, family)
	if diff := cmp.Diff(s.clean.Objects, now.Objects); diff != "" {
		found = append(found, "it did not stay what it should be:\n"+diff)
	}
	if err := s.kept(left, now); err != nil {
		found = append(found, err.Error())
	}
	return found
}

// kept says whether all that must survive did.
func (s *sweep) kept(before, after harness.Snapshot) error {
	if !s.operation.keeps {
		return nil
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(before.Kept)) {
		if before.Kept[name] != after.Kept[name] {
			errs = append(errs, fmt.Errorf("%s was made anew", name))
		}
	}
	return errors.Join(errs...)
}

// given are n new families, at rest where the operation begins.
func (s *sweep) given(ctx context.Context, n int) []family {
	GinkgoHelper()
	families := make([]family, n)
	for i := range families {
		families[i] = newFamily()
	}
	for _, family := range families {
		Eventually(s.operation.given).WithContext(ctx).WithArguments(family).Should(Succeed())
	}
	Eventually(harness.Quiet).WithContext(ctx).WithArguments(s.operator.line, settle).Should(Succeed())
	return families
}

func (s *sweep) snapshot(ctx context.Context, family family) harness.Snapshot {
	GinkgoHelper()
	taken, err := cluster.Snapshot(ctx, family.tenants()...)
	Expect(err).NotTo(HaveOccurred())
	return taken.Rename(family.token, anyToken)
}
