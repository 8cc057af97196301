// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Percentages at which somebody is told of what is used, where a plan says nothing.
const (
	alertAtScans  = 80
	alertAtOthers = 90
)

// All is the percentage at which all that is included is used.
const All int32 = 100

// periods are written like this.
const periods = "2006-01"

// Period is the calendar month, in UTC, that a time lies in.
func Period(at time.Time) string { return at.UTC().Format(periods) }

// Month is when a period begins.
func Month(period string) (time.Time, error) {
	month, err := time.Parse(periods, period)
	if err != nil {
		return month, fmt.Errorf("reading the calendar month %q: %w", period, err)
	}
	return month, nil
}

// NextPeriod is when the calendar month after that of a time begins.
func NextPeriod(at time.Time) time.Time {
	at = at.UTC()
	return time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// Metered is what a tenant uses of what its plan counts, and what the plan includes.
type Metered struct {
	// Of is what is counted: assets, scans or agents.
	Of string
	// Used and Included are numbers of it.
	Used, Included int64
}

// Meter says how much a tenant uses of what its plan includes; false if the plan counts nothing, or does not
// say how much is included.
func Meter(plan *v1alpha1.LicensePlan, usage v1alpha1.Usage, now time.Time) (Metered, bool) {
	if plan == nil || plan.Spec.Included == nil {
		return Metered{}, false
	}
	included := plan.Spec.Included
	switch {
	case plan.Spec.Model == v1alpha1.LicensePerAsset && included.Assets != nil:
		return Metered{Of: "assets", Used: usage.Assets, Included: int64(*included.Assets)}, true
	case plan.Spec.Model == v1alpha1.LicensePerScan && included.Scans != nil:
		return Metered{Of: "scans", Used: Scans(usage, now), Included: int64(*included.Scans)}, true
	case plan.Spec.Model == v1alpha1.LicensePerAgent && included.Agents != nil:
		return Metered{Of: "agents", Used: usage.Agents, Included: int64(*included.Agents)}, true
	}
	return Metered{}, false
}

// Scans are those of the present calendar month.
func Scans(usage v1alpha1.Usage, now time.Time) int64 {
	if usage.Period != Period(now) {
		return 0
	}
	return usage.Scans
}

// AlertAt is the percentage of what is included at which somebody is told first.
func AlertAt(plan *v1alpha1.LicensePlan) int32 {
	if plan.Spec.Model == v1alpha1.LicensePerScan {
		return ptr.Deref(plan.Spec.AlertAt, alertAtScans)
	}
	return ptr.Deref(plan.Spec.AlertAt, alertAtOthers)
}

// Reached are the percentages that so much use has reached, the lower first.
func (m Metered) Reached(plan *v1alpha1.LicensePlan) []int32 {
	var reached []int32
	for _, percent := range slices.Compact([]int32{AlertAt(plan), All}) {
		if m.Reaches(percent) {
			reached = append(reached, percent)
		}
	}
	return reached
}

// Reaches says whether a percentage of what is included is used, and anything at all.
func (m Metered) Reaches(percent int32) bool {
	return m.Used > 0 && m.Used*int64(All) >= m.Included*int64(percent)
}

// Alerts are those of the present period: those that there were, and those that have been reached since. What
// is used less of again stays reached for the period, so that nobody is told twice.
func Alerts(plan *v1alpha1.LicensePlan, usage v1alpha1.Usage, were []v1alpha1.UsageAlert, now time.Time) []v1alpha1.UsageAlert {
	metered, counts := Meter(plan, usage, now)
	period := Period(now)
	after := slices.DeleteFunc(slices.Clone(were), func(alert v1alpha1.UsageAlert) bool { return alert.Period != period })
	if !counts {
		return after
	}
	for _, percent := range metered.Reached(plan) {
		if (len(after) < maxAlerts-1 || percent == All) && !slices.ContainsFunc(after, func(alert v1alpha1.UsageAlert) bool { return alert.Percent == percent }) {
			after = append(after, v1alpha1.UsageAlert{Percent: percent, Period: period, Since: metav1.NewTime(now)})
		}
	}
	slices.SortFunc(after, func(a, b v1alpha1.UsageAlert) int { return int(a.Percent - b.Percent) })
	return after
}

// maxAlerts is how many a Tenant's status holds: one for each percentage that a plan had in the period. One
// is kept for all that is included.
const maxAlerts = 8
