// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestAPlansModelSaysWhatAUnitIs(t *testing.T) {
	usage := &v1alpha1.Usage{Agents: 2, Assets: 30, Scans: 400, Period: "2026-11"}
	lastMonths := &v1alpha1.Usage{Agents: 2, Assets: 30, Scans: 400, Period: "2026-10"}
	for name, test := range map[string]struct {
		model v1alpha1.LicenseModel
		usage *v1alpha1.Usage
		want  int64
	}{
		"an asset":                           {v1alpha1.LicensePerAsset, usage, 30},
		"an agent":                           {v1alpha1.LicensePerAgent, usage, 2},
		"a scan of the period":               {v1alpha1.LicensePerScan, usage, 400},
		"no scan of another period":          {v1alpha1.LicensePerScan, lastMonths, 0},
		"an asset, whatever the period":      {v1alpha1.LicensePerAsset, lastMonths, 30},
		"the tenant":                         {v1alpha1.LicenseUnlimited, usage, 1},
		"the tenant, also if it uses naught": {v1alpha1.LicenseUnlimited, nil, 1},
		"nothing where nothing is used":      {v1alpha1.LicensePerAsset, nil, 0},
		"nothing in a model that is unknown": {"PerMoon", usage, 0},
	} {
		if got := Units(test.model, test.usage, "2026-11"); got != test.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestAPeriodIsACalendarMonthInUTC(t *testing.T) {
	berlin := time.FixedZone("Berlin", 3600)
	for at, want := range map[time.Time]struct {
		period string
		end    time.Time
	}{
		time.Date(2026, 11, 30, 23, 59, 59, 999, time.UTC): {"2026-11", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC):       {"2026-12", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		time.Date(2026, 12, 1, 0, 30, 0, 0, berlin):        {"2026-11", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC):      {"2028-02", time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC)},
		time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC):      {"2026-01", time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got := Period(at); got != want.period || !PeriodEnd(at).Equal(want.end) {
			t.Errorf("%s is of %s, which ends %s", at, got, PeriodEnd(at))
		}
	}
}

func TestWhenTheMonthTurnsWhatWasSaidLastIsKept(t *testing.T) {
	october, november := said(9, 0, "9.00", "1.00", "8.00"), said(1, 0, "4.00", "2.50", "1.50")
	kept := func(period string, sums v1alpha1.PriceSums) *v1alpha1.PeriodSums {
		return &v1alpha1.PeriodSums{Period: period, PriceSums: sums}
	}
	before := v1alpha1.PriceListStatus{Period: "2026-11", PriceSums: november, Previous: kept("2026-10", october)}
	silent := v1alpha1.PriceListStatus{Period: "2026-11", Previous: kept("2026-10", october)}
	for name, test := range map[string]struct {
		before   v1alpha1.PriceListStatus
		now      time.Time
		period   string
		previous *v1alpha1.PeriodSums
	}{
		"within the month nothing is":          {before, time.Date(2026, 11, 30, 23, 59, 59, 0, time.UTC), "2026-11", kept("2026-10", october)},
		"at its end it is":                     {before, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), "2026-12", kept("2026-11", november)},
		"also if nobody looked for months":     {before, time.Date(2027, 3, 5, 0, 0, 0, 0, time.UTC), "2027-03", kept("2026-11", november)},
		"nothing, where nothing was said":      {silent, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), "2026-12", kept("2026-10", october)},
		"a clock that is behind turns nothing": {before, time.Date(2026, 10, 31, 23, 59, 0, 0, time.UTC), "2026-11", kept("2026-10", october)},
		"a clock that was wrong is put right":  {v1alpha1.PriceListStatus{Period: "2036-01", PriceSums: november, Previous: kept("2026-10", october)}, now.Time, "2026-11", kept("2026-10", october)},
		"a new list has nothing to keep":       {v1alpha1.PriceListStatus{ObservedGeneration: -1}, now.Time, "2026-11", nil},
	} {
		t.Run(name, func(t *testing.T) {
			list := listOf("l", "standard")
			list.Status = test.before
			status := Statuses(world([]*v1alpha1.PriceList{list}, using("t", 1, 1)), metav1.NewTime(test.now))[0]
			if status.Period != test.period {
				t.Errorf("the period is %s", status.Period)
			}
			if diff := cmp.Diff(test.previous, status.Previous); diff != "" {
				t.Errorf("previous (-want +got):\n%s", diff)
			}
		})
	}
}
