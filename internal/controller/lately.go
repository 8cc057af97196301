// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"sync"

	"k8s.io/apimachinery/pkg/util/sets"
)

// lately are the bindings that this manager made or changed in each place and has not found there since. A list from the
// cache may lack them, and the watch tells nobody of them, since they are its own writes: who must lose a role that was
// bound a moment ago would keep it.
type lately struct {
	mu       sync.Mutex
	bindings map[string]sets.Set[string] // names by namespace
}

// add a binding that was made or changed.
func (l *lately) add(namespace, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bindings == nil {
		l.bindings = map[string]sets.Set[string]{}
	}
	if l.bindings[namespace] == nil {
		l.bindings[namespace] = sets.Set[string]{}
	}
	l.bindings[namespace].Insert(name)
}

// in a namespace: in order of their names.
func (l *lately) in(namespace string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return sets.List(l.bindings[namespace])
}

// found says that the cache has them.
func (l *lately) found(namespace string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.bindings, namespace)
}
