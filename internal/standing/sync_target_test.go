// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

func TestATenantSaysSyncedOfASyncOnlyWhileItIsAsTheMaster(t *testing.T) {
	action := func(verb replication.Verb) replication.Action {
		return replication.Action{Verb: verb, Key: replication.Key{Version: "v1", Kind: "ConfigMap", Name: "motd"}, Note: "so"}
	}
	brand := replication.Action{Verb: replication.Contest, Key: replication.BrandKey, Note: "take it out of one"}
	synced := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncSynced, Reason: "Synced", Reached: true}
	failed := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncFailed, Reason: "Drifted", Reached: true, Revision: "r1/1"}
	for _, test := range []struct {
		name   string
		before v1alpha1.TenantSync
		seen   standing.TargetSeen
		// want is state, reason, whether it was reached, and at which attempt it failed
		state   v1alpha1.SyncState
		reason  string
		reached bool
		failed  string
	}{
		{"written", v1alpha1.TenantSync{}, standing.TargetSeen{Turn: true}, "Synced", "Synced", true, ""},
		{"written, with its own kept", v1alpha1.TenantSync{}, standing.TargetSeen{Turn: true, Actions: []replication.Action{action(replication.Keep)}}, "Synced", "Kept", true, ""},
		{"written, with something to wait for", synced, standing.TargetSeen{Turn: true, Actions: []replication.Action{action(replication.Wait)}}, "Pending", "Waiting", true, ""},
		{"refused", v1alpha1.TenantSync{}, standing.TargetSeen{Turn: true, Actions: []replication.Action{action(replication.Refuse)}}, "Failed", "ContentRefused", false, "r1/1"},
		{"two set the brand, and all else is there", v1alpha1.TenantSync{}, standing.TargetSeen{Turn: true, Actions: []replication.Action{action(replication.Keep), brand}}, "Failed", "Conflict", true, "r1/1"},
		{"two set the brand, and something else is refused", v1alpha1.TenantSync{}, standing.TargetSeen{Turn: true, Actions: []replication.Action{action(replication.Refuse), brand}}, "Failed", "Conflict", false, "r1/1"},
		{"it waits for its turn the first time", v1alpha1.TenantSync{}, standing.TargetSeen{Actions: []replication.Action{action(replication.Create)}}, "Pending", "Syncing", false, ""},
		{"nothing to write, before its first turn", v1alpha1.TenantSync{}, standing.TargetSeen{}, "Pending", "Syncing", false, ""},
		{"it waits for its turn, and was as the master was", synced, standing.TargetSeen{Actions: []replication.Action{action(replication.Update)}}, "Pending", "Syncing", true, ""},
		{"it waits for its turn, and failed at another attempt", failed, standing.TargetSeen{Attempt: "r2/2", Actions: []replication.Action{action(replication.Update)}}, "Pending", "Syncing", true, "r1/1"},
		{"it failed at this attempt", failed, standing.TargetSeen{Actions: []replication.Action{action(replication.Update)}}, "Failed", "Drifted", true, "r1/1"},
		{"it failed, and was mended", failed, standing.TargetSeen{}, "Synced", "Synced", true, ""},
		{"as the master, at a look", synced, standing.TargetSeen{}, "Synced", "Synced", true, ""},
		{"no longer as in the approved plan", synced, standing.TargetSeen{Stale: true, Actions: []replication.Action{action(replication.Update)}}, "Failed", "PlanStale", true, ""},
		{"its place went", synced, standing.TargetSeen{Placeless: true}, "Pending", "Waiting", true, ""},
	} {
		if test.seen.Attempt == "" {
			test.seen.Attempt = "r1/1"
		}
		test.seen.Brought = []v1alpha1.SyncCategory{v1alpha1.SyncUsers}
		got := standing.OfTarget(test.before, test.seen)
		if got.State != test.state || got.Reason != test.reason || got.Reached != test.reached || got.Revision != test.failed {
			t.Errorf("%s: %+v", test.name, got)
		}
		// Who has had it before keeps what it brought; else it comes with the turn at which nothing but a brand was in the way.
		if brought := len(got.Categories) > 0; brought != (test.seen.Turn && test.reached) && !test.before.Reached {
			t.Errorf("%s: brought: %t", test.name, brought)
		}
		if (got.Message == "") != (test.reason == "Synced" || test.before.Message == got.Message && test.reason == "Drifted") {
			t.Errorf("%s: says %q", test.name, got.Message)
		}
	}
}

func TestASuspendedSyncIsSaidToBeSyncedInNobody(t *testing.T) {
	synced := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncSynced, Reason: "Synced", Reached: true, Secrets: []string{"feed"}}
	failed := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncFailed, Reason: "Conflict", Message: "so"}
	suspended := func(s *v1alpha1.MasterTenantSync) { s.Spec.Suspend = true }
	ran := func(s *v1alpha1.MasterTenantSync) {
		s.Spec.Trigger, s.Spec.Run, s.Status.ObservedRun = v1alpha1.TriggerManual, "one", "one"
	}
	waiting := standing.OfStillTarget(synced, stillSync(suspended))
	for name, test := range map[string]struct {
		before v1alpha1.TenantSync
		sync   *v1alpha1.MasterTenantSync
		state  v1alpha1.SyncState
		reason string
	}{
		"suspended":                           {synced, stillSync(suspended), "Pending", "Suspended"},
		"suspended where it failed":           {failed, stillSync(suspended), "Failed", "Conflict"},
		"a run that is done":                  {synced, stillSync(ran), "Synced", "Synced"},
		"a run that is done, suspended":       {synced, stillSync(ran, suspended), "Synced", "Synced"},
		"resumed, with no run to come":        {waiting, stillSync(ran), "Pending", "Waiting"},
		"resumed, with a master that is gone": {waiting, stillSync(), "Pending", "Waiting"},
	} {
		got := standing.OfStillTarget(test.before, test.sync)
		if got.State != test.state || got.Reason != test.reason || got.Reached != test.before.Reached || len(got.Secrets) != len(test.before.Secrets) {
			t.Errorf("%s: %+v", name, got)
		}
		if again := standing.OfStillTarget(got, test.sync); !equality.Semantic.DeepEqual(again, got) {
			t.Errorf("%s: does not come to rest: %+v, then %+v", name, got, again)
		}
	}
}

func stillSync(changes ...func(*v1alpha1.MasterTenantSync)) *v1alpha1.MasterTenantSync {
	sync := &v1alpha1.MasterTenantSync{}
	for _, change := range changes {
		change(sync)
	}
	return sync
}
