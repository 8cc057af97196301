// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

// progress finds out how the targets fare, and who is next.
func (r *SyncReconciler) progress(sync *v1alpha1.MasterTenantSync, seen *standing.SyncSeen, tenants []*v1alpha1.Tenant) {
	found, admitted := r.board.findings(client.ObjectKeyFromObject(sync))
	rollout := sync.Spec.Rollout
	if sync.Spec.Trigger == v1alpha1.TriggerOnCreate {
		rollout = nil // a new tenant waits for no other
	}
	memory := standing.MemoryOf(sync.Status).Begin(rollout, seen.Revision)
	inCanary := replication.CanaryPicker(rollout)
	targets := make([]replication.Target, 0, len(seen.Targets))
	for _, tenant := range seen.Targets {
		target := replication.Target{Name: tenant.Name, UID: tenant.UID, Canary: inCanary(tenant)}
		finding, known := found[tenant.UID]
		known = known && finding.attempt == memory.Attempt()
		switch {
		case known:
			target.State, target.Kept, target.Stale, target.Message = finding.state, finding.kept, finding.stale, finding.message
		case failedAt(tenant, sync.Name, memory.Attempt()):
			target.State, target.Message = replication.Failed, entryOf(tenant, sync.Name).Message
		default:
			seen.Unseen++
		}
		waits := known && target.State == replication.Unknown // for its place, not for its turn
		seen.Waiting += count(waits)
		if admitted[tenant.UID] && !waits && (target.State == replication.Pending || target.State == replication.Unknown) {
			target.State = replication.InFlight
		}
		targets = append(targets, target)
	}
	seen.States = targets
	seen.Decision = replication.Step(rollout, seen.Revision, standing.MemoryOf(sync.Status), targets, r.Clock.Now())
	if seen.Mode == standing.SyncLook {
		seen.Plan = plan(sync, seen, found, tenants)
	}
}

// plan is what would be done; nil while not all whom it concerns were looked at.
func plan(sync *v1alpha1.MasterTenantSync, seen *standing.SyncSeen, found map[types.UID]finding, tenants []*v1alpha1.Tenant) *replication.Plan {
	var actions []replication.TenantActions
	for _, tenant := range concerned(sync, seen, tenants) {
		finding, known := found[tenant.UID]
		if !known || !finding.whole || finding.attempt != seen.Decision.Memory.Attempt() {
			return nil
		}
		actions = append(actions, replication.TenantActions{Name: tenant.Name, UID: tenant.UID, Actions: finding.actions})
	}
	return new(replication.Summarize(replication.Terms(sync, seen.Revision), actions))
}

// concerned are the targets, and those who were some and are to be taken leave of.
func concerned(sync *v1alpha1.MasterTenantSync, seen *standing.SyncSeen, tenants []*v1alpha1.Tenant) []*v1alpha1.Tenant {
	all := slices.Clone(seen.Targets)
	targets := make(map[types.UID]bool, len(all))
	for _, tenant := range all {
		targets[tenant.UID] = true
	}
	for _, tenant := range tenants {
		if tenant.DeletionTimestamp == nil && hasEntry(tenant, sync.Name) && !targets[tenant.UID] {
			all = append(all, tenant)
		}
	}
	return all
}

// failedAt says whether a tenant's status says that the sync failed in it, at an attempt.
func failedAt(tenant *v1alpha1.Tenant, name, attempt string) bool {
	entry := entryOf(tenant, name)
	return entry != nil && entry.State == v1alpha1.SyncFailed && entry.Revision == attempt
}

// entryOf is what a tenant's status says of a sync; nil if it says nothing.
func entryOf(tenant *v1alpha1.Tenant, name string) *v1alpha1.TenantSync {
	for i := range tenant.Status.Syncs {
		if tenant.Status.Syncs[i].Name == name {
			return &tenant.Status.Syncs[i]
		}
	}
	return nil
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// announce posts what the sync is about, and has those looked at whom that concerns.
func (r *SyncReconciler) announce(sync *v1alpha1.MasterTenantSync, seen standing.SyncSeen, tenants []*v1alpha1.Tenant) {
	name := client.ObjectKeyFromObject(sync)
	next := post{
		sync:      sync,
		picks:     replication.TargetPicker(sync),
		selection: seen.Selection,
		mode:      modes[seen.Mode],
		attempt:   standing.MemoryOf(sync.Status).Attempt(),
		open:      sync.Spec.Rollout == nil || sync.Spec.Trigger == v1alpha1.TriggerOnCreate,
		pins:      seen.Pins,
		plan:      sync.Spec.ApprovedPlan,
		leavers:   seen.Mode == standing.SyncWrite && !seen.Decision.Halted && seen.Decision.Memory.Wave == replication.WaveRest,
	}
	var admitted []types.UID
	named := map[string]bool{}
	for _, one := range seen.Decision.Admit {
		named[one] = true
	}
	for _, tenant := range seen.Targets { // who failed had its turn, though another manager gave it
		if seen.Mode == standing.SyncWrite && (named[tenant.Name] || failedAt(tenant, sync.Name, next.attempt)) {
			admitted = append(admitted, tenant.UID)
		}
	}
	anew := r.board.put(name, next, admitted)
	for _, tenant := range concerned(sync, &seen, tenants) {
		if anew || named[tenant.Name] {
			r.targets.poke(client.ObjectKeyFromObject(tenant))
		}
	}
}

// modes are those of the board for those of the status.
var modes = map[standing.SyncMode]syncMode{standing.SyncStill: syncStill, standing.SyncLook: syncLook, standing.SyncWrite: syncWrite}

func hasEntry(tenant *v1alpha1.Tenant, name string) bool { return entryOf(tenant, name) != nil }
