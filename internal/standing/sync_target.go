// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"slices"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// TargetSeen is what was found of a sync in one tenant.
type TargetSeen struct {
	// Attempt at which that was.
	Attempt string
	// Actions that are left to be done, or in the way.
	Actions []replication.Action
	// Brought are the categories that are no objects and that are there after the turn, if nothing else is in the way.
	Brought []v1alpha1.SyncCategory
	// Turn says that all was written that may be; without it, that the tenant was looked at alone.
	Turn bool
	// Stale says that what would have to be done is not in the approved plan.
	Stale bool
	// Placeless says that the tenant has no place yet.
	Placeless bool
}

// What is said of a tenant that others, or a person, come before.
const (
	awaitsTurn     = "it is not as the master, and waits for its turn: condition Ready of the sync says what for"
	awaitsPlace    = "the tenant's place is not there yet"
	awaitsApproval = "what would have to be done here is not in the approved plan, and nothing was: look at status.plan of the sync, and approve that"
	awaitsLook     = "it was not looked at since spec.suspend of the sync was true: condition Ready of the sync says what that waits for"
	awaitsResume   = "spec.suspend of the sync is true: nothing is copied, and what there is stays"
)

// OfTarget is what a tenant's status says of a sync that reaches it. Synced is said only while it is so.
func OfTarget(before v1alpha1.TenantSync, seen TargetSeen) v1alpha1.TenantSync {
	after := before
	state, reason, message := replication.Judge(seen.Actions)
	say := func(state v1alpha1.SyncState, reason, message string) v1alpha1.TenantSync {
		after.State, after.Reason, after.Message = state, reason, message
		return after
	}
	switch {
	case seen.Placeless:
		return say(v1alpha1.SyncPending, v1alpha1.ReasonWaiting, awaitsPlace)
	case seen.Stale:
		after.Revision = "" // it did not fail for good: another approval has it tried
		return say(v1alpha1.SyncFailed, v1alpha1.ReasonPlanStale, awaitsApproval)
	case seen.Turn && state == v1alpha1.SyncSynced:
		after.Revision, after.Reached, after.Categories = "", true, seen.Brought
	case seen.Turn && state == v1alpha1.SyncFailed && onlyBrand(seen.Actions):
		after.Revision, after.Reached, after.Categories = seen.Attempt, true, seen.Brought
	case seen.Turn && state == v1alpha1.SyncFailed:
		after.Revision = seen.Attempt
	case seen.Turn:
	case state == v1alpha1.SyncSynced && before.Reached:
		after.Revision = ""
	case before.State == v1alpha1.SyncFailed && before.Revision == seen.Attempt: // its turn was
		return before
	case state == v1alpha1.SyncSynced, reason == v1alpha1.ReasonSyncing: // what is no object reaches it with its turn
		return say(v1alpha1.SyncPending, v1alpha1.ReasonSyncing, awaitsTurn)
	}
	return say(state, reason, message)
}

// OfStillTarget is what a tenant's status says of a sync that looks at nothing at present. Nobody knows whether the tenant is as the
// master, where it is suspended, and a manual one that has run is what it was.
func OfStillTarget(before v1alpha1.TenantSync, sync *v1alpha1.MasterTenantSync) v1alpha1.TenantSync {
	hasRun := sync.Spec.Trigger == v1alpha1.TriggerManual && sync.Spec.Run == sync.Status.ObservedRun
	switch {
	case before.State == v1alpha1.SyncFailed: // why it failed is worth more
	case sync.Spec.Suspend && !hasRun:
		before.State, before.Reason, before.Message = v1alpha1.SyncPending, v1alpha1.ReasonSuspended, awaitsResume
	case before.Reason == v1alpha1.ReasonSuspended:
		before.State, before.Reason, before.Message = v1alpha1.SyncPending, v1alpha1.ReasonWaiting, awaitsLook
	}
	return before
}

// onlyBrand says that the brand alone is in the way: all objects are there, and people have come with them.
func onlyBrand(actions []replication.Action) bool {
	return !slices.ContainsFunc(actions, func(action replication.Action) bool {
		return action.Key != replication.BrandKey && action.Verb != replication.Keep
	})
}
