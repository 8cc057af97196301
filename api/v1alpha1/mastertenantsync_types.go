// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MasterTenantSync copies what a master tenant has into the partner's other tenants, and keeps it so.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=mts,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.masterRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.trigger`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",fieldPath=".metadata",message="name must have at most 63 characters: copies bear it as a label"
// +kubebuilder:printcolumn:name="Trigger",type=string,JSONPath=`.spec.trigger`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="Total",type=integer,JSONPath=`.status.progress.total`
// +kubebuilder:printcolumn:name="Current",type=integer,JSONPath=`.status.progress.current`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.status.progress.pending`
// +kubebuilder:printcolumn:name="Failed",type=integer,JSONPath=`.status.progress.failed`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Last Completed",type=date,JSONPath=`.status.lastCompleted`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Master",type=string,priority=1,JSONPath=`.spec.masterRef.name`
// +kubebuilder:printcolumn:name="Kept",type=integer,priority=1,JSONPath=`.status.progress.kept`
// +kubebuilder:printcolumn:name="Wave",type=integer,priority=1,JSONPath=`.status.wave`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
type MasterTenantSync struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +required
	Spec MasterTenantSyncSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status MasterTenantSyncStatus `json:"status,omitzero"`
}

// MasterTenantSyncList is a list of MasterTenantSyncs.
//
// +kubebuilder:object:root=true
type MasterTenantSyncList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []MasterTenantSync `json:"items"`
}

