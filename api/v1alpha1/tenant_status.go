// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TenantPhase is one word for people and columns; conditions say more.
// +kubebuilder:validation:Enum=Pending;Provisioning;Active;Degraded;Suspended;Terminating
type TenantPhase string

// Phases of a Tenant.
const (
	// PhasePending: something must happen first; the Ready condition says what.
	PhasePending TenantPhase = "Pending"
	// PhaseProvisioning: the place is being made.
	PhaseProvisioning TenantPhase = "Provisioning"
	// PhaseActive: the place is complete and open.
	PhaseActive TenantPhase = "Active"
	// PhaseDegraded: the place is open, and something in it is not as asked.
	PhaseDegraded TenantPhase = "Degraded"
	// PhaseSuspended: nobody gets in, nothing runs, data stays.
	PhaseSuspended TenantPhase = "Suspended"
	// PhaseTerminating: the Tenant is deleted and its place is going.
	PhaseTerminating TenantPhase = "Terminating"
)

// TenantStatus is what the operator saw and did last. Only the operator writes it.
type TenantStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready, AccessReady, LicenseReady, DomainSecure, WhiteLabelReady; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// phase is one word for people.
	// +optional
	Phase TenantPhase `json:"phase,omitempty"`
	// namespace is the tenant's own place.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
	// hosts that the tenant holds, the subdomain's first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=2
	Hosts []Host `json:"hosts,omitempty"`
	// url of the portal.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	URL string `json:"url,omitempty"`
	// plan is the LicensePlan in effect.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Plan string `json:"plan,omitempty"`
	// superAdmin in effect.
	// +optional
	// +kubebuilder:validation:MaxLength=254
	SuperAdmin string `json:"superAdmin,omitempty"`
	// whiteLabelProfile in effect.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	WhiteLabelProfile string `json:"whiteLabelProfile,omitempty"`
	// allocated is the tenant's share of its parent's capacity.
	// +optional
	Allocated *Limits `json:"allocated,omitempty"`
	// usage is what the tenant uses, in coarse steps.
	// +optional
	Usage *Usage `json:"usage,omitempty"`
	// agents used and allowed, for the column: 12/25.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Agents string `json:"agents,omitempty"`
	// disk used and allowed, for the column: 41Gi/50Gi.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Disk string `json:"disk,omitempty"`
	// trialEndsAt is when the plan's trial is over.
	// +optional
	TrialEndsAt *metav1.Time `json:"trialEndsAt,omitempty"`
	// lastActivity in the tenant's place, in coarse steps.
	// +optional
	LastActivity *metav1.Time `json:"lastActivity,omitempty"`
	// lastScan that finished, in coarse steps.
	// +optional
	LastScan *metav1.Time `json:"lastScan,omitempty"`
	// domainChallenge is what the DNS TXT record `_tenantry.<host>` must hold to prove a domain.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	DomainChallenge string `json:"domainChallenge,omitempty"`
	// syncs that reach this tenant, and how each fares.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Syncs []TenantSync `json:"syncs,omitempty"`
}

// Usage is what a tenant uses.
type Usage struct {
	// agents is the number of seats taken.
	// +optional
	Agents int64 `json:"agents,omitempty"`
	// disk that volumes claim.
	// +optional
	Disk *resource.Quantity `json:"disk,omitempty"`
	// assets counted once each.
	// +optional
	Assets int64 `json:"assets,omitempty"`
	// scans finished in the present calendar month.
	// +optional
	Scans int64 `json:"scans,omitempty"`
}

// SyncState says how a sync fares in one tenant.
// +kubebuilder:validation:Enum=Pending;Synced;Failed
type SyncState string

// How a sync fares in one tenant.
const (
	SyncPending SyncState = "Pending"
	SyncSynced  SyncState = "Synced"
	SyncFailed  SyncState = "Failed"
)

// TenantSync is how one MasterTenantSync fares in this tenant.
type TenantSync struct {
	// name of the MasterTenantSync, in the Tenant's namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// state of the content in this tenant.
	// +optional
	State SyncState `json:"state,omitempty"`
	// reason for the state, a word.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
}

// IsReady says whether the Tenant was Ready when its present spec was last looked at.
func (t *Tenant) IsReady() bool {
	ready := meta.FindStatusCondition(t.Status.Conditions, ConditionReady)
	return ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == t.Generation
}

// PortalActive says whether the portal's switch is on.
func (t *Tenant) PortalActive() bool {
	return t.Spec.Portal == nil || t.Spec.Portal.Active == nil || *t.Spec.Portal.Active
}
