// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package invite decides on the invitations to grants' subjects: when a mail goes, when it goes again,
// which link works. It is pure: what it decides on is handed in, what is to be kept comes out.
//
// What is kept of an invitation lies in a Secret of the operator's own namespace, one for each grant,
// named after the grant's UID. So the link itself says which Secret to get: nothing is listed, watched or
// searched, and the operator needs rights to Secrets in its own namespace only. A Secret holds at most
// MaxLinks hashes and some times, less than 2 KiB, and goes with its grant; its resourceVersion makes sure
// that a link is taken up once. It is no part of the grant's status, which people in the place may read
// and back up.
package invite

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Names and limits of what is kept.
const (
	// SecretType is the type of a Secret that holds an invitation.
	SecretType = "tenantry.io/invitation" //nolint:gosec // the name of a type
	// SecretKey is the key of its one value.
	SecretKey = "invitation"
	// MaxLinks is the most links of one invitation that work side by side: so many mails may be under way
	// of which nobody knows whether they arrived.
	MaxLinks = 4
	// maxEncoded is the most bytes of what is kept.
	maxEncoded = 2 << 10
	// maxFailure is the most bytes of a reason.
	maxFailure = 512
)

// SecretName is the name of the Secret that holds the invitation to a grant, in the operator's namespace.
func SecretName(grant types.UID) string {
	return "invitation-" + string(grant)
}

// Outcome is how the last try to send an invitation ended.
type Outcome string

// Outcomes.
const (
	// OutcomeNone: there was no try.
	OutcomeNone Outcome = ""
	// OutcomeSending: a try has begun. If its end was never told, the mail may have arrived.
	OutcomeSending Outcome = "Sending"
	// OutcomeSent: the mail server has the mail.
	OutcomeSent Outcome = "Sent"
	// OutcomeFailed: the mail did not go.
	OutcomeFailed Outcome = "Failed"
	// OutcomeUnknown: the mail server got the mail and did not say that it has it.
	OutcomeUnknown Outcome = "Unknown"
	// OutcomeRefused: the mail server refuses this mail for this recipient.
	OutcomeRefused Outcome = "Refused"
)

// State is what is kept of an invitation. The zero value is that of a grant whose subject was never
// invited. It holds no token, only hashes.
type State struct {
	// Recipient and Resend tell this invitation from the grant's others: another of either is another.
	Recipient v1alpha1.Email     `json:"recipient,omitempty"`
	Resend    v1alpha1.RequestID `json:"resend,omitempty"`
	// Attempts is how often it was tried; Unsure, how many of them may have arrived.
	Attempts int `json:"attempts,omitempty"`
	Unsure   int `json:"unsure,omitempty"`
	// LastAttempt is when the last try began, and Outcome how it ended.
	LastAttempt time.Time `json:"lastAttempt,omitzero"`
	Outcome     Outcome   `json:"outcome,omitempty"`
	// Failure is why the last try did not end well.
	Failure string `json:"failure,omitempty"`
	// SentAt is when the mail server had the mail.
	SentAt time.Time `json:"sentAt,omitzero"`
	// Links are those that work, the oldest first: one, and more only where mails may have arrived.
	Links []Link `json:"links,omitempty"`
	// UsedAt is when one of the links was taken up; then none works any more.
	UsedAt time.Time `json:"usedAt,omitzero"`
	// RedeemedAt is when the subject first took up an invitation; another one does not change it.
	RedeemedAt time.Time `json:"redeemedAt,omitzero"`
}

// Link is what is kept of a link.
type Link struct {
	// Hash is the SHA-256 of its token's secret.
	Hash []byte `json:"hash"`
	// ExpiresAt is when it ends.
	ExpiresAt time.Time `json:"expiresAt"`
}

// Encode writes a state as the data of its Secret.
func (s State) Encode() (map[string][]byte, error) {
	encoded, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing down an invitation: %w", err)
	}
	if len(encoded) > maxEncoded {
		return nil, fmt.Errorf("the invitation takes %d bytes, more than %d", len(encoded), maxEncoded)
	}
	return map[string][]byte{SecretKey: encoded}, nil
}

// Decode reads a state from the data of its Secret.
func Decode(data map[string][]byte) (State, error) {
	var s State
	encoded := data[SecretKey]
	if len(encoded) > maxEncoded {
		return s, fmt.Errorf("key %s holds %d bytes, more than %d: delete the Secret, and set spec.invitation.resend on the grant, or for a first administrator spec.admin.invitation.resend on the Tenant", SecretKey, len(encoded), maxEncoded)
	}
	if err := json.Unmarshal(encoded, &s); err != nil {
		return State{}, fmt.Errorf("key %s is not what the operator wrote: delete the Secret, and set spec.invitation.resend on the grant, or for a first administrator spec.admin.invitation.resend on the Tenant", SecretKey)
	}
	return s, nil
}
