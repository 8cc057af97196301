// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

// desk is a place with one schedule, daily at two, that was looked at yesterday at noon.
type desk struct {
	schedule v1alpha1.ScanSchedule
	seen     Seen
	feed     Feed
	targets  Targets
	profile  configv1alpha1.ScanProfile
	// gone says that the schedule reaches the tenant no more.
	gone bool
}

func newDesk(t *testing.T) *desk {
	d := &desk{targets: lines("a", 2), schedule: v1alpha1.ScanSchedule{
		ObjectMeta: metav1.ObjectMeta{Name: "daily", UID: "daily", CreationTimestamp: metav1.NewTime(noon.AddDate(0, -1, 0))},
		Spec:       v1alpha1.ScanScheduleSpec{Frequency: v1alpha1.ScanDaily, StartTime: "02:00"},
		Status:     v1alpha1.ScanScheduleStatus{ObservedGeneration: 1},
	}}
	d.seen = Seen{Tenant: "tenant", Now: noon.AddDate(0, 0, -1), Confirmed: true}
	if made := d.look(t); len(made.Start) > 0 {
		t.Fatalf("%+v", made)
	}
	return d
}

// look takes a look, and writes the ledger.
func (d *desk) look(t *testing.T) Decision {
	t.Helper()
	d.seen.Schedules = []Schedule{{Object: &d.schedule, Profile: d.profile, Calendar: calendarOf(t, d.schedule.Spec), Targets: d.targets, Feed: d.feed}}
	if d.gone {
		d.seen.Schedules = nil
	}
	before, _ := d.seen.Ledger.Write()
	decision := Look(d.seen)
	if after, _ := d.seen.Ledger.Write(); after != before {
		t.Fatalf("the ledger that was seen is changed: %s, then %s", before, after)
	}
	text, err := decision.Ledger.Write()
	if err == nil {
		d.seen.Ledger, err = ReadLedger(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

// ran has the latest run done at a time.
func (d *desk) ran(at time.Time, result v1alpha1.ScanResult) {
	number := d.seen.Ledger.Serial
	d.seen.Jobs = append(d.seen.Jobs, Job{Name: fmt.Sprint("scan-daily-", number), Run: number, Schedule: "daily", Finished: at, Result: result, Held: true})
}

func TestWhatIsStartedNow(t *testing.T) {
	t.Parallel()
	two := time.Date(2026, time.November, 22, 2, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		before func(*desk) // yesterday at noon, when it was looked at once more
		now    time.Time
		change func(*desk)
		cause  Cause // none: nothing is started
		due    time.Time
		notice Notice
		again  time.Time
	}{
		{name: "nothing before it is due", now: two.Add(-time.Second), again: two},
		{name: "what is due", now: two, cause: CauseDue, due: two, again: two.Add(unseen)},
		{name: "what was due while nobody was there", now: two.Add(9 * time.Hour), cause: CauseDue, due: two, again: two.Add(9*time.Hour + unseen)},
		{name: "the latest of what was missed", now: two.AddDate(0, 0, 3), cause: CauseDue, due: two.AddDate(0, 0, 3), notice: Notice{Schedule: "daily", Missed: Due{Latest: two.AddDate(0, 0, 3), Times: 3}}, again: two.AddDate(0, 0, 3).Add(unseen)},
		{name: "nothing while it is suspended", now: two, change: func(d *desk) { d.schedule.Spec.Suspend = true }},
		{name: "nothing in a tenant that is closed", now: two, change: func(d *desk) { d.seen.Closed = true }},
		{name: "nothing that was due while it was suspended", before: func(d *desk) { d.schedule.Spec.Suspend = true }, now: two.Add(time.Hour), change: func(d *desk) { d.schedule.Spec.Suspend = false }, again: two.AddDate(0, 0, 1)},
		{name: "nothing that would have been due by another calendar", now: two.Add(-time.Hour), change: func(d *desk) { d.schedule.Spec.StartTime = "00:30" }, again: two.Add(22*time.Hour + 30*time.Minute)},
		{name: "what somebody asks for", now: noon.Add(-20 * time.Hour), change: func(d *desk) { d.schedule.Spec.Run = "1" }, cause: CauseRequested, due: noon.Add(-20 * time.Hour), again: noon.Add(-20 * time.Hour).Add(unseen)},
		{name: "nothing that was asked for before", before: func(d *desk) {
			d.seen.Ledger = Ledger{}
			d.schedule.Spec.Run = "1"
			d.schedule.Status.ObservedRun = "1"
		}, now: two.Add(-time.Hour), again: two},
		{name: "what a new asset is cause for", before: func(d *desk) { d.schedule.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded} }, now: two.Add(-time.Hour), change: func(d *desk) { d.targets = lines("a", 3) }, cause: CauseAssetAdded, due: two.Add(-time.Hour), again: two.Add(-time.Hour + unseen)},
		{name: "nothing for assets that the schedule has come to look at", before: func(d *desk) { d.schedule.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded} }, now: two.Add(-time.Hour), change: func(d *desk) {
			d.schedule.Spec.Targets, d.targets = &v1alpha1.ScanTargets{Selector: &v1alpha1.AssetSelector{Types: []v1alpha1.AssetType{v1alpha1.AssetDomain}}}, lines("a", 3)
		}, again: two},
		{name: "nothing for an asset that goes", before: func(d *desk) { d.schedule.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded} }, now: two.Add(-time.Hour), change: func(d *desk) { d.targets = lines("a", 1) }, again: two},
		{name: "a run for one asset too many", before: func(d *desk) { d.schedule.Spec.Events = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded} }, now: two.Add(-time.Hour), change: func(d *desk) { d.targets = Targets{TooMany: true} }, notice: Notice{Schedule: "daily", TooManyTargets: true}, again: two},
		{name: "what there is when they are no more too many", before: func(d *desk) {
			d.schedule.Spec.Events, d.targets = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded}, Targets{TooMany: true}
		}, now: two.Add(-time.Hour), change: func(d *desk) { d.targets = lines("a", 2) }, cause: CauseAssetAdded, due: two.Add(-time.Hour), again: two.Add(-time.Hour + unseen)},
		{name: "nothing for a new asset, if it does not wait for any", now: two.Add(-time.Hour), change: func(d *desk) { d.targets = lines("a", 3) }, again: two},
		{name: "nothing for assets that were there when it began to wait", now: two.Add(-time.Hour), change: func(d *desk) {
			d.schedule.Spec.Events, d.targets = []v1alpha1.ScanEvent{v1alpha1.ScanOnAssetAdded}, lines("a", 3)
		}, again: two},
		{name: "what a new feed is cause for", before: withFeed, now: two.Add(-time.Hour), change: func(d *desk) { d.feed = Feed{"2", two.Add(-2 * time.Hour)} }, cause: CauseFeedUpdated, due: two.Add(-2 * time.Hour), again: two.Add(-time.Hour + unseen)},
		{name: "nothing for the same feed", before: withFeed, now: two.Add(-time.Hour), again: two},
		{name: "nothing for a feed that can't be read", before: withFeed, now: two.Add(-time.Hour), change: func(d *desk) { d.feed = Feed{} }, again: two},
		{name: "a run with no targets", now: two, change: func(d *desk) { d.targets = Targets{} }, notice: Notice{Schedule: "daily", NoTargets: true}, again: two.AddDate(0, 0, 1)},
		{name: "a run with too many", now: two, change: func(d *desk) { d.targets = Targets{TooMany: true} }, notice: Notice{Schedule: "daily", TooManyTargets: true}, again: two.AddDate(0, 0, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if test.before != nil {
				test.before(d)
				d.look(t)
			}
			if d.seen.Now = test.now; test.change != nil {
				test.change(d)
			}
			decision := d.look(t)
			if test.cause == "" {
				if len(decision.Start)+len(decision.Ledger.Runs) > 0 {
					t.Errorf("%+v", decision.Ledger.Runs)
				}
			} else if run := decision.Ledger.Runs[1]; !slices.Equal(decision.Start, []int64{1}) || run.Cause != test.cause || !run.Due.Equal(test.due) || !run.Claimed.Equal(test.now) {
				t.Errorf("%v: %+v", decision.Start, decision.Ledger.Runs)
			}
			if notice := (test.notice != Notice{}); notice != (len(decision.Notices) == 1) || notice && decision.Notices[0] != test.notice {
				t.Errorf("%+v", decision.Notices)
			}
			if !decision.LookAgain.Equal(test.again) {
				t.Errorf("looks again at %s", decision.LookAgain)
			}
			if again := d.look(t); len(again.Start)+len(again.Notices) > 0 {
				t.Errorf("and again: %+v", again)
			}
		})
	}
}

