// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

var november = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// counting is a plan that counts, includes so much, and alerts at a percentage; 0 leaves that out.
func counting(model v1alpha1.LicenseModel, included, alertAt int32) *v1alpha1.LicensePlan {
	plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Name: "standard"}, Spec: v1alpha1.LicensePlanSpec{Model: model}}
	switch model {
	case v1alpha1.LicensePerAsset:
		plan.Spec.Included = &v1alpha1.Included{Assets: &included}
	case v1alpha1.LicensePerScan:
		plan.Spec.Included = &v1alpha1.Included{Scans: &included}
	case v1alpha1.LicensePerAgent:
		plan.Spec.Included = &v1alpha1.Included{Agents: &included}
	}
	if alertAt > 0 {
		plan.Spec.AlertAt = &alertAt
	}
	return plan
}

func assets(used int64) v1alpha1.Usage { return v1alpha1.Usage{Assets: used} }

func TestPercentagesAreReached(t *testing.T) {
	const perAsset, perScan, perAgent = v1alpha1.LicensePerAsset, v1alpha1.LicensePerScan, v1alpha1.LicensePerAgent
	scans := func(used int64) v1alpha1.Usage { return v1alpha1.Usage{Scans: used, Period: "2026-11"} }
	for name, tc := range map[string]struct {
		plan  *v1alpha1.LicensePlan
		usage v1alpha1.Usage
		want  []int32
	}{
		"assets below 90":                 {counting(perAsset, 100, 0), assets(89), nil},
		"assets at 90":                    {counting(perAsset, 100, 0), assets(90), []int32{90}},
		"assets at 99":                    {counting(perAsset, 100, 0), assets(99), []int32{90}},
		"assets at 100":                   {counting(perAsset, 100, 0), assets(100), []int32{90, 100}},
		"assets far above":                {counting(perAsset, 100, 0), assets(1_000_000_000), []int32{90, 100}},
		"scans below 80":                  {counting(perScan, 10, 0), scans(7), nil},
		"scans at 80":                     {counting(perScan, 10, 0), scans(8), []int32{80}},
		"scans of another month":          {counting(perScan, 10, 0), v1alpha1.Usage{Scans: 10, Period: "2026-10"}, nil},
		"agents at 90":                    {counting(perAgent, 10, 0), v1alpha1.Usage{Agents: 9}, []int32{90}},
		"a percentage of the plan's own":  {counting(perAsset, 100, 25), assets(25), []int32{25}},
		"just below one that is no whole": {counting(perAsset, 3, 50), assets(1), nil},
		"just above one that is no whole": {counting(perAsset, 3, 50), assets(2), []int32{50}},
		"all of it alone, not yet":        {counting(perAsset, 100, 100), assets(99), nil},
		"all of it alone":                 {counting(perAsset, 100, 100), assets(100), []int32{100}},
		"nothing of nothing":              {counting(perAsset, 0, 0), assets(0), nil},
		"anything of nothing":             {counting(perAsset, 0, 0), assets(1), []int32{90, 100}},
	} {
		t.Run(name, func(t *testing.T) {
			metered, counts := license.Meter(tc.plan, tc.usage, november)
			if got := metered.Reached(tc.plan); !counts || !slices.Equal(got, tc.want) {
				t.Errorf("%v of %+v, not %v", got, metered, tc.want)
			}
		})
	}
}

func TestNothingIsMeteredWhereAPlanDoesNotSayHowMuchIsIncluded(t *testing.T) {
	silent := counting(v1alpha1.LicensePerAsset, 1, 0)
	silent.Spec.Included = nil
	of := counting(v1alpha1.LicensePerAsset, 1, 0)
	of.Spec.Included = &v1alpha1.Included{Scans: of.Spec.Included.Assets}
	for name, plan := range map[string]*v1alpha1.LicensePlan{
		"no plan": nil, "nothing included": silent, "something else included": of, "unlimited": counting(v1alpha1.LicenseUnlimited, 0, 0),
	} {
		if metered, counts := license.Meter(plan, assets(5), november); counts {
			t.Errorf("%s: %+v", name, metered)
		}
		if alerts := license.Alerts(plan, assets(5), nil, november); len(alerts) > 0 {
			t.Errorf("%s: %+v", name, alerts)
		}
	}
}

// told are alerts, written as "2026-11 90".
func told(alerts []v1alpha1.UsageAlert) []string {
	var lines []string
	for _, alert := range alerts {
		lines = append(lines, fmt.Sprintf("%s %d", alert.Period, alert.Percent))
	}
	return lines
}

