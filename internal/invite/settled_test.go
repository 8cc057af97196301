// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
)

func TestWhatTheStatusSaysNeedsNoLookAtWhatIsKept(t *testing.T) {
	ends := now.Add(time.Hour)
	for name, tc := range map[string]struct {
		change  func(*invite.Inputs)
		settled bool
		next    time.Time
	}{
		"never looked at":           {func(in *invite.Inputs) { in.Grant.Status.Conditions = nil }, false, time.Time{}},
		"sent, link works":          {func(*invite.Inputs) {}, true, ends},
		"sent, link has ended":      {func(in *invite.Inputs) { in.Now = ends }, false, ends},
		"sent, without a link":      {func(in *invite.Inputs) { in.Grant.Status.Invitation.ExpiresAt = nil }, true, time.Time{}},
		"of another spec":           {func(in *invite.Inputs) { in.Grant.Generation++ }, false, time.Time{}},
		"taken up":                  {said(v1alpha1.ReasonInvitationAccepted), true, time.Time{}},
		"link ended":                {said(v1alpha1.ReasonInvitationExpired), true, time.Time{}},
		"given up":                  {said(v1alpha1.ReasonInvitationGivenUp), true, time.Time{}},
		"failed":                    {said(v1alpha1.ReasonInvitationFailed), false, time.Time{}},
		"waiting, for something":    {said(v1alpha1.ReasonInvitationWaiting), false, time.Time{}},
		"nobody to invite":          {func(in *invite.Inputs) { in.Grant.Spec.Email, in.Grant.Status.Conditions = "", nil }, true, time.Time{}},
		"nobody to invite any more": {func(in *invite.Inputs) { in.Grant.Spec.Email = "" }, false, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			in := asked()
			in.Grant.Status.Invitation = &v1alpha1.InvitationStatus{ExpiresAt: new(metav1.NewTime(ends))}
			said(v1alpha1.ReasonInvitationSent)(&in)
			tc.change(&in)
			next, settled := invite.Settled(in)
			if settled != tc.settled || !next.Equal(tc.next) {
				t.Errorf("settled: %t, next look at %s", settled, next)
			}
		})
	}
}

func TestWhoWaitsForTheSameIsSettled(t *testing.T) {
	for name, change := range map[string]func(*invite.Inputs){
		"not let in":     func(in *invite.Inputs) { in.Admitted = false },
		"no mail server": func(in *invite.Inputs) { in.Settings.Mail = false },
	} {
		in := asked()
		change(&in)
		in.Grant.Status.Conditions = []metav1.Condition{*invite.Decide(in).Condition(in.Grant)}
		if _, settled := invite.Settled(in); !settled {
			t.Errorf("%s: is looked at again and again", name)
		}
		in.Admitted, in.Settings.Mail = true, true
		if _, settled := invite.Settled(in); settled {
			t.Errorf("%s: is not looked at when that is over", name)
		}
	}
}

func TestWhoWaitsForATurnIsSettledUntilItComes(t *testing.T) {
	in := asked()
	in.Turn = now.Add(time.Hour)
	in.Grant.Status.Conditions = []metav1.Condition{*invite.TooMany(in.Turn).Condition(in.Grant)}
	in.Now = in.Turn.Add(-1)
	if next, settled := invite.Settled(in); !settled || !next.Equal(in.Turn) {
		t.Errorf("settled: %t, next look at %s", settled, next)
	}
	for name, change := range map[string]func(*invite.Inputs){
		"the turn has come":          func(in *invite.Inputs) { in.Now = in.Turn },
		"nobody knows of a turn":     func(in *invite.Inputs) { in.Turn = time.Time{} },
		"another invitation":         func(in *invite.Inputs) { in.Grant.Generation++ },
		"the door is shut meanwhile": func(in *invite.Inputs) { in.Admitted = false },
	} {
		changed := in
		changed.Grant = in.Grant.DeepCopy()
		change(&changed)
		if _, settled := invite.Settled(changed); settled {
			t.Errorf("%s: is not looked at", name)
		}
	}
	if first, later := invite.TooMany(now), invite.TooMany(now.Add(time.Minute)); first.Message != later.Message {
		t.Error("the message changes while nothing else does")
	}
}

func TestEveryPhaseIsSaidByAReason(t *testing.T) {
	grant := asked().Grant
	for phase, want := range map[invite.Phase]string{
		invite.PhaseWaiting:  v1alpha1.ReasonInvitationWaiting,
		invite.PhaseDue:      v1alpha1.ReasonInvitationWaiting,
		invite.PhaseRetrying: v1alpha1.ReasonInvitationFailed,
		invite.PhaseSent:     v1alpha1.ReasonInvitationSent,
		invite.PhaseExpired:  v1alpha1.ReasonInvitationExpired,
		invite.PhaseGivenUp:  v1alpha1.ReasonInvitationGivenUp,
		invite.PhaseRedeemed: v1alpha1.ReasonInvitationAccepted,
	} {
		said := invite.Decision{Phase: phase, Message: "m"}.Condition(grant)
		good := phase == invite.PhaseSent || phase == invite.PhaseRedeemed
		if said.Reason != want || (said.Status == metav1.ConditionTrue) != good {
			t.Errorf("%s: %+v", phase, said)
		}
	}
	if said := (invite.Decision{Phase: invite.PhaseNone}).Condition(grant); said != nil {
		t.Errorf("of nobody: %+v", said)
	}
}

// said lets the grant say so of its invitation.
func said(reason string) func(*invite.Inputs) {
	return func(in *invite.Inputs) {
		in.Grant.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionInvited, Reason: reason, ObservedGeneration: in.Grant.Generation}}
	}
}
