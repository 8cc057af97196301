// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

const approved = v1alpha1.PlanHash("sha256:aaaa")

// syncing is a sync, and what was found out about it.
type syncing struct {
	sync *v1alpha1.MasterTenantSync
	seen standing.SyncSeen
}

type syncChange func(*syncing)

// synced is acme's sync baseline of generation 3, whose three targets are as the master, with changes.
func synced(changes ...syncChange) syncing {
	s := syncing{sync: &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "baseline", Generation: 3}}}
	s.sync.Spec.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncContent}
	s.seen = standing.SyncSeen{
		Mode: standing.SyncWrite, Revision: "r1",
		Selection: replication.Selection{Sources: []*replication.Source{{}}},
		Targets:   []*v1alpha1.Tenant{tenant("acme", "a"), tenant("acme", "b"), tenant("acme", "c")},
		States:    []replication.Target{{Name: "a", State: replication.Current}, {Name: "b", State: replication.Current}, {Name: "c", State: replication.Current}},
		Decision:  replication.Decision{Memory: replication.Memory{Revision: "r1", Number: 1, Wave: 1}, Done: true, Ended: true},
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func (s syncing) of() v1alpha1.MasterTenantSyncStatus { return standing.OfSync(s.sync, s.seen, now) }

func states(of ...replication.TargetState) syncChange {
	return func(s *syncing) {
		for i, state := range of {
			s.seen.States[i].State = state
		}
		s.seen.Decision.Done, s.seen.Decision.Ended = false, true
		for _, target := range s.seen.States {
			switch target.State {
			case replication.Failed:
				s.seen.Decision.Failed++
			case replication.Pending, replication.InFlight, replication.Unknown:
				s.seen.Decision.Ended = false
			}
		}
	}
}

func decided(alter func(*replication.Decision)) syncChange {
	return func(s *syncing) { alter(&s.seen.Decision) }
}

func asked(alter func(*v1alpha1.MasterTenantSyncSpec)) syncChange {
	return func(s *syncing) { alter(&s.sync.Spec) }
}

// still is a sync that may do nothing.
func still(s *syncing) { s.seen.Mode = standing.SyncStill }

// looks is a sync whose plan is that, of so many copies to be made.
func looks(hash v1alpha1.PlanHash, create int32) syncChange {
	return func(s *syncing) {
		s.sync.Spec.Mode = v1alpha1.SyncPlan
		s.seen.Mode = standing.SyncLook
		s.seen.Plan = &replication.Plan{Summary: v1alpha1.PlanSummary{Hash: hash, Create: create}}
	}
}

func approves(hash v1alpha1.PlanHash) syncChange {
	return func(s *syncing) { s.sync.Spec.ApprovedPlan = hash }
}

// pinned is a sync whose approved plan was written down for revision r1.
func pinned(s *syncing) {
	s.sync.Spec.ApprovedPlan = approved
	s.sync.Status.Approved = &v1alpha1.ApprovedPlan{Hash: approved, Revision: replication.Terms(s.sync, "r1"), PinnedAt: &then}
	s.seen.Pins = &replication.Pins{}
}

func manual(run, observed v1alpha1.RequestID) syncChange {
	return func(s *syncing) {
		s.sync.Spec.Trigger, s.sync.Spec.Run, s.sync.Status.ObservedRun = v1alpha1.TriggerManual, run, observed
	}
}

func nobodyPicked(s *syncing) { s.seen.Targets, s.seen.States = nil, nil }

func carriesNothing(s *syncing) { s.seen.Selection.Sources = nil }

func TestASyncSaysHowItStands(t *testing.T) {
	type want struct {
		ready            bool
		reason           string
		working, stalled bool
		says             string
	}
	for _, test := range []struct {
		name string
		when []syncChange
		want want
	}{
		{"all as the master", nil, want{ready: true, reason: "Synced", says: "3 tenants"}},
		{"without a master", []syncChange{still, func(s *syncing) { s.seen.Reason, s.seen.Message = "NoMaster", "spec.masterRef: make it" }},
			want{reason: "NoMaster", stalled: true, says: "make it"}},
		{"suspended", []syncChange{still, asked(func(s *v1alpha1.MasterTenantSyncSpec) { s.Suspend = true })},
			want{ready: true, reason: "Suspended", says: "copies that there are stay"}},
		{"a run that is done", []syncChange{still, manual("1", "1")}, want{ready: true, reason: "WaitingForRun", says: `run "1" is done`}},
		{"never run", []syncChange{still, manual("", "")}, want{ready: true, reason: "WaitingForRun", says: "set spec.run"}},
		{"a run that is done, with failures", []syncChange{still, manual("1", "1"), func(s *syncing) { s.sync.Status.Progress = &v1alpha1.SyncProgress{Total: 3, Current: 2, Failed: 1} }},
			want{reason: "Failed", says: "1 of 3 tenants"}},
		{"a run that is done, but for one that was not there", []syncChange{still, manual("1", "1"), func(s *syncing) { s.sync.Status.Progress = &v1alpha1.SyncProgress{Total: 3, Current: 2, Pending: 1} }},
			want{ready: true, reason: "WaitingForRun", says: "but for 1 of 3 tenants"}},
		{"nobody picked", []syncChange{nobodyPicked}, want{ready: true, reason: "NoTargets", says: "spec.targets"}},
		{"nothing marked", []syncChange{carriesNothing}, want{ready: true, reason: "NoSources", says: "tenantry.io/sync"}},
		{"nothing marked, and people", []syncChange{carriesNothing, asked(func(s *v1alpha1.MasterTenantSyncSpec) { s.Categories = []v1alpha1.SyncCategory{v1alpha1.SyncUsers} })},
			want{ready: true, reason: "Synced"}},
		{"what is marked is refused", []syncChange{func(s *syncing) { s.seen.Selection.Problems = make([]replication.Problem, 3) }},
			want{reason: "SourceRefused", stalled: true, says: "(and 2 more)"}},
		{"one waits", []syncChange{states(replication.Pending)}, want{reason: "Syncing", working: true, says: "1 of 3 tenants"}},
		{"one is being written to, another is not known", []syncChange{states(replication.InFlight, replication.Unknown)}, want{reason: "Syncing", working: true, says: "2 of 3 tenants"}},
		{"one failed", []syncChange{states(replication.Failed)}, want{reason: "Failed", says: "1 of 3 tenants"}},
		{"one failed, others wait", []syncChange{states(replication.Failed, replication.Pending)}, want{reason: "Syncing", working: true}},
		{"halted", []syncChange{states(replication.Failed, replication.Pending), decided(func(d *replication.Decision) { d.Halted = true })},
			want{reason: "Halted", stalled: true, says: "spec.rollout.resume"}},
		{"a canary of nobody", []syncChange{states(replication.Pending), decided(func(d *replication.Decision) { d.NoCanary = true })},
			want{reason: "NoCanary", stalled: true, says: "spec.rollout.canary"}},
		{"the canary failed", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.CanaryFailed = true })},
			want{reason: "CanaryFailed", stalled: true}},
		{"the canary soaks", []syncChange{states(replication.Current, replication.Pending), decided(func(d *replication.Decision) { d.Soaking = true })},
			want{reason: "Soaking", working: true, says: "soak"}},
		{"not all looked at for a plan", []syncChange{looks(approved, 1), states(replication.Unknown), func(s *syncing) { s.seen.Plan = nil }},
			want{reason: "Syncing", working: true, says: "2 of 3 tenants are looked at"}},
		{"a plan", []syncChange{looks(approved, 1)}, want{ready: true, reason: "Planned", says: "spec.approvedPlan"}},
		{"a plan of nothing", []syncChange{looks(approved, 0)}, want{ready: true, reason: "Synced", says: "nothing to do"}},
		{"a plan that was just approved", []syncChange{looks(approved, 1), approves(approved)}, want{reason: "Syncing", working: true, says: "carried out"}},
		{"a plan that is too large to be approved", []syncChange{looks(approved, 1), approves(approved), func(s *syncing) { s.seen.Unkept = "divide it" }},
			want{reason: "PlanTooLarge", stalled: true, says: "divide it"}},
		{"another plan than what was approved", []syncChange{looks("sha256:bbbb", 1), approves(approved)},
			want{reason: "PlanStale", stalled: true, says: "status.plan"}},
		{"an approved plan that some tenants are not as in", []syncChange{pinned, states(replication.Failed), func(s *syncing) { s.seen.States[0].Stale = true }},
			want{reason: "PlanStale", stalled: true}},
		{"an approved plan that is being carried out", []syncChange{pinned, states(replication.InFlight)}, want{reason: "Syncing", working: true}},

		{"no master comes before suspended", []syncChange{still, asked(func(s *v1alpha1.MasterTenantSyncSpec) { s.Suspend = true }), func(s *syncing) { s.seen.Reason, s.seen.Message = "NotAPlace", "elsewhere" }},
			want{reason: "NotAPlace", stalled: true}},
		{"halted comes before failed", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.Halted = true })}, want{reason: "Halted", stalled: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status := synced(test.when...).of()
			ready := meta.FindStatusCondition(status.Conditions, "Ready")
			got := want{
				ready: ready.Status == metav1.ConditionTrue, reason: ready.Reason, says: test.want.says,
				working: meta.FindStatusCondition(status.Conditions, "Reconciling") != nil, stalled: meta.FindStatusCondition(status.Conditions, "Stalled") != nil,
			}
			if got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if !strings.Contains(ready.Message, test.want.says) || ready.Message == "" {
				t.Errorf("%q does not say %q", ready.Message, test.want.says)
			}
			if status.ObservedGeneration != 3 || ready.ObservedGeneration != 3 {
				t.Errorf("observed generations %d and %d", status.ObservedGeneration, ready.ObservedGeneration)
			}
		})
	}
}

