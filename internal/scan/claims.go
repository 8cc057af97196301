// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"maps"
	"slices"
	"time"
)

const (
	// unseen is how long the Job of a run may take to be seen before somebody makes it again.
	unseen = time.Minute
	// mostUnseen is how long that is when it could not be made many times: a quota is full, perhaps.
	mostUnseen = time.Hour
)

// again is when what is missing of a run is made again, its Job or the targets of that: later and later.
func (r Run) again() time.Time {
	return r.Claimed.Add(min(mostUnseen, unseen<<min(r.Tries, 6)))
}

// claim has what is missing of a run made.
func (l *look) claim(number int64, run Run) {
	run.Claimed = l.Now.UTC().Truncate(time.Second)
	l.after.Runs[number] = run
	l.lookAgain(run.again())
}

// claimAgain: who claimed a run was killed before its Job was made and had begun, or the API server refused something of
// it. Who makes that now claims the run first, so that nobody does whose ledger is late. A Job that is seen to wait is
// supplied at once, but once.
func (l *look) claimAgain() {
	jobs := map[int64]Job{}
	for _, job := range l.Jobs {
		if l.after.holds(job) {
			jobs[job.Run] = job
		}
	}
	for _, number := range slices.Sorted(maps.Keys(l.after.Runs)) {
		run := l.after.Runs[number]
		job, there := jobs[number]
		waits := there && job.Waiting && !job.Going && job.Finished.IsZero()
		switch {
		case run.Dropped || there && !waits:
			continue
		case l.Now.Before(run.again()) && (!waits || run.Tries > 0):
			l.lookAgain(run.again())
			continue
		case !l.aims(number, run):
			continue
		}
		run.Tries++
		if at := l.reaching(run.Schedule); !waits && at >= 0 { // its Job is made as the profile is now
			run.Report = l.reportOf(l.Schedules[at], number)
		}
		l.claim(number, run)
		if waits {
			l.decision.Supply = append(l.decision.Supply, job)
		} else {
			l.decision.Start = append(l.decision.Start, number)
		}
	}
}

// aims says that a run that was claimed before still has something to look at, and not too much. Else it is dropped.
func (l *look) aims(number int64, run Run) bool {
	at := l.reaching(run.Schedule)
	if at < 0 {
		return false
	}
	schedule := l.Schedules[at]
	if schedule.Unread {
		l.decision.Unread = true
		return false
	}
	notice := schedule.aim()
	if notice.startsNothing() {
		run.Dropped = true
		l.after.Runs[number] = run
		l.decision.Notices = append(l.decision.Notices, notice)
	}
	return !notice.startsNothing()
}

// aim says what is wrong with the targets of a schedule whose run is to be made.
func (s Schedule) aim() Notice {
	return Notice{Schedule: s.Object.UID, NoTargets: s.Targets.none(), TooManyTargets: s.Targets.TooMany}
}

func (n Notice) startsNothing() bool { return n.NoTargets || n.TooManyTargets }
