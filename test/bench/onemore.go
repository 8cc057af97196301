// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"math"
	"slices"
	"time"
)

// oneMore takes the latency of one more tenant, in alternating rounds.
func (b *bench) oneMore(ctx context.Context) error {
	progress("one more tenant among %d, %d times for each side", b.made, b.samples)
	var floor, operator []time.Duration
	for round := range b.rounds {
		size := b.samples*(round+1)/b.rounds - b.samples*round/b.rounds
		b.usage.quiet(ctx)
		bare, err := b.series(ctx, size, b.oneBare)
		if err != nil {
			return err
		}
		if err := b.adopt(ctx); err != nil {
			return err
		}
		b.usage.quiet(ctx)
		served, err := b.series(ctx, size, b.oneServed)
		if err != nil {
			return err
		}
		if err := b.stopManager(ctx); err != nil {
			return err
		}
		floor, operator = append(floor, bare...), append(operator, served...)
	}
	b.report.latencies(floor, operator)
	return nil
}

// series takes one sample after another.
func (b *bench) series(ctx context.Context, size int, sample func(context.Context, int) (time.Time, error)) ([]time.Duration, error) {
	var taken []time.Duration
	for range size {
		n := b.made
		b.made++
		start := time.Now()
		end, err := sample(ctx, n)
		if err != nil {
			return nil, err
		}
		taken = append(taken, end.Sub(start))
	}
	return taken, nil
}

func (b *bench) oneBare(ctx context.Context, n int) (time.Time, error) {
	err := b.makeBare(ctx, n)
	return time.Now(), err
}

func (b *bench) oneServed(ctx context.Context, n int) (time.Time, error) {
	if err := b.ask(ctx, n); err != nil {
		return time.Time{}, err
	}
	return b.awaitReady(ctx)
}

// percentile by nearest rank: the least sample that p % of all do not exceed.
func percentile(samples []time.Duration, p float64) time.Duration {
	sorted := slices.Sorted(slices.Values(samples))
	return sorted[int(math.Ceil(p/100*float64(len(sorted))))-1]
}
