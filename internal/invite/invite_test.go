// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
)

const uid = "6f1c0f5e-7d0a-4b8e-9a39-0d8f2a1f6c11"

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// asked is a grant that asks for an invitation, admitted, of which nothing is kept.
func asked() invite.Inputs {
	return invite.Inputs{
		Grant: &v1alpha1.TenantAccessGrant{
			ObjectMeta: metav1.ObjectMeta{Name: "jdoe", UID: uid},
			Spec:       v1alpha1.TenantAccessGrantSpec{Email: "jdoe@cybercorp.example", Role: v1alpha1.RoleAdmin},
		},
		Admitted: true,
		Settings: invite.Settings{Mail: true, Links: true, TokenLifetime: 72 * time.Hour, Timeout: 30 * time.Second},
		Now:      now,
	}
}

// begin starts a try and keeps it.
func begin(t *testing.T, in *invite.Inputs) invite.Attempt {
	t.Helper()
	if decision := invite.Decide(*in); decision.Phase != invite.PhaseDue {
		t.Fatalf("not due: %+v", decision)
	}
	attempt, err := invite.Begin(*in, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	in.State = attempt.State
	return attempt
}

// try starts a try and ends it.
func try(t *testing.T, in *invite.Inputs, outcome invite.Outcome) invite.Attempt {
	t.Helper()
	attempt := begin(t, in)
	in.State = attempt.End(in.State, outcome, "", in.Now)
	return attempt
}

func expect(t *testing.T, in invite.Inputs, phase invite.Phase, next time.Time, hint string) {
	t.Helper()
	decision := invite.Decide(in)
	if decision.Phase != phase || !decision.Next.Equal(next) || !strings.Contains(decision.Message, hint) {
		t.Errorf("%+v, not %s at %s with %q", decision, phase, next, hint)
	}
}

func resend(in *invite.Inputs, value v1alpha1.RequestID) {
	in.Grant.Spec.Invitation = &v1alpha1.Invitation{Resend: value}
}

func TestNobodyIsInvitedInVain(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*invite.Inputs)
		phase  invite.Phase
		hint   string
	}{
		"no address":     {func(in *invite.Inputs) { in.Grant.Spec.Email = "" }, invite.PhaseNone, "set spec.email"},
		"no mail server": {func(in *invite.Inputs) { in.Settings.Mail = false }, invite.PhaseWaiting, "smtp.address"},
		"a closed door":  {func(in *invite.Inputs) { in.Admitted = false }, invite.PhaseWaiting, "lets its subject in"},
		"sent, and state lost": {func(in *invite.Inputs) {
			in.Grant.Status.Invitation = &v1alpha1.InvitationStatus{SentAt: new(metav1.NewTime(now))}
		}, invite.PhaseSent, "set spec.invitation.resend"},
	} {
		t.Run(name, func(t *testing.T) {
			in := asked()
			tc.change(&in)
			expect(t, in, tc.phase, time.Time{}, tc.hint)
		})
	}
}

func TestAnInvitationIsSentOnceAndRedeemedOnce(t *testing.T) {
	in := asked()
	attempt := try(t, &in, invite.OutcomeSent)
	ends := now.Add(72 * time.Hour)
	if !attempt.LinkExpiresAt.Equal(ends) {
		t.Errorf("the link ends at %s", attempt.LinkExpiresAt)
	}
	expect(t, in, invite.PhaseSent, ends, "can be taken up until 2026-11-25T12:00:00Z")
	want := &v1alpha1.InvitationStatus{SentAt: new(metav1.NewTime(now)), ExpiresAt: new(metav1.NewTime(ends))}
	if diff := cmp.Diff(want, invite.Status(in)); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if verdict := in.State.Verify(*attempt.Token, now); verdict != invite.Valid {
		t.Errorf("the link is %s", verdict)
	}
	in.State = in.State.Redeem(now.Add(time.Hour))
	if verdict := in.State.Verify(*attempt.Token, now.Add(time.Hour)); verdict != invite.Used {
		t.Errorf("the second time the link is %s", verdict)
	}
	expect(t, in, invite.PhaseRedeemed, time.Time{}, "taken up on 2026-11-22T13:00:00Z")
	in.Grant.Spec.Email = "jane@cybercorp.example"
	expect(t, in, invite.PhaseRedeemed, time.Time{}, "")
}

func TestALinkEnds(t *testing.T) {
	in := asked()
	in.Grant.Status.ExpiresAt = new(metav1.NewTime(now.Add(8 * time.Hour)))
	attempt := try(t, &in, invite.OutcomeSent)
	end := now.Add(8 * time.Hour)
	if !attempt.LinkExpiresAt.Equal(end) {
		t.Errorf("the link ends at %s, after the access", attempt.LinkExpiresAt)
	}
	if verdict := in.State.Verify(*attempt.Token, end.Add(-time.Nanosecond)); verdict != invite.Valid {
		t.Errorf("just before its end the link is %s", verdict)
	}
	if verdict := in.State.Verify(*attempt.Token, end); verdict != invite.Expired {
		t.Errorf("at its end the link is %s", verdict)
	}
	in.Now = end
	expect(t, in, invite.PhaseExpired, time.Time{}, "set spec.invitation.resend")
}

