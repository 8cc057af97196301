// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// LicensePlan is what a partner sells: what is counted, what is included, and the limits and
// features of the tenants on it. It holds no price; PriceList does.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=lplan,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.model`
// +kubebuilder:printcolumn:name="Title",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.spec.model`
// +kubebuilder:printcolumn:name="Tenants",type=integer,JSONPath=`.status.allocated.tenants`
// +kubebuilder:printcolumn:name="Agents",type=integer,JSONPath=`.status.allocated.agents`
// +kubebuilder:printcolumn:name="Disk",type=string,JSONPath=`.status.allocated.disk`
// +kubebuilder:printcolumn:name="Waiting",type=integer,JSONPath=`.status.waiting`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Trial Days",type=integer,priority=1,JSONPath=`.spec.trial.days`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:validation:XValidation:rule="!has(self.spec.trial) || !has(self.spec.trial.planRef) || self.spec.trial.planRef.name != self.metadata.name",fieldPath=".spec.trial.planRef.name",message="a trial can't end in the plan that it is a trial of: name another plan"
type LicensePlan struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +required
	Spec LicensePlanSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status LicensePlanStatus `json:"status,omitzero"`
}

// LicensePlanList is a list of LicensePlans.
//
// +kubebuilder:object:root=true
type LicensePlanList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []LicensePlan `json:"items"`
}

// LicensePlanSpec is what a partner sells.
// +kubebuilder:validation:XValidation:rule="self.model != 'Unlimited' || !has(self.alertAt)",fieldPath=".alertAt",message="must be left out: an Unlimited plan has nothing to alert about"
// +kubebuilder:validation:XValidation:rule="self.model == 'PerAsset' || !has(self.included) || !has(self.included.assets)",fieldPath=".included.assets",message="must be left out: only a PerAsset plan counts assets"
// +kubebuilder:validation:XValidation:rule="self.model == 'PerScan' || !has(self.included) || !has(self.included.scans)",fieldPath=".included.scans",message="must be left out: only a PerScan plan counts scans"
// +kubebuilder:validation:XValidation:rule="self.model == 'PerAgent' || !has(self.included) || !has(self.included.agents)",fieldPath=".included.agents",message="must be left out: only a PerAgent plan counts agents"
type LicensePlanSpec struct {
	// displayName is the plan's name, for people.
	// +optional
	DisplayName DisplayText `json:"displayName,omitempty"`
	// model says what is counted.
	// +required
	Model LicenseModel `json:"model"`
	// included is what each tenant on the plan may use before it is more than was bought.
	// +optional
	Included *Included `json:"included,omitempty"`
	// alertAt is the percentage of what is included at which the partner is told.
	// Default: 90, with PerScan 80. Not allowed with Unlimited.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	AlertAt *int32 `json:"alertAt,omitempty"`
	// limits of every tenant on the plan that sets none of its own.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
	// capacity is what the tenants on the plan may hold together: bought in all, a share of the partner's.
	// +optional
	Capacity *Capacity `json:"capacity,omitempty"`
	// permissions are the features of every tenant on the plan, by name.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.matches('^[A-Za-z][A-Za-z0-9]{0,62}$'))",message="names are letters and digits, begin with a letter, at most 63"
	Permissions map[string]bool `json:"permissions,omitempty"`
	// trial makes the plan one that ends.
	// +optional
	Trial *Trial `json:"trial,omitempty"`
}

// LicenseModel says what a plan counts.
// +kubebuilder:validation:Enum=PerAsset;PerScan;PerAgent;Unlimited
type LicenseModel string

// What a plan counts.
const (
	// LicensePerAsset counts each unique asset of a tenant once.
	LicensePerAsset LicenseModel = "PerAsset"
	// LicensePerScan counts each finished scan, by calendar month.
	LicensePerScan LicenseModel = "PerScan"
	// LicensePerAgent counts seats.
	LicensePerAgent LicenseModel = "PerAgent"
	// LicenseUnlimited counts nothing.
	LicenseUnlimited LicenseModel = "Unlimited"
)

// Included is what a tenant may use of what the plan's model counts.
type Included struct {
	// assets of a tenant, with PerAsset.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000000
	Assets *int32 `json:"assets,omitempty"`
	// scans of a tenant in a calendar month, with PerScan.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000000
	Scans *int32 `json:"scans,omitempty"`
	// agents of a tenant, with PerAgent.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	Agents *int32 `json:"agents,omitempty"`
}

// Trial makes a plan one that ends.
// +kubebuilder:validation:XValidation:rule="self.onExpiry != 'Plan' || has(self.planRef)",fieldPath=".planRef",message="is required with onExpiry Plan: name the plan that follows the trial"
// +kubebuilder:validation:XValidation:rule="self.onExpiry == 'Plan' || !has(self.planRef)",fieldPath=".planRef",message="must be left out unless onExpiry is Plan"
type Trial struct {
	// days that the trial lasts, from when a tenant got the plan.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=365
	Days int32 `json:"days"`
	// onExpiry says what becomes of the tenant then. Default: Suspend.
	// +optional
	// +kubebuilder:default=Suspend
	OnExpiry TrialExpiry `json:"onExpiry,omitempty"`
	// planRef names the LicensePlan that follows, in the same namespace: with onExpiry Plan.
	// +optional
	PlanRef *LocalReference `json:"planRef,omitempty"`
}

// TrialExpiry says what becomes of a tenant when its trial is over.
// +kubebuilder:validation:Enum=Suspend;Plan
type TrialExpiry string

// What becomes of a tenant when its trial is over.
const (
	// TrialSuspend: the tenant is suspended and keeps its data.
	TrialSuspend TrialExpiry = "Suspend"
	// TrialPlan: the tenant goes on with the plan that the trial names.
	TrialPlan TrialExpiry = "Plan"
)

// LicensePlanStatus is what the operator saw and did last. Only the operator writes it.
type LicensePlanStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// allocated is what the tenants on the plan hold together.
	// +optional
	Allocated *Capacity `json:"allocated,omitempty"`
	// waiting is the number of tenants that the plan has no capacity for.
	// +optional
	Waiting *int32 `json:"waiting,omitempty"`
}
