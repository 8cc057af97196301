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
