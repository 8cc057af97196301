// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/status"
)

// syncReady is the Ready condition, and whether the sync works or waits for a person. Tenants that the spec names and that are
// not there are told of whatever the condition is: they are reached when they are made.
func syncReady(sync *v1alpha1.MasterTenantSync, seen SyncSeen) (ready metav1.Condition, working, stalled bool) {
	ready, working, stalled = syncVerdict(sync, seen)
	if seen.Reason == "" {
		ready.Message += absent(sync, seen.Absent)
	}
	return ready, working, stalled
}

// syncVerdict is the Ready condition by how the targets fare.
func syncVerdict(sync *v1alpha1.MasterTenantSync, seen SyncSeen) (ready metav1.Condition, working, stalled bool) {
	say := func(met bool, reason, format string, arguments ...any) metav1.Condition {
		return status.Condition(v1alpha1.ConditionReady, met, reason, fmt.Sprintf(format, arguments...))
	}
	spec, decision := sync.Spec, seen.Decision
	pending := tallyOf(seen.States, replication.Unknown, replication.Pending, replication.InFlight)
	switch {
	case seen.Reason != "":
		return say(false, seen.Reason, "%s", seen.Message), false, true
	case spec.Suspend:
		return say(true, v1alpha1.ReasonSuspended, "nothing is copied while spec.suspend is true; the copies that there are stay"), false, false
	case seen.Mode == SyncStill && spec.Run == "":
		return say(true, v1alpha1.ReasonWaitingForRun, "set spec.run to any value to copy"), false, false
	case seen.Mode == SyncStill && sync.Status.Progress != nil && sync.Status.Progress.Failed > 0:
		return say(false, v1alpha1.ReasonFailed, "run %q is done, and %d of %s could not be made as the master%s: see status.syncs of each for why, and set spec.run to another value to try again",
			spec.Run, sync.Status.Progress.Failed, count(int(sync.Status.Progress.Total), "tenant"), bracketed(failedIn(sync, seen.Targets))), false, false
	case seen.Mode == SyncStill && sync.Status.Progress != nil && sync.Status.Progress.Pending > 0:
		return say(true, v1alpha1.ReasonWaitingForRun, "run %q is done, but for %d of %s whose place or host was not there: set spec.run to another value to copy anew",
			spec.Run, sync.Status.Progress.Pending, count(int(sync.Status.Progress.Total), "tenant")), false, false
	case seen.Mode == SyncStill:
		return say(true, v1alpha1.ReasonWaitingForRun, "run %q is done: set spec.run to another value to copy anew", spec.Run), false, false
	case len(seen.Targets) == 0:
		return say(true, v1alpha1.ReasonNoTargets, "the sync picks no tenant: look at spec.targets, and at the labels of the tenants in namespace %q", sync.Namespace), false, false
	case seen.Unkept != "":
		return say(false, v1alpha1.ReasonPlanTooLarge, "%s", seen.Unkept), false, true
	case stale(sync, seen):
		return say(false, v1alpha1.ReasonPlanStale, "spec.approvedPlan is not the plan that there is now: nothing more is written by it; look at status.plan, and approve that%s", staleNow(sync, seen)), false, true
	case seen.Mode == SyncLook && seen.Plan == nil:
		return say(false, v1alpha1.ReasonSyncing, "what is to be done is being found out: %s looked at", share(len(seen.Targets)-pending, len(seen.Targets))), true, false
	case seen.Mode == SyncLook && nothingTo(seen.Plan):
		return say(true, v1alpha1.ReasonSynced, "%s: there is nothing to do", allAs(len(seen.Targets))), false, false
	case seen.Mode == SyncLook && seen.Plan.Summary.Hash == spec.ApprovedPlan:
		return say(false, v1alpha1.ReasonSyncing, "the approved plan is being carried out"), true, false
	case seen.Mode == SyncLook:
		return say(true, v1alpha1.ReasonPlanned, "status.plan says what would be done: set spec.approvedPlan to its hash to have that done"), false, false
	case decision.Halted:
		return say(false, v1alpha1.ReasonHalted, "spec.rollout.stopAfterFailures stopped the rest when %s; mend that, and set spec.rollout.resume to another value to go on",
			failures(seen.States)), false, true
	case decision.NoCanary:
		return say(false, v1alpha1.ReasonNoCanary, "spec.rollout.canary picks none of the targets, and the rest waits for it: correct it, or leave it out"), false, true
	case decision.CanaryFailed && decision.Ended:
		return say(false, v1alpha1.ReasonCanaryFailed, "%s of the canary failed, and the rest waits: %s", countNamed(namesOf(seen.States, hasFailed)), why(seen.States)), false, true
	case decision.Soaking:
		return say(false, v1alpha1.ReasonSoaking, "the canary is as the master; the rest follows after spec.rollout.canary.soak"), true, false
	case pending > 0:
		return say(false, v1alpha1.ReasonSyncing, "%s not as the master yet", share(pending, len(seen.Targets))), true, false
	case decision.Failed > 0:
		return say(false, v1alpha1.ReasonFailed, "%d of %s can't be made as the master (%s): %s",
			decision.Failed, count(len(seen.Targets), "tenant"), named(namesOf(seen.States, hasFailed)), why(seen.States)), false, false
	case len(seen.Selection.Problems) > 0:
		return say(false, v1alpha1.ReasonSourceRefused, "%s", problems(seen.Selection.Problems)), false, true
	case len(seen.Selection.Sources) == 0 && len(replication.Brings(&spec)) == 0:
		return say(true, v1alpha1.ReasonNoSources, "%s", toMark(sync, seen.Place)), false, false
	}
	return say(true, v1alpha1.ReasonSynced, "%s%s", allAs(len(seen.Targets)), kept(seen.States)), false, false
}

