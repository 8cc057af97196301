// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/standing"
)

// alertedAt is a tenant in January 2026 of which the partner was told those percentages, and not of the others.
func alertedAt(untold []int32, told ...int32) *v1alpha1.Tenant {
	made := tenant("acme", "cybercorp")
	for _, percent := range untold {
		made.Status.Alerts = append(made.Status.Alerts, v1alpha1.UsageAlert{Percent: percent, Period: "2026-01", Since: then})
	}
	for _, percent := range told {
		made.Status.Alerts = append(made.Status.Alerts, v1alpha1.UsageAlert{Percent: percent, Period: "2026-01", Since: then, MailedAt: &then})
	}
	return made
}

// onTrial warns of the end of the trial.
func onTrial(tenant *v1alpha1.Tenant, endsAt, mailedAt *metav1.Time) *v1alpha1.Tenant {
	tenant.Status.Plan, tenant.Status.TrialPlan, tenant.Status.TrialEndsAt = "trial", "trial", endsAt
	tenant.Status.TrialWarning = &v1alpha1.TrialWarning{EndsAt: *endsAt, MailedAt: mailedAt}
	return tenant
}

func TestWhatThePartnerIsStillToBeTold(t *testing.T) {
	late := metav1.NewTime(now.Add(time.Hour))
	going := alertedAt([]int32{90})
	going.DeletionTimestamp = &then
	left := onTrial(alertedAt(nil), &late, nil)
	left.Status.Plan = "full"
	for name, tc := range map[string]struct {
		tenant *v1alpha1.Tenant
		now    time.Time
		want   []string
	}{
		"nothing":                               {tenant("acme", "cybercorp"), now.Time, nil},
		"one percentage":                        {alertedAt([]int32{90}), now.Time, []string{"alert\x002026-01\x0090"}},
		"each percentage":                       {alertedAt([]int32{80, 100}), now.Time, []string{"alert\x002026-01\x0080", "alert\x002026-01\x00100"}},
		"what it was not told of alone":         {alertedAt([]int32{100}, 90), now.Time, []string{"alert\x002026-01\x00100"}},
		"nothing of a month before":             {alertedAt([]int32{90}), now.AddDate(0, 1, 0), nil},
		"the end of a trial":                    {onTrial(alertedAt(nil), &late, nil), now.Time, []string{"trial\x002026-01-02T05:04:05Z"}},
		"the end of a trial, once":              {onTrial(alertedAt(nil), &late, &then), now.Time, nil},
		"nothing of a trial's end that is past": {onTrial(alertedAt(nil), &then, nil), now.Time, nil},
		"nothing of a trial that it has left":   {left, now.Time, nil},
		"all of it":                             {onTrial(alertedAt([]int32{90}), &late, nil), now.Time, []string{"alert\x002026-01\x0090", "trial\x002026-01-02T05:04:05Z"}},
		"nothing of who goes":                   {going, now.Time, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, notice := range standing.Untold(tc.tenant, tc.now) {
				got = append(got, notice.Occasion())
				if !standing.IsUntold(tc.tenant, notice, tc.now) {
					t.Errorf("%s is not untold", notice)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q, not %q", got, tc.want)
			}
		})
	}
}

func TestWhatThePartnerWasToldIsNotedOfThatAlone(t *testing.T) {
	late := metav1.NewTime(now.Add(time.Hour))
	of := func() *v1alpha1.Tenant { return onTrial(alertedAt([]int32{90, 100}), &late, nil) }
	for _, notice := range standing.Untold(of(), now.Time) {
		t.Run(notice.String(), func(t *testing.T) {
			told := of()
			standing.Told(&told.Status, notice, now)
			if left := standing.Untold(told, now.Time); len(left) != 2 || standing.IsUntold(told, notice, now.Time) {
				t.Errorf("still untold: %v", left)
			}
		})
	}
	other := of()
	standing.Told(&other.Status, standing.Notice{Percent: 90, Period: "2025-12"}, now)
	standing.Told(&other.Status, standing.Notice{TrialEnds: then.Time}, now)
	if left := standing.Untold(other, now.Time); len(left) != 3 {
		t.Errorf("still untold: %v", left)
	}
}

func TestThatThePartnerWasToldStaysWhileThereIsWhatItWasToldOf(t *testing.T) {
	s := complete(withPlan, includes(4), before(func(status *v1alpha1.TenantStatus) {
		*status = onTrial(alertedAt(nil, 90, 100), &metav1.Time{Time: now.Add(time.Hour)}, &then).Status
	}))
	s.License.Plan.Spec.Trial = &v1alpha1.Trial{Days: 14}
	s.License.OnTrial, s.License.Trial = true, trial("standard", now.Add(time.Hour))
	after := s.of()
	for _, alert := range after.Alerts {
		if alert.MailedAt == nil {
			t.Errorf("%d %%: it is forgotten that the partner was told", alert.Percent)
		}
	}
	if after.TrialWarning == nil || after.TrialWarning.MailedAt == nil {
		t.Errorf("of the trial's end: %+v", after.TrialWarning)
	}
	if came := standing.NewAlerts(s.Tenant.Status, after); len(came) > 0 {
		t.Errorf("told again: %v", came)
	}
	s.License.Trial = trial("standard", now.Add(2*time.Hour))
	if later := s.of(); later.TrialWarning == nil || later.TrialWarning.MailedAt != nil || len(standing.NewAlerts(s.Tenant.Status, later)) != 1 {
		t.Errorf("of another end: %+v", later.TrialWarning)
	}
}

func TestWhoLeavesATrialAndComesBackIsWarnedOnce(t *testing.T) {
	ends := metav1.NewTime(now.Add(time.Hour))
	warned := before(func(status *v1alpha1.TenantStatus) { *status = onTrial(alertedAt(nil), &ends, &then).Status })
	away := complete(withPlan, warned)
	away.License.Trial = trial("trial", ends.Time)
	left := away.of()
	if left.TrialWarning == nil || left.TrialWarning.MailedAt == nil {
		t.Fatalf("it is forgotten that it was warned of: %+v", left.TrialWarning)
	}
	back := complete(withPlan, before(func(status *v1alpha1.TenantStatus) { *status = left }))
	back.License.Plan.Spec.Trial = &v1alpha1.Trial{Days: 14}
	back.License.OnTrial, back.License.Trial = true, trial("standard", ends.Time)
	after := back.of()
	if came := standing.NewAlerts(left, after); len(came) > 0 || after.TrialWarning.MailedAt == nil {
		t.Errorf("told again: %v, %+v", came, after.TrialWarning)
	}
	past := metav1.NewTime(now.Add(-time.Second))
	over := complete(withPlan, before(func(status *v1alpha1.TenantStatus) { *status = onTrial(alertedAt(nil), &past, &then).Status }))
	if after := over.of(); after.TrialWarning != nil {
		t.Errorf("of an end that is past: %+v", after.TrialWarning)
	}
}