// What the operator made of a Tenant nobody else can change.
func TestWhatToDoForAFirstAdministratorIsSetOnTheTenant(t *testing.T) {
	for name, outcome := range map[string]invite.Outcome{"ended": invite.OutcomeSent, "refused": invite.OutcomeRefused} {
		in := asked()
		in.Grant.Labels = map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: "cybercorp", v1alpha1.LabelParent: "acme"}
		try(t, &in, outcome)
		in.Now = now.Add(100 * time.Hour)
		said := invite.Decide(in).Message
		if !strings.Contains(said, `set spec.admin.invitation.resend of Tenant "cybercorp" in namespace "acme"`) || strings.Contains(said, "spec.email") {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestAnotherResendIsAnotherInvitation(t *testing.T) {
	in := asked()
	first := try(t, &in, invite.OutcomeSent)
	in.State = in.State.Redeem(now)
	resend(&in, "1")
	expect(t, in, invite.PhaseWaiting, now.Add(time.Minute), "too fast")
	in.Now = now.Add(time.Minute)
	second := try(t, &in, invite.OutcomeSent)
	if first.Occasion == second.Occasion {
		t.Error("both mails bear one Message-ID")
	}
	if verdict := in.State.Verify(*first.Token, in.Now); verdict != invite.Unknown {
		t.Errorf("the first link is %s", verdict)
	}
	if verdict := in.State.Verify(*second.Token, in.Now); verdict != invite.Valid {
		t.Errorf("the second link is %s", verdict)
	}
	if !in.State.RedeemedAt.Equal(now) || invite.Status(in).ObservedResend != "1" {
		t.Errorf("%+v, status %+v", in.State, invite.Status(in))
	}
}

func TestAnotherAddressIsAnotherInvitation(t *testing.T) {
	in := asked()
	first := try(t, &in, invite.OutcomeRefused)
	expect(t, in, invite.PhaseGivenUp, time.Time{}, "correct spec.email")
	in.Grant.Spec.Email, in.Now = "jane@cybercorp.example", now.Add(time.Minute)
	if second := try(t, &in, invite.OutcomeSent); first.Occasion == second.Occasion {
		t.Error("both mails bear one Message-ID")
	}
	expect(t, in, invite.PhaseSent, in.Now.Add(72*time.Hour), "")
}

func TestFailedTriesWaitLongerAndLonger(t *testing.T) {
	in := asked()
	var waits []time.Duration
	occasion := ""
	for range 9 {
		attempt := try(t, &in, invite.OutcomeFailed)
		if occasion != "" && attempt.Occasion != occasion {
			t.Error("the tries bear several Message-IDs")
		}
		occasion = attempt.Occasion
		if len(in.State.Links) != 0 || in.State.Verify(*attempt.Token, in.Now) != invite.Unknown {
			t.Errorf("the link of a mail that did not arrive is kept")
		}
		decision := invite.Decide(in)
		waits = append(waits, decision.Next.Sub(in.Now))
		in.Now = decision.Next
	}
	want := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}
	for i := range want {
		want[i] *= time.Minute
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Error(diff)
	}
	if status := invite.Status(in); status != nil {
		t.Errorf("status says %+v", status)
	}
}

func TestAMailThatMayHaveArrivedHasALinkThatWorks(t *testing.T) {
	for name, end := range map[string]func(*invite.Inputs, invite.Attempt){
		"the server said nothing": func(in *invite.Inputs, a invite.Attempt) {
			in.State = a.End(in.State, invite.OutcomeUnknown, "", in.Now)
		},
		"the operator was killed": func(*invite.Inputs, invite.Attempt) {},
	} {
		t.Run(name, func(t *testing.T) {
			in := asked()
			var attempts []invite.Attempt
			for range invite.MaxLinks {
				attempt := begin(t, &in)
				end(&in, attempt)
				attempts = append(attempts, attempt)
				in.Now = in.Now.Add(time.Hour)
			}
			for i, attempt := range attempts {
				if verdict := in.State.Verify(*attempt.Token, in.Now); verdict != invite.Valid {
					t.Errorf("link %d is %s", i, verdict)
				}
			}
			for decision := invite.Decide(in); decision.Phase == invite.PhaseDue; decision = invite.Decide(in) {
				end(&in, begin(t, &in))
				in.Now = in.Now.Add(time.Hour)
			}
			expect(t, in, invite.PhaseGivenUp, time.Time{}, "look into its log")
			if in.State.Attempts > invite.MaxLinks+1 || len(in.State.Links) > invite.MaxLinks {
				t.Errorf("%d mails, %d links", in.State.Attempts, len(in.State.Links))
			}
			in.State = in.State.Redeem(in.Now)
			for i, attempt := range attempts[1:] {
				if verdict := in.State.Verify(*attempt.Token, in.Now); verdict == invite.Valid {
					t.Errorf("link %d works after another was taken up", i+1)
				}
			}
		})
	}
}

func TestATryUnderWayIsLeftAlone(t *testing.T) {
	in := asked()
	in.Settings.Timeout = 5 * time.Minute
	begin(t, &in)
	expect(t, in, invite.PhaseWaiting, now.Add(10*time.Minute), "tried again")
}

func TestALateEndChangesNothing(t *testing.T) {
	in := asked()
	first := begin(t, &in)
	in.Now = now.Add(time.Hour)
	begin(t, &in)
	if diff := cmp.Diff(in.State, first.End(in.State, invite.OutcomeSent, "", in.Now)); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutAnEndpointThereIsNoLink(t *testing.T) {
	in := asked()
	in.Settings.Links = false
	attempt := try(t, &in, invite.OutcomeSent)
	if attempt.Token != nil || len(in.State.Links) != 0 {
		t.Errorf("%+v", attempt)
	}
	expect(t, in, invite.PhaseSent, time.Time{}, "was sent on")
}