func TestAnAlertComesOnceAMonth(t *testing.T) {
	type look struct {
		plan *v1alpha1.LicensePlan
		used int64
		at   time.Time
		want []string
	}
	plan, larger, early, unlimited := counting(v1alpha1.LicensePerAsset, 100, 0), counting(v1alpha1.LicensePerAsset, 1000, 0),
		counting(v1alpha1.LicensePerAsset, 1000, 5), counting(v1alpha1.LicenseUnlimited, 0, 0)
	later := november.Add(time.Hour)
	december := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, looks := range map[string][]look{
		"and stays when less is used": {
			{plan, 95, november, []string{"2026-11 90"}}, {plan, 10, later, []string{"2026-11 90"}}, {plan, 95, later, []string{"2026-11 90"}},
		},
		"for each percentage": {
			{plan, 95, november, []string{"2026-11 90"}}, {plan, 100, later, []string{"2026-11 90", "2026-11 100"}},
		},
		"for both at once": {{plan, 150, november, []string{"2026-11 90", "2026-11 100"}}},
		"and in the next month again": {
			{plan, 95, november, []string{"2026-11 90"}}, {plan, 95, december.Add(-time.Nanosecond), []string{"2026-11 90"}}, {plan, 95, december, []string{"2026-12 90"}},
		},
		"and not in the next month if less is used": {{plan, 95, november, []string{"2026-11 90"}}, {plan, 10, december, nil}},
		"whatever the time zone": {
			{plan, 95, december.In(time.FixedZone("west", -3600)), []string{"2026-12 90"}}, {plan, 95, december, []string{"2026-12 90"}},
		},
		"and stays on a larger plan":                 {{plan, 95, november, []string{"2026-11 90"}}, {larger, 95, later, []string{"2026-11 90"}}},
		"and stays on a plan that counts nothing":    {{plan, 95, november, []string{"2026-11 90"}}, {unlimited, 95, later, []string{"2026-11 90"}}},
		"and stays without a plan":                   {{plan, 95, november, []string{"2026-11 90"}}, {nil, 95, later, []string{"2026-11 90"}}},
		"for a new percentage of another plan's":     {{plan, 95, november, []string{"2026-11 90"}}, {early, 95, later, []string{"2026-11 5", "2026-11 90"}}},
		"for all of it on a smaller plan afterwards": {{larger, 900, november, []string{"2026-11 90"}}, {plan, 900, later, []string{"2026-11 90", "2026-11 100"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var alerts []v1alpha1.UsageAlert
			for i, look := range looks {
				before := slices.Clone(alerts)
				alerts = license.Alerts(look.plan, assets(look.used), alerts, look.at)
				if got := told(alerts); !slices.Equal(got, look.want) {
					t.Fatalf("look %d: %q, not %q", i, got, look.want)
				}
				for _, alert := range alerts {
					if was := slices.IndexFunc(before, func(b v1alpha1.UsageAlert) bool { return b.Percent == alert.Percent && b.Period == alert.Period }); was >= 0 && before[was] != alert {
						t.Errorf("look %d changes %+v to %+v", i, before[was], alert)
					}
				}
			}
		})
	}
}

func TestThatSomebodyWasToldStaysWithTheAlert(t *testing.T) {
	at := metav1.NewTime(november)
	were := []v1alpha1.UsageAlert{{Percent: 90, Period: "2026-11", Since: at, MailedAt: &at}}
	after := license.Alerts(counting(v1alpha1.LicensePerAsset, 100, 0), assets(100), were, november.Add(time.Hour))
	if len(after) != 2 || after[0] != were[0] || after[1].MailedAt != nil {
		t.Errorf("%+v", after)
	}
	if len(were) != 1 || were[0].MailedAt != &at {
		t.Errorf("the former ones are changed: %+v", were)
	}
}

func TestAStatusHoldsNoMoreThanItsAlertsHoweverOftenAPlanChanges(t *testing.T) {
	var alerts []v1alpha1.UsageAlert
	for percent := int32(1); percent <= 50; percent++ {
		alerts = license.Alerts(counting(v1alpha1.LicensePerAsset, 1000, percent), assets(500), alerts, november)
	}
	alerts = license.Alerts(counting(v1alpha1.LicensePerAsset, 1000, 50), assets(1000), alerts, november)
	if len(alerts) != 8 || alerts[7].Percent != 100 {
		t.Errorf("%q", told(alerts))
	}
}

func TestMonthsAreThoseOfUTC(t *testing.T) {
	newYear := time.Date(2026, 12, 31, 23, 30, 0, 0, time.FixedZone("west", -3600))
	if got := license.Period(newYear); got != "2027-01" {
		t.Errorf("%s", got)
	}
	for at, want := range map[time.Time]time.Time{
		november: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		newYear:  time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC): time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got := license.NextPeriod(at); !got.Equal(want) {
			t.Errorf("after %s comes %s, not %s", at, got, want)
		}
	}
	if month, err := license.Month("2026-11"); err != nil || !month.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%s, %v", month, err)
	}
	if _, err := license.Month("November"); err == nil {
		t.Error("November is a month without a year")
	}
}
