// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RetainedTenant is a deleted Tenant whose place is kept for a while, under the Tenant's name and in
// its namespace. The operator makes it. Who may administer the Tenant sets spec.action, and nothing
// else; who has verb override on tenants in the whole cluster may also change spec.until.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=rtn,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Company",type=string,JSONPath=`.spec.tenant.displayName`
// +kubebuilder:printcolumn:name="Namespace",type=string,JSONPath=`.spec.namespace`
// +kubebuilder:printcolumn:name="Until",type=string,JSONPath=`.spec.until`
// +kubebuilder:printcolumn:name="Action",type=string,JSONPath=`.spec.action`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="UID",type=string,priority=1,JSONPath=`.spec.uid`
// +kubebuilder:printcolumn:name="Creator",type=string,priority=1,JSONPath=`.spec.creator`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$') && self.metadata.name.size() <= 63",fieldPath=".metadata",message="name must be that of the deleted Tenant: a DNS label"
type RetainedTenant struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is kept, and what is to become of it.
	// +required
	Spec RetainedTenantSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status RetainedTenantStatus `json:"status,omitzero"`
}

// RetainedTenantList is a list of RetainedTenants.
//
// +kubebuilder:object:root=true
type RetainedTenantList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RetainedTenant `json:"items"`
}

// RetainedTenantSpec is what is kept of a deleted Tenant. What the operator wrote is immutable, until aside.
// +kubebuilder:validation:XValidation:rule="self.uid == oldSelf.uid && self.__namespace__ == oldSelf.__namespace__ && self.creator == oldSelf.creator",fieldPath=".uid",message="uid, namespace and creator are immutable: they say whose place is kept"
// +kubebuilder:validation:XValidation:rule="has(self.superAdmin) == has(oldSelf.superAdmin) && (!has(self.superAdmin) || self.superAdmin == oldSelf.superAdmin)",fieldPath=".superAdmin",message="is immutable: it is who was the super admin"
// +kubebuilder:validation:XValidation:rule="has(self.trialEndsAt) == has(oldSelf.trialEndsAt) && (!has(self.trialEndsAt) || self.trialEndsAt == oldSelf.trialEndsAt)",fieldPath=".trialEndsAt",message="is immutable: a trial does not begin anew"
// +kubebuilder:validation:XValidation:rule="has(self.labels) == has(oldSelf.labels)",fieldPath=".labels",message="is immutable: it is what the deleted Tenant bore"
// +kubebuilder:validation:XValidation:rule="has(self.syncs) == has(oldSelf.syncs)",fieldPath=".syncs",message="is immutable: it is what was copied there"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.action) || oldSelf.action != 'Purge' || (has(self.action) && self.action == 'Purge')",fieldPath=".action",message="Purge is final: the place and its data are being deleted, and can't be restored any more; make a new Tenant once the RetainedTenant is gone"
type RetainedTenantSpec struct {
	// tenant is the spec of the deleted Tenant. Immutable.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: it is what the deleted Tenant asked for"
	Tenant TenantSpec `json:"tenant"`
	// labels that the deleted Tenant bore, by which its partner selects it. Immutable.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: it is what the deleted Tenant bore"
	Labels map[string]LabelValue `json:"labels,omitempty"`
	// syncs that had copied Secrets into the place: nothing else tells which these are. Immutable.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: it is what was copied there"
	Syncs []RetainedSync `json:"syncs,omitempty"`
	// uid of the deleted Tenant: restoreFrom names it. Immutable.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid"`
	// namespace that is kept. Immutable.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
	Namespace string `json:"namespace"`
	// creator of the deleted Tenant, who gets the place back by making the Tenant again. Immutable.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Creator string `json:"creator"`
	// superAdmin that was in effect. Immutable.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	SuperAdmin string `json:"superAdmin,omitempty"`
	// trialEndsAt is when the plan's trial is over, restored or not. Immutable.
	// +optional
	TrialEndsAt *metav1.Time `json:"trialEndsAt,omitempty"`
	// until is when the place is purged.
	// +required
	Until metav1.Time `json:"until"`
	// action is what a person who may administer the Tenant wants done now. Purge is final.
	// +optional
	Action RetainedAction `json:"action,omitempty"`
}

// RetainedSync is a MasterTenantSync that had copied Secrets into a place that is kept.
type RetainedSync struct {
	// name of the MasterTenantSync, in the RetainedTenant's namespace.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// secrets are the names of the copies.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=253
	Secrets []string `json:"secrets,omitempty"`
}

// RetainedAction is what to do with a retained place.
// +kubebuilder:validation:Enum=Restore;Purge
type RetainedAction string

// What to do with a retained place.
const (
	// ActionRestore makes the Tenant again, with its place as it was.
	ActionRestore RetainedAction = "Restore"
	// ActionPurge deletes the place with all data, for good.
	ActionPurge RetainedAction = "Purge"
)

// RetainedTenantStatus is what the operator saw and did last. Only the operator writes it.
type RetainedTenantStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}
