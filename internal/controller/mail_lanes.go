// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// lanesOfPartner is how many mails at a time go through the mail servers that lie in one namespace: a server that
	// answers slowly, by accident or on purpose, keeps few of the workers from others' mails.
	lanesOfPartner = 2
	// laneWait is how long a mail waits for its turn before it is put off.
	laneWait = 5 * time.Second
	// partnerTimeout is the longest that a partner's mail server is waited for.
	partnerTimeout = 15 * time.Second
)

// lanes let in so many at a time for each namespace. The zero value is empty.
type lanes struct {
	mu sync.Mutex
	of map[string]*lane
}

// lane is those of one namespace, and how many want to be in one.
type lane struct {
	free  *semaphore.Weighted
	users int
}

// enter waits for a turn. False says that there was none in time; else leave gives it up.
func (l *lanes) enter(ctx context.Context, namespace string) (leave func(), entered bool) {
	l.mu.Lock()
	if l.of == nil {
		l.of = map[string]*lane{}
	}
	of := l.of[namespace]
	if of == nil {
		of = &lane{free: semaphore.NewWeighted(lanesOfPartner)}
		l.of[namespace] = of
	}
	of.users++
	l.mu.Unlock()

	bounded, cancel := context.WithTimeout(ctx, laneWait)
	defer cancel()
	if of.free.Acquire(bounded, 1) != nil {
		l.forget(namespace, of)
		return nil, false
	}
	return func() {
		of.free.Release(1)
		l.forget(namespace, of)
	}, true
}

// forget drops the lanes that nobody wants to be in.
func (l *lanes) forget(namespace string, of *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if of.users--; of.users == 0 {
		delete(l.of, namespace)
	}
}
