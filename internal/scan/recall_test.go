// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// TestALedgerThatIsPutBackCountsWhatItForgot: of three runs it knows one; the second was counted, and the third runs.
func TestALedgerThatIsPutBackCountsWhatItForgot(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	d.look(t)
	d.ran(noon.Add(time.Minute), v1alpha1.ScanSucceeded)
	d.look(t)
	backup := d.seen.Ledger
	d.schedule.Spec.Run = "2"
	d.look(t)
	d.ran(noon.Add(2*time.Minute), v1alpha1.ScanFailed)
	d.look(t)
	d.schedule.Status.ObservedRun = "2"
	two := time.Date(2026, time.November, 23, 2, 0, 0, 0, time.UTC)
	d.seen.Now = two
	d.look(t)
	d.ran(time.Time{}, "")
	for i, made := range []time.Time{noon, noon, two} {
		d.seen.Jobs[i].Made, d.seen.Jobs[i].Held = made, i == 2
	}

	d.seen.Ledger, d.seen.Now, d.seen.Confirmed = backup, two.Add(time.Hour), false
	if unsure := Look(d.seen); !unsure.Unconfirmed || unsure.Ledger.Serial > 0 || len(unsure.Start)+len(unsure.Stop)+len(unsure.Counted) > 0 {
		t.Errorf("by what may be late: %+v", unsure)
	}
	d.seen.Confirmed = true
	found := d.look(t)
	if len(found.Start)+len(found.Stop)+len(found.Release)+len(found.Notices) > 0 || !slices.Equal(found.Recalled, []int64{2, 3}) || len(found.Counted) != 1 {
		t.Errorf("%+v", found)
	}
	if want := map[string]Finished{"2026-11": {All: 2, Failed: 1}}; cmp.Diff(want, found.Ledger.Months) != "" || found.Ledger.Serial != 3 {
		t.Errorf("%+v", found.Ledger)
	}
	if run, goesOn := found.Ledger.Runs[3]; !goesOn || run.Dropped || len(found.Ledger.Runs) != 1 {
		t.Errorf("%+v", found.Ledger.Runs)
	}
	if again := d.look(t); len(again.Recalled)+len(again.Counted)+len(again.Start) > 0 {
		t.Errorf("and again: %+v", again)
	}
	d.seen.Jobs[2].Finished, d.seen.Jobs[2].Result = d.seen.Now, v1alpha1.ScanSucceeded
	d.schedule.Spec.Run = "3"
	if next := d.look(t); !slices.Equal(next.Start, []int64{4}) || next.Ledger.Months["2026-11"].All != 3 || len(next.Release) != 1 {
		t.Errorf("%+v", next)
	}
}

// TestWhatIsDueAfterTheLatestRunIsMadeUpFor though the ledger knows nothing of that run.
func TestWhatIsDueAfterTheLatestRunIsMadeUpFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon.AddDate(0, 0, 5)
	d.seen.Jobs = []Job{{Name: "scan-daily-7", Run: 7, Schedule: "daily", Made: noon.AddDate(0, 0, 3), Finished: noon.AddDate(0, 0, 3), Result: v1alpha1.ScanSucceeded}}
	decision := d.look(t)
	if !slices.Equal(decision.Start, []int64{8}) || len(decision.Notices) != 1 || decision.Notices[0].Missed.Times != 1 {
		t.Errorf("%+v", decision)
	}
}

