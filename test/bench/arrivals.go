// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// arrivalPatience is how long the operator may go without making another tenant ready.
const arrivalPatience = 2 * time.Minute

// arrivals counts the tenants that became Ready. It watches nothing but tenants in phase Active, so
// that what it costs the plane is one event a tenant.
type arrivals struct {
	mu   sync.Mutex
	seen map[string]bool
	last time.Time

	changed chan struct{}
}

// watchArrivals watches until ctx ends.
func watchArrivals(ctx context.Context, cluster *harness.Cluster) (*arrivals, error) {
	a := &arrivals{seen: map[string]bool{}, changed: make(chan struct{}, 1)}
	active := fields.OneTermEqualSelector("status.phase", string(v1alpha1.PhaseActive))
	restConfig := rest.CopyConfig(cluster.Config)
	restConfig.DisableCompression = true // as the operator does
	watched, err := cache.New(restConfig, cache.Options{
		Scheme:   cluster.Client.Scheme(),
		ByObject: map[client.Object]cache.ByObject{&v1alpha1.Tenant{}: {Field: active}},
	})
	if err != nil {
		return nil, fmt.Errorf("watching tenants: %w", err)
	}
	informer, err := watched.GetInformer(ctx, &v1alpha1.Tenant{}, cache.BlockUntilSynced(false))
	if err != nil {
		return nil, fmt.Errorf("watching tenants: %w", err)
	}
	if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { a.arrived(object.(*v1alpha1.Tenant)) },
		UpdateFunc: func(_, object any) { a.arrived(object.(*v1alpha1.Tenant)) },
	}); err != nil {
		return nil, fmt.Errorf("watching tenants: %w", err)
	}
	go func() { _ = watched.Start(ctx) }() // its only error is that it was started before
	if !watched.WaitForCacheSync(ctx) {
		return nil, fmt.Errorf("watching tenants: %w", ctx.Err())
	}
	return a, nil
}

func (a *arrivals) arrived(tenant *v1alpha1.Tenant) {
	now := time.Now()
	if !meta.IsStatusConditionTrue(tenant.Status.Conditions, v1alpha1.ConditionReady) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen[tenant.Name] {
		return
	}
	a.seen[tenant.Name], a.last = true, now
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

func (a *arrivals) state() (int, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.seen), a.last
}

// await waits until total tenants have become Ready since the start of the bench, and says when the
// last of them did.
func (a *arrivals) await(ctx context.Context, total int) (time.Time, error) {
	patience := time.NewTimer(arrivalPatience)
	defer patience.Stop()
	for {
		count, last := a.state()
		if count >= total {
			return last, nil
		}
		select {
		case <-a.changed:
			patience.Reset(arrivalPatience)
		case <-patience.C:
			return last, fmt.Errorf("%d of %d tenants are Ready, and none became so in %s", count, total, arrivalPatience)
		case <-ctx.Done():
			return last, ctx.Err()
		}
	}
}
