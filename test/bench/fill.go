// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// warmTenants is how many tenants each side makes before anything is measured, so that connections
// are open and policies compiled.
const warmTenants = 10

// cost of making tenants.
type cost struct {
	tenants  int
	elapsed  time.Duration
	plane    time.Duration // CPU of the plane, until it is at rest again
	maker    time.Duration // CPU of the manager, or of the bench where it is the maker
	requests float64       // of the manager; 0 for the floor
	writes   float64
}

func (c cost) plus(other cost) cost {
	return cost{
		tenants:  c.tenants + other.tenants,
		elapsed:  c.elapsed + other.elapsed,
		plane:    c.plane + other.plane,
		maker:    c.maker + other.maker,
		requests: c.requests + other.requests,
		writes:   c.writes + other.writes,
	}
}

// per divides by the number of tenants.
func (c cost) per(total float64) float64 { return total / float64(c.tenants) }

// warmUp takes the memory of a manager without tenants, and makes the first of both sides.
func (b *bench) warmUp(ctx context.Context) error {
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	var err error
	if b.report.emptyMemory, err = b.manager.resident(ctx); err != nil {
		return err
	}
	if err := b.stopManager(ctx); err != nil {
		return err
	}
	progress("an idle manager has %d KiB; warming up", b.report.emptyMemory)
	if _, err := b.floorRound(ctx, warmTenants); err != nil {
		return err
	}
	if _, err := b.operatorRound(ctx, warmTenants); err != nil {
		return err
	}
	return b.stopManager(ctx)
}

// fill makes N tenants of each side, in alternating rounds.
func (b *bench) fill(ctx context.Context) error {
	var floor, operator cost
	for round := range b.rounds {
		size := b.tenants*(round+1)/b.rounds - b.tenants*round/b.rounds
		bare, err := b.floorRound(ctx, size)
		if err != nil {
			return err
		}
		served, err := b.operatorRound(ctx, size)
		if err != nil {
			return err
		}
		progress("round %d: %d tenants: floor %.2f s, operator %.2f s to Ready, ratio %.2f",
			round+1, size, bare.elapsed.Seconds(), served.elapsed.Seconds(), served.elapsed.Seconds()/bare.elapsed.Seconds())
		floor, operator = floor.plus(bare), operator.plus(served)
		if round+1 == b.rounds {
			if err := b.measureMemory(ctx); err != nil {
				return err
			}
		}
		if err := b.stopManager(ctx); err != nil {
			return err
		}
	}
	b.report.filled(floor, operator, b.owned())
	return nil
}

// floorRound has the bare client make tenants, with as many workers as the manager has.
func (b *bench) floorRound(ctx context.Context, size int) (cost, error) {
	b.usage.quiet(ctx)
	plane, maker, start := b.usage.cpu(), cpuOf(os.Getpid()), time.Now()
	if err := b.parallel(ctx, size, b.makeBare); err != nil {
		return cost{}, err
	}
	spent := cost{tenants: size, elapsed: time.Since(start), maker: cpuOf(os.Getpid()) - maker}
	b.usage.quiet(ctx)
	spent.plane = b.usage.cpu() - plane
	return spent, nil
}

// operatorRound has a manager make tenants, and leaves it running.
func (b *bench) operatorRound(ctx context.Context, size int) (cost, error) {
	if err := b.adopt(ctx); err != nil {
		return cost{}, err
	}
	b.usage.quiet(ctx)
	before, err := b.manager.requests(ctx)
	if err != nil {
		return cost{}, err
	}
	waitProfile := b.profileCPU(ctx)
	plane, maker, start := b.usage.cpu(), cpuOf(b.manager.Pid()), time.Now()
	if err := b.parallel(ctx, size, b.ask); err != nil {
		return cost{}, err
	}
	end, err := b.awaitReady(ctx)
	if err != nil {
		return cost{}, err
	}
	waitProfile()
	if err := b.manager.settled(ctx, b.made); err != nil {
		return cost{}, err
	}
	b.usage.quiet(ctx)
	spent := cost{tenants: size, elapsed: end.Sub(start), plane: b.usage.cpu() - plane, maker: cpuOf(b.manager.Pid()) - maker}
	after, err := b.manager.requests(ctx)
	spent.requests, spent.writes = after.all-before.all, after.writes-before.writes
	return spent, err
}

// adopt starts a manager, which takes the floor's tenants over. It should find nothing to do.
func (b *bench) adopt(ctx context.Context) error {
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	metrics, err := b.manager.Metrics(ctx)
	if err != nil {
		return err
	}
	if writes := metrics.Sum("tenantry_apply_total"); writes > 0 {
		progress("note: the manager changed %v of the floor's objects: the floor is not what the operator makes", writes)
	}
	return nil
}

// parallel makes the next tenants with as many workers as the manager has.
func (b *bench) parallel(ctx context.Context, size int, makeOne func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.config.Workers)
	for range size {
		n := b.made
		b.made++
		group.Go(func() error { return makeOne(ctx, n) })
	}
	return group.Wait()
}
