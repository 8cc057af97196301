// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestRunsEndThatAreNotWanted(t *testing.T) {
	t.Parallel()
	running := Job{Name: "scan-daily-1", Run: 1, Schedule: "daily", Held: true}
	going, finished, waiting, kept := running, running, running, running
	kept.Finished, kept.Result, kept.Held = noon, v1alpha1.ScanSucceeded, false
	waiting.Waiting = true
	going.Going = true
	finished.Finished, finished.Result = noon, v1alpha1.ScanSucceeded
	for _, test := range []struct {
		name                  string
		change                func(*desk)
		job                   Job
		supply, stop, release int
		dropped, counts       bool
	}{
		{"nobody minds", func(*desk) {}, running, 0, 0, 0, false, false},
		{"it waits for its targets", func(*desk) {}, waiting, 1, 0, 0, false, false},
		{"it waits for its targets, and the tenant is closed", func(d *desk) { d.seen.Closed = true }, waiting, 0, 1, 0, true, false},
		{"it is suspended, and the run goes on", func(d *desk) { d.schedule.Spec.Suspend = true }, running, 0, 0, 0, false, false},
		{"the tenant is closed", func(d *desk) { d.seen.Closed = true }, running, 0, 1, 0, true, false},
		{"the schedule is another", func(d *desk) { d.schedule.UID = "other" }, running, 0, 1, 0, true, false},
		{"the tenant is closed, and it finished", func(d *desk) { d.seen.Closed = true }, finished, 0, 0, 1, false, true},
		{"somebody deleted its Job", func(*desk) {}, going, 0, 0, 1, false, false},
		{"the tenant is closed, and its Job is stopped", func(d *desk) { d.seen.Closed = true }, going, 0, 0, 1, false, false},
		{"its number is not known", func(d *desk) { d.seen.Ledger.Runs = nil }, Job{Run: 7, Schedule: "daily", Held: true}, 0, 0, 0, false, false},
		{"its number is not known, and it finished", func(d *desk) { d.seen.Ledger.Runs = nil }, Job{Run: 7, Schedule: "daily", Held: true, Finished: noon}, 0, 0, 1, false, true},
		{"its number is not known, and its schedule is gone", func(d *desk) { d.seen.Ledger.Runs = nil }, Job{Run: 7, Schedule: "former", Held: true}, 0, 1, 0, false, false},
		{"its number was never given out", func(d *desk) { d.seen.Ledger.Runs = nil }, Job{Run: 2 + mostAhead, Schedule: "daily", Held: true}, 0, 1, 0, false, false},
		{"its number was never given out, and it finished", func(d *desk) { d.seen.Ledger.Runs = nil }, Job{Run: 2 + mostAhead, Schedule: "daily", Held: true, Finished: noon}, 0, 0, 1, false, false},
		{"it was counted, and somebody made its Job again", func(d *desk) { d.seen.Ledger.Runs = nil }, running, 0, 1, 0, false, false},
		{"it was counted, and its Job runs again and goes", func(d *desk) { d.seen.Ledger.Runs = nil }, going, 0, 0, 1, false, false},
		{"it was counted, and its Job finished again", func(d *desk) { d.seen.Ledger.Runs = nil }, finished, 0, 0, 1, false, false},
		{"it was counted, and its Job is kept", func(d *desk) { d.seen.Ledger.Runs = nil }, kept, 0, 0, 0, false, false},
		{"its number is another schedule's", func(*desk) {}, Job{Run: 1, Schedule: "former", Held: true, Finished: noon}, 0, 0, 1, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.seen.Now = noon
			d.look(t)
			d.seen.Jobs = []Job{test.job}
			test.change(d)
			decision := d.look(t)
			if len(decision.Supply) != test.supply || len(decision.Stop) != test.stop || len(decision.Release) != test.release || decision.Ledger.Runs[1].Dropped != test.dropped {
				t.Errorf("%+v", decision)
			}
			if _, known := decision.Ledger.Runs[1]; test.job.Going && known {
				t.Error("it is known still")
			}
			if counted := decision.Ledger.Months["2026-11"].All == 1; counted != test.counts || counted != (len(decision.Counted) == 1) {
				t.Errorf("counted: %v, told: %v", counted, decision.Counted)
			}
		})
	}
}

func TestWhatWasDroppedIsForgottenInTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	d.look(t)
	d.seen.Closed = true
	for after, want := range map[time.Duration]int{forgetAfter: 1, forgetAfter + time.Second: 0} {
		late := *d
		late.seen.Now = noon.Add(after)
		if decision := late.look(t); len(decision.Ledger.Runs) != want || len(decision.Start) > 0 {
			t.Errorf("after %s: %+v", after, decision.Ledger.Runs)
		}
	}
}

// TestSchedulesThatComeAndGoFillNoLedger: of runs whose Jobs a quota refused nothing is seen.
func TestSchedulesThatComeAndGoFillNoLedger(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	for n := range mostDropped + 10 {
		d.schedule.UID, d.schedule.Spec.Run = types.UID(fmt.Sprint(n)), v1alpha1.RequestID(fmt.Sprint(n))
		d.seen.Now = d.seen.Now.Add(time.Second)
		d.look(t)
	}
	if first, last := slices.Min(slices.Collect(maps.Keys(d.seen.Ledger.Runs))), d.seen.Ledger.Serial; len(d.seen.Ledger.Runs) != mostDropped+1 || last-first != mostDropped {
		t.Errorf("%d runs, from %d to %d", len(d.seen.Ledger.Runs), first, last)
	}
}

// TestARunThatNeverHadAPodIsNotCounted: nothing was looked at, so nobody pays for it.
func TestARunThatNeverHadAPodIsNotCounted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	d.look(t)
	d.seen.Jobs = []Job{{Name: "scan-daily-1", Run: 1, Schedule: "daily", Held: true, Finished: noon.Add(time.Hour), Result: v1alpha1.ScanFailed, Podless: true}}
	decision := d.look(t)
	if len(decision.Ledger.Months)+len(decision.Ledger.Runs) > 0 || decision.Ledger.Schedules["daily"].Last != nil || len(decision.Release) != 1 {
		t.Errorf("%+v", decision)
	}
	if !slices.Equal(decision.Notices, []Notice{{Schedule: "daily", NoPod: true}}) {
		t.Errorf("%+v", decision.Notices)
	}
	if again := d.look(t); len(again.Notices) > 0 {
		t.Errorf("it is told again: %+v", again.Notices)
	}
}

func TestOfTheJobsThatAreLetGoTheFinishedStay(t *testing.T) {
	t.Parallel()
	for stays, job := range map[bool]Job{true: {Finished: noon}, false: {Finished: noon, Going: true}} {
		if job.Stays() != stays {
			t.Errorf("%+v", job)
		}
	}
	if (Job{Going: true}).Stays() {
		t.Error("one that is stopped")
	}
}

func TestALedgerThatWasLostGoesOnFromTheJobsThatAreThere(t *testing.T) {
	t.Parallel()
	for number, want := range map[int64]int64{7: 8, mostAhead: mostAhead + 1, mostAhead + 1: 1, math.MaxInt64: 1} {
		d := newDesk(t)
		d.seen.Ledger, d.schedule.Spec.Run = Ledger{}, "1"
		d.seen.Jobs = []Job{{Name: "forged", Run: number, Schedule: "forged"}}
		if decision := d.look(t); !slices.Equal(decision.Start, []int64{want}) {
			t.Errorf("after %d comes %v", number, decision.Start)
		}
	}
}
