// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"
)

func TestTheFullestPartOfAWindow(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		seconds []int
		want    float64
	}{
		"one in each":                   {[]int{0, 10, 20, 30, 40, 50, 60, 70, 80, 99}, 10},
		"half of them at once":          {[]int{0, 1, 9, 20, 30, 40}, 50},
		"what is late is of the last":   {[]int{0, 95, 100, 170}, 75},
		"what is early is of the first": {[]int{-1, 0, 50, 60}, 50},
		"all of them at the very end":   {[]int{100, 100}, 100},
		"a part begins with its first":  {[]int{10, 19, 20, 29}, 50},
	} {
		var times []time.Time
		for _, second := range test.seconds {
			times = append(times, from.Add(time.Duration(second)*time.Second))
		}
		if got := fullestPart(times, from, 100*time.Second); got != test.want {
			t.Errorf("%s: %v %%, not %v %%", name, got, test.want)
		}
	}
}
