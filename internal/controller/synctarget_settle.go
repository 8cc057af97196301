// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
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

// settle notes how the sync fares in the tenant after its turn.
func (r *SyncTargetReconciler) settle(v *visit, posted *post, left []replication.Action) {
	entry := v.entries[posted.sync.Name]
	entry.Name = posted.sync.Name
	state, reason, message := replication.Judge(left)
	found := finding{attempt: posted.attempt, state: replication.Pending, actions: left, whole: true}
	if onlyWaits(left) {
		found.state = replication.Unknown
	}
	switch state {
	case v1alpha1.SyncSynced:
		found.state = replication.Current
		entry.State, entry.Reason, entry.Message, entry.Revision, entry.Reached = state, reason, message, "", true
		entry.Categories = replication.Brings(&posted.sync.Spec)
	case v1alpha1.SyncFailed:
		found.state = replication.Failed
		entry.State, entry.Reason, entry.Message, entry.Revision = state, reason, message, posted.attempt
	case v1alpha1.SyncPending:
		if entry.State != v1alpha1.SyncSynced {
			entry.State, entry.Reason, entry.Message = state, reason, message
		}
	}
	v.entries[entry.Name] = entry
	r.tell(v, posted, found)
}

// tell tells the controller of syncs what was found. A tenant that waits for its turn the first time is told so.
func (r *SyncTargetReconciler) tell(v *visit, posted *post, found finding) {
	name := client.ObjectKeyFromObject(posted.sync)
	if _, known := v.entries[name.Name]; !known && found.state != replication.Failed && posted.mode == syncWrite {
		v.entries[name.Name] = v1alpha1.TenantSync{Name: name.Name, State: v1alpha1.SyncPending, Reason: v1alpha1.ReasonWaiting}
	}
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
