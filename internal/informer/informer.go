// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package informer makes the informers of the operator's caches: client-go's, but that an informer tells all its handlers in turn.
//
// client-go gives each handler a queue of its own, which grows to what there is when a controller starts, and never
// shrinks. With a dozen handlers of some kinds, these queues would be a seventh of what the operator holds of ten thousand tenants. Handlers
// of controllers add to a work queue, and none waits for anything: one after another they are as quick.
package informer

import (
	"errors"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
)

// New makes one. It has the signature of cache.Options.NewInformer.
func New(source toolscache.ListerWatcher, object runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	r := &relay{SharedIndexInformer: toolscache.NewSharedIndexInformer(source, object, resync, indexers)}
	registration, err := r.SharedIndexInformer.AddEventHandler(r)
	if err != nil {
		panic(err) // only one that has stopped takes no handlers
	}
	r.registration = registration
	return r
}

// relay is an informer that is the one handler of another.
type relay struct {
	toolscache.SharedIndexInformer
	// registration of the relay itself.
	registration toolscache.ResourceEventHandlerRegistration

	// mu is held while handlers are told, so that none misses or outruns anything while it is added.
	mu       sync.Mutex
	handlers []*registered
}

// registered is a handler that the relay tells.
type registered struct {
	toolscache.ResourceEventHandlerRegistration
	handler toolscache.ResourceEventHandler
}

var errStopped = errors.New("the informer has stopped, and takes no handlers")

// AddEventHandler implements toolscache.SharedInformer.
func (r *relay) AddEventHandler(handler toolscache.ResourceEventHandler) (toolscache.ResourceEventHandlerRegistration, error) {
	return r.AddEventHandlerWithOptions(handler, toolscache.HandlerOptions{})
}

// AddEventHandlerWithResyncPeriod implements toolscache.SharedInformer.
func (r *relay) AddEventHandlerWithResyncPeriod(handler toolscache.ResourceEventHandler, period time.Duration) (toolscache.ResourceEventHandlerRegistration, error) {
	return r.AddEventHandlerWithOptions(handler, toolscache.HandlerOptions{ResyncPeriod: &period})
}

// AddEventHandlerWithOptions implements toolscache.SharedInformer. Who wants a period of its own has a queue of its own. All others are told by
// the caller what there is already. What is still to be told may be told to them once more.
func (r *relay) AddEventHandlerWithOptions(handler toolscache.ResourceEventHandler, options toolscache.HandlerOptions) (toolscache.ResourceEventHandlerRegistration, error) {
	if options.ResyncPeriod != nil {
		return r.SharedIndexInformer.AddEventHandlerWithOptions(handler, options)
	}
	if r.IsStopped() {
		return nil, errStopped
	}
	added := &registered{ResourceEventHandlerRegistration: r.registration, handler: handler}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, object := range r.GetStore().List() {
		handler.OnAdd(object, true)
	}
	r.handlers = append(r.handlers, added)
	return added, nil
}

// RemoveEventHandler implements toolscache.SharedInformer.
func (r *relay) RemoveEventHandler(handle toolscache.ResourceEventHandlerRegistration) error {
	ours, ok := handle.(*registered)
	if !ok {
		return r.SharedIndexInformer.RemoveEventHandler(handle)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handlers = slices.DeleteFunc(r.handlers, func(one *registered) bool { return one == ours })
	return nil
}

// OnAdd implements toolscache.ResourceEventHandler.
func (r *relay) OnAdd(object any, initial bool) {
	r.tell(func(handler toolscache.ResourceEventHandler) { handler.OnAdd(object, initial) })
}

// OnUpdate implements toolscache.ResourceEventHandler.
func (r *relay) OnUpdate(before, after any) {
	r.tell(func(handler toolscache.ResourceEventHandler) { handler.OnUpdate(before, after) })
}

// OnDelete implements toolscache.ResourceEventHandler.
func (r *relay) OnDelete(object any) {
	r.tell(func(handler toolscache.ResourceEventHandler) { handler.OnDelete(object) })
}

func (r *relay) tell(event func(toolscache.ResourceEventHandler)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.handlers {
		event(one.handler)
	}
}
