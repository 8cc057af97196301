// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tenantry/tenantry/internal/notify/throttle"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestEachKeyGetsItsShare(t *testing.T) {
	limits := throttle.New(2, time.Minute, 10)
	allowed := func(key string, at time.Time) bool {
		_, ok := limits.Allow(key, at)
		return ok
	}
	for range 2 {
		if !allowed("a", now) {
			t.Error("two at once are too many")
		}
	}
	if !limits.Exhausted("a", now) || limits.Exhausted("b", now) || limits.Exhausted("a", now.Add(time.Minute)) {
		t.Error("exhausted is not who has had its share")
	}
	wait, ok := limits.Allow("a", now)
	if ok || wait != 30*time.Second {
		t.Errorf("the third: allowed %t, wait %s", ok, wait)
	}
	if !allowed("b", now) {
		t.Error("another key waits for the first")
	}
	if !allowed("a", now.Add(wait)) {
		t.Error("waiting as told is not enough")
	}
	if allowed("a", now.Add(wait)) {
		t.Error("asking in vain is not counted, waiting is")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	limits := throttle.New(1, time.Minute, 100)
	for i := range 10_000 {
		limits.Allow(strconv.Itoa(i), now)
	}
	if limits.Len() != 100 {
		t.Errorf("%d keys are held", limits.Len())
	}
	if _, ok := limits.Allow("9999", now); ok {
		t.Error("the newest key was forgotten")
	}
}

func TestManyAtOnceGetNoMore(t *testing.T) {
	limits := throttle.New(50, time.Hour, 10)
	var allowed atomic.Int32
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			if _, ok := limits.Allow("a", now); ok {
				allowed.Add(1)
			}
		})
	}
	group.Wait()
	if allowed.Load() != 50 {
		t.Errorf("%d were allowed", allowed.Load())
	}
}
