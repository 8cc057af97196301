// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MasterTenantSyncStatus is what the operator saw and did last, in sums: how each tenant fares is in
// the tenant's own status.syncs. Only the operator writes it.
type MasterTenantSyncStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// plan is what is to be done now.
	// +optional
	Plan *PlanSummary `json:"plan,omitempty"`
	// approved is the plan that was approved and is being carried out, or was last.
	// +optional
	Approved *ApprovedPlan `json:"approved,omitempty"`
	// progress over the targets.
	// +optional
	Progress *SyncProgress `json:"progress,omitempty"`
	// revision that the rollout is about: it changes with all that the sync carries.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision,omitempty"`
	// attempt counts how often a rollout began, was resumed, or ended as a Manual run.
	// +optional
	Attempt int64 `json:"attempt,omitempty"`
	// wave that the rollout is in: 0 is the canary, 1 the rest.
	// +optional
	Wave *int32 `json:"wave,omitempty"`
	// waveSince is since when all of the canary hold the revision, while the rollout is in wave 0, and when
	// wave 1 began afterwards.
	// +optional
	WaveSince *metav1.Time `json:"waveSince,omitempty"`
	// haltedAt is when so many tenants had failed that the rollout stopped; it goes on when
	// spec.rollout.resume changes.
	// +optional
	HaltedAt *metav1.Time `json:"haltedAt,omitempty"`
	// observedRun is the value of spec.run that was served last.
	// +optional
	ObservedRun RequestID `json:"observedRun,omitempty"`
	// observedResume is the value of spec.rollout.resume that was served last.
	// +optional
	ObservedResume RequestID `json:"observedResume,omitempty"`
	// lastCompleted is when all targets were last as the master.
	// +optional
	LastCompleted *metav1.Time `json:"lastCompleted,omitempty"`
}

// PlanSummary is what a sync is about to do.
type PlanSummary struct {
	// hash names this plan, for spec.approvedPlan.
	// +optional
	Hash PlanHash `json:"hash,omitempty"`
	// create is the number of copies to make, and of tenants that category Users is to come to, and WhiteLabel.
	// +optional
	Create int32 `json:"create,omitempty"`
	// update is the number of copies to change.
	// +optional
	Update int32 `json:"update,omitempty"`
	// delete is the number of copies to delete.
	// +optional
	Delete int32 `json:"delete,omitempty"`
	// conflicts is the number of copies that can't be made because something else is in the way.
	// +optional
	Conflicts int32 `json:"conflicts,omitempty"`
	// names of the first objects in question, as action, tenant, kind and name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=512
	Names []string `json:"names,omitempty"`
}

// ApprovedPlan is a plan that was approved.
type ApprovedPlan struct {
	// hash of the plan, as spec.approvedPlan had it.
	// +required
	Hash PlanHash `json:"hash"`
	// revision that the plan was made for, of this very sync and with its onLeave.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision"`
	// pinnedAt is when all that the plan does in each tenant was written down: nothing else is done
	// under this approval.
	// +optional
	PinnedAt *metav1.Time `json:"pinnedAt,omitempty"`
	// completedAt is when all that could be done of the plan was: it is not carried out again.
	// +optional
	CompletedAt *metav1.Time `json:"completedAt,omitempty"`
	// stale is the number of tenants that were not written to since they are no longer as in the plan.
	// +optional
	Stale int32 `json:"stale,omitempty"`
	// staleTenants are the first of them by name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	StaleTenants []TenantName `json:"staleTenants,omitempty"`
}

// SyncProgress is how the targets fare, in sums.
type SyncProgress struct {
	// total number of targets.
	// +optional
	Total int32 `json:"total"`
	// current are as the master.
	// +optional
	Current int32 `json:"current"`
	// kept are those of the current where objects of the tenant's own stand in the place of copies, and
	// stay, as spec.conflict asks.
	// +optional
	Kept int32 `json:"kept,omitempty"`
	// failed could not be made so.
	// +optional
	Failed int32 `json:"failed"`
	// pending wait for their turn.
	// +optional
	Pending int32 `json:"pending"`
}
