// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// firstRetry is how long the second try waits for the first; each next one waits twice as long.
	firstRetry = time.Minute
	// lastRetry is the longest that a try waits.
	lastRetry = time.Hour
	// minInterval lies between two mails to one recipient, however fast `resend` changes.
	minInterval = time.Minute
	// tooMany names no time: a message that changes is written again.
	tooMany = "this place has caused as many mails as the operator allows (smtp.ratePerTenant); the invitation waits for its turn and is sent by itself"
)

// Settings are what the operator's configuration says of invitations.
type Settings struct {
	// Mail says that there is a mail server.
	Mail bool
	// Links says that there is an endpoint that links lead to.
	Links bool
	// TokenLifetime is how long a link works.
	TokenLifetime time.Duration
	// Timeout of sending one mail: for so long a try is believed to be under way whose end was not told.
	Timeout time.Duration
}

// Inputs are all that a decision depends on.
type Inputs struct {
	// Grant is whose subject is invited.
	Grant *v1alpha1.TenantAccessGrant
	// State is what is kept, or the zero State if nothing is.
	State State
	// Admitted says that the grant lets its subject in, the invitation aside: nobody is invited before a
	// closed door.
	Admitted bool
	// Settings of the operator.
	Settings Settings
	// Turn is when the place may cause this mail, which was told to wait for others; else zero.
	Turn time.Time
	// Now is the time.
	Now time.Time
}

// Phase is where an invitation stands.
type Phase string

// Phases.
const (
	// PhaseNone: nobody is to be invited.
	PhaseNone Phase = "None"
	// PhaseWaiting: the mail is to go later, at Next if that is known.
	PhaseWaiting Phase = "Waiting"
	// PhaseRetrying: the mail did not go as far as is known, and is tried again at Next.
	PhaseRetrying Phase = "Retrying"
	// PhaseDue: the mail is to go now.
	PhaseDue Phase = "Due"
	// PhaseSent: the mail has gone.
	PhaseSent Phase = "Sent"
	// PhaseExpired: the mail has gone, and its link has ended without being taken up.
	PhaseExpired Phase = "Expired"
	// PhaseGivenUp: the mail does not go, or nobody knows whether it went, however often it is tried.
	PhaseGivenUp Phase = "GivenUp"
	// PhaseRedeemed: the link was taken up.
	PhaseRedeemed Phase = "Redeemed"
)

// Decision is what is to be done about an invitation.
type Decision struct {
	// Phase is where it stands; with PhaseDue the mail is to go now: Begin, keep, send, End, keep.
	Phase Phase
	// Next is when to look again; zero where only a change of what was decided on helps.
	Next time.Time
	// Message says where it stands and what to do next, for a condition. It holds no secret.
	Message string
}

// Decide says whether an invitation is to be sent, and where it stands.
func Decide(in Inputs) Decision {
	grant := in.Grant
	switch {
	case grant.Spec.Email == "":
		return Decision{Phase: PhaseNone, Message: "nobody is invited: set spec.email to send an invitation"}
	case answered(in):
		return ofAnswered(in)
	case in.unready() != "":
		return Decision{Phase: PhaseWaiting, Message: in.unready()}
	case in.current():
		return ofUnderWay(in)
	}
	if next := in.State.LastAttempt.Add(minInterval); in.State.Attempts > 0 && in.Now.Before(next) {
		return Decision{Phase: PhaseWaiting, Next: next, Message: "the invitation follows the last one too fast and is sent in a minute"}
	}
	return Decision{Phase: PhaseDue, Message: "the invitation is being sent"}
}

// TooMany is the decision on a mail that is due and one too many for its place, until its turn comes.
func TooMany(turn time.Time) Decision {
	return Decision{Phase: PhaseWaiting, Next: turn, Message: tooMany}
}

// current says whether what is kept is of the invitation that the grant asks for now.
func (in Inputs) current() bool {
	return in.State.Attempts > 0 && in.State.Resend == resend(in.Grant) && in.State.Recipient == in.Grant.Spec.Email
}

// answered says whether the invitation that the grant asks for needs no further mail. Who took up an
// invitation is not invited anew for another address, only when that is asked for. Where what was kept
// is lost, the grant's own status keeps the mail from going twice.
func answered(in Inputs) bool {
	s, status := in.State, in.Grant.Status.Invitation
	switch {
	case s.Attempts == 0:
		return status != nil && status.SentAt != nil && status.ObservedResend == resend(in.Grant)
	case s.Resend != resend(in.Grant):
		return false
	}
	return !s.UsedAt.IsZero() || in.current() && s.Outcome == OutcomeSent
}