// MasterTenantSyncSpec says what is copied from where to where, and how.
// +kubebuilder:validation:XValidation:rule="has(self.categories) || has(self.resources)",fieldPath=".categories",message="there is nothing to copy: set categories, resources or both"
// +kubebuilder:validation:XValidation:rule="!has(self.masterRef) || !has(self.targets) || !has(self.targets.names) || !(self.masterRef.name in self.targets.names)",fieldPath=".targets.names",message="must not name the master: a tenant is not copied onto itself"
// +kubebuilder:validation:XValidation:rule="!has(self.run) || self.trigger == 'Manual'",fieldPath=".run",message="starts a sync of trigger Manual alone: leave it out, or set that"
// +kubebuilder:validation:XValidation:rule="!has(self.rollout) || !has(self.rollout.canary) || !has(self.rollout.canary.names) || !has(self.targets) || !has(self.targets.names) || sets.contains(self.targets.names, self.rollout.canary.names)",fieldPath=".rollout.canary.names",message="must be among targets.names"
type MasterTenantSyncSpec struct {
	// masterRef names the Tenant to copy from, in the same namespace; its customerAccess must be
	// Disabled. Default: the partner itself.
	// +optional
	MasterRef *TenantReference `json:"masterRef,omitempty"`
	// targets are the tenants to copy to. Default: all children but the master.
	// +optional
	Targets *SyncTargets `json:"targets,omitempty"`
	// categories of content to copy.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=5
	Categories []SyncCategory `json:"categories,omitempty"`
	// resources are further objects to copy, of kinds that the operator's configuration allows. Like those of the
	// categories, they are copied only if they bear label `tenantry.io/sync`, with whichever of its values.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	Resources []SyncResource `json:"resources,omitempty"`
	// trigger says when to copy. Default: Continuous.
	// +optional
	// +kubebuilder:default=Continuous
	Trigger SyncTrigger `json:"trigger,omitempty"`
	// run starts a Manual sync: any new value does.
	// +optional
	Run RequestID `json:"run,omitempty"`
	// mode says whether to copy, or to say only what would be copied. Default: Apply.
	// +optional
	// +kubebuilder:default=Apply
	Mode SyncMode `json:"mode,omitempty"`
	// approvedPlan is the hash of a plan in status: exactly that plan is applied, and nothing if it
	// no longer holds.
	// +optional
	ApprovedPlan PlanHash `json:"approvedPlan,omitempty"`
	// conflict says what becomes of an object of the tenant's own that stands where a copy belongs.
	// Default: Keep.
	// +optional
	// +kubebuilder:default=Keep
	Conflict SyncConflict `json:"conflict,omitempty"`
	// onDrift says what becomes of a copy that somebody changed. Default: Repair.
	// +optional
	// +kubebuilder:default=Repair
	OnDrift SyncDrift `json:"onDrift,omitempty"`
	// onLeave says what becomes of the copies in a tenant that leaves the targets. Default: Prune.
	// +optional
	// +kubebuilder:default=Prune
	OnLeave SyncLeave `json:"onLeave,omitempty"`
	// prune deletes the copies of what left the master. Default: true.
	// +optional
	// +kubebuilder:default=true
	Prune *bool `json:"prune,omitempty"`
	// rollout says in which order and how fast.
	// +optional
	Rollout *Rollout `json:"rollout,omitempty"`
	// suspend stops copying and keeps the copies.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// SyncTargets are the tenants to copy to.
// +kubebuilder:validation:XValidation:rule="!has(self.names) || !has(self.selector)",message="set at most one of names and selector"
type SyncTargets struct {
	// names of the Tenants.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=1000
	Names []TenantName `json:"names,omitempty"`
	// selector matches the labels of the Tenants. An empty one matches them all.
	// +optional
	Selector *LabelSelector `json:"selector,omitempty"`
	// exclude takes Tenants out again.
	// +optional
	Exclude *Selection `json:"exclude,omitempty"`
}

// SyncCategory is a kind of content.
// +kubebuilder:validation:Enum=EmailNotifications;Users;Content;WhiteLabel;FalsePositiveSuppression
type SyncCategory string

// Categories of content.
const (
	// SyncEmailNotifications are the objects labelled `tenantry.io/sync: email-notifications`.
	SyncEmailNotifications SyncCategory = "EmailNotifications"
	// SyncUsers are the partner's grants, as bindings in the targets: no grant objects, no seats.
	SyncUsers SyncCategory = "Users"
	// SyncContent are the objects labelled `tenantry.io/sync: content`.
	SyncContent SyncCategory = "Content"
	// SyncWhiteLabel is the master's brand.
	SyncWhiteLabel SyncCategory = "WhiteLabel"
	// SyncFalsePositiveSuppression are the objects labelled `tenantry.io/sync: false-positive-suppression`.
	SyncFalsePositiveSuppression SyncCategory = "FalsePositiveSuppression"
)

// SyncResource picks objects of one kind in the master's place.
// +kubebuilder:validation:XValidation:rule="has(self.names) != has(self.selector)",message="set exactly one of names and selector"
// +kubebuilder:validation:XValidation:rule="self.apiVersion != 'v1' || self.kind != 'Secret' || !has(self.selector)",fieldPath=".selector",message="must be left out for Secrets: they are copied only by names"
// +kubebuilder:validation:XValidation:rule="self.apiVersion == 'v1' ? self.kind in ['ConfigMap', 'Secret'] : !self.apiVersion.matches('^([^./]+|([^/]+[.])?(tenantry[.]io|cert-manager[.]io|(x-)?k8s[.]io))/')",fieldPath=".kind",message="is never copied: ConfigMaps, Secrets and kinds of your own are, but no RBAC, workloads, routes, network policies, quotas, services, accounts, nor other kinds of Kubernetes', the Gateway API's, cert-manager's and Tenantry's"
type SyncResource struct {
	// apiVersion of the objects.
	// +required
	// +kubebuilder:validation:MinLength=2
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern="^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?$"
	APIVersion string `json:"apiVersion"`
	// kind of the objects.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern="^[A-Z][A-Za-z0-9]*$"
	Kind string `json:"kind"`
	// names of the objects. Secrets are copied by names alone.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Names []ObjectName `json:"names,omitempty"`
	// selector matches the labels of the objects.
	// +optional
	Selector *LabelSelector `json:"selector,omitempty"`
}

// ObjectName is the name of an object of any namespaced kind.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern="^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
type ObjectName string

// PlanHash names a plan by its content.
// +kubebuilder:validation:MaxLength=71
// +kubebuilder:validation:XValidation:rule="self.matches('^sha256:[0-9a-f]{64}$')",message="must be the hash of a plan as status.plan.hash has it: sha256: and 64 hexadecimal digits"
type PlanHash string

// Rollout says in which order and how fast tenants are reached.
type Rollout struct {
	// canary is the first wave.
	// +optional
	Canary *Canary `json:"canary,omitempty"`
	// maxParallel is the number of tenants written to at a time. Default: 50.
	// +optional
	// +kubebuilder:default=50
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxParallel *int32 `json:"maxParallel,omitempty"`
	// stopAfterFailures halts the rollout when so many tenants failed. Default: it goes on.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	StopAfterFailures *int32 `json:"stopAfterFailures,omitempty"`
	// resume lets a halted rollout go on: any new value does.
	// +optional
	Resume RequestID `json:"resume,omitempty"`
}

// Canary is the first wave of a rollout.
// +kubebuilder:validation:XValidation:rule="has(self.names) != has(self.selector)",message="set exactly one of names and selector"
type Canary struct {
	// names of the Tenants, among the targets: at most 100; a larger canary is chosen by labels.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	Names []TenantName `json:"names,omitempty"`
	// selector matches the labels of the Tenants, among the targets.
	// +optional
	Selector *LabelSelector `json:"selector,omitempty"`
	// soak is how long the first wave must be well before the rest follows: 0s to 168h. Default: 0s.
	// +optional
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+([.][0-9]+)?(ms|s|m|h))+$') && duration(self) <= duration('168h')",message="must be from 0s to 168h (a week), such as 10m"
	Soak *metav1.Duration `json:"soak,omitempty"`
}
