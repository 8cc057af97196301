// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

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
	// message says what is in the way and what to do.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
	// reached says that the tenant has had all that the sync carries, once: with trigger OnCreate it gets
	// nothing more.
	// +optional
	Reached bool `json:"reached,omitempty"`
	// categories that are no objects and that the sync brings here, Users and WhiteLabel: each comes with a turn of the
	// tenant's, and goes at once when the sync does not carry it any more.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5
	Categories []SyncCategory `json:"categories,omitempty"`
	// secrets are the names of the Secrets that the sync copied here.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=253
	Secrets []string `json:"secrets,omitempty"`
	// revision at which the sync Failed here, and the attempt at it.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	Revision string `json:"revision,omitempty"`
}
