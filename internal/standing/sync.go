// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/status"
)

// SyncMode is what a sync may do at present.
type SyncMode int

const (
	// SyncStill is to do nothing: what there is stays.
	SyncStill SyncMode = iota
	// SyncLook is to find out what would be done.
	SyncLook
	// SyncWrite is to make copies.
	SyncWrite
)

// SyncSeen is what was found out about a MasterTenantSync.
type SyncSeen struct {
	// Mode that it is in.
	Mode SyncMode
	// Reason and Message say why it can't copy at all; empty if it can.
	Reason, Message string
	// Place is the namespace of the master's place.
	Place string
	// Selection is what it carries.
	Selection replication.Selection
	// Revision of that.
	Revision string
	// Targets that it copies to, and how they fare.
	Targets []*v1alpha1.Tenant
	States  []replication.Target
	// Unseen is how many of them were not looked at yet at this attempt.
	Unseen int
	// Waiting is how many of them are Unknown though they were looked at: what they wait for, such as their place, comes by itself.
	Waiting int
	// Absent are names of tenants in its spec that are not there, sorted.
	Absent []string
	// Decision of the rollout.
	Decision replication.Decision
	// Plan of what would be done; nil where nobody asks for it, or it is not complete yet.
	Plan *replication.Plan
	// Pins of the approved plan that is carried out; nil if none is.
	Pins *replication.Pins
	// Unkept is why the plan that there is can't be approved; empty if it can.
	Unkept string
}

// SyncModeOf is the mode that a sync's spec asks for.
func SyncModeOf(sync *v1alpha1.MasterTenantSync) SyncMode {
	spec := sync.Spec
	switch {
	case spec.Suspend, spec.Trigger == v1alpha1.TriggerManual && spec.Run == sync.Status.ObservedRun:
		return SyncStill
	case Gated(spec):
		return SyncLook
	}
	return SyncWrite
}

// Gated says that a sync writes nothing but what was approved.
func Gated(spec v1alpha1.MasterTenantSyncSpec) bool {
	return spec.Mode == v1alpha1.SyncPlan || spec.ApprovedPlan != ""
}

// CarriesOut says whether a sync's approved plan is to be carried out: it was written down, is not done yet, and is about
// what there is now.
func CarriesOut(sync *v1alpha1.MasterTenantSync, revision string) bool {
	approved := sync.Status.Approved
	return approved != nil && approved.PinnedAt != nil && approved.CompletedAt == nil && approved.Hash == sync.Spec.ApprovedPlan &&
		approved.Revision == replication.Terms(sync, revision)
}

// Approves says whether a sync's spec approves the plan that there is now, which was not carried out before.
func Approves(sync *v1alpha1.MasterTenantSync, plan *replication.Plan) bool {
	approved := sync.Status.Approved
	return plan != nil && plan.Summary.Hash == sync.Spec.ApprovedPlan && (approved == nil || approved.Hash != sync.Spec.ApprovedPlan || approved.CompletedAt == nil)
}

// MemoryOf is what a rollout remembers.
func MemoryOf(before v1alpha1.MasterTenantSyncStatus) replication.Memory {
	memory := replication.Memory{Revision: before.Revision, Number: before.Attempt, ObservedResume: before.ObservedResume}
	if before.Wave != nil {
		memory.Wave = *before.Wave
	}
	if before.WaveSince != nil {
		memory.WaveSince = before.WaveSince.Time
	}
	if before.HaltedAt != nil {
		memory.HaltedAt = before.HaltedAt.Time
	}
	return memory
}

// OfSync is the status of a sync. Now is the time of a change of a condition.
func OfSync(sync *v1alpha1.MasterTenantSync, seen SyncSeen, now metav1.Time) v1alpha1.MasterTenantSyncStatus {
	after := *sync.Status.DeepCopy()
	if settled(sync, seen) {
		return after
	}
	after.ObservedGeneration = sync.Generation
	if seen.Mode != SyncStill {
		remember(&after, seen.Decision.Memory)
		progress(&after, sync.Status, seen)
	} else if seen.Revision != "" && seen.Revision != sync.Status.Revision { // what is taken out meanwhile comes back with another turn
		remember(&after, MemoryOf(sync.Status).Begin(sync.Spec.Rollout, seen.Revision))
	}
	if seen.Plan != nil {
		after.Plan = &seen.Plan.Summary
	}
	if !Gated(sync.Spec) {
		after.Plan = nil
	}
	approve(&after, sync, seen, now)
	if sync.Spec.Trigger == v1alpha1.TriggerManual && seen.Mode == SyncWrite && (ended(seen) || len(seen.Targets) == 0) {
		after.ObservedRun = sync.Spec.Run
		after.Attempt++ // the next run looks at all anew, and tries again where this one failed
	}
	ready, working, stalled := syncReady(sync, seen)
	conditions := []metav1.Condition{ready}
	if working {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionReconciling, true, ready.Reason, ready.Message))
	}
	if stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, ready.Reason, ready.Message))
	}
	completed := seen.Mode == SyncWrite && seen.Decision.Done
	was := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)
	if completed && (after.LastCompleted == nil || sync.Status.Revision != after.Revision || was == nil || was.Reason != v1alpha1.ReasonSynced) {
		after.LastCompleted = &now
	}
	after.Conditions = status.Conditions(sync.Status.Conditions, conditions, sync.Generation, now)
	return after
}

