// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// pokes have one controller look at something because another found something out. Each of its values is a source
// of the controller that is poked.
type pokes struct {
	*poked
}

type poked struct {
	pause time.Duration
	mu    sync.Mutex
	queue requestQueue
	early []types.NamespacedName
}

// pokesAfter are pokes that are gathered for a while; 0 for none.
func pokesAfter(pause time.Duration) pokes { return pokes{&poked{pause: pause}} }

// source is what the poked controller watches.
func (p pokes) source() source.Source {
	return source.Func(func(_ context.Context, queue requestQueue) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.queue = queue
		for _, name := range p.early {
			p.add(name)
		}
		p.early = nil
		return nil
	})
}

// poke has an object looked at.
func (p pokes) poke(name types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue == nil { // the controller has not started yet
		p.early = append(p.early, name)
		return
	}
	p.add(name)
}

func (p pokes) add(name types.NamespacedName) {
	if p.pause == 0 {
		p.queue.Add(reconcile.Request{NamespacedName: name})
		return
	}
	p.queue.AddAfter(reconcile.Request{NamespacedName: name}, p.pause)
}
