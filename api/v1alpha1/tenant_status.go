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
	// portal is what became of the portal's switch; left out for one that was never off.
	// +optional
	Portal *PortalStatus `json:"portal,omitempty"`
	// plan is the LicensePlan in effect.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Plan string `json:"plan,omitempty"`
	// superAdmin in effect.
	// +optional
	// +kubebuilder:validation:MaxLength=254
	SuperAdmin string `json:"superAdmin,omitempty"`
	// whiteLabelProfile in effect: its name, or namespace/name of one that a sync brought from elsewhere.
	// +optional
	// +kubebuilder:validation:MaxLength=317
	WhiteLabelProfile string `json:"whiteLabelProfile,omitempty"`
	// brand is what holds of the profile in effect, and where each part comes from; absent where there is none.
	// +optional
	Brand *EffectiveBrand `json:"brand,omitempty"`
	// effective is what holds for the tenant, and where each value comes from.
	// +optional
	Effective *Effective `json:"effective,omitempty"`
	// allocated is the tenant's share of its parent's capacity.
	// +optional
	Allocated *Limits `json:"allocated,omitempty"`
	// capacity of a partner: what it was given for its children, and what they hold of it.
	// +optional
	Capacity *PartnerCapacity `json:"capacity,omitempty"`
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
	// trialPlan is the LicensePlan whose trial trialEndsAt speaks of.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	TrialPlan string `json:"trialPlan,omitempty"`
	// trialWarning is the warning that the trial is over soon.
	// +optional
	TrialWarning *TrialWarning `json:"trialWarning,omitempty"`
	// alerts of the present period: what is used has come near what the plan includes, or to its end.
	// +optional
	// +listType=map
	// +listMapKey=percent
	// +kubebuilder:validation:MaxItems=8
	Alerts []UsageAlert `json:"alerts,omitempty"`
	// lastActivity in the tenant's place, in coarse steps.
	// +optional
	LastActivity *metav1.Time `json:"lastActivity,omitempty"`
	// lastScan that finished, in coarse steps.
	// +optional
	LastScan *metav1.Time `json:"lastScan,omitempty"`
	// lastReport is the link to the report of lastScan; empty if nobody said where that is.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	LastReport string `json:"lastReport,omitempty"`
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

// PortalStatus is what became of the portal's switch. Turning the portal on mails its URL to spec.contact.email.
type PortalStatus struct {
	// offSince is when the portal was seen to be off; it stays until the contact was told that it is on again.
	// +optional
	OffSince *metav1.Time `json:"offSince,omitempty"`
	// toldAt is when the portal's URL was last mailed to the contact.
	// +optional
	ToldAt *metav1.Time `json:"toldAt,omitempty"`
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
	// scans finished in the calendar month that period names.
	// +optional
	Scans int64 `json:"scans,omitempty"`
	// period is the calendar month of scans, in UTC, such as 2026-11.
	// +optional
	// +kubebuilder:validation:MaxLength=7
	Period string `json:"period,omitempty"`
}

// Origin says where a value that holds for a tenant comes from.
// +kubebuilder:validation:Enum=Tenant;Plan;Default;Partner;Capacity
type Origin string

// Where a value that holds for a tenant comes from.
const (
	// OriginTenant: the Tenant's own spec.
	OriginTenant Origin = "Tenant"
	// OriginPlan: the LicensePlan in effect.
	OriginPlan Origin = "Plan"
	// OriginDefault: the operator's configuration.
	OriginDefault Origin = "Default"
	// OriginPartner: a partner above the tenant, that has not what the tenant asks for.
	OriginPartner Origin = "Partner"
	// OriginCapacity: there is no capacity for what is asked; this is what the tenant was given.
	OriginCapacity Origin = "Capacity"
)

// Effective is what holds for a tenant, and where each value comes from.
type Effective struct {
	// agents is the number of seats.
	// +optional
	Agents *EffectiveCount `json:"agents,omitempty"`
	// disk is the sum of the storage that volumes may claim.
	// +optional
	Disk *EffectiveQuantity `json:"disk,omitempty"`
	// permissions that the tenant or its plan name.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=128
	Permissions []EffectivePermission `json:"permissions,omitempty"`
}

// EffectiveCount is a number that holds for a tenant.
type EffectiveCount struct {
	// value that holds.
	// +required
	Value int32 `json:"value"`
	// from where it comes.
	// +required
	From Origin `json:"from"`
}

// EffectiveQuantity is a quantity that holds for a tenant.
type EffectiveQuantity struct {
	// value that holds.
	// +required
	Value resource.Quantity `json:"value"`
	// from where it comes.
	// +required
	From Origin `json:"from"`
}

// EffectivePermission is a feature that a tenant has, or has not.
type EffectivePermission struct {
	// name of the permission.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// granted says whether the tenant has it.
	// +required
	Granted bool `json:"granted"`
	// from where that comes.
	// +required
	From Origin `json:"from"`
}

// PartnerCapacity is what a partner was given for its children, and what they hold of it.
type PartnerCapacity struct {
	// granted is what the children may hold together: what spec.partner.capacity asks for, as far as the
	// partners above have it. What it leaves out is not limited.
	// +optional
	Granted *Capacity `json:"granted,omitempty"`
	// allocated is what the children hold together.
	// +optional
	Allocated *Capacity `json:"allocated,omitempty"`
	// waiting is the number of children that there is no capacity for.
	// +optional
	Waiting *int32 `json:"waiting,omitempty"`
}

// TrialWarning is the warning that a trial is over soon.
type TrialWarning struct {
	// endsAt is the end that was warned of.
	// +required
	EndsAt metav1.Time `json:"endsAt"`
	// mailedAt is when the mail to the partner was handed to the mail server, or given up.
	// +optional
	MailedAt *metav1.Time `json:"mailedAt,omitempty"`
}

// UsageAlert says that what is used has reached a part of what the plan includes. There is one for each
// percentage and period, whatever is used afterwards.
type UsageAlert struct {
	// percent of what is included: the plan's alertAt, or 100.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Percent int32 `json:"percent"`
	// period is the calendar month in UTC, such as 2026-11.
	// +required
	// +kubebuilder:validation:MaxLength=7
	Period string `json:"period"`
	// since is when it was seen first.
	// +required
	Since metav1.Time `json:"since"`
	// mailedAt is when the mail to the partner was handed to the mail server, or given up.
	// +optional
	MailedAt *metav1.Time `json:"mailedAt,omitempty"`
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
