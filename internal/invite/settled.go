// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Settled says whether the grant's own status tells that nothing is to be done about its invitation, so
// that what is kept of it need not be read, and when to look again; zero where only a change helps. Of
// the inputs it takes all but State.
func Settled(in Inputs) (next time.Time, settled bool) {
	grant := in.Grant
	said := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionInvited)
	if grant.Spec.Email == "" {
		return time.Time{}, said == nil
	}
	if said == nil || said.ObservedGeneration != grant.Generation {
		return time.Time{}, false
	}
	switch said.Reason {
	case v1alpha1.ReasonInvitationAccepted, v1alpha1.ReasonInvitationExpired, v1alpha1.ReasonInvitationGivenUp:
		return time.Time{}, true
	case v1alpha1.ReasonInvitationSent:
		if status := grant.Status.Invitation; status != nil && status.ExpiresAt != nil {
			return status.ExpiresAt.Time, in.Now.Before(status.ExpiresAt.Time)
		}
		return time.Time{}, true
	}
	if waits := in.unready(); waits != "" {
		return time.Time{}, said.Message == waits
	}
	if said.Message == tooMany && in.Now.Before(in.Turn) {
		return in.Turn, true
	}
	return time.Time{}, false
}

// unready says what must happen before anybody is invited; empty if nothing must.
func (in Inputs) unready() string {
	switch {
	case !in.Settings.Mail:
		return "the invitation waits for a mail server: the operator's configuration names none at smtp.address"
	case !in.Admitted:
		return "the invitation waits until the grant lets its subject in"
	}
	return ""
}

// Condition is what is said of a decision on the grant; nil if nobody is to be invited.
func (d Decision) Condition(grant *v1alpha1.TenantAccessGrant) *metav1.Condition {
	if d.Phase == PhaseNone {
		return nil
	}
	said := &metav1.Condition{
		Type: v1alpha1.ConditionInvited, Status: metav1.ConditionFalse, ObservedGeneration: grant.Generation,
		Reason: v1alpha1.ReasonInvitationWaiting, Message: d.Message,
	}
	switch d.Phase {
	case PhaseSent:
		said.Status, said.Reason = metav1.ConditionTrue, v1alpha1.ReasonInvitationSent
	case PhaseRedeemed:
		said.Status, said.Reason = metav1.ConditionTrue, v1alpha1.ReasonInvitationAccepted
	case PhaseExpired:
		said.Reason = v1alpha1.ReasonInvitationExpired
	case PhaseRetrying:
		said.Reason = v1alpha1.ReasonInvitationFailed
	case PhaseGivenUp:
		said.Reason = v1alpha1.ReasonInvitationGivenUp
	}
	return said
}
