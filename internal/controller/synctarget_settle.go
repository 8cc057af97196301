// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// withdraw notes that categories which are no objects have gone, since the sync does not carry them any more, or not to the tenant: to
// come again each takes another turn.
func (v *visit) withdraw(posted *post) {
	entry, named := v.entries[posted.sync.Name]
	if !named || len(entry.Categories) == 0 {
		return
	}
	entry.Categories = slices.DeleteFunc(slices.Clone(entry.Categories), func(category v1alpha1.SyncCategory) bool {
		return !posted.reaches(v.tenant) || !tenancy.Carries(posted.sync, category)
	})
	v.entries[entry.Name] = entry
}

// settle notes how the sync fares in the tenant after its turn, with which these categories are there that are no objects.
func (r *SyncTargetReconciler) settle(v *visit, posted *post, left []replication.Action, brought []v1alpha1.SyncCategory) {
	entry := v.say(posted, standing.TargetSeen{Actions: left, Turn: true, Brought: brought})
	found := finding{attempt: posted.attempt, state: replication.Pending, actions: left, whole: true, kept: entry.Reason == v1alpha1.ReasonKept}
	switch {
	case entry.State == v1alpha1.SyncSynced:
		found.state = replication.Current
	case entry.State == v1alpha1.SyncFailed:
		found.state, found.message = replication.Failed, entry.Message
	case onlyWaits(left):
		found.state = replication.Unknown
	}
	r.tell(v, posted, found)
}

// say has the tenant's status say what was found of a sync. Of one that only looks it says nothing before that has reached it.
func (v *visit) say(posted *post, seen standing.TargetSeen) v1alpha1.TenantSync {
	entry, known := v.entries[posted.sync.Name]
	if known || seen.Turn || posted.mode == syncWrite {
		seen.Attempt, entry.Name = posted.attempt, posted.sync.Name
		entry = standing.OfTarget(entry, seen)
		v.entries[entry.Name] = entry
	}
	return entry
}

// tell tells the controller of syncs what was found.
func (r *SyncTargetReconciler) tell(v *visit, posted *post, found finding) {
	name := client.ObjectKeyFromObject(posted.sync)
	if r.board.report(name, v.tenant.UID, found) {
		r.found.poke(name)
	}
}

// miss tells the controller of syncs of a tenant that could not be looked at.
func (r *SyncTargetReconciler) miss(tenant *v1alpha1.Tenant, posted *post) {
	name := client.ObjectKeyFromObject(posted.sync)
	if posted.reaches(tenant) && r.board.miss(name, tenant.UID, posted.attempt) {
		r.found.poke(name)
	}
}

// ownPause is how late it is noticed, at worst, that an object of a tenant's own that was in the way is gone.
const ownPause = 10 * time.Minute

// pauseOf is when to look again whether what is in the way of a copy was mended, where no watch tells of it; 0 for never.
func pauseOf(action replication.Action) time.Duration {
	switch {
	case action.Verb == replication.Keep:
		return ownPause
	case action.Verb == replication.Refuse, action.Verb == replication.Wait && action.Key.IsSecret():
		return longestPause
	}
	return 0
}