func TestWhatASyncMayDo(t *testing.T) {
	for _, test := range []struct {
		name string
		when syncChange
		want standing.SyncMode
	}{
		{"continuous", func(*syncing) {}, standing.SyncWrite},
		{"suspended", asked(func(s *v1alpha1.MasterTenantSyncSpec) { s.Suspend = true }), standing.SyncStill},
		{"of mode Plan", asked(func(s *v1alpha1.MasterTenantSyncSpec) { s.Mode = v1alpha1.SyncPlan }), standing.SyncLook},
		{"approved, in whichever mode", approves(approved), standing.SyncLook},
		{"manual, before its first run", manual("", ""), standing.SyncStill},
		{"manual, with a run that is asked for", manual("2", "1"), standing.SyncWrite},
		{"manual, with a run that is done", manual("2", "2"), standing.SyncStill},
	} {
		if got := standing.SyncModeOf(synced(test.when).sync); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestAnApprovedPlanIsCarriedOutOnceAndAsItWasWrittenDown(t *testing.T) {
	first := synced(looks(approved, 1), approves(approved))
	if !standing.Approves(first.sync, first.seen.Plan) || standing.CarriesOut(first.sync, "r1") {
		t.Error("it is approved, and not written down yet")
	}
	first.seen.Pins = &replication.Pins{}
	first.sync.Status = first.of()
	if got := first.sync.Status.Approved; got == nil || got.Hash != approved || got.Revision != replication.Terms(first.sync, "r1") || got.PinnedAt == nil || got.CompletedAt != nil {
		t.Fatalf("it is to be noted as written down: %+v", got)
	}
	if !standing.CarriesOut(first.sync, "r1") || standing.CarriesOut(first.sync, "r2") {
		t.Error("it holds for the revision that it was made for alone")
	}
	first.seen.Mode, first.seen.Plan = standing.SyncWrite, nil
	first.sync.Status = first.of()
	if got := first.sync.Status.Approved; got.CompletedAt == nil || standing.CarriesOut(first.sync, "r1") {
		t.Errorf("it is to be done: %+v", got)
	}
	again := &replication.Plan{Summary: v1alpha1.PlanSummary{Hash: approved}}
	if standing.Approves(first.sync, again) {
		t.Error("the same plan, come back, was approved once")
	}
	first.sync.Spec.ApprovedPlan = "sha256:bbbb"
	first.seen.Pins = nil
	if got := first.of().Approved; got != nil {
		t.Errorf("what was approved before is forgotten: %+v", got)
	}
}

func TestASyncTellsOfItsBeginningItsHaltAndItsEnd(t *testing.T) {
	begun, halted := synced(states(replication.Pending)), synced(states(replication.Failed, replication.Pending), decided(func(d *replication.Decision) { d.Halted = true }))
	for _, test := range []struct {
		name          string
		before, after v1alpha1.MasterTenantSyncStatus
		want          string
	}{
		{"begins", v1alpha1.MasterTenantSyncStatus{}, begun.of(), "Normal Syncing"},
		{"goes on", begun.of(), synced(states(replication.Current, replication.Pending)).of(), ""},
		{"halts", begun.of(), halted.of(), "Warning Halted"},
		{"ends", begun.of(), synced().of(), "Normal Synced"},
		{"ends with failures", begun.of(), synced(states(replication.Failed)).of(), "Warning Failed"},
		{"stays", synced().of(), synced().of(), ""},
		{"ends anew with another revision", synced().of(), synced(decided(func(d *replication.Decision) { d.Memory.Revision = "r2" })).of(), "Normal Synced"},
	} {
		got := ""
		for _, event := range standing.SyncEvents(test.before, test.after) {
			got += event.Type + " " + event.Reason
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestWhatWasTakenOutOfASuspendedSyncComesBackAtAnotherAttempt(t *testing.T) {
	s := syncing{sync: &v1alpha1.MasterTenantSync{}, seen: standing.SyncSeen{Mode: standing.SyncStill, Revision: "r2"}}
	s.sync.Status.Revision, s.sync.Status.Attempt, s.sync.Status.Wave = "r1", 1, new(replication.WaveRest)
	look := func(revision string) string {
		s.seen.Revision = revision
		s.sync.Status = s.of()
		return standing.MemoryOf(s.sync.Status).Attempt()
	}
	first := look("r1")
	if without := look("r2"); without == first || *s.sync.Status.Wave != replication.WaveCanary {
		t.Errorf("without a category it is attempt %s still, or wave %d", without, *s.sync.Status.Wave)
	}
	if with := look("r1"); with == first || look("r1") != with {
		t.Errorf("with it again it is %s, as it was, or it does not come to rest", with)
	}
}
