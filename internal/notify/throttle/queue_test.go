// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tenantry/tenantry/internal/notify/throttle"
)

// waiter comes when it was told to, late by so much.
type waiter struct {
	name  string
	next  time.Time
	looks int
	late  time.Duration
}

// drain lets waiters come until all have gone, and returns when each went, in order.
func drain(t *testing.T, queue *throttle.Queue, waiters []*waiter) (order []string, went []time.Time) {
	t.Helper()
	left := slices.Clone(waiters)
	for looks := 0; len(left) > 0; looks++ {
		if looks > 10*len(waiters) {
			t.Fatalf("%d of %d still wait after %d looks", len(left), len(waiters), looks)
		}
		first := slices.MinFunc(left, func(a, b *waiter) int { return a.next.Compare(b.next) })
		first.looks++
		at := first.next
		wait, allowed := queue.Take("place", first.name, at)
		if !allowed {
			first.next = at.Add(wait + first.late)
			continue
		}
		order, went = append(order, first.name), append(went, at)
		left = slices.DeleteFunc(left, func(w *waiter) bool { return w == first })
	}
	return order, went
}

func line(count int, late func(int) time.Duration) (waiters []*waiter, names []string) {
	for i := range count {
		waiters = append(waiters, &waiter{name: fmt.Sprintf("%04d", i), next: now.Add(time.Duration(i)), late: late(i)})
		names = append(names, waiters[i].name)
	}
	return waiters, names
}

func TestEachWhoWaitsLooksTwiceHoweverManyWait(t *testing.T) {
	for _, burst := range []int{1, 5, 50} {
		queue := throttle.NewQueue(burst, time.Hour, 10)
		waiters, names := line(500, func(int) time.Duration { return 0 })
		order, went := drain(t, queue, waiters)
		if !slices.Equal(order, names) {
			t.Errorf("burst %d: they do not go in the order in which they asked", burst)
		}
		for _, w := range waiters {
			if w.looks > 2 {
				t.Fatalf("burst %d: %s looked %d times", burst, w.name, w.looks)
			}
		}
		last := time.Duration(500-burst) * time.Hour / time.Duration(burst)
		if took := went[len(went)-1].Sub(now); took < last-time.Second || took > last+time.Second {
			t.Errorf("burst %d: the last went after %s, not %s", burst, took, last)
		}
	}
}

func TestWhoIsLateHoldsNobodyUpForLong(t *testing.T) {
	for _, burst := range []int{1, 5} {
		queue := throttle.NewQueue(burst, time.Hour, 10)
		waiters, _ := line(200, func(i int) time.Duration { return time.Duration(i%7) * time.Second })
		drain(t, queue, waiters)
		looks := 0
		for _, w := range waiters {
			looks += w.looks
		}
		if looks > 3*len(waiters) {
			t.Errorf("burst %d: %d looks of %d", burst, looks, len(waiters))
		}
	}
}

func TestWhoNeverComesIsForgotten(t *testing.T) {
	for _, burst := range []int{1, 5} {
		queue := throttle.NewQueue(burst, time.Hour, 10)
		waiters, _ := line(100, func(int) time.Duration { return 0 })
		for _, gone := range waiters[:50] {
			queue.Take("place", gone.name, now)
		}
		drain(t, queue, waiters[50:])
		if at := queue.Turn("place", waiters[49].name); !at.IsZero() {
			t.Errorf("burst %d: who never came still has a turn at %s", burst, at)
		}
	}
}

func TestWhoGivesTheirTurnUpKeepsNobodyWaiting(t *testing.T) {
	queue := throttle.NewQueue(1, time.Hour, 10)
	waiters, names := line(1000, func(int) time.Duration { return 0 })
	for _, w := range waiters {
		queue.Take("place", w.name, now)
	}
	for _, name := range names {
		queue.Leave("place", name)
	}
	if wait, _ := queue.Take("place", "next", now); wait > time.Hour {
		t.Errorf("the next waits %s", wait)
	}
}

func TestATurnIsKeptByAskingAndOfOneKeyAlone(t *testing.T) {
	queue := throttle.NewQueue(1, time.Hour, 10)
	queue.Take("a", "first", now)
	queue.Take("a", "second", now)
	queue.Take("a", "third", now)
	for minutes := range 59 {
		at := now.Add(time.Duration(minutes) * time.Minute)
		if wait, allowed := queue.Take("a", "third", at); allowed || at.Add(wait).Sub(now).Round(time.Second) != 2*time.Hour {
			t.Fatalf("after %d minutes the third waits %s", minutes, wait)
		}
	}
	if turn := queue.Turn("a", "second"); turn.Sub(now).Round(time.Second) != time.Hour {
		t.Errorf("the second's turn is at %s", turn)
	}
	if !queue.Turn("a", "first").IsZero() || !queue.Turn("b", "second").IsZero() {
		t.Error("who need not wait has a turn")
	}
	if _, allowed := queue.Take("b", "second", now); !allowed {
		t.Error("another key waits for the first")
	}
}
