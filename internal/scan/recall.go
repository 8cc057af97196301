// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import "time"

// mostAhead is how far the number of a Job may be ahead of a ledger that was lost or put back. So many runs nobody starts: a Job that is
// further ahead is forged, and goes.
const mostAhead = 1 << 32

// recall enters runs whose numbers the ledger has not given out, though a run is claimed before its Job is made: the ledger was lost, or put back
// to what it was before, as from a backup. What runs goes on, and what finished counts, also what had been counted: not in this ledger, which
// counts no number that it has not given out. The next number comes after them all, so no Job of before passes for a run of later.
//
// Where the ledger is merely late its write fails, and nothing follows. Where Jobs are late, and perhaps those of a former place of
// that name, which a cache may have for a while, they are looked at anew.
func (l *look) recall() {
	for _, job := range l.Jobs {
		if ahead := job.Run - l.Ledger.Serial; ahead <= 0 || ahead > mostAhead {
			continue
		}
		if !l.Confirmed {
			l.decision.Unconfirmed = true
			return
		}
		if _, taken := l.after.Runs[job.Run]; taken { // of several schedules' one, though no ledger gives a number out twice
			continue
		}
		l.after.Serial = max(l.after.Serial, job.Run)
		l.after.Runs[job.Run] = Run{Schedule: job.Schedule, Due: job.Made.UTC(), Claimed: l.Now.UTC().Truncate(time.Second)}
		l.decision.Recalled = append(l.decision.Recalled, job.Run)
		if job.Run > l.recalled[job.Schedule].Run {
			l.recalled[job.Schedule] = job
		}
	}
}

// overtaken says that a run was followed by another of its schedule, of which the ledger did not know: it has ended.
func (l *look) overtaken(number int64, run Run) bool { return number < l.recalled[run.Schedule].Run }
