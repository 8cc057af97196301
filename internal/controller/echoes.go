// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

// maxEchoes bounds what is remembered. What is forgotten too early costs a look at a tenant, no more.
const maxEchoes = 4096

// echoes are the last writes of this manager, by the version that they made: the watches tell of them, too,
// and that is no news. Another manager's writes are, above all those of one that leads no more.
type echoes struct {
	written *lru.Cache

	mu      sync.Mutex
	writing map[target]*flight
}

// echo is one version of an object.
type echo struct {
	uid     types.UID
	version string
}

// target is an object that is being written.
type target struct {
	kind reflect.Type
	key  client.ObjectKey
}

// flight is what is known of writes to an object that the API server has not answered yet.
type flight struct {
	unanswered int
	heard      []heard
}

// heard is what a watch told meanwhile: of the write itself, as often as not, before the API server answers.
type heard struct {
	object client.Object
	tell   func()
}

func newEchoes() *echoes {
	return &echoes{written: lru.New(maxEchoes), writing: map[target]*flight{}}
}

// begin is told of a write. The function that it returns must be told what the API server answered; nil for an error.
func (e *echoes) begin(object client.Object) (end func(answer client.Object)) {
	of := targetOf(object)
	e.mu.Lock()
	defer e.mu.Unlock()
	current := e.writing[of]
	if current == nil {
		current = &flight{}
		e.writing[of] = current
	}
	current.unanswered++
	return func(answer client.Object) {
		if answer != nil {
			e.written.Add(echo{answer.GetUID(), answer.GetResourceVersion()}, nil)
		}
		for _, heard := range e.answered(of, current) {
			if !e.has(heard.object) {
				heard.tell()
			}
		}
	}
}

// answered returns what was heard, once all writes of an object are answered.
func (e *echoes) answered(of target, current *flight) []heard {
	e.mu.Lock()
	defer e.mu.Unlock()
	if current.unanswered--; current.unanswered > 0 {
		return nil
	}
	delete(e.writing, of)
	return current.heard
}

func targetOf(object client.Object) target {
	return target{kind: reflect.TypeOf(object), key: client.ObjectKeyFromObject(object)}
}

func (e *echoes) has(object client.Object) bool {
	_, written := e.written.Get(echo{object.GetUID(), object.GetResourceVersion()})
	return written
}

// hear tells of an object that a watch shows, unless an own write made it so. While one is unanswered, that is not known.
func (e *echoes) hear(object client.Object, tell func()) {
	if e.has(object) {
		return
	}
	e.mu.Lock()
	current := e.writing[targetOf(object)]
	if current != nil {
		current.heard = append(current.heard, heard{object, tell})
	}
	e.mu.Unlock()
	// It may have been answered between the first look and the second.
	if current == nil && !e.has(object) {
		tell()
	}
}

// news hands events on but for those of own writes. A resync tells of nothing that was written, and is handed on.
func (e *echoes) news(next handler.EventHandler) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, created event.CreateEvent, queue requestQueue) {
			e.hear(created.Object, func() { next.Create(ctx, created, queue) })
		},
		UpdateFunc: func(ctx context.Context, updated event.UpdateEvent, queue requestQueue) {
			if updated.ObjectOld.GetResourceVersion() == updated.ObjectNew.GetResourceVersion() {
				next.Update(ctx, updated, queue)
				return
			}
			e.hear(updated.ObjectNew, func() { next.Update(ctx, updated, queue) })
		},
		DeleteFunc:  next.Delete,
		GenericFunc: next.Generic,
	}
}
