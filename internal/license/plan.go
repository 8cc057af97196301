// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// InEffect is what a tenant's plan is, and how its trial stands.
type InEffect struct {
	// Plan in effect; nil if the tenant names none, or one that is not there.
	Plan *v1alpha1.LicensePlan
	// Missing is the name of the plan that would be in effect, and is not there.
	Missing string
	// Trials are all that are remembered, and Trial is the latest; nil if there never was any.
	Trials Trials
	Trial  *Trial
	// OnTrial says that the plan in effect is on trial.
	OnTrial bool
	// TrialOver says that the trial is over, and the tenant suspended by it.
	TrialOver bool
}

// Resolve says which plan is in effect, of those that the function finds by name, which returns nil for one
// that is not there. A trial begins when a place gets its plan first. Of the plan that follows a trial, a
// trial of its own does not count.
func Resolve(ref *v1alpha1.LocalReference, plan func(name string) *v1alpha1.LicensePlan, was Trials, now time.Time) InEffect {
	found := after(was)
	if ref == nil {
		return found
	}
	named := plan(ref.Name)
	if named == nil {
		found.Missing = ref.Name
		return found
	}
	terms := named.Spec.Trial
	if terms == nil {
		found.Plan = named
		return found
	}
	trial := was.Of(named.Name)
	if trial == nil {
		trial = &Trial{Plan: named.Name, EndsAt: now.Add(time.Duration(terms.Days) * 24 * time.Hour).Truncate(time.Second)}
	}
	found = after(was.With(*trial))
	switch {
	case now.Before(trial.EndsAt):
		found.Plan, found.OnTrial = named, true
	case terms.OnExpiry != v1alpha1.TrialPlan:
		found.Plan, found.TrialOver = named, true
	default:
		if found.Plan = plan(terms.PlanRef.Name); found.Plan == nil {
			found.Missing = terms.PlanRef.Name
		}
	}
	return found
}

// after is no plan, after some trials.
func after(trials Trials) InEffect { return InEffect{Trials: trials, Trial: trials.Latest()} }

// Before is what stays in effect for a tenant while there is no capacity for what would be: the plan that it holds
// capacity of, which is nil if it was on none. A trial of that plan goes on, and ends.
func Before(plan *v1alpha1.LicensePlan, was Trials, now time.Time) InEffect {
	stays := after(was)
	stays.Plan = plan
	if plan == nil || plan.Spec.Trial == nil {
		return stays
	}
	trial := was.Of(plan.Name)
	if trial == nil {
		return stays
	}
	stays.Trials, stays.Trial = was.With(*trial), trial
	stays.OnTrial = now.Before(trial.EndsAt)
	stays.TrialOver = !stays.OnTrial && plan.Spec.Trial.OnExpiry != v1alpha1.TrialPlan
	return stays
}

// Ends is when the trial of the plan in effect is over; zero if it is on none.
func (e InEffect) Ends() time.Time {
	if !e.OnTrial {
		return time.Time{}
	}
	return e.Trial.EndsAt
}

// warnBefore is how long before its end a trial is warned of; one of six days or less, half of it before.
const warnBefore = 72 * time.Hour

// WarnAt is when the end of the trial is to be warned of; zero if the tenant is on none.
func (e InEffect) WarnAt() time.Time {
	if !e.OnTrial {
		return time.Time{}
	}
	whole := time.Duration(e.Plan.Spec.Trial.Days) * 24 * time.Hour
	return e.Trial.EndsAt.Add(-min(warnBefore, whole/2))
}
