// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestFeedsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	two := time.Date(2026, time.November, 23, 2, 0, 0, 0, time.UTC)
	for text, want := range map[string]Feed{
		"":                                 {},
		"  \n":                             {},
		"2026-11-23.1":                     {Version: "2026-11-23.1"},
		"1 2026-11-23T02:00:00Z\n":         {Version: "1 2026-11-23T02:00:00Z", Since: two},
		"1  2026-11-23T03:00:00+01:00":     {Version: "1  2026-11-23T03:00:00+01:00", Since: two},
		"1 yesterday":                      {Version: "1 yesterday"},
		string(make([]byte, 1000)) + "end": {Version: string(make([]byte, maxFeedVersion))},
	} {
		if got := ReadFeed(text); got.Version != want.Version || !got.Since.Equal(want.Since) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestWhatIsToldOfASchedule(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	find := func(now time.Time) Finding {
		return d.seen.Ledger.Find(Schedule{Object: &d.schedule, Calendar: calendarOf(t, d.schedule.Spec)}, d.seen.Tenant, now)
	}
	if found := (Ledger{}).Find(Schedule{Object: &d.schedule}, "tenant", noon); !found.Equal(Finding{UID: "daily", Reached: true}) {
		t.Errorf("never looked at: %+v", found)
	}
	if found := find(d.seen.Now); !found.Next.Equal(moment(t, "2026-11-22T02:00:00Z")) {
		t.Errorf("next at %v", found.Next)
	}
	d.seen.Now = moment(t, "2026-11-22T02:00:00Z")
	d.look(t)
	if found := find(d.seen.Now.Add(50 * time.Hour)); !found.Next.Equal(moment(t, "2026-11-25T02:00:00Z")) {
		t.Errorf("while a run is late the next is not in the past: %v", found.Next)
	}
	d.schedule.Spec.Jitter = &metav1.Duration{Duration: time.Hour}
	d.schedule.Spec.Run = "1"
	d.ran(d.seen.Now.Add(time.Minute), v1alpha1.ScanFailed)
	d.seen.Now = d.seen.Now.Add(time.Hour)
	d.look(t)
	offset := Jitter("daily", "tenant", time.Hour)
	want := Finding{UID: "daily", Reached: true, Served: "1", Next: moment(t, "2026-11-23T02:00:00Z").Add(offset),
		Last: &Outcome{Run: 1, At: moment(t, "2026-11-22T02:01:00Z"), Result: v1alpha1.ScanFailed}}
	if found := find(d.seen.Now); !found.Equal(want) {
		t.Errorf("%+v", found)
	}
	d.schedule.Spec.Suspend = true
	d.look(t)
	if found := find(d.seen.Now); !found.Halted || !found.Next.IsZero() || found.Equal(want) {
		t.Errorf("suspended: %+v", found)
	}
}

func TestAJobWithoutAPodIsStuckAfterAWhile(t *testing.T) {
	t.Parallel()
	job := Job{Idle: noon}
	if stuck, again := job.Stuck(noon.Add(time.Second)); stuck || !again.Equal(noon.Add(idleFor)) {
		t.Errorf("%v, again at %v", stuck, again)
	}
	if stuck, again := job.Stuck(noon.Add(idleFor)); !stuck || !again.IsZero() {
		t.Errorf("%v, again at %v", stuck, again)
	}
	for _, fine := range []Job{{}, {Idle: noon, Going: true}} {
		if stuck, again := fine.Stuck(noon.Add(time.Hour)); stuck || !again.IsZero() {
			t.Errorf("%+v is stuck", fine)
		}
	}
}

func TestTargetsAreAskedForOnlyWhenARunStarts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	unread := func(change func(*Schedule)) Decision {
		schedule := Schedule{Object: &d.schedule, Calendar: calendarOf(t, d.schedule.Spec), Unread: true}
		if change != nil {
			change(&schedule)
		}
		d.seen.Schedules = []Schedule{schedule}
		return Look(d.seen)
	}
	if decision := unread(nil); decision.Unread || decision.LookAgain.IsZero() {
		t.Errorf("nothing is due: %+v", decision)
	}
	d.seen.Now = d.seen.Now.AddDate(0, 0, 1)
	if decision := unread(nil); !decision.Unread || len(decision.Start) > 0 || decision.Ledger.Serial > 0 {
		t.Errorf("due: %+v", decision)
	}
	d.look(t)
	d.schedule.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded}
	if decision := unread(nil); !decision.Unread {
		t.Error("what is waited for from now on has to be known")
	}
	d.look(t)
	if decision := unread(nil); decision.Unread || decision.AssetsLeft {
		t.Errorf("nothing is new: %+v", decision)
	}
	more := func(schedule *Schedule) { schedule.Unread, schedule.Targets = false, lines("a", 3) }
	if decision := unread(more); !decision.AssetsLeft || len(decision.Start) > 0 {
		t.Errorf("a new asset while a run is on: %+v", decision)
	}
	d.ran(d.seen.Now, v1alpha1.ScanSucceeded)
	if decision := unread(more); decision.AssetsLeft || len(decision.Start) != 1 {
		t.Errorf("a new asset: %+v", decision)
	}
}
