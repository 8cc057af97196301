// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// tallyPatience is how long no more may count than before, until all do that should.
const tallyPatience = 5 * time.Minute

// tally counts the objects of a kind in customers' places of which something is so. It costs the plane one event
// a write, of the floor's and of the operator's alike.
type tally struct {
	what string
	so   func(client.Object) bool

	mu     sync.Mutex
	counts map[client.ObjectKey]time.Time // since when
	last   time.Time

	changed chan struct{}
}

// watchTally watches until ctx ends.
func watchTally(ctx context.Context, cluster *harness.Cluster, what string, kind client.Object, so func(client.Object) bool) (*tally, error) {
	t := &tally{what: what, so: so, counts: map[client.ObjectKey]time.Time{}, changed: make(chan struct{}, 1)}
	restConfig := rest.CopyConfig(cluster.Config)
	restConfig.DisableCompression = true // as the operator does
	ofCustomers := labels.SelectorFromSet(labels.Set{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partnerName})
	watched, err := cache.New(restConfig, cache.Options{
		Scheme:   cluster.Client.Scheme(),
		ByObject: map[client.Object]cache.ByObject{kind: {Label: ofCustomers}},
	})
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", what, err)
	}
	informer, err := watched.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", what, err)
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { t.saw(object.(client.Object), true) },
		UpdateFunc: func(_, object any) { t.saw(object.(client.Object), true) },
		DeleteFunc: func(object any) {
			if gone, known := object.(client.Object); known {
				t.saw(gone, false)
			}
		},
	}); err != nil {
		return nil, fmt.Errorf("watching %s: %w", what, err)
	}
	go func() { _ = watched.Start(ctx) }() // its only error is that it was started before
	if !watched.WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("watching %s: %w", what, ctx.Err())
	}
	return t, nil
}

// saw an object as it is now, or was last.
func (t *tally) saw(object client.Object, there bool) {
	now, key, counts := time.Now(), client.ObjectKeyFromObject(object), there && t.so(object)
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, counted := t.counts[key]; counted == counts {
		return
	}
	t.counts[key], t.last = now, now
	if !counts {
		delete(t.counts, key)
	}
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// since is since when each counts that does.
func (t *tally) since() map[client.ObjectKey]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

func (t *tally) state() (int, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.counts), t.last
}

// await waits until that many count, and says when the last of them changed.
func (t *tally) await(ctx context.Context, wanted int) (time.Time, error) {
	patience := time.NewTimer(tallyPatience)
	defer patience.Stop()
	nearest := math.MaxInt
	for {
		count, last := t.state()
		if count == wanted {
			return last, nil
		}
		if away := max(count-wanted, wanted-count); away < nearest {
			nearest = away
			patience.Reset(tallyPatience)
		}
		select {
		case <-t.changed:
		case <-patience.C:
			return last, fmt.Errorf("%d %s, and %d should be, but that has not come nearer for %s", count, t.what, wanted, tallyPatience)
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}

// timed takes the time from what is done until that many count.
func (b *bench) timed(ctx context.Context, tally *tally, wanted int, do func() error) (time.Duration, error) {
	b.usage.quiet(ctx)
	start := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	end, err := tally.await(ctx, wanted)
	return end.Sub(start), err
}
