// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ConditionActive says whether a grant lets its subject in at this moment.
const ConditionActive = "Active"

// Reasons of a grant's Active condition, beside ReasonSuspended.
const (
	// ReasonGranted: the subject is let in.
	ReasonGranted = "Granted"
	// ReasonExpired: the grant's time is over.
	ReasonExpired = "Expired"
	// ReasonCustomerAccess: the tenant's customerAccess lets none of its own people in.
	ReasonCustomerAccess = "CustomerAccess"
	// ReasonNoSeat: the tenant has no seat left.
	ReasonNoSeat = "NoSeat"
	// ReasonAlreadyOwner: the subject owns these tenants as the partner's staff anyway.
	ReasonAlreadyOwner = "AlreadyOwner"
	// ReasonNotInvited: the subject has not yet taken up the invitation.
	ReasonNotInvited = "NotInvited"
	// ReasonBindForbidden: the operator itself may not give what the role holds.
	ReasonBindForbidden = "BindForbidden"
	// ReasonNotAllowed: such a grant has no effect in this place.
	ReasonNotAllowed = "NotAllowed"
	// ReasonNotAPlace: no Tenant owns the namespace that the grant lies in.
	ReasonNotAPlace = "NotAPlace"
)

// TenantAccessGrantStatus is what the operator saw and did last. Only the operator writes it.
type TenantAccessGrantStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of; -1 before the first look.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready and Active; Reconciling and Stalled while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// role in effect, after customerAccess.
	// +optional
	Role Role `json:"role,omitempty"`
	// activeSince is when the grant first became active; a duration counts from here.
	// +optional
	ActiveSince *metav1.Time `json:"activeSince,omitempty"`
	// expiresAt is when the access ends, from the spec's expiresAt or duration.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// tenants is the number of customers that a delegation reaches.
	// +optional
	Tenants *int32 `json:"tenants,omitempty"`
	// invitation is how the mail to the subject fared. It holds no secret.
	// +optional
	Invitation *InvitationStatus `json:"invitation,omitempty"`
}

// InvitationStatus is how the mail to a grant's subject fared.
type InvitationStatus struct {
	// sentAt is when the last invitation was handed to the mail server.
	// +optional
	SentAt *metav1.Time `json:"sentAt,omitempty"`
	// expiresAt is when its activation link ends.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// observedResend is the value of spec.invitation.resend that was served last.
	// +optional
	ObservedResend RequestID `json:"observedResend,omitempty"`
}
