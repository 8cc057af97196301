// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package expiry_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/expiry"
)

const day = 24 * time.Hour

var end = time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)

// granted is an access of so long as a whole that ends at end, with a mail address.
func granted(whole time.Duration) *v1alpha1.TenantAccessGrant {
	return &v1alpha1.TenantAccessGrant{
		Spec: v1alpha1.TenantAccessGrantSpec{Email: "jdoe@cybercorp.example"},
		Status: v1alpha1.TenantAccessGrantStatus{
			ActiveSince: new(metav1.NewTime(end.Add(-whole))),
			ExpiresAt:   new(metav1.NewTime(end)),
		},
	}
}

func decide(grant *v1alpha1.TenantAccessGrant, left time.Duration) expiry.Decision {
	return expiry.Decide(expiry.Inputs{Grant: grant, Admitted: true, Mail: true, Now: end.Add(-left)})
}

func TestWarningsAreFor30And7And1DayWhereTheAccessIsLonger(t *testing.T) {
	for _, tc := range []struct {
		whole, left time.Duration
		days        int32
		next        time.Duration // before the end; 0 for never
	}{
		{365 * day, 31 * day, 0, 30 * day},
		{365 * day, 30*day + time.Second, 0, 30 * day},
		{365 * day, 30 * day, 30, 7 * day},
		{365 * day, 7*day + time.Second, 30, 7 * day},
		{365 * day, 7 * day, 7, day},
		{365 * day, 2 * day, 7, day},
		{365 * day, day, 1, 0},
		{365 * day, time.Second, 1, 0},
		{365 * day, 0, 0, 0},
		{365 * day, -day, 0, 0},
		{30 * day, 29 * day, 0, 7 * day},
		{30*day + 1, 30 * day, 30, 7 * day},
		{8 * day, 8 * day, 0, 7 * day},
		{8 * day, 7 * day, 7, day},
		{7 * day, 6 * day, 0, day},
		{2 * day, 12 * time.Hour, 1, 0},
		{day, time.Hour, 0, 0},
		{8 * time.Hour, time.Minute, 0, 0},
	} {
		got := decide(granted(tc.whole), tc.left)
		days := int32(0)
		if got.Warning != nil {
			days = got.Warning.Days
		}
		next := time.Duration(0)
		if !got.Next.IsZero() {
			next = end.Sub(got.Next)
		}
		if days != tc.days || next != tc.next || got.Tell != (tc.days > 0) || got.Mail != (tc.days > 0) {
			t.Errorf("%v of %v left: %+v, looks again %v before the end", tc.left, tc.whole, got, next)
		}
	}
}

func TestEachWarningIsGivenOnce(t *testing.T) {
	grant := granted(365 * day)
	var told, mailed []int32
	for left := 40 * day; left >= -day; left -= 6 * time.Hour {
		got := decide(grant, left)
		if got.Tell {
			told = append(told, got.Warning.Days)
		}
		grant.Status.ExpiryWarning = got.Warning
		if got.Mail {
			mailed = append(mailed, got.Warning.Days)
			grant.Status.ExpiryWarning.MailedAt = new(metav1.NewTime(end.Add(-left)))
		}
	}
	for _, days := range [][]int32{told, mailed} {
		if len(days) != 3 || days[0] != 30 || days[1] != 7 || days[2] != 1 {
			t.Errorf("warned %v days before, mailed %v days before", told, mailed)
		}
	}
}

func TestOfWarningsThatWereMissedTheNearestIsGivenAlone(t *testing.T) {
	got := decide(granted(365*day), 20*time.Hour)
	if got.Warning == nil || got.Warning.Days != 1 || !got.Next.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestAnEndThatIsMovedIsWarnedOfAnew(t *testing.T) {
	grant := granted(365 * day)
	grant.Status.ExpiryWarning = &v1alpha1.ExpiryWarningStatus{Days: 1, ExpiresAt: metav1.NewTime(end.Add(-60 * day)), MailedAt: new(metav1.NewTime(end.Add(-61 * day)))}
	if got := decide(grant, 40*day); got.Tell || got.Mail || got.Warning.Days != 1 {
		t.Errorf("too early: %+v", got)
	}
	if got := decide(grant, 30*day); !got.Tell || !got.Mail || got.Warning.Days != 30 {
		t.Errorf("%+v", got)
	}
}

func TestNobodyIsWarnedOfTheEndOfWhatTheyHaveNot(t *testing.T) {
	for name, in := range map[string]expiry.Inputs{
		"not let in":  {Grant: granted(365 * day), Mail: true, Now: end.Add(-day)},
		"without end": {Grant: &v1alpha1.TenantAccessGrant{}, Admitted: true, Mail: true, Now: end},
	} {
		if got := expiry.Decide(in); got.Tell || got.Mail || !got.Next.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAMailThatDidNotGoIsStillDueWithoutTellingAgain(t *testing.T) {
	grant := granted(365 * day)
	grant.Status.ExpiryWarning = decide(grant, 7*day).Warning
	if got := decide(grant, 7*day-time.Hour); got.Tell || !got.Mail {
		t.Errorf("%+v", got)
	}
	grant.Spec.Email = ""
	if got := decide(grant, 7*day-time.Hour); got.Tell || got.Mail {
		t.Errorf("without an address: %+v", got)
	}
}

func TestDaysLeftAreRoundedUp(t *testing.T) {
	for left, want := range map[time.Duration]int{time.Second: 1, day: 1, day + 1: 2, 7 * day: 7, 20*day + time.Hour: 21} {
		if got := expiry.DaysLeft(end, end.Add(-left)); got != want {
			t.Errorf("%v left: %d days", left, got)
		}
	}
}
