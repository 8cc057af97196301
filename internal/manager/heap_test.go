// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import "testing"

func TestTheHeapMayGrowByAFifthAtLeastAndByAllAtMost(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 20}, {1 << 20, 100}, {24 << 20, 100}, {48 << 20, 50}, {120 << 20, 20}, {4 << 30, 20},
	} {
		if got := growthOf(c.live); got != c.want {
			t.Errorf("of %d bytes in use, the heap may grow by %d %%, want %d", c.live, got, c.want)
		}
	}
}

func TestMemoryIsGivenBackOnceAfterWork(t *testing.T) {
	const little, much = 1 << 20, 64 << 20
	var l lull
	var allocated uint64
	given := func(ticks int, each uint64) (times int) {
		for range ticks {
			allocated += each
			if l.begins(allocated) {
				times++
			}
		}
		return times
	}
	for _, phase := range []struct {
		what  string
		ticks int
		each  uint64
		want  int
	}{
		{"at work", 20, much, 0},
		{"just after", restTicks - 1, little, 0},
		{"at rest", 1, little, 1},
		{"still at rest", 20, little, 0},
		{"when it has allocated as much as work does", 10, little, 1},
		{"between two tasks", restTicks - 1, 0, 0},
		{"at the second", 1, much, 0},
		{"after it", restTicks, 0, 1},
	} {
		if got := given(phase.ticks, phase.each); got != phase.want {
			t.Errorf("%s: given back %d times, want %d", phase.what, got, phase.want)
		}
	}
}
