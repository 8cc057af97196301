// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Finding is what a look at one tenant's place found of a schedule.
type Finding struct {
	// UID and Generation of the schedule that was looked at.
	UID        types.UID
	Generation int64
	// Namespace of the place, and its UID.
	Namespace    string
	NamespaceUID types.UID
	// Reached says that the schedule starts runs there.
	Reached bool
	// Halted says that it does not at present: it, or the tenant, is suspended.
	Halted bool
	// Served is the value of spec.run that was served last.
	Served v1alpha1.RequestID
	// Next is when the next run starts; zero if none is to.
	Next time.Time
	// Last is the run that finished last; nil if none did.
	Last *Outcome
	// Problem is what keeps runs from starting; nil for nothing.
	Problem *Problem
}

// Equal says whether there is nothing new in a finding.
func (f Finding) Equal(other Finding) bool {
	same := f.Next.Equal(other.Next) && (f.Last == nil) == (other.Last == nil) && (f.Problem == nil) == (other.Problem == nil) &&
		(f.Last == nil || *f.Last == *other.Last) && (f.Problem == nil || *f.Problem == *other.Problem)
	f.Next, f.Last, f.Problem = other.Next, other.Last, other.Problem
	return same && f == other
}

// Problem is what keeps a run from starting, as the schedule's status tells it.
type Problem struct {
	Reason, Message string
	// Passing says that each look finds it anew as long as it lasts.
	Passing bool
}

// Find says what there is to tell of a schedule that starts runs in a tenant's place.
func (l Ledger) Find(schedule Schedule, tenant types.UID, now time.Time) Finding {
	found := Finding{UID: schedule.Object.UID, Generation: schedule.Object.Generation, Reached: true}
	entry, known := l.Schedules[schedule.Object.UID]
	if !known {
		return found
	}
	found.Halted, found.Served, found.Last = entry.Halted, entry.Request, entry.Last
	if entry.Halted {
		return found
	}
	offset := schedule.jitter(tenant)
	after := entry.Passed
	if begun := now.Add(-offset); begun.After(after) {
		after = begun
	}
	if next := schedule.Calendar.Next(after); !next.IsZero() {
		found.Next = next.Add(offset).UTC()
	}
	return found
}

// idleFor is how long a Job may have no pod before that is told: as a rule Kubernetes makes one within a second.
const idleFor = 30 * time.Second

// Stuck says that Kubernetes makes no pod for a Job, and when to look again whether it does; zero if there is no need to.
func (j Job) Stuck(now time.Time) (stuck bool, again time.Time) {
	switch {
	case j.Idle.IsZero() || j.Going:
		return false, time.Time{}
	case now.Before(j.Idle.Add(idleFor)):
		return false, j.Idle.Add(idleFor)
	}
	return true, time.Time{}
}
