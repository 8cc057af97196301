// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ConditionActive says whether a grant lets its subject in at this moment.
const ConditionActive = "Active"

// ConditionInvited says whether the mail to a grant's subject went. It is there only where spec.email is, and nothing
// else of a grant depends on it.
const ConditionInvited = "Invited"

// Reasons of a grant's Invited condition.
const (
	// ReasonInvitationSent: the mail went.
	ReasonInvitationSent = "InvitationSent"
	// ReasonInvitationAccepted: the subject took up the link in the mail.
	ReasonInvitationAccepted = "InvitationAccepted"
	// ReasonInvitationExpired: the mail went, and its link ended without being taken up.
	ReasonInvitationExpired = "InvitationExpired"
	// ReasonInvitationWaiting: the mail is to go later; the message says when, or for what it waits.
	ReasonInvitationWaiting = "InvitationWaiting"
	// ReasonInvitationFailed: the mail did not go, and is tried again.
	ReasonInvitationFailed = "InvitationFailed"
	// ReasonInvitationGivenUp: the mail did not go, and is not tried again until a person acts.
	ReasonInvitationGivenUp = "InvitationGivenUp"
)

// Reasons of events on a grant; the last two are of events on a Tenant too.
const (
	// ReasonInvited: an invitation was handed to the mail server.
	ReasonInvited = "Invited"
	// ReasonExpiresSoon: the access ends in 30, 7 or 1 day.
	ReasonExpiresSoon = "ExpiresSoon"
	// ReasonMailFailed: a mail other than an invitation did not go, or may not have arrived.
	ReasonMailFailed = "MailFailed"
	// ReasonContactTold: the portal was turned on, and its URL mailed to the Tenant's contact.
	ReasonContactTold = "ContactTold"
)

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
	// ReasonBindForbidden: the API server refuses to bind what the role holds. Of a Tenant's AccessReady.
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
	// conditions: Ready and Active; Invited where spec.email is; Reconciling and Stalled while true.
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
	// seats that the place had when the grant got one of them: it keeps that when there are fewer later. Zero while
	// it has none, and of a delegation, which takes none.
	// +optional
	Seats int32 `json:"seats,omitempty"`
	// tenants is the number of customers that a delegation reaches.
	// +optional
	Tenants *int32 `json:"tenants,omitempty"`
	// invitation is how the mail to the subject fared. It holds no secret.
	// +optional
	Invitation *InvitationStatus `json:"invitation,omitempty"`
	// expiryWarning is the last warning before the access ends.
	// +optional
	ExpiryWarning *ExpiryWarningStatus `json:"expiryWarning,omitempty"`
}

// ExpiryWarningStatus is the last warning before an access ends: an event and, where spec.email is, a mail.
type ExpiryWarningStatus struct {
	// days before the end that the warning is for: 30, 7 or 1.
	// +required
	Days int32 `json:"days"`
	// expiresAt is the end that it warns of; of another end it warns anew.
	// +required
	ExpiresAt metav1.Time `json:"expiresAt"`
	// mailedAt is when the mail was handed to the mail server, or given up.
	// +optional
	MailedAt *metav1.Time `json:"mailedAt,omitempty"`
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
	// acceptedAt is when the subject first took up an invitation by its link.
	// +optional
	AcceptedAt *metav1.Time `json:"acceptedAt,omitempty"`
}
