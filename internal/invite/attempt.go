// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Attempt is a try to send an invitation.
type Attempt struct {
	// State is to be kept before the mail is sent: should the operator end in between, its successor
	// knows of the try, and the link works if the mail arrived.
	State State
	// Token for the link, to be put into the mail and forgotten; nil where there are no links.
	Token *Token
	// LinkExpiresAt is when the link ends, at the latest with the access.
	LinkExpiresAt time.Time
	// Occasion tells the mail from the subject's others, for its Message-ID: each try of an invitation
	// has the same.
	Occasion string
}

// Begin starts a try that Decide found due.
func Begin(in Inputs, random io.Reader) (Attempt, error) {
	grant, s := in.Grant, in.State
	if !in.current() {
		s = State{Recipient: grant.Spec.Email, Resend: resend(grant), RedeemedAt: s.RedeemedAt}
	}
	if s.Outcome == OutcomeSending {
		s.Unsure++
	}
	s.Attempts++
	s.LastAttempt, s.Outcome, s.Failure = in.Now, OutcomeSending, ""
	attempt := Attempt{Occasion: "invitation\x00" + string(s.Recipient) + "\x00" + string(s.Resend)}
	if in.Settings.Links {
		token, err := NewToken(grant.UID, random)
		if err != nil {
			return Attempt{}, err
		}
		attempt.Token = &token
		attempt.LinkExpiresAt = linkEnd(in)
		s.Links = append(slices.Clone(s.Links), Link{Hash: token.hash(), ExpiresAt: attempt.LinkExpiresAt})
		s.Links = s.Links[max(0, len(s.Links)-MaxLinks):]
	}
	attempt.State = s
	return attempt, nil
}

// linkEnd is when a link of now ends: no later than the access.
func linkEnd(in Inputs) time.Time {
	end := in.Now.Add(in.Settings.TokenLifetime)
	if access := accessEnd(in.Grant); !access.IsZero() && access.Before(end) {
		return access
	}
	return end
}

func accessEnd(grant *v1alpha1.TenantAccessGrant) time.Time {
	switch {
	case grant.Status.ExpiresAt != nil:
		return grant.Status.ExpiresAt.Time
	case grant.Spec.ExpiresAt != nil:
		return grant.Spec.ExpiresAt.Time
	}
	return time.Time{}
}

// End is what is to be kept after a try that ended with OutcomeSent, OutcomeFailed, OutcomeUnknown or
// OutcomeRefused, where kept is what is kept by then: somebody may have taken up the link already. Why
// is what people are told of a try that did not end well. The link of a mail that did not arrive is
// forgotten. What is kept of a later try stays as it is.
func (a Attempt) End(kept State, outcome Outcome, why string, now time.Time) State {
	if kept.Attempts != a.State.Attempts || kept.Resend != a.State.Resend || kept.Recipient != a.State.Recipient {
		return kept
	}
	kept.Outcome, kept.Failure = outcome, cut(why)
	switch outcome {
	case OutcomeSent:
		kept.SentAt = now
	case OutcomeUnknown:
		kept.Unsure++
	default:
		kept.Links = slices.DeleteFunc(slices.Clone(kept.Links), func(l Link) bool {
			return a.Token != nil && bytes.Equal(l.Hash, a.Token.hash())
		})
	}
	return kept
}

// cut keeps of a reason what a Secret has room for.
func cut(why string) string {
	if len(why) <= maxFailure {
		return why
	}
	return strings.ToValidUTF8(why[:maxFailure-len("…")], "") + "…"
}
