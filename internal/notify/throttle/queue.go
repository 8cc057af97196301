// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package throttle

import (
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/lru"
)

// Queue limits like a Throttle, and gives each whom it lets wait a turn of their own, in the order in
// which they asked: the k-th of a line waits k times as long as the first. So each comes back once, and
// not all of them whenever one may go. Like a Throttle it holds so many keys, and forgets the line of
// the one that was quiet for longest. It is safe for concurrent use.
type Queue struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	lines *lru.Cache // of *line
}

// hurry is by what part of the time between two turns who comes too early is let go: clocks and sums are
// rounded. The next waits for it.
const hurry = 0.01

// line is who waits for one key.
type line struct {
	bucket  *rate.Limiter
	waiting []turn
}

// turn is when somebody may go.
type turn struct {
	who string
	at  time.Time
}

// NewQueue makes a Queue that lets count things happen per period, all at once or spread, for each of at
// most keys keys.
func NewQueue(count int, period time.Duration, keys int) *Queue {
	return &Queue{rate: rate.Limit(float64(count) / period.Seconds()), burst: count, lines: lru.New(keys)}
}

// Take says whether it is who's turn for key, and counts it if so; else how long to wait. Who asks too
// early keeps their turn. Who is late by more than there is between two turns loses it.
func (q *Queue) Take(key, who string, now time.Time) (wait time.Duration, allowed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.line(key)
	l.waiting = slices.DeleteFunc(l.waiting, func(t turn) bool { return t.who != who && !now.Before(t.at.Add(q.interval(1))) })
	place := l.place(who)
	wait = q.interval(float64(place+1) - l.bucket.TokensAt(now))
	if wait <= q.interval(hurry) {
		l.bucket.ReserveN(now, 1)
		l.leave(who)
		return 0, true
	}
	if place == len(l.waiting) {
		l.waiting = append(l.waiting, turn{who: who})
	}
	l.waiting[place].at = now.Add(wait)
	return wait, false
}

// Turn is when who's turn for key comes, or came; zero if nobody told them to wait. It counts nothing.
func (q *Queue) Turn(key, who string) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l, found := q.held(key); found {
		if place := l.place(who); place < len(l.waiting) {
			return l.waiting[place].at
		}
	}
	return time.Time{}
}

// Leave gives who's turn for key up. Who stands behind keeps the turn they were told, and who comes anew
// waits less.
func (q *Queue) Leave(key, who string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if l, found := q.held(key); found {
		l.leave(who)
	}
}

// interval is how long so many turns take.
func (q *Queue) interval(turns float64) time.Duration {
	return time.Duration(turns / float64(q.rate) * float64(time.Second))
}

func (q *Queue) held(key string) (*line, bool) {
	found, _ := q.lines.Get(key)
	l, ok := found.(*line)
	return l, ok
}

func (q *Queue) line(key string) *line {
	if l, found := q.held(key); found {
		return l
	}
	l := &line{bucket: rate.NewLimiter(q.rate, q.burst)}
	q.lines.Add(key, l)
	return l
}

// place is how many stand before who; where that is all, who does not wait yet.
func (l *line) place(who string) int {
	for i := range l.waiting {
		if l.waiting[i].who == who {
			return i
		}
	}
	return len(l.waiting)
}

func (l *line) leave(who string) {
	l.waiting = slices.DeleteFunc(l.waiting, func(t turn) bool { return t.who == who })
}
