// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package throttle limits how often something happens for each of many: mails for each tenant, requests
// from each client. Its memory is bounded.
package throttle

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/lru"
)

// Throttle is a token bucket for each key. Of more keys than it holds it forgets the one that was quiet
// for longest, whose bucket is then full again. It is safe for concurrent use.
type Throttle struct {
	rate  rate.Limit
	burst int

	mu      sync.Mutex
	buckets *lru.Cache
}

// New makes a Throttle that lets count things happen per period, all at once or spread, for each of at
// most keys keys.
func New(count int, period time.Duration, keys int) *Throttle {
	return &Throttle{
		rate:    rate.Limit(float64(count) / period.Seconds()),
		burst:   count,
		buckets: lru.New(keys),
	}
}

// Allow says whether one more may happen for key now, and counts it if so; else how long to wait.
func (t *Throttle) Allow(key string, now time.Time) (wait time.Duration, allowed bool) {
	reservation := t.bucket(key).ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// Exhausted says whether Allow would let nothing happen for key now. It counts nothing.
func (t *Throttle) Exhausted(key string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, _ := t.buckets.Get(key)
	bucket, ok := found.(*rate.Limiter)
	return ok && bucket.TokensAt(now) < 1
}

// Len is the number of keys that are held.
func (t *Throttle) Len() int { return t.buckets.Len() }

func (t *Throttle) bucket(key string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if found, ok := t.buckets.Get(key); ok {
		if bucket, ok := found.(*rate.Limiter); ok {
			return bucket
		}
	}
	bucket := rate.NewLimiter(t.rate, t.burst)
	t.buckets.Add(key, bucket)
	return bucket
}