func withFeed(d *desk) {
	d.schedule.Spec.Events, d.feed = []v1alpha1.ScanEvent{v1alpha1.ScanOnFeedUpdated}, Feed{Version: "1"}
}

func TestJitterSpreadsWhatIsDueAndFeeds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.schedule.Spec.Jitter = &metav1.Duration{Duration: 2 * time.Hour}
	withFeed(d)
	d.look(t)
	offset := Jitter("daily", "tenant", 2*time.Hour)
	changed := noon.Add(-20 * time.Hour)
	d.seen.Now, d.feed = changed, Feed{"2", changed}
	if decision := d.look(t); len(decision.Start) > 0 || !decision.LookAgain.Equal(changed.Add(offset)) {
		t.Errorf("for a feed: %v, then at %s", decision.Start, decision.LookAgain)
	}
	d.seen.Now = changed.Add(offset)
	if decision := d.look(t); len(decision.Start) != 1 {
		t.Error("a feed starts nothing")
	}
	d.ran(d.seen.Now.Add(time.Minute), v1alpha1.ScanSucceeded)
	due := time.Date(2026, time.November, 22, 2, 0, 0, 0, time.UTC)
	d.seen.Now = due.Add(offset - time.Second)
	if decision := d.look(t); len(decision.Start) > 0 || !decision.LookAgain.Equal(due.Add(offset)) {
		t.Errorf("%v, then at %s", decision.Start, decision.LookAgain)
	}
	d.seen.Now = due.Add(offset)
	if decision := d.look(t); len(decision.Start) != 1 || !decision.Ledger.Runs[2].Due.Equal(d.seen.Now) {
		t.Errorf("%+v", decision)
	}
}