func ofAnswered(in Inputs) Decision {
	s := in.State
	if s.Attempts == 0 {
		return Decision{Phase: PhaseSent, Message: "the invitation was sent; what was kept of its link is lost: " + askAgain(in.Grant) + " to send another"}
	}
	if !s.UsedAt.IsZero() {
		return Decision{Phase: PhaseRedeemed, Message: "the invitation was taken up on " + moment(s.UsedAt)}
	}
	ends := s.expiresAt()
	switch {
	case ends.IsZero():
		return Decision{Phase: PhaseSent, Message: "the invitation was sent on " + moment(s.SentAt)}
	case !in.Now.Before(ends):
		return Decision{Phase: PhaseExpired, Message: "the link of the invitation ended on " + moment(ends) + ": " + askAgain(in.Grant) + " to send another"}
	}
	return Decision{Phase: PhaseSent, Next: ends, Message: "the invitation was sent on " + moment(s.SentAt) + " and can be taken up until " + moment(ends)}
}

// ofUnderWay is about an invitation that was tried, without success as far as is known.
func ofUnderWay(in Inputs) Decision {
	s := in.State
	switch {
	case s.Outcome == OutcomeRefused:
		return Decision{Phase: PhaseGivenUp, Message: because(s, "the mail server refuses the invitation: "+correct(in.Grant)+", or "+askAgain(in.Grant)+" to try again")}
	case s.Unsure >= MaxLinks:
		return Decision{Phase: PhaseGivenUp, Message: fmt.Sprintf("the mail server took the invitation %d times and never said that it has it: look into its log, or %s to try again", s.Unsure, askAgain(in.Grant))}
	}
	next := s.LastAttempt.Add(retryAfter(s.Attempts))
	if s.Outcome == OutcomeSending {
		// Another manager may still be at it.
		next = s.LastAttempt.Add(max(retryAfter(s.Attempts), 2*in.Settings.Timeout))
		if in.Now.Before(next) {
			return Decision{Phase: PhaseWaiting, Next: next, Message: "the invitation is on its way; unless it is known by then to have arrived, it is tried again on " + moment(next)}
		}
	}
	if in.Now.Before(next) {
		return Decision{Phase: PhaseRetrying, Next: next, Message: because(s, fmt.Sprintf("the invitation could not be sent, tries: %d; it is tried again on %s", s.Attempts, moment(next)))}
	}
	return Decision{Phase: PhaseDue, Message: fmt.Sprintf("the invitation is being sent; tries before: %d", s.Attempts)}
}

// because adds why the last try did not end well, if that is known.
func because(s State, message string) string {
	if s.Failure == "" {
		return message
	}
	return message + ": " + s.Failure
}

// retryAfter is how long to wait after so many tries.
func retryAfter(attempts int) time.Duration {
	wait := firstRetry
	for range min(attempts-1, 10) {
		wait *= 2
	}
	return min(wait, lastRetry)
}

// Status is the grant's status.invitation: of the last mail that went, nil before the first. Who took up
// the link of a mail has got it, whatever the mail server said.
func Status(in Inputs) *v1alpha1.InvitationStatus {
	s := in.State
	if s.Outcome != OutcomeSent && s.UsedAt.IsZero() {
		return in.Grant.Status.Invitation
	}
	sent := s.SentAt
	if sent.IsZero() {
		sent = s.LastAttempt
	}
	status := &v1alpha1.InvitationStatus{SentAt: seconds(sent), ObservedResend: s.Resend}
	if ends := s.expiresAt(); !ends.IsZero() {
		status.ExpiresAt = seconds(ends)
	}
	if !s.RedeemedAt.IsZero() {
		status.AcceptedAt = seconds(s.RedeemedAt)
	}
	return status
}

// seconds is a time as the API keeps it: what was written is what is read.
func seconds(t time.Time) *metav1.Time {
	return new(metav1.NewTime(t).Rfc3339Copy())
}

// expiresAt is when the last link ends; zero without links.
func (s State) expiresAt() time.Time {
	if len(s.Links) == 0 {
		return time.Time{}
	}
	return s.Links[len(s.Links)-1].ExpiresAt
}

func resend(grant *v1alpha1.TenantAccessGrant) v1alpha1.RequestID {
	if grant.Spec.Invitation == nil {
		return ""
	}
	return grant.Spec.Invitation.Resend
}

func moment(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}
