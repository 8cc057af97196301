// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

func TestARunIsObservedWhenItHasEnded(t *testing.T) {
	for _, test := range []struct {
		name string
		when []syncChange
		want v1alpha1.RequestID
	}{
		{"all as the master", nil, "2"},
		{"some failed", []syncChange{states(replication.Failed)}, "2"},
		{"nobody picked", []syncChange{nobodyPicked, decided(func(d *replication.Decision) { d.Done, d.Ended = false, false })}, "2"},
		{"some wait", []syncChange{states(replication.Pending)}, "1"},
		{"one is not there yet", []syncChange{states(replication.Unknown), func(s *syncing) { s.seen.Waiting = 1 }}, "2"},
		{"one is not there yet, and another was not looked at", []syncChange{states(replication.Unknown, replication.Unknown), func(s *syncing) { s.seen.Waiting = 1 }}, "1"},
		{"one of the canary is not there yet", []syncChange{states(replication.Unknown), decided(func(d *replication.Decision) { d.Memory.Wave = 0 }), func(s *syncing) { s.seen.Waiting = 1 }}, "1"},
		{"a plan alone", []syncChange{looks(approved, 1)}, "1"},
		{"halted, and to be resumed", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.Halted = true })}, "1"},
		{"a canary of nobody, which is to be corrected", []syncChange{decided(func(d *replication.Decision) { d.Done, d.NoCanary = false, true })}, "1"},
	} {
		if got := synced(append([]syncChange{manual("2", "1")}, test.when...)...).of().ObservedRun; got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestWhatARunFoundIsOfNoAccountForTheNext(t *testing.T) {
	run := synced(manual("2", "1"), states(replication.Failed))
	before := run.seen.Decision.Memory.Attempt()
	run.sync.Status = run.of()
	if got := standing.MemoryOf(run.sync.Status).Attempt(); got == before {
		t.Errorf("the next run is at attempt %s too: who failed is not tried again, and who drifted not looked at", got)
	}
	run.sync.Spec.Run = "3"
	if got := standing.MemoryOf(run.sync.Status).Begin(nil, "r1").Attempt(); got == before {
		t.Errorf("the next run begins at attempt %s", got)
	}
}

func TestAnApprovedPlanThatHaltedGoesOnWhenItIsResumed(t *testing.T) {
	for _, test := range []struct {
		name string
		when []syncChange
		done bool
	}{
		{"all is done", nil, true},
		{"it failed in one", []syncChange{states(replication.Failed)}, true},
		{"it halted", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.Halted = true })}, false},
		{"it halted since the plan is stale", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.Halted = true }), func(s *syncing) { s.seen.States[0].Stale = true }}, true},
		{"its canary is nobody", []syncChange{decided(func(d *replication.Decision) { d.Done, d.NoCanary = false, true })}, false},
	} {
		if got := synced(append([]syncChange{pinned}, test.when...)...).of().Approved.CompletedAt != nil; got != test.done {
			t.Errorf("%s: done is %v", test.name, got)
		}
	}
}
