// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/invite"
)

func TestThatAPortalWasOffIsNotedUntilTheContactWasTold(t *testing.T) {
	early, late := metav1.NewTime(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), metav1.NewTime(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	for name, tc := range map[string]struct {
		on, mail, contact bool
		was, want         *v1alpha1.PortalStatus
	}{
		"always on":               {on: true, mail: true, contact: true},
		"turned off":              {mail: true, contact: true, want: &v1alpha1.PortalStatus{OffSince: &late}},
		"turned off again":        {mail: true, was: &v1alpha1.PortalStatus{ToldAt: &early}, want: &v1alpha1.PortalStatus{OffSince: &late, ToldAt: &early}},
		"still off":               {mail: true, was: &v1alpha1.PortalStatus{OffSince: &early}, want: &v1alpha1.PortalStatus{OffSince: &early}},
		"turned on":               {on: true, mail: true, contact: true, was: &v1alpha1.PortalStatus{OffSince: &early}, want: &v1alpha1.PortalStatus{OffSince: &early}},
		"on, nobody to tell":      {on: true, mail: true, was: &v1alpha1.PortalStatus{OffSince: &early}},
		"on, no mail server":      {on: true, contact: true, was: &v1alpha1.PortalStatus{OffSince: &early, ToldAt: &early}, want: &v1alpha1.PortalStatus{ToldAt: &early}},
		"on, the contact is told": {on: true, mail: true, contact: true, was: &v1alpha1.PortalStatus{ToldAt: &early}, want: &v1alpha1.PortalStatus{ToldAt: &early}},
	} {
		tenant := &v1alpha1.Tenant{Spec: v1alpha1.TenantSpec{Portal: &v1alpha1.Portal{Active: new(tc.on)}}, Status: v1alpha1.TenantStatus{Portal: tc.was}}
		config := &configv1alpha1.Configuration{}
		if tc.contact {
			tenant.Spec.Contact = &v1alpha1.Contact{Email: "office@cybercorp.example"}
		}
		if tc.mail {
			config.SMTP.Address = "localhost:25"
		}
		got := portal(desired.Inputs{Tenant: tenant, Config: config}, late)
		if (got == nil) != (tc.want == nil) || got != nil && (!got.OffSince.Equal(tc.want.OffSince) || !got.ToldAt.Equal(tc.want.ToldAt)) {
			t.Errorf("%s: %+v, not %+v", name, got, tc.want)
		}
	}
}

func TestTheContactIsToldOnceThePortalLeadsSomewhere(t *testing.T) {
	due := func() *v1alpha1.Tenant {
		return &v1alpha1.Tenant{
			Spec: v1alpha1.TenantSpec{Contact: &v1alpha1.Contact{Email: "office@cybercorp.example"}},
			Status: v1alpha1.TenantStatus{
				Phase: v1alpha1.PhaseActive, URL: "https://cybercorp.tenantry.example", Portal: &v1alpha1.PortalStatus{OffSince: &metav1.Time{}},
				Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}},
			},
		}
	}
	if !PortalDue(due()) {
		t.Error("nobody is told")
	}
	for name, change := range map[string]func(*v1alpha1.Tenant){
		"never off":     func(t *v1alpha1.Tenant) { t.Status.Portal = nil },
		"off":           func(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(false)} },
		"not looked at": func(t *v1alpha1.Tenant) { t.Generation++ },
		"suspended":     func(t *v1alpha1.Tenant) { t.Status.Phase = v1alpha1.PhaseSuspended },
		"without host":  func(t *v1alpha1.Tenant) { t.Status.URL = "" },
		"no contact":    func(t *v1alpha1.Tenant) { t.Spec.Contact = nil },
		"going":         func(t *v1alpha1.Tenant) { t.DeletionTimestamp = &metav1.Time{} },
	} {
		tenant := due()
		change(tenant)
		if PortalDue(tenant) {
			t.Errorf("%s: the contact is told", name)
		}
	}
}

func TestTheInvitationLeavesTheOtherConditionsAlone(t *testing.T) {
	active := metav1.Condition{Type: v1alpha1.ConditionActive, Status: metav1.ConditionTrue}
	grant := &v1alpha1.TenantAccessGrant{Spec: v1alpha1.TenantAccessGrantSpec{Email: "kim@cybercorp.example"}}
	grant.Status.Conditions = []metav1.Condition{active}
	in := invite.Inputs{Grant: grant, Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	grant.Status = OfInvitation(in, invite.Decide(in))
	if got := grant.Status.Conditions; len(got) != 2 || got[0] != active || got[1].Reason != v1alpha1.ReasonInvitationWaiting {
		t.Errorf("%+v", got)
	}
	since := grant.Status.Conditions[1].LastTransitionTime
	in.Now = in.Now.Add(time.Hour)
	if got := OfInvitation(in, invite.Decide(in)).Conditions; len(got) != 2 || got[1].LastTransitionTime != since {
		t.Errorf("the time since when changes: %+v", got)
	}
	grant.Spec.Email = ""
	if got := OfInvitation(in, invite.Decide(in)).Conditions; len(got) != 1 || got[0] != active {
		t.Errorf("of nobody: %+v", got)
	}
}