// TestARunThatAnotherFollowedIsNotMadeAgain: the ledger that is put back knows it as under way, and its Job was collected long ago.
func TestARunThatAnotherFollowedIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	follows := Job{Name: "scan-daily-2", Run: 2, Schedule: "daily", Made: noon, Finished: noon, Result: v1alpha1.ScanSucceeded}
	kept, other := follows, follows
	kept.Name, kept.Run = "scan-daily-1", 1
	other.Schedule = "other"
	for name, test := range map[string]struct {
		jobs    []Job
		start   []int64
		counted int64
		runs    []int64
	}{
		"its Job is gone":                     {[]Job{follows}, nil, 1, []int64{1}}, // and it is dropped
		"its Job is kept":                     {[]Job{kept, follows}, nil, 2, nil},
		"what followed is another schedule's": {[]Job{other}, []int64{1}, 1, []int64{1}},
		"nothing is there":                    {nil, []int64{1}, 0, []int64{1}},
	} {
		d := newDesk(t)
		d.seen.Now = noon
		d.look(t)
		d.seen.Now, d.seen.Jobs = noon.Add(time.Hour), test.jobs
		decision := d.look(t)
		if !slices.Equal(decision.Start, test.start) || decision.Ledger.Months["2026-11"].All != test.counted {
			t.Errorf("%s: %+v", name, decision)
		}
		if runs := slices.Sorted(maps.Keys(decision.Ledger.Runs)); !slices.Equal(runs, test.runs) || len(runs) == 1 && decision.Ledger.Runs[1].Dropped == (len(test.start) > 0) {
			t.Errorf("%s: %+v", name, decision.Ledger.Runs)
		}
	}
}

// TestOneNumberIsOneRun: of two Jobs that no ledger knows, of two schedules, it is the first's; it can't be told which counted.
func TestOneNumberIsOneRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Ledger = Ledger{}
	for _, schedule := range []string{"daily", "other"} {
		d.seen.Jobs = append(d.seen.Jobs, Job{Name: "scan-" + schedule + "-7", Run: 7, Schedule: "daily", Made: noon, Finished: noon, Held: true, Result: v1alpha1.ScanSucceeded})
	}
	d.seen.Jobs[1].Schedule = "other"
	if decision := d.look(t); !slices.Equal(decision.Recalled, []int64{7}) || decision.Ledger.Months["2026-11"].All != 1 || len(decision.Release) != 2 {
		t.Errorf("%+v", decision)
	}
}

// TestARequestIsServedOnceThoughTheLedgerIsPutBack: the schedule's own status lags behind, while other tenants have not answered yet.
func TestARequestIsServedOnceThoughTheLedgerIsPutBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Confirmed, d.schedule.Spec.Run = true, "2"
	if asked := d.look(t); len(asked.Start) != 1 {
		t.Fatalf("%+v", asked)
	}
	d.ran(d.seen.Now, v1alpha1.ScanSucceeded)
	kept := d.look(t).Ledger
	d.seen.Now = d.seen.Now.Add(16 * time.Hour) // the next is due
	if due := d.look(t); len(due.Start) != 1 {
		t.Fatalf("%+v", due)
	}
	d.ran(d.seen.Now, v1alpha1.ScanSucceeded)
	d.seen.Jobs[1].Made = d.seen.Now
	d.seen.Ledger = kept
	found := d.look(t)
	if !slices.Equal(found.Recalled, []int64{2}) || len(found.Counted) != 1 || len(found.Start) > 0 {
		t.Errorf("%+v", found)
	}
}

// TestAScheduleIsToldOfARunThatEndedWhileTheLedgerWasLost: its status goes by what the ledger says of it.
func TestAScheduleIsToldOfARunThatEndedWhileTheLedgerWasLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Confirmed, d.seen.Ledger = true, Ledger{}
	d.seen.Jobs = []Job{
		{Name: "scan-daily-7", Run: 7, Schedule: "daily", Made: d.seen.Now, Finished: d.seen.Now, Result: v1alpha1.ScanFailed},
		{Name: "scan-daily-6", Run: 6, Schedule: "daily", Made: d.seen.Now.Add(-time.Hour), Finished: d.seen.Now.Add(-time.Hour), Result: v1alpha1.ScanSucceeded},
	}
	if last := d.look(t).Ledger.Schedules["daily"].Last; last == nil || last.Run != 7 || last.Result != v1alpha1.ScanFailed {
		t.Errorf("%+v", last)
	}
}
