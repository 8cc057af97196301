// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Seen is what is known of a tenant's place when its schedules are looked at. Every part of it may be late.
type Seen struct {
	// Tenant whose place it is, and the Namespace that is the place.
	Tenant       types.UID
	Namespace    string
	NamespaceUID types.UID
	// Closed says that the tenant is suspended or going: nothing runs.
	Closed bool
	// Schedules that start runs in the place, those that are suspended among them.
	Schedules []Schedule
	// Jobs of runs in the place.
	Jobs []Job
	// Confirmed says that the Jobs are those that the API server has, and not what a cache has of them.
	Confirmed bool
	// Ledger of the place.
	Ledger Ledger
	// Now is the time.
	Now time.Time
}

// Schedule is one that reaches the tenant.
type Schedule struct {
	Object *v1alpha1.ScanSchedule
	// Profile that it runs; zero if there is none of that name.
	Profile configv1alpha1.ScanProfile
	// Calendar says when it is due.
	Calendar Calendar
	// Targets of a run that starts now.
	Targets Targets
	// Unread says that the targets were not read, since no asset has come to be since they were last.
	Unread bool
	// Feed that its profile looks for new findings with.
	Feed Feed
}

// Feed is the scanner's feed of vulnerabilities.
type Feed struct {
	// Version of the feed; empty for none.
	Version string
	// Since is when it came to have it: with many tenants, jitter counts from there.
	Since time.Time
}

// Job is one in the place, as it tells itself.
type Job struct {
	// Name of the Job, and when it was made.
	Name string
	Made time.Time
	// Run and Schedule that it is of.
	Run      int64
	Schedule types.UID
	// Waiting for its targets: it is suspended.
	Waiting bool
	// Finished is when it completed or failed, Result which, and Took how long it ran; zero while it has not.
	Finished time.Time
	Result   v1alpha1.ScanResult
	Took     time.Duration
	// Podless says that it failed and never had a pod.
	Podless bool
	// Held by our finalizer.
	Held bool
	// Idle is since when it is to run and has had no pod; zero if it has had one.
	Idle time.Time
	// Going says that it was deleted, and stays while it is held.
	Going bool
}

// Stays says that a Job which is let go is kept to be looked at: it finished, and nobody has deleted it. Its targets, which no
// pod reads any more, would take of the customer's quota for as long.
func (j Job) Stays() bool { return !j.Finished.IsZero() && !j.Going }

// Decision is what is to be done. The ledger comes first: where it differs from the one that was seen it is written in
// the version that was read, and if that fails nothing else is done. The rest may be done in any order, by several at
// once, or not at all: the next look finds what is left.
type Decision struct {
	Ledger Ledger
	// Counted are the Jobs of the runs that the ledger counts now.
	Counted []Job
	// Start are the runs whose Jobs are to be made.
	Start []int64
	// Supply are Jobs to make the targets of, and then to resume.
	Supply []Job
	// Stop are Jobs to delete that have not finished.
	Stop []Job
	// Release are Jobs to take our finalizer from, in the version that was seen. The targets of those that stay go first.
	Release []Job
	// Prune are Jobs to delete that have finished.
	Prune []Job
	// Notices are to be told.
	Notices []Notice
	// LookAgain is when there is something to do next, if nothing else happens; zero if there is not.
	LookAgain time.Time
	// Unread says that there is cause to start a run whose targets were not read. They are to be read for another look;
	// nothing else of this one is worth anything.
	Unread bool
	// Unconfirmed says that there are Jobs of which the ledger does not know. They are to be read from the API server for another
	// look; nothing else of this one is worth anything.
	Unconfirmed bool
	// Recalled are the runs that the ledger knows from their Jobs alone, since it was lost or put back.
	Recalled []int64
	// AssetsLeft says that assets have come to be that no run looks at yet: the next look has to read the targets too.
	AssetsLeft bool
}

// Notice is something to tell of a schedule.
type Notice struct {
	Schedule types.UID
	// Missed is what was due and not started, but for the latest, which was.
	Missed Due
	// NoTargets and TooManyTargets say that a run was due and not started.
	NoTargets, TooManyTargets bool
	// NoPod says that a run was started, and had no pod for as long as it might take.
	NoPod bool
}

// keptJobs is how many Jobs of a schedule's finished runs are kept to be looked at, as CronJob has it.
const keptJobs = 3

// Look decides what is to be done in a tenant's place.
func Look(seen Seen) Decision {
	l := look{Seen: seen, after: seen.Ledger.clone(), recalled: map[types.UID]Job{}}
	if l.recall(); l.decision.Unconfirmed {
		return l.decision
	}
	l.countFinished()
	l.dropUnwanted()
	l.forgetStopped()
	l.claimAgain()
	for _, schedule := range seen.Schedules {
		l.schedule(schedule)
	}
	l.tellCounted()
	l.forget()
	l.tidy()
	l.decision.Ledger = l.after
	slices.Sort(l.decision.Start)
	slices.Sort(l.decision.Recalled)
	return l.decision
}

// look is a look that is being taken.
type look struct {
	Seen
	after    Ledger
	decision Decision
	// recalled are the latest Jobs of which the ledger did not know, by schedule.
	recalled map[types.UID]Job
}

