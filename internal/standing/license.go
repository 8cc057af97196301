// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/status"
)

// licenseReady says whether the tenant's plan is known and has what is asked for, and how much of what it
// includes is used.
func licenseReady(in desired.Inputs, seen Seen, after v1alpha1.TenantStatus, now metav1.Time) metav1.Condition {
	ready := func(ok bool, reason, message string) metav1.Condition {
		return status.Condition(v1alpha1.ConditionLicenseReady, ok, reason, message)
	}
	switch {
	case seen.Refusal != nil && (in.License.Missing != "" || in.License.Waiting):
		return ready(false, seen.Refusal.Reason, seen.Refusal.Message)
	case in.License.Waiting:
		return ready(false, v1alpha1.ReasonCapacityExhausted, desired.Exhausted(in))
	case in.License.TrialOver:
		return ready(false, v1alpha1.ReasonTrialEnded, trialEnded(in))
	}
	if over := overLimit(in, seen.Quota); over != "" {
		return ready(false, v1alpha1.ReasonOverLimit,
			"more is used than allowed: "+over+"; what exists stays and nothing new gets in: raise the limit or delete something")
	}
	before := meta.FindStatusCondition(in.Tenant.Status.Conditions, v1alpha1.ConditionLicenseReady)
	if seen.Quota == nil && before != nil && before.Reason == v1alpha1.ReasonOverLimit {
		return *before
	}
	reason, message := level(in, after, now)
	return ready(true, reason, message)
}

// level says how near the use is to what the plan includes.
func level(in desired.Inputs, after v1alpha1.TenantStatus, now metav1.Time) (reason, message string) {
	plan := in.License.Plan
	if plan == nil {
		return v1alpha1.ReasonNoPlan, "the tenant names no plan"
	}
	metered, counts := license.Meter(plan, ptr.Deref(after.Usage, v1alpha1.Usage{}), now.Time)
	if !counts {
		return v1alpha1.ReasonLicensed, fmt.Sprintf("LicensePlan %q is in effect", plan.Name)
	}
	switch reached := metered.Reached(plan); {
	case slices.Contains(reached, allIncluded):
		return v1alpha1.ReasonLimitReached, fmt.Sprintf("all of the %d %s that LicensePlan %q includes are used; nobody is cut off by that", metered.Included, metered.Of, plan.Name)
	case len(reached) > 0:
		return v1alpha1.ReasonNearLimit, fmt.Sprintf("%d %% or more of the %d %s that LicensePlan %q includes are used", reached[0], metered.Included, metered.Of, plan.Name)
	}
	return v1alpha1.ReasonLicensed, fmt.Sprintf("LicensePlan %q is in effect", plan.Name)
}

// allIncluded is the percentage of which nothing is left.
const allIncluded = 100

// licensed says what the tenant's plan and capacity give it. Of one that is refused it is not known.
func licensed(after *v1alpha1.TenantStatus, in desired.Inputs, seen Seen, now metav1.Time) {
	if seen.Refusal != nil {
		return
	}
	after.Plan = in.License.PlanName()
	after.Effective = new(desired.Effective(in))
	after.Allocated = nil
	if in.License.Share != nil {
		after.Allocated = new(desired.Limits(in))
	}
	after.Capacity = capacityOf(in.License)
	after.Alerts = license.Alerts(in.License.Plan, ptr.Deref(after.Usage, v1alpha1.Usage{}), after.Alerts, now.Time)
	if trial := in.License.Trial; trial != nil && seen.HasPlace {
		after.TrialPlan, after.TrialEndsAt = trial.Plan, &metav1.Time{Time: trial.EndsAt}
	}
	after.TrialWarning = trialWarning(in, after.TrialWarning, now)
}

// trialWarning is the one that was given, while the end that it warns of is to come: who leaves the trial's plan and comes
// back is not warned again.
func trialWarning(in desired.Inputs, given *v1alpha1.TrialWarning, now metav1.Time) *v1alpha1.TrialWarning {
	if given != nil && !now.Before(&given.EndsAt) {
		given = nil
	}
	warn := in.License.WarnAt()
	if warn.IsZero() || now.Time.Before(warn) || given != nil && given.EndsAt.Time.Equal(in.License.Trial.EndsAt) {
		return given
	}
	return &v1alpha1.TrialWarning{EndsAt: metav1.NewTime(in.License.Trial.EndsAt)}
}

