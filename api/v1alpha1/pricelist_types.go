// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PriceList is what a plan costs and earns. It is a kind of its own because RBAC can't hide a field:
// the partner's super admin alone reads it.
//
// +kubebuilder:object:root=true
// +kubebuilder:ac:root=true
// +kubebuilder:resource:shortName=plist,categories=tenantry
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.planRef.name`
// +kubebuilder:printcolumn:name="Plan",type=string,JSONPath=`.spec.planRef.name`
// +kubebuilder:printcolumn:name="Currency",type=string,JSONPath=`.spec.currency`
// +kubebuilder:printcolumn:name="Price",type=string,JSONPath=`.spec.endUserPrice`
// +kubebuilder:printcolumn:name="Cost",type=string,JSONPath=`.spec.unitCost`
// +kubebuilder:printcolumn:name="Units",type=integer,JSONPath=`.status.units`
// +kubebuilder:printcolumn:name="Margin",type=string,JSONPath=`.status.margin`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Period",type=string,priority=1,JSONPath=`.status.period`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
type PriceList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what is wanted.
	// +required
	Spec PriceListSpec `json:"spec"`
	// status is what the operator saw last.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status PriceListStatus `json:"status,omitzero"`
}

// PriceListList is a list of PriceLists.
//
// +kubebuilder:object:root=true
type PriceListList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PriceList `json:"items"`
}

// PriceListSpec is what a unit of a plan costs and earns. A unit is what the plan's model counts.
// +kubebuilder:validation:XValidation:rule="has(self.prepaid) || !has(self.prepaidUnitCost)",fieldPath=".prepaid",message="is required with prepaidUnitCost: say how many units are prepaid"
// +kubebuilder:validation:XValidation:rule="has(self.prepaidUnitCost) || !has(self.prepaid)",fieldPath=".prepaidUnitCost",message="is required with prepaid: say what a prepaid unit costs"
type PriceListSpec struct {
	// planRef names the LicensePlan, in the same namespace. Of PriceLists of the same plan the oldest speaks of it.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: the status speaks of what this plan earned; make a PriceList for the other plan"
	PlanRef LocalReference `json:"planRef"`
	// currency of every amount, by its ISO 4217 code.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="is immutable: what was said of the month before is in this currency; delete this PriceList and make another"
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z]{3}$')",message="must be an ISO 4217 code of three capital letters, such as EUR"
	Currency string `json:"currency"`
	// endUserPrice is what the customer pays for a unit.
	// +required
	EndUserPrice Price `json:"endUserPrice"`
	// unitCost is what a unit costs the partner.
	// +required
	UnitCost Price `json:"unitCost"`
	// prepaidUnitCost is what each of the first prepaid units costs the partner.
	// +optional
	PrepaidUnitCost Price `json:"prepaidUnitCost,omitempty"`
	// prepaid is the number of units of each period that the partner has paid for beforehand. They go to the
	// oldest tenants first; those that nobody used cost nothing here.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000000
	Prepaid *int32 `json:"prepaid,omitempty"`
}

// Price is an exact amount of money that is not negative, such as "4.00": at most 12 digits before
// the point and 6 after it.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=19
// +kubebuilder:validation:XValidation:rule="self.matches('^(0|[1-9][0-9]{0,11})([.][0-9]{1,6})?$')",message="must be a decimal number in quotes, such as \"4.00\": no sign, no exponent, at most 12 digits before the point and 6 after it"
type Price string

// Amount is an exact sum of money, which may be negative.
// +kubebuilder:validation:MaxLength=40
// +kubebuilder:validation:Pattern="^-?(0|[1-9][0-9]*)([.][0-9]+)?$"
type Amount string

// PriceListStatus is what the operator saw and did last. Only the operator writes it.
type PriceListStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// period that the sums speak of: a calendar month such as 2026-11.
	// +optional
	// +kubebuilder:validation:MaxLength=7
	Period    string `json:"period,omitempty"`
	PriceSums `json:",inline"`
	// tenants on the plan, by name; the first 2000. The sums are over all.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=2000
	Tenants []TenantSums `json:"tenants,omitempty"`
	// partner is the sum over all PriceLists of this currency beside this one, and itself.
	// +optional
	Partner *PriceSums `json:"partner,omitempty"`
	// previous is what this PriceList said last of the period before.
	// +optional
	Previous *PeriodSums `json:"previous,omitempty"`
}

// PriceSums are what units cost and earn.
type PriceSums struct {
	// units that were used in the period.
	// +optional
	Units *int64 `json:"units,omitempty"`
	// prepaidUnits of them, at the prepaid cost.
	// +optional
	PrepaidUnits *int64 `json:"prepaidUnits,omitempty"`
	// revenue is units times the end-user price.
	// +optional
	Revenue Amount `json:"revenue,omitempty"`
	// cost is what the units cost the partner.
	// +optional
	Cost Amount `json:"cost,omitempty"`
	// margin is revenue less cost.
	// +optional
	Margin Amount `json:"margin,omitempty"`
}

// TenantSums are what the units of one Tenant cost and earn.
type TenantSums struct {
	// name of the Tenant.
	// +required
	Name      TenantName `json:"name"`
	PriceSums `json:",inline"`
}

// PeriodSums are what the units of a period that is over cost and earned.
type PeriodSums struct {
	// period is a calendar month in UTC, such as 2026-10.
	// +required
	// +kubebuilder:validation:MaxLength=7
	Period    string `json:"period"`
	PriceSums `json:",inline"`
}
