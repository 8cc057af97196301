// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// onlyA has a alone be a target, in that state.
func onlyA(state replication.TargetState) syncChange {
	return func(s *syncing) {
		s.seen.Targets, s.seen.States = s.seen.Targets[:1], s.seen.States[:1]
		states(state)(s)
	}
}

func because(message string) syncChange {
	return func(s *syncing) { s.seen.States[0].Message = message }
}

func TestASyncNamesWhomItSpeaksOf(t *testing.T) {
	halted := decided(func(d *replication.Decision) { d.Halted = true })
	failedAt := func(s *syncing) {
		s.sync.Status.Progress = &v1alpha1.SyncProgress{Total: 3, Current: 2, Failed: 1}
		s.seen.Targets[1].Status.Syncs = []v1alpha1.TenantSync{{Name: "baseline", State: v1alpha1.SyncFailed}}
	}
	for _, test := range []struct {
		name string
		when []syncChange
		want string
	}{
		{"one of one", []syncChange{onlyA(replication.Current), decided(func(d *replication.Decision) { d.Done = true })}, "1 tenant is as the master"},
		{"one of one waits", []syncChange{onlyA(replication.Pending)}, "1 of 1 tenant is not as the master yet"},
		{"two wait", []syncChange{states(replication.Pending, replication.InFlight)}, "2 of 3 tenants are not as the master yet"},
		{"one failed", []syncChange{states(replication.Failed), because("ConfigMap/motd: so")},
			"1 of 3 tenants can't be made as the master (a): see status.syncs of each for why; in a: ConfigMap/motd: so"},
		{"more failed than are named", []syncChange{func(s *syncing) {
			for _, name := range []string{"d", "e"} {
				s.seen.Targets, s.seen.States = append(s.seen.Targets, tenant("acme", name)), append(s.seen.States, replication.Target{Name: name})
			}
		}, states(replication.Failed, replication.Failed, replication.Failed, replication.Failed, replication.Failed)},
			"5 of 5 tenants can't be made as the master (a, b, c and 2 more): see status.syncs of each for why"},
		{"a run failed in one", []syncChange{still, manual("1", "1"), failedAt},
			`run "1" is done, and 1 of 3 tenants could not be made as the master (b): see status.syncs of each for why, and set spec.run to another value to try again`},
		{"halted", []syncChange{states(replication.Failed, replication.Pending), halted, because("so")},
			"spec.rollout.stopAfterFailures stopped the rest when 1 tenant (a) had failed: see status.syncs of each for why; in a: so; mend that, and set spec.rollout.resume to another value to go on"},
		{"halted, and those who failed are gone", []syncChange{states(replication.Pending), halted},
			"spec.rollout.stopAfterFailures stopped the rest when so many had failed; mend that, and set spec.rollout.resume to another value to go on"},
		{"the canary failed", []syncChange{states(replication.Failed), decided(func(d *replication.Decision) { d.CanaryFailed = true })},
			"1 tenant (a) of the canary failed, and the rest waits: see status.syncs of each for why"},
		{"some are not as in the approved plan", []syncChange{pinned, states(replication.Failed, replication.Failed), func(s *syncing) { s.seen.States[0].Stale, s.seen.States[1].Stale = true, true }},
			"spec.approvedPlan is not the plan that there is now: nothing more is written by it; look at status.plan, and approve that; no longer as in it: a, b"},
		{"many were not as in the approved plan", []syncChange{looks("sha256:bbbb", 1), pinned, func(s *syncing) {
			s.seen.Pins = nil
			s.sync.Status.Approved.CompletedAt, s.sync.Status.Approved.Stale = &then, 30
			s.sync.Status.Approved.StaleTenants = []v1alpha1.TenantName{"a", "b", "c", "d"}
		}}, "spec.approvedPlan is not the plan that there is now: nothing more is written by it; look at status.plan, and approve that; no longer as in it: a, b, c and 27 more"},
		{"tenants' own objects are kept", []syncChange{func(s *syncing) { s.seen.States[2].Kept = true }},
			"3 tenants are as the master; in c objects of the tenant's own stand in the place of copies, and stay: see its status.syncs"},
		{"tenants are named that are not there", []syncChange{nobodyPicked, func(s *syncing) { s.seen.Absent = []string{"cybercrop"} }},
			`the sync picks no tenant: look at spec.targets, and at the labels of the tenants in namespace "acme"; the spec names tenants that are not in namespace "acme": cybercrop; make them, or correct the names`},
		{"nothing is marked", []syncChange{carriesNothing, func(s *syncing) {
			s.seen.Place, s.sync.Spec.Categories = "acme-golden", []v1alpha1.SyncCategory{v1alpha1.SyncContent, v1alpha1.SyncEmailNotifications}
		}}, `nothing in the master's place is marked for this sync: in namespace "acme-golden", label what is to be copied with tenantry.io/sync=content or tenantry.io/sync=email-notifications`},
	} {
		status := synced(test.when...).of()
		if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady).Message; got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestASyncCountsTenantsThatKeepTheirOwnAndNamesThoseThatAPlanNoLongerFits(t *testing.T) {
	kept := synced(func(s *syncing) { s.seen.States[0].Kept, s.seen.States[2].Kept = true, true }).of()
	if got := *kept.Progress; got != (v1alpha1.SyncProgress{Total: 3, Current: 3, Kept: 2}) {
		t.Errorf("%+v", got)
	}
	stale := synced(pinned, states(replication.Failed), func(s *syncing) { s.seen.States[0].Stale, s.seen.Revision = true, "r1" }).of()
	if got := stale.Approved; got.Stale != 1 || len(got.StaleTenants) != 1 || got.StaleTenants[0] != "a" {
		t.Errorf("%+v", got)
	}
}
