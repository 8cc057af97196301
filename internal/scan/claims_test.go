// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"slices"
	"testing"
	"time"
)

// TestAJobThatGetsNoTargetsIsSuppliedLaterAndLater: its ConfigMap is refused, since a quota is full perhaps.
func TestAJobThatGetsNoTargetsIsSuppliedLaterAndLater(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	d.look(t)
	d.seen.Jobs = []Job{{Name: "scan-daily-1", Run: 1, Schedule: "daily", Held: true, Waiting: true}}
	for try, wait := range []time.Duration{0, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute} {
		if wait > 0 {
			d.seen.Now = d.seen.Now.Add(wait - time.Second)
			if early := d.look(t); len(early.Supply) > 0 || !early.LookAgain.Equal(d.seen.Now.Add(time.Second)) {
				t.Fatalf("try %d comes early, or is forgotten: %+v", try, early)
			}
			d.seen.Now = d.seen.Now.Add(time.Second)
		}
		if again := d.look(t); len(again.Supply) != 1 || len(again.Start) > 0 || again.Ledger.Runs[1].Tries != try+1 || again.LookAgain.IsZero() {
			t.Fatalf("try %d: %+v", try, again)
		}
	}
}

// TestARunThatIsTriedAgainLooksAtItsTargetsAgain: much may have changed since the first time.
func TestARunThatIsTriedAgainLooksAtItsTargetsAgain(t *testing.T) {
	t.Parallel()
	waiting := []Job{{Name: "scan-daily-1", Run: 1, Schedule: "daily", Held: true, Waiting: true}}
	for _, test := range []struct {
		name    string
		jobs    []Job
		targets Targets
		notice  Notice
		stop    int
	}{
		{"without a Job, there are none", nil, Targets{}, Notice{Schedule: "daily", NoTargets: true}, 0},
		{"without a Job, there are too many", nil, Targets{TooMany: true}, Notice{Schedule: "daily", TooManyTargets: true}, 0},
		{"its Job waits, and there are none", waiting, Targets{}, Notice{Schedule: "daily", NoTargets: true}, 1},
		{"its Job waits, and there are too many", waiting, Targets{TooMany: true}, Notice{Schedule: "daily", TooManyTargets: true}, 1},
	} {
		d := newDesk(t)
		d.seen.Now = noon
		d.look(t)
		d.seen.Now, d.seen.Jobs, d.targets = noon.Add(time.Minute), test.jobs, test.targets
		decision := d.look(t)
		if len(decision.Start)+len(decision.Supply) > 0 || !decision.Ledger.Runs[1].Dropped || len(decision.Stop) != test.stop || !slices.Equal(decision.Notices, []Notice{test.notice}) {
			t.Errorf("%s: %+v", test.name, decision)
		}
		d.seen.Schedules[0].Unread, d.seen.Ledger.Runs[1] = true, Run{Schedule: "daily", Claimed: noon}
		if unread := Look(d.seen); !unread.Unread {
			t.Errorf("%s: they are not read", test.name)
		}
	}
}
