// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// scaleFactor is between the two sizes that are put side by side.
	scaleFactor = 10
	// scaleEdits are made while a manager looks at all tenants for the first time.
	scaleEdits = 100
	// editPatience is how long one of them may take.
	editPatience = 2 * time.Minute
	// editTick is how often it is asked for.
	editTick = 20 * time.Millisecond
)

// scaleUp puts what a tenant costs among a tenth of the tenants beside what it costs among all. The bare
// client makes them: how fast the operator does is the other bench's matter.
func (b *bench) scaleUp(ctx context.Context) error {
	for _, size := range []int{b.tenants / scaleFactor, b.tenants} {
		if err := b.grow(ctx, size); err != nil {
			return err
		}
		b.report.n = size
		for _, measure := range []func(context.Context) error{b.resync, b.oneMoreAmongMany} {
			if err := measure(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// emptyManager measures a manager that has nothing to hold.
func (b *bench) emptyManager(ctx context.Context) error {
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	var err error
	if b.report.emptyMemory, err = b.manager.resident(ctx); err != nil {
		return err
	}
	return b.stopManager(ctx)
}

// grow makes tenants until there are that many, and has a manager take them over.
func (b *bench) grow(ctx context.Context, size int) error {
	progress("making %d tenants by a bare client, %d in all", size-b.made, size)
	if err := b.parallel(ctx, size-b.made, b.makeBare); err != nil {
		return err
	}
	b.usage.quiet(ctx)
	progress("taking them over")
	if err := b.adopt(ctx); err != nil {
		return err
	}
	return b.stopManager(ctx)
}

// resync starts a manager and edits tenants while it looks at all of them for the first time, then
// measures its memory.
func (b *bench) resync(ctx context.Context) error {
	progress("editing %d of %d tenants while a manager starts", scaleEdits, b.made)
	b.usage.quiet(ctx)
	start := time.Now()
	if err := b.launch(ctx, nil); err != nil {
		return err
	}
	if err := b.manager.Leading(ctx); err != nil {
		return err
	}
	var taken []time.Duration
	for edit := range scaleEdits {
		latency, err := b.edit(ctx, rand.N(b.made), edit)
		if err != nil {
			return err
		}
		taken = append(taken, latency)
	}
	if err := b.manager.settled(ctx, b.made); err != nil {
		return err
	}
	b.report.add("restart-settle", time.Since(start).Seconds(), "s", noFloor, "")
	b.report.add("edit-during-resync-p50", inMilliseconds(percentile(taken, 50)), "ms", noFloor, "")
	b.report.add("edit-during-resync-p99", inMilliseconds(percentile(taken, 99)), "ms", noFloor, "value <= 5000")
	if err := b.measureMemory(ctx); err != nil {
		return err
	}
	return b.stopManager(ctx)
}

// edit changes a tenant and says how long it took until the operator had seen to it.
func (b *bench) edit(ctx context.Context, n, edit int) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, editPatience)
	defer cancel()
	tenant := newTenant(n)
	body := fmt.Sprintf(`{"spec":{"displayName":"Customer %d, edited %d"}}`, n, edit)
	if err := b.cluster.Client.Patch(ctx, tenant, client.RawPatch(types.MergePatchType, []byte(body))); err != nil {
		return 0, fmt.Errorf("editing tenant %q: %w", tenant.Name, err)
	}
	start, wanted := time.Now(), tenant.Generation
	tick := time.NewTicker(editTick)
	defer tick.Stop()
	for {
		now := &v1alpha1.Tenant{}
		if err := b.cluster.Client.Get(ctx, client.ObjectKeyFromObject(tenant), now); err != nil {
			return 0, fmt.Errorf("waiting for tenant %q: %w", tenant.Name, err)
		}
		if now.Status.ObservedGeneration >= wanted {
			return time.Since(start), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("tenant %q was edited and not seen to in %s", tenant.Name, editPatience)
		case <-tick.C:
		}
	}
}

// oneMoreAmongMany measures what one more tenant takes, and what processor time the manager spends on it.
func (b *bench) oneMoreAmongMany(ctx context.Context) error {
	progress("one more tenant among %d, %d times", b.made, b.samples)
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	b.usage.quiet(ctx)
	looked, err := b.manager.looks(ctx)
	if err != nil {
		return err
	}
	profiled, spent := b.profileCPU(ctx), cpuOf(b.manager.Pid())
	taken, err := b.series(ctx, b.samples, b.oneServed)
	if err != nil {
		return err
	}
	spent = cpuOf(b.manager.Pid()) - spent
	profiled()
	if err := b.reportLooks(ctx, looked); err != nil {
		return err
	}
	for _, p := range []float64{50, 99} {
		b.report.add(fmt.Sprintf("one-more-p%v", p), inMilliseconds(percentile(taken, p)), "ms", noFloor, "")
	}
	b.report.add("manager-cpu-per-tenant", inMilliseconds(spent)/float64(b.samples), "ms", noFloor, "")
	return b.stopManager(ctx)
}

// reportLooks says how often each controller has looked at something for each of the samples.
func (b *bench) reportLooks(ctx context.Context, before map[string]float64) error {
	after, err := b.manager.looks(ctx)
	if err != nil {
		return err
	}
	for _, controller := range slices.Sorted(maps.Keys(after)) {
		if looks := (after[controller] - before[controller]) / float64(b.samples); looks > 0 {
			progress("looks of controller %s for each new tenant: %.2f", controller, looks)
		}
	}
	return nil
}

// looks are how often each controller of the manager has looked at something.
func (p *process) looks(ctx context.Context) (map[string]float64, error) {
	metrics, err := p.Metrics(ctx)
	if err != nil {
		return nil, err
	}
	looks := map[string]float64{}
	for _, metric := range metrics["controller_runtime_reconcile_total"].GetMetric() {
		for _, pair := range metric.GetLabel() {
			if pair.GetName() == "controller" {
				looks[pair.GetValue()] += metric.GetCounter().GetValue()
			}
		}
	}
	return looks, nil
}
