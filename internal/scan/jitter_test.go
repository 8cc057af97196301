// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

func TestThreeThousandStartsAreSpreadEvenly(t *testing.T) {
	t.Parallel()
	const tenants, window = 3000, 2 * time.Hour
	for _, schedule := range []types.UID{"8f14e45f-ceea-467f-9575-1c5b1f5f5d01", "c9f0f895-fb98-4b91-9f5e-3a1ff3d2a6b2"} {
		minutes, seconds := [120]int{}, map[time.Duration]int{}
		for n := range tenants {
			at := Jitter(schedule, types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)), window)
			if at < 0 || at >= window || at%time.Second != 0 {
				t.Fatalf("tenant %d starts %s after the others", n, at)
			}
			minutes[at/time.Minute]++
			seconds[at]++
		}
		// 25 are expected in each minute. Of 119 degrees of freedom, chi squared is beyond 174 once in a thousand times.
		squared := 0.0
		for _, found := range minutes {
			squared += float64((found-25)*(found-25)) / 25
		}
		if squared > 174 {
			t.Errorf("chi squared is %.0f: %v", squared, minutes)
		}
		for at, found := range seconds {
			if found > 6 {
				t.Errorf("%d start %s after the schedule is due", found, at)
			}
		}
	}
}

func TestJitterStaysAsItIs(t *testing.T) {
	t.Parallel()
	for window, want := range map[time.Duration]time.Duration{0: 0, -time.Hour: 0, 999 * time.Millisecond: 0, time.Second: 0, time.Hour: 11*time.Minute + 40*time.Second} {
		if got := Jitter("schedule", "tenant", window); got != want {
			t.Errorf("within %s: %s, not %s", window, got, want)
		}
	}
	if Jitter("schedule", "tenant", time.Hour) == Jitter("tenant", "schedule", time.Hour) {
		t.Error("schedules and tenants are mixed up")
	}
}
