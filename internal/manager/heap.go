// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The heap may grow between two garbage collections by garbageAllowed bytes, and at least by leastGrowth and at most by
// mostGrowth percent of what is in use. To collect often is cheap while little is in use, and nearly all of it
// is caches, which stay: of many tenants' a fifth is room enough, and few need not be collected so often.
const (
	garbageAllowed = 24 << 20
	leastGrowth    = 20
	mostGrowth     = 100
	// heapTick is how often the growth is made to fit what is in use.
	heapTick = 2 * time.Second
	// growthStep is by how much the growth must be off, in percent of what is in use, to be set anew.
	growthStep = 5
	// liveHeap is the metric of what the last collection found in use.
	liveHeap = "/gc/heap/live:bytes"
	// allocated is the metric of all that was ever allocated.
	allocated = "/gc/heap/allocs:bytes"
)

// Go keeps what it has collected for what comes next, a third of what is in use and more, for as long as next to nothing is
// allocated. So it is given back after work, once: by one collection more, which is what so much work costs anyway.
const (
	// restAllocated is at most allocated in a tick at rest: leases, metrics, bookmarks of watches.
	restAllocated = 2 << 20
	// restTicks is how many such ticks are rest.
	restTicks = 5
)

// heapKeeper makes the growth of the heap fit what is in use, where GOGC says nothing else.
type heapKeeper struct {
	growth int
	lull   lull
}

// newHeapKeeper returns one that lets the heap grow little at first, while the caches are filled.
func newHeapKeeper() *heapKeeper {
	k := &heapKeeper{}
	k.set(leastGrowth)
	return k
}

// Start implements manager.Runnable.
func (k *heapKeeper) Start(ctx context.Context) error {
	tick := time.NewTicker(heapTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			k.keep()
		}
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable: who waits for the lease holds as much.
func (k *heapKeeper) NeedLeaderElection() bool { return false }

func (k *heapKeeper) keep() {
	sample := []metrics.Sample{{Name: liveHeap}, {Name: allocated}}
	metrics.Read(sample)
	if k.lull.begins(sample[1].Value.Uint64()) {
		debug.FreeOSMemory()
	}
	wanted := growthOf(sample[0].Value.Uint64())
	if off := max(wanted-k.growth, k.growth-wanted); off >= growthStep || off > 0 && wanted == leastGrowth {
		k.set(wanted)
	}
}

func (k *heapKeeper) set(growth int) {
	k.growth = growth
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
}

// growthOf is how much the heap may grow, in percent of what is in use.
func growthOf(live uint64) int {
	if live == 0 { // nothing was collected yet
		return leastGrowth
	}
	return int(min(max(garbageAllowed*100/live, leastGrowth), mostGrowth))
}

// lull tells when work has ended.
type lull struct {
	// last is what was allocated up to the last tick, tidied up to the last rest.
	last, tidied uint64
	ticks        int
}

// begins says, at each tick, whether rest begins after work that left garbage behind.
func (l *lull) begins(allocated uint64) bool {
	if allocated-l.last > restAllocated {
		l.ticks = 0
	} else {
		l.ticks++
	}
	l.last = allocated
	if l.ticks < restTicks || allocated-l.tidied < garbageAllowed {
		return false
	}
	l.ticks, l.tidied = 0, allocated
	return true
}