func (l *look) lookAgain(at time.Time) {
	if !at.IsZero() && (l.decision.LookAgain.IsZero() || at.Before(l.decision.LookAgain)) {
		l.decision.LookAgain = at
	}
}

// countFinished: Jobs that finished are counted in the order in which they did, so that the months that are remembered
// are the latest. One that never had a pod looked at nothing: its run ends, and counts for nothing.
func (l *look) countFinished() {
	for _, job := range slices.SortedFunc(slices.Values(l.Jobs), func(a, b Job) int { return cmp.Or(a.Finished.Compare(b.Finished), cmp.Compare(a.Run, b.Run)) }) {
		switch {
		case job.Finished.IsZero() || !l.after.holds(job):
		case job.Podless && slices.Contains(l.decision.Recalled, job.Run): // it was told already
			delete(l.after.Runs, job.Run)
		case job.Podless:
			delete(l.after.Runs, job.Run)
			l.decision.Notices = append(l.decision.Notices, Notice{Schedule: job.Schedule, NoPod: true})
		default:
			l.after.count(job, l.linkOf(job))
			l.decision.Counted = append(l.decision.Counted, job)
		}
	}
}

// dropUnwanted: a run ends whose schedule reaches the tenant no more, whose tenant is closed, whose Job somebody
// deleted, or which has none and was followed by another. A schedule that is suspended lets its run end, if that has a Job.
func (l *look) dropUnwanted() {
	wanted, suspended := map[types.UID]bool{}, map[types.UID]bool{}
	for _, schedule := range l.Schedules {
		wanted[schedule.Object.UID] = !l.Closed
		suspended[schedule.Object.UID] = schedule.Object.Spec.Suspend
	}
	there, deleted := map[int64]bool{}, map[int64]bool{}
	for _, job := range l.Jobs {
		if l.after.holds(job) {
			there[job.Run], deleted[job.Run] = true, job.Going
		}
	}
	for number, run := range l.after.Runs {
		over := suspended[run.Schedule] && !l.Now.Before(run.again()) || l.overtaken(number, run)
		if !run.Dropped && (!wanted[run.Schedule] || deleted[number] || over && !there[number]) {
			run.Dropped, run.Report = true, "" // many may be known, and links are long
			l.after.Runs[number] = run
		}
	}
}

// forgetStopped: a run that was dropped, and whose Job was deleted before it finished, is over. Like one that is counted it leaves
// the ledger before its Job is let go, and a Job that a late writer makes again counts for nothing.
func (l *look) forgetStopped() {
	for _, job := range l.Jobs {
		if l.after.holds(job) && l.after.Runs[job.Run].Dropped && job.Going && job.Finished.IsZero() {
			delete(l.after.Runs, job.Run)
		}
	}
}

const (
	// forgetAfter is how long a run that was dropped may still be found to have finished: longer than any may take.
	forgetAfter = 48 * time.Hour
	// mostDropped is how many runs that were dropped, and of which no Job has been seen, are known: a ledger has room for no more
	// than what schedules that come and go leave in it. The oldest are the least likely to be seen yet.
	mostDropped = 256
)

// forget: what is known of schedules that reach the tenant no more, and of runs that were dropped, goes in time.
func (l *look) forget() {
	var dropped []int64
	for _, number := range slices.Sorted(maps.Keys(l.after.Runs)) {
		switch run := l.after.Runs[number]; {
		case run.Dropped && l.Now.Sub(run.Claimed) > forgetAfter:
			delete(l.after.Runs, number)
		case run.Dropped:
			dropped = append(dropped, number)
		}
	}
	for _, number := range dropped[:max(0, len(dropped)-mostDropped)] {
		delete(l.after.Runs, number)
	}
	for uid := range l.after.Schedules {
		if !slices.ContainsFunc(l.Schedules, func(schedule Schedule) bool { return schedule.Object.UID == uid }) {
			delete(l.after.Schedules, uid)
		}
	}
}

// tidy stops, releases and prunes Jobs. It goes by what is true of a ledger ever after: that a run was dropped, or is
// off it, having been on it. So a ledger that is late does no harm.
func (l *look) tidy() {
	finished := map[types.UID][]Job{}
	for _, job := range l.Jobs {
		over := !l.after.holds(job)
		switch dropped := !over && l.after.Runs[job.Run].Dropped; {
		case job.Finished.IsZero() && (over || dropped) && !job.Going:
			l.decision.Stop = append(l.decision.Stop, job)
		case over && job.Held:
			l.decision.Release = append(l.decision.Release, job)
		case !job.Finished.IsZero() && over && !job.Going:
			finished[job.Schedule] = append(finished[job.Schedule], job)
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(finished)) {
		kept := keptJobs
		if _, known := l.after.Schedules[uid]; !known {
			kept = 0
		}
		jobs := slices.SortedFunc(slices.Values(finished[uid]), func(a, b Job) int { return cmp.Compare(b.Run, a.Run) })
		l.decision.Prune = append(l.decision.Prune, jobs[min(kept, len(jobs)):]...)
	}
}
