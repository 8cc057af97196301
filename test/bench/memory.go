// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"
)

const (
	// memorySamples of the resident memory are taken, memoryTick apart; the least counts: Go gives what
	// it collected back to the system bit by bit.
	memorySamples = 20
	memoryTick    = 500 * time.Millisecond
	// memoryRest is the manager's before, after which it gives memory back by itself.
	memoryRest = 15 * time.Second
)

// measureMemory takes the memory of a manager that has made the last of the tenants.
func (b *bench) measureMemory(ctx context.Context) error {
	full, err := b.manager.resident(ctx)
	if err != nil {
		return err
	}
	if b.profile != "" {
		if err := b.saveProfile(ctx, "heap", "heap.pprof"); err != nil {
			return err
		}
	}
	progress("a manager of %d tenants has %d KiB", b.made, full)
	b.report.memory(full, b.made)
	return nil
}

// resident is the manager's resident memory at rest in KiB, once garbage is collected.
func (p *process) resident(ctx context.Context) (int, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(memoryRest):
	}
	least := 0
	tick := time.NewTicker(memoryTick)
	defer tick.Stop()
	for range memorySamples {
		if _, err := p.get(ctx, "heap?gc=1"); err != nil { // the profile is of no interest, its collection is
			return 0, err
		}
		kib, err := residentOf(p.Pid())
		if err != nil {
			return 0, err
		}
		if least == 0 || kib < least {
			least = kib
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-tick.C:
		}
	}
	return least, nil
}