func TestAScheduleThatNobodyHasLookedAtHasMissedWhatWasDue(t *testing.T) {
	t.Parallel()
	for generation, want := range map[int64]int{-1: 1, 1: 0} {
		d := newDesk(t)
		d.seen.Ledger, d.schedule.Status.ObservedGeneration = Ledger{}, generation
		d.schedule.CreationTimestamp = metav1.NewTime(noon.Add(-12 * time.Hour))
		d.seen.Now = noon
		if decision := d.look(t); len(decision.Start) != want {
			t.Errorf("of generation %d: %v", generation, decision.Start)
		}
	}
}

func TestOneRunAtATimeIsMadeCountedAndPruned(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Now = noon
	if started := d.look(t); !slices.Equal(started.Start, []int64{1}) {
		t.Fatalf("%+v", started)
	}
	// Its Job is not seen, so it is made again, later and later.
	for try, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		d.seen.Now = d.seen.Now.Add(wait - time.Second)
		if again := d.look(t); len(again.Start) > 0 {
			t.Fatalf("try %d comes early", try)
		}
		d.seen.Now = d.seen.Now.Add(time.Second)
		if again := d.look(t); !slices.Equal(again.Start, []int64{1}) || again.Ledger.Serial != 1 {
			t.Fatalf("try %d: %+v", try, again)
		}
	}
	// It runs past the next time it is due, which waits for its end.
	d.ran(time.Time{}, "")
	d.seen.Now = noon.AddDate(0, 0, 2)
	if meanwhile := d.look(t); len(meanwhile.Start)+len(meanwhile.Stop)+len(meanwhile.Release) > 0 {
		t.Fatalf("%+v", meanwhile)
	}
	d.seen.Jobs = nil
	d.ran(noon.AddDate(0, 0, 1), v1alpha1.ScanFailed)
	ended := d.look(t)
	if !slices.Equal(ended.Start, []int64{2}) || len(ended.Release) != 1 || len(ended.Notices) != 1 || ended.Notices[0].Missed.Times != 1 {
		t.Errorf("%+v", ended)
	}
	want := Ledger{Serial: 2, Months: map[string]Finished{"2026-11": {All: 1, Failed: 1}}, LastFinished: noon.AddDate(0, 0, 1)}
	if got := (Ledger{Serial: ended.Ledger.Serial, Months: ended.Ledger.Months, LastFinished: ended.Ledger.LastFinished}); cmp.Diff(want, got) != "" {
		t.Error(cmp.Diff(want, got))
	}
	if last := ended.Ledger.Schedules["daily"].Last; last == nil || *last != (Outcome{1, noon.AddDate(0, 0, 1), v1alpha1.ScanFailed}) {
		t.Errorf("%+v", last)
	}
	// The last three are kept, released.
	d.seen.Jobs = nil
	for run := range int64(5) {
		d.seen.Jobs = append(d.seen.Jobs, Job{Name: fmt.Sprint(run), Run: run - 3, Schedule: "daily", Finished: noon})
	}
	if pruned := d.look(t).Prune; len(pruned) != 2 || pruned[0].Name != "1" || pruned[1].Name != "0" {
		t.Errorf("%+v", pruned)
	}
}
