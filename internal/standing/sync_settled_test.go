// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

// reached is a sync with two targets, in those states, of which so many were not looked at.
func reached(sync *v1alpha1.MasterTenantSync, unseen int, states ...replication.TargetState) standing.SyncSeen {
	seen := standing.SyncSeen{Mode: standing.SyncWrite, Revision: "r1", Unseen: unseen}
	for i, state := range states {
		name := string(rune('a' + i))
		seen.Targets = append(seen.Targets, &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Name: name}})
		seen.States = append(seen.States, replication.Target{Name: name, State: state})
	}
	seen.Decision = replication.Step(sync.Spec.Rollout, seen.Revision, standing.MemoryOf(sync.Status), seen.States, now.Time)
	return seen
}

// settledSync is one whose two targets are as the master.
func settledSync() *v1alpha1.MasterTenantSync {
	sync := &v1alpha1.MasterTenantSync{
		ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "baseline", Generation: 3},
		Spec:       v1alpha1.MasterTenantSyncSpec{Categories: []v1alpha1.SyncCategory{v1alpha1.SyncUsers}},
	}
	for range 2 {
		sync.Status = standing.OfSync(sync, reached(sync, 0, replication.Current, replication.Current), now)
	}
	return sync
}

func TestASettledSyncStaysSoUntilAllWereLookedAtAfterARestart(t *testing.T) {
	sync := settledSync()
	if ready := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady); ready == nil || ready.Reason != v1alpha1.ReasonSynced {
		t.Fatalf("%+v is not settled", sync.Status)
	}
	for unseen, states := range [][]replication.TargetState{
		{replication.Current, replication.Current}, {replication.Current, replication.Unknown}, {replication.Unknown, replication.Unknown},
	} {
		if after := standing.OfSync(sync, reached(sync, unseen, states...), now); !equality.Semantic.DeepEqual(after, sync.Status) {
			t.Errorf("%d not looked at: %+v is not %+v", unseen, after, sync.Status)
		}
	}
}

func TestASettledSyncSaysWhatIsNewThoughNotAllWereLookedAt(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.MasterTenantSync, *standing.SyncSeen){
		"another spec":     func(sync *v1alpha1.MasterTenantSync, _ *standing.SyncSeen) { sync.Generation++ },
		"another revision": func(_ *v1alpha1.MasterTenantSync, seen *standing.SyncSeen) { seen.Decision.Memory.Revision = "r2" },
		"one target more": func(_ *v1alpha1.MasterTenantSync, seen *standing.SyncSeen) {
			seen.Targets = append(seen.Targets, &v1alpha1.Tenant{})
			seen.States = append(seen.States, replication.Target{})
		},
		"no place of its own": func(_ *v1alpha1.MasterTenantSync, seen *standing.SyncSeen) { seen.Reason = v1alpha1.ReasonNotAPlace },
	} {
		sync := settledSync()
		seen := reached(sync, 2, replication.Unknown, replication.Unknown)
		change(sync, &seen)
		if after := standing.OfSync(sync, seen, now); equality.Semantic.DeepEqual(after, sync.Status) {
			t.Errorf("%s: nothing is said of it", name)
		}
	}
}

func TestTheProgressOfAnAttemptIsToldAsItComesAndDoesNotFallBack(t *testing.T) {
	sync := settledSync()
	sync.Status.Revision = "r0"
	sync.Status = standing.OfSync(sync, reached(sync, 2, replication.Unknown, replication.Unknown), now)
	for _, step := range []struct {
		unseen  int
		states  []replication.TargetState
		current int32
	}{
		{2, []replication.TargetState{replication.Unknown, replication.Unknown}, 0},
		{1, []replication.TargetState{replication.Current, replication.Unknown}, 1},
		{2, []replication.TargetState{replication.Unknown, replication.Unknown}, 1}, // after a restart
		{0, []replication.TargetState{replication.InFlight, replication.Pending}, 0},
	} {
		sync.Status = standing.OfSync(sync, reached(sync, step.unseen, step.states...), now)
		if sync.Status.Progress.Current != step.current {
			t.Errorf("%+v: %+v", step, sync.Status.Progress)
		}
	}
}
