// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// requestQueue is where a watch puts what is to be looked at.
type requestQueue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// after has what a change maps to looked at a while later, once for all changes in between. It maps the object
// before and after the change; nil for one that was not there.
func after(pause time.Duration, toRequests func(ctx context.Context, before, after client.Object) []reconcile.Request) handler.EventHandler {
	add := func(ctx context.Context, was, is client.Object, queue requestQueue) {
		for _, request := range toRequests(ctx, was, is) {
			queue.AddAfter(request, pause)
		}
	}
	return handler.Funcs{
		CreateFunc:  func(ctx context.Context, e event.CreateEvent, q requestQueue) { add(ctx, nil, e.Object, q) },
		UpdateFunc:  func(ctx context.Context, e event.UpdateEvent, q requestQueue) { add(ctx, e.ObjectOld, e.ObjectNew, q) },
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q requestQueue) { add(ctx, e.Object, nil, q) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q requestQueue) { add(ctx, nil, e.Object, q) },
	}
}

// either is the object after a change, or before its end.
func either(before, after client.Object) client.Object {
	if after != nil {
		return after
	}
	return before
}

// gatheredFor has what an object maps to looked at a while later, once for all changes in between. Of a change,
// the object as it was is mapped too.
func gatheredFor(pause time.Duration, toRequests handler.MapFunc) handler.EventHandler {
	return after(pause, func(ctx context.Context, was, is client.Object) []reconcile.Request {
		var requests []reconcile.Request
		for _, object := range []client.Object{was, is} {
			if object != nil {
				requests = append(requests, toRequests(ctx, object)...)
			}
		}
		return requests
	})
}
