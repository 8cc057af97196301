// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// maxUnits of one tenant that are counted. It is far above what a tenant can use, and keeps the sum over a
// million tenants on each of a thousand lists within an int64.
const maxUnits = 1_000_000_000

// Units that a tenant used in the period, as the plan's model counts them: its assets, its scans that
// finished in the period, its seats, or the tenant itself.
func Units(model v1alpha1.LicenseModel, usage *v1alpha1.Usage, period string) int64 {
	if model == v1alpha1.LicenseUnlimited {
		return 1
	}
	if usage == nil {
		return 0
	}
	var units int64
	switch model {
	case v1alpha1.LicensePerAsset:
		units = usage.Assets
	case v1alpha1.LicensePerAgent:
		units = usage.Agents
	case v1alpha1.LicensePerScan:
		if usage.Period == period {
			units = usage.Scans
		}
	}
	return min(max(units, 0), maxUnits)
}

// month is the layout of a period.
const month = "2006-01"

// clockSkew is how far the clocks of two managers may lie apart.
const clockSkew = 24 * time.Hour

// Period is the calendar month in UTC that a time lies in, such as 2026-11.
func Period(at time.Time) string { return at.UTC().Format(month) }

// PeriodEnd is when the period that a time lies in is over.
func PeriodEnd(at time.Time) time.Time {
	utc := at.UTC()
	return time.Date(utc.Year(), utc.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// period that the lists are to speak of. One that has begun by another manager's clock stays begun: turned
// back, it would pass for the one before.
func (in Inputs) period(now time.Time) string {
	begun := Period(now.Add(clockSkew))
	for _, list := range in.Lists {
		if list.Status.Period == begun {
			return begun
		}
	}
	return Period(now)
}
