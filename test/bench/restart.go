// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/tenantry/tenantry/internal/kinds"
	"github.com/tenantry/tenantry/internal/manager"
	"github.com/tenantry/tenantry/test/harness"
)

// restart takes how long a new manager needs until it has looked at every tenant. The floor lists
// what the manager caches.
func (b *bench) restart(ctx context.Context) error {
	progress("restarting the manager among %d tenants", b.made)
	b.usage.quiet(ctx)
	start := time.Now()
	if err := b.listAll(ctx); err != nil {
		return err
	}
	floor := time.Since(start)
	b.usage.quiet(ctx)
	start = time.Now()
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	b.report.restarted(time.Since(start), floor)
	return b.stopManager(ctx)
}

// listAll lists what the manager caches, all kinds at once.
func (b *bench) listAll(ctx context.Context) error {
	served, err := kinds.In(b.operator.RESTMapper())
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for object, options := range manager.CacheOptions(served).ByObject {
		group.Go(func() error { return b.list(ctx, object, options) })
	}
	return group.Wait()
}

func (b *bench) list(ctx context.Context, object client.Object, options cache.ByObject) error {
	gvk, err := apiutil.GVKForObject(object, b.operator.Scheme())
	if err != nil {
		return err
	}
	gvk.Kind += "List"
	list, err := b.operator.Scheme().New(gvk)
	if err != nil {
		return err
	}
	selectors := &client.ListOptions{LabelSelector: options.Label, FieldSelector: options.Field}
	if err := b.operator.List(ctx, list.(client.ObjectList), selectors); err != nil {
		return fmt.Errorf("listing %s: %w", gvk.Kind, err)
	}
	return nil
}

// rest counts what a manager does after a restart and then at rest.
func (b *bench) rest(ctx context.Context) error { return b.watchAtRest(ctx, b.report.rested) }

// watchAtRest tells what a manager writes after a restart, and asks for then at rest. It runs behind a proxy, which
// sees every request for what it is.
func (b *bench) watchAtRest(ctx context.Context, tell func(writes, requests []harness.Request)) error {
	proxy, err := harness.NewProxy(b.cluster)
	if err != nil {
		return err
	}
	defer proxy.Close()
	if err := b.startManager(ctx, proxy); err != nil {
		return err
	}
	b.usage.quiet(ctx) // a write that comes late is one all the same
	writes := slices.DeleteFunc(proxy.Requests(), func(r harness.Request) bool { return reads(r) || aboutLease(r) })
	progress("watching the manager at rest for %s", b.idle)
	proxy.Forget()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(b.idle):
	}
	requests := slices.DeleteFunc(proxy.Requests(), func(r harness.Request) bool { return r.Verb == "watch" || aboutLease(r) })
	tell(writes, requests)
	return b.stopManager(ctx)
}

func reads(r harness.Request) bool {
	return slices.Contains([]string{"GET", "get", "list", "watch"}, r.Verb)
}

// aboutLease says whether a request is part of leader election, which tells of a new leader by an event.
func aboutLease(r harness.Request) bool {
	return r.Lease() || (r.Resource == "events" && r.Namespace == harness.ManagerNamespace)
}