// maxStale is the API's bound of status.approved.staleTenants.
const maxStale = 20

// approve notes what becomes of an approved plan.
func approve(after *v1alpha1.MasterTenantSyncStatus, sync *v1alpha1.MasterTenantSync, seen SyncSeen, now metav1.Time) {
	switch {
	case after.Approved != nil && after.Approved.Hash != sync.Spec.ApprovedPlan:
		after.Approved = nil
	case seen.Pins == nil:
		return
	case !CarriesOut(sync, seen.Revision):
		after.Approved = &v1alpha1.ApprovedPlan{Hash: sync.Spec.ApprovedPlan, Revision: replication.Terms(sync, seen.Revision), PinnedAt: &now}
	case seen.Mode == SyncWrite:
		stale := namesOf(seen.States, func(target replication.Target) bool { return target.Stale })
		after.Approved.Stale, after.Approved.StaleTenants = int32(len(stale)), nil
		for _, name := range stale[:min(len(stale), maxStale)] {
			after.Approved.StaleTenants = append(after.Approved.StaleTenants, v1alpha1.TenantName(name))
		}
		if ended(seen) || seen.Decision.Ended && len(stale) > 0 { // what is stale takes another approval
			after.Approved.CompletedAt = &now
		}
	}
}

// ended says that nothing more comes of what was asked for: it did not stop to go on when a person says so, and waits for nobody
// but those that are not there yet, whom another run or plan is for.
func ended(seen SyncSeen) bool {
	decision := seen.Decision
	if decision.Halted || decision.NoCanary {
		return false
	}
	absent := decision.Memory.Wave == replication.WaveRest && tallyOf(seen.States, replication.Pending, replication.InFlight) == 0 &&
		tallyOf(seen.States, replication.Unknown) == seen.Waiting
	return decision.Ended || absent
}

func remember(after *v1alpha1.MasterTenantSyncStatus, memory replication.Memory) {
	after.Revision, after.Attempt, after.ObservedResume, after.Wave = memory.Revision, memory.Number, memory.ObservedResume, new(memory.Wave)
	after.WaveSince, after.HaltedAt = nil, nil
	if !memory.WaveSince.IsZero() {
		after.WaveSince = new(metav1.NewTime(memory.WaveSince))
	}
	if !memory.HaltedAt.IsZero() {
		after.HaltedAt = new(metav1.NewTime(memory.HaltedAt))
	}
}

// settled says that a sync was at rest, and nothing is known that would have changed that: after a restart it stays so
// until all its targets were looked at.
func settled(sync *v1alpha1.MasterTenantSync, seen SyncSeen) bool {
	before := sync.Status
	return seen.Unseen > 0 && seen.Mode != SyncStill && seen.Reason == "" && before.ObservedGeneration == sync.Generation &&
		meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionReady) != nil && !meta.IsStatusConditionTrue(before.Conditions, v1alpha1.ConditionReconciling) &&
		seen.Decision.Memory == MemoryOf(before) && before.Progress != nil && int(before.Progress.Total) == len(seen.Targets)
}

// progress is in sums. After a restart in the middle of an attempt it does not fall back.
func progress(after *v1alpha1.MasterTenantSyncStatus, before v1alpha1.MasterTenantSyncStatus, seen SyncSeen) {
	sums := v1alpha1.SyncProgress{Total: int32(len(seen.States))}
	for _, target := range seen.States {
		switch target.State {
		case replication.Current:
			sums.Current++
			if target.Kept {
				sums.Kept++
			}
		case replication.Failed:
			sums.Failed++
		default:
			sums.Pending++
		}
	}
	known := before.Progress
	if seen.Unseen > 0 && known != nil && known.Total == sums.Total && known.Pending < sums.Pending && MemoryOf(before).Attempt() == seen.Decision.Memory.Attempt() {
		return
	}
	after.Progress = &sums
}
