// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

// scanBoard is where the controller of runs tells what it found in each tenant's place, and that of schedules sums it
// up. It holds what can be found out again: after a restart it is empty.
type scanBoard struct {
	mu     sync.Mutex
	places map[types.NamespacedName]map[types.NamespacedName]scan.Finding // by tenant, and by schedule
}

func newScanBoard() *scanBoard {
	return &scanBoard{places: map[types.NamespacedName]map[types.NamespacedName]scan.Finding{}}
}

// put notes what was found in a tenant's place, and returns the schedules of which that is news.
func (b *scanBoard) put(tenant types.NamespacedName, found map[types.NamespacedName]scan.Finding) (news []types.NamespacedName) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.places[tenant]
	for schedule, finding := range found {
		if was, known := before[schedule]; !known || !was.Equal(finding) {
			news = append(news, schedule)
		}
	}
	for schedule := range before {
		if _, still := found[schedule]; !still {
			news = append(news, schedule)
		}
	}
	if b.places[tenant] = found; len(found) == 0 {
		delete(b.places, tenant)
	}
	return news
}

// of is what was found of a schedule in a tenant's place; false if that was not looked at, or not at this one.
func (b *scanBoard) of(tenant, schedule types.NamespacedName, uid types.UID) (scan.Finding, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found, known := b.places[tenant][schedule]
	return found, known && found.UID == uid
}

// waitingForQuota is how many runs, of a schedule in a tenant's place each, a full quota keeps from starting.
func (b *scanBoard) waitingForQuota() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting := 0
	for _, found := range b.places {
		for _, finding := range found {
			if finding.Problem != nil && finding.Problem.Reason == v1alpha1.ReasonQuotaBlocked {
				waiting++
			}
		}
	}
	return waiting
}
