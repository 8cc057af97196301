// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import "sync"

// turns bound how much of the same is done at the same time for one party, so that it holds up nobody
// else. It is safe for concurrent use.
type turns struct {
	// most at the same time for each.
	most int

	mu    sync.Mutex
	taken map[string]int
}

// take says whether it is the party's turn; then done must be called.
func (t *turns) take(party string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[party] >= t.most {
		return false
	}
	if t.taken == nil {
		t.taken = map[string]int{}
	}
	t.taken[party]++
	return true
}

func (t *turns) done(party string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[party]--; t.taken[party] <= 0 {
		delete(t.taken, party)
	}
}
