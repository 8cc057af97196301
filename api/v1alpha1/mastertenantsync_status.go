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
	// progress over the targets.
	// +optional
	Progress *SyncProgress `json:"progress,omitempty"`
	// wave that the rollout is in: 0 is the canary, 1 the rest.
	// +optional
	Wave *int32 `json:"wave,omitempty"`
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
	// create is the number of copies to make.
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

// SyncProgress is how the targets fare, in sums.
type SyncProgress struct {
	// total number of targets.
	// +optional
	Total int32 `json:"total"`
	// current are as the master.
	// +optional
	Current int32 `json:"current"`
	// failed could not be made so.
	// +optional
	Failed int32 `json:"failed"`
	// pending wait for their turn.
	// +optional
	Pending int32 `json:"pending"`
}
