// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// SyncTrigger says when a sync copies.
// +kubebuilder:validation:Enum=Continuous;OnCreate;Manual
type SyncTrigger string

// When a sync copies.
const (
	// TriggerContinuous: whenever the master or a target changes.
	TriggerContinuous SyncTrigger = "Continuous"
	// TriggerOnCreate: once, into new tenants, before they are Ready.
	TriggerOnCreate SyncTrigger = "OnCreate"
	// TriggerManual: when spec.run gets a new value.
	TriggerManual SyncTrigger = "Manual"
)

// SyncMode says whether a sync copies at all.
// +kubebuilder:validation:Enum=Apply;Plan
type SyncMode string

// Whether a sync copies.
const (
	// SyncApply: what is planned is done.
	SyncApply SyncMode = "Apply"
	// SyncPlan: the plan is shown in status, and done when it is approved.
	SyncPlan SyncMode = "Plan"
)

// SyncConflict says what becomes of a tenant's own object where a copy belongs.
// +kubebuilder:validation:Enum=Keep;Overwrite
type SyncConflict string

// What becomes of a tenant's own object where a copy belongs.
const (
	// ConflictKeep: the tenant's own stays, and the conflict is named.
	ConflictKeep SyncConflict = "Keep"
	// ConflictOverwrite: the copy takes its place.
	ConflictOverwrite SyncConflict = "Overwrite"
)

// SyncDrift says what becomes of a copy that somebody changed.
// +kubebuilder:validation:Enum=Repair;Report
type SyncDrift string

// What becomes of a copy that somebody changed.
const (
	// DriftRepair: it is made as the master has it.
	DriftRepair SyncDrift = "Repair"
	// DriftReport: it stays, and is named.
	DriftReport SyncDrift = "Report"
)

// SyncLeave says what becomes of the copies in a tenant that leaves the targets.
// +kubebuilder:validation:Enum=Prune;Keep
type SyncLeave string

// What becomes of the copies in a tenant that leaves the targets.
const (
	// LeavePrune: they are deleted.
	LeavePrune SyncLeave = "Prune"
	// LeaveKeep: they stay, and are the tenant's own from then on.
	LeaveKeep SyncLeave = "Keep"
)
