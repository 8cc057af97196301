// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/standing"
)

func TestWhatIsSaidOfAGrant(t *testing.T) {
	active := access.Standing{Active: true, Reason: v1alpha1.ReasonGranted, Message: "let in", Role: v1alpha1.RoleAdmin}
	because := func(reason string) standing.GrantSeen {
		return standing.GrantSeen{Standing: access.Standing{Reason: reason, Message: "no", Stalled: reason == v1alpha1.ReasonNotAllowed}}
	}
	for _, test := range []struct {
		name    string
		seen    standing.GrantSeen
		reason  string
		active  bool
		ready   bool
		stalled bool
	}{
		{"somebody is let in", standing.GrantSeen{Standing: active}, "Granted", true, true, false},
		{"a delegation picks nobody yet", standing.GrantSeen{Standing: active, Tenants: new(int)}, "Granted", true, true, false},
		{"a delegation adds nothing", standing.GrantSeen{Standing: active, Tenants: new(3), AlreadyOwner: true}, "AlreadyOwner", false, true, false},
		{"its time is over, as it said", because(v1alpha1.ReasonExpired), "Expired", false, true, false},
		{"it is suspended, as it says", because(v1alpha1.ReasonSuspended), "Suspended", false, true, false},
		{"the partner lets nobody in", because(v1alpha1.ReasonCustomerAccess), "CustomerAccess", false, true, false},
		{"it waits for a seat", because(v1alpha1.ReasonNoSeat), "NoSeat", false, false, false},
		{"it means nothing here", because(v1alpha1.ReasonNotAllowed), "NotAllowed", false, false, true},
		{"it lies in no place", standing.GrantSeen{NoPlace: true}, "NotAPlace", false, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			grant := &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Generation: 7}}
			got := standing.OfGrant(grant, test.seen, now)
			ready := meta.FindStatusCondition(got.Conditions, v1alpha1.ConditionReady)
			isActive := meta.IsStatusConditionTrue(got.Conditions, v1alpha1.ConditionActive)
			isStalled := meta.IsStatusConditionTrue(got.Conditions, v1alpha1.ConditionStalled)
			if ready.Reason != test.reason || (ready.Status == metav1.ConditionTrue) != test.ready || isActive != test.active || isStalled != test.stalled {
				t.Errorf("got %+v, active %v, stalled %v", ready, isActive, isStalled)
			}
			if got.ObservedGeneration != 7 || ready.ObservedGeneration != 7 || ready.Message == "" {
				t.Errorf("got %+v", got)
			}
			if (got.ActiveSince != nil) != test.active || (got.Role != "") != test.active {
				t.Errorf("active since %v as %q", got.ActiveSince, got.Role)
			}
		})
	}
}

func TestADurationCountsFromWhenTheGrantWasFirstActive(t *testing.T) {
	grant := &v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Duration: &metav1.Duration{Duration: time.Hour}}}
	waiting := standing.OfGrant(grant, standing.GrantSeen{Standing: access.Standing{Reason: v1alpha1.ReasonNoSeat}}, then)
	if waiting.ActiveSince != nil || waiting.ExpiresAt != nil {
		t.Errorf("counts while it waits: %v, %v", waiting.ActiveSince, waiting.ExpiresAt)
	}
	let := standing.GrantSeen{Standing: access.Standing{Active: true, Reason: v1alpha1.ReasonGranted, Role: v1alpha1.RoleViewer}}
	grant.Status = standing.OfGrant(grant, let, then)
	later := standing.OfGrant(grant, let, now)
	if !later.ActiveSince.Equal(&then) || !later.ExpiresAt.Time.Equal(then.Add(time.Hour)) {
		t.Errorf("since %v until %v", later.ActiveSince, later.ExpiresAt)
	}
}

func TestASeatIsNotedOnceAndKept(t *testing.T) {
	grant := &v1alpha1.TenantAccessGrant{}
	for _, test := range []struct{ has, want int32 }{{0, 0}, {10, 10}, {5, 10}, {0, 10}, {20, 10}} {
		grant.Status = standing.OfGrant(grant, standing.GrantSeen{Seats: int(test.has)}, now)
		if grant.Status.Seats != test.want {
			t.Errorf("one of %d seats: noted are %d, want %d", test.has, grant.Status.Seats, test.want)
		}
	}
}