// stale says that an approved plan is not, or not all, what was carried out.
func stale(sync *v1alpha1.MasterTenantSync, seen SyncSeen) bool {
	approved := sync.Status.Approved
	switch {
	case slices.ContainsFunc(seen.States, func(target replication.Target) bool { return target.Stale }):
		return true
	case sync.Spec.ApprovedPlan == "" || seen.Plan == nil:
		return false
	case approved != nil && approved.Hash == sync.Spec.ApprovedPlan && approved.CompletedAt != nil:
		return approved.Stale > 0
	}
	return seen.Plan.Summary.Hash != sync.Spec.ApprovedPlan
}

func nothingTo(plan *replication.Plan) bool {
	return plan.Summary.Create+plan.Summary.Update+plan.Summary.Delete+plan.Summary.Conflicts == 0
}

// problems are told by the first.
func problems(all []replication.Problem) string {
	text := all[0].String()
	if len(all) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(all)-1)
	}
	return text
}

func tallyOf(targets []replication.Target, states ...replication.TargetState) int {
	sum := 0
	for _, target := range targets {
		if slices.Contains(states, target.State) {
			sum++
		}
	}
	return sum
}

// Event is an event that is to be made.
type Event struct{ Type, Reason, Message string }

// SyncEvents are what is to be told of a change of a sync's status: that it begins, halts, and ends.
func SyncEvents(before, after v1alpha1.MasterTenantSyncStatus) []Event {
	was, is := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionReady), meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionReady)
	if is == nil || was != nil && was.Reason == is.Reason && before.Revision == after.Revision {
		return nil
	}
	kind := corev1.EventTypeNormal
	if meta.IsStatusConditionTrue(after.Conditions, v1alpha1.ConditionStalled) || is.Reason == v1alpha1.ReasonFailed {
		kind = corev1.EventTypeWarning
	}
	return []Event{{Type: kind, Reason: is.Reason, Message: is.Message}}
}

// OnlyProgress says that a sync's status differs by sums alone, which may be told a little later.
func OnlyProgress(before, after v1alpha1.MasterTenantSyncStatus) bool {
	before, after = *before.DeepCopy(), *after.DeepCopy()
	before.Progress, after.Progress = nil, nil
	for _, conditions := range [][]metav1.Condition{before.Conditions, after.Conditions} {
		for i := range conditions {
			conditions[i].Message = ""
		}
	}
	return equality.Semantic.DeepEqual(before, after)
}