// capacityOf is what a partner was given for its children, and what they hold; nil for one that is limited in
// nothing.
func capacityOf(of desired.License) *v1alpha1.PartnerCapacity {
	if of.Below == nil {
		return nil
	}
	held, _ := of.Below.Held("")
	return &v1alpha1.PartnerCapacity{
		Granted:   of.Granted.Capacity(),
		Allocated: held.Capacity(),
		Waiting:   new(int32(len(of.Below.Waiting))),
	}
}

// Alert is what somebody is to be told once.
type Alert struct{ Reason, Message string }

// NewAlerts are those that came with a change of a Tenant's status.
func NewAlerts(before, after v1alpha1.TenantStatus) []Alert {
	var alerts []Alert
	for _, alert := range after.Alerts {
		if slices.ContainsFunc(before.Alerts, func(other v1alpha1.UsageAlert) bool {
			return other.Percent == alert.Percent && other.Period == alert.Period
		}) {
			continue
		}
		reason, message := v1alpha1.ReasonNearLimit, fmt.Sprintf("%d %% or more of what LicensePlan %q includes is used in %s", alert.Percent, after.Plan, alert.Period)
		if alert.Percent == allIncluded {
			reason, message = v1alpha1.ReasonLimitReached, fmt.Sprintf("all of what LicensePlan %q includes is used in %s; nobody is cut off by that", after.Plan, alert.Period)
		}
		alerts = append(alerts, Alert{reason, message})
	}
	if warning := after.TrialWarning; warning != nil && (before.TrialWarning == nil || !before.TrialWarning.EndsAt.Equal(&warning.EndsAt)) {
		alerts = append(alerts, Alert{v1alpha1.ReasonTrialEnding,
			fmt.Sprintf("the trial of LicensePlan %q ends on %s: set spec.planRef to another plan to go on", after.TrialPlan, warning.EndsAt.UTC().Format(time.RFC3339))})
	}
	return alerts
}

// monthSpread is how long the looks at the turn of a month are spread over.
const monthSpread = 10 * time.Minute

// LookAgain is when the clock alone changes what a tenant's plan gives it, or what is said of it; zero if it
// does not.
func LookAgain(in desired.Inputs, after v1alpha1.TenantStatus, now time.Time) time.Time {
	next := time.Time{}
	sooner := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	sooner(in.License.WarnAt())
	sooner(in.License.Ends())
	if len(after.Alerts) > 0 {
		sooner(license.NextPeriod(now).Add(spread(string(in.Tenant.UID))))
	}
	return next
}

// spread is a part of monthSpread, always the same for a tenant.
func spread(uid string) time.Duration {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(uid)) // never fails
	return time.Duration(hash.Sum32()) % monthSpread
}

func trialEnded(in desired.Inputs) string {
	return fmt.Sprintf("the trial of LicensePlan %q ended on %s: nobody gets in and nothing runs; data stays; set spec.planRef to another plan to go on",
		in.License.Trial.Plan, in.License.Trial.EndsAt.UTC().Format(time.RFC3339))
}

// limitNames are what people call the resources that spec.limits names.
var limitNames = map[corev1.ResourceName]string{
	desired.ResourceAgents:         "spec.limits.agents",
	corev1.ResourceRequestsStorage: "spec.limits.disk",
}

// overLimit lists what is used beyond the quota, and of a partner's seats, as "spec.limits.disk 41Gi/20Gi".
func overLimit(in desired.Inputs, quota *corev1.ResourceQuota) string {
	if quota == nil {
		return ""
	}
	var over []string
	if seats := int64(*desired.Limits(in).Agents); in.Seats > seats {
		over = append(over, fmt.Sprintf("%s %d/%d", limitNames[desired.ResourceAgents], in.Seats, seats))
	}
	for _, name := range slices.Sorted(maps.Keys(quota.Spec.Hard)) {
		hard, used := quota.Spec.Hard[name], quota.Status.Used[name]
		if used.Cmp(hard) > 0 {
			over = append(over, fmt.Sprintf("%s %s/%s", cmp.Or(limitNames[name], string(name)), used.String(), hard.String()))
		}
	}
	return strings.Join(over, ", ")
}
