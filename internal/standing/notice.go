// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

// Notice is what a tenant's partner is to be told by mail: that a percentage of what is included was
// reached in a period, or when the trial ends.
type Notice struct {
	// Percent and Period of an alert; zero of a trial.
	Percent int32
	Period  string
	// TrialEnds is when the trial is over; zero of an alert.
	TrialEnds time.Time
}

// Occasion tells a notice from every other about the same tenant.
func (n Notice) Occasion() string {
	if n.TrialEnds.IsZero() {
		return fmt.Sprintf("alert\x00%s\x00%d", n.Period, n.Percent)
	}
	return "trial\x00" + n.TrialEnds.UTC().Format(time.RFC3339)
}

// String says what a notice is, for people.
func (n Notice) String() string {
	if n.TrialEnds.IsZero() {
		return fmt.Sprintf("the notice to the partner that %d %% of what is included is used in %s", n.Percent, n.Period)
	}
	return "the notice to the partner that the trial ends on " + n.TrialEnds.UTC().Format(time.RFC3339)
}

// Untold is what the tenant's partner was not told of yet, and is worth to be told now: of a month that is
// over, and of a trial that is, or whose plan the tenant has left, nobody is told any more.
func Untold(tenant *v1alpha1.Tenant, now time.Time) []Notice {
	var untold []Notice
	if tenant.DeletionTimestamp != nil {
		return nil
	}
	for _, alert := range tenant.Status.Alerts {
		if alert.MailedAt == nil && alert.Period == license.Period(now) {
			untold = append(untold, Notice{Percent: alert.Percent, Period: alert.Period})
		}
	}
	if warning := tenant.Status.TrialWarning; warning != nil && warning.MailedAt == nil && now.Before(warning.EndsAt.Time) && onTrialUntil(&tenant.Status, warning.EndsAt) {
		untold = append(untold, Notice{TrialEnds: warning.EndsAt.Time})
	}
	return untold
}

// onTrialUntil says that a tenant is on a trial with that end.
func onTrialUntil(said *v1alpha1.TenantStatus, end metav1.Time) bool {
	return said.Plan == said.TrialPlan && said.TrialEndsAt.Equal(&end)
}

// IsUntold says whether the partner is still to be told of one thing.
func IsUntold(tenant *v1alpha1.Tenant, notice Notice, now time.Time) bool {
	return slices.ContainsFunc(Untold(tenant, now), notice.same)
}

func (n Notice) same(other Notice) bool { return n.Occasion() == other.Occasion() }

// Told notes in a tenant's status that the partner was told at a time, or can't be.
func Told(after *v1alpha1.TenantStatus, notice Notice, at metav1.Time) {
	for i := range after.Alerts {
		if alert := &after.Alerts[i]; notice.same(Notice{Percent: alert.Percent, Period: alert.Period}) {
			alert.MailedAt = &at
		}
	}
	if warning := after.TrialWarning; warning != nil && notice.same(Notice{TrialEnds: warning.EndsAt.Time}) {
		warning.MailedAt = &at
	}
}
