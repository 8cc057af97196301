// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"time"
)

// Licensed names a tenant and its plan.
type Licensed struct {
	// TenantName is the company's name, for people.
	TenantName string
	// Tenant and Namespace are the Tenant's own, by which the partner finds it.
	Tenant, Namespace string
	// PlanName is the plan's name, for people.
	PlanName string
}

// UsageReached tells a partner that a tenant has reached a part of what its plan includes.
type UsageReached struct {
	Licensed
	// Percent that was reached, of what is included: 100 for all of it.
	Percent int32
	// Included is how much is included, and Counted of what: assets, scans or agents.
	Included int64
	Counted  string
	// Month in which that was.
	Month time.Time
}

// TrialEnding tells a partner that a tenant's trial is over soon.
type TrialEnding struct {
	// Licensed names the plan that is on trial.
	Licensed
	// EndsAt is when it is over.
	EndsAt time.Time
	// NextPlan is the plan that follows, for people. Default: none, and the tenant is suspended.
	NextPlan string
}

// allIncluded is the percentage of which nothing is left.
const allIncluded = 100

func (u UsageReached) view() (view, error) {
	v, err := u.as("usage")
	if err != nil {
		return view{}, err
	}
	if u.Percent < 1 || u.Counted == "" || u.Month.IsZero() {
		return view{}, errors.New("the mail says nothing of what is used: set the percentage, what is counted and the month")
	}
	v.Percent, v.Month, v.All = u.Percent, u.Month.UTC().Format("January 2006"), u.Percent == allIncluded
	v.Counted = fmt.Sprintf("%d %s", u.Included, Line(u.Counted, maxName))
	v.Subject = fmt.Sprintf("%s has reached %d %% of its plan in %s", v.Tenant, v.Percent, v.Month)
	return v, nil
}

func (t TrialEnding) view() (view, error) {
	v, err := t.as("trial")
	if err != nil {
		return view{}, err
	}
	if t.EndsAt.IsZero() {
		return view{}, errors.New("the mail does not say when the trial ends: set it")
	}
	v.Expires, v.Next = moment(t.EndsAt), Line(t.NextPlan, maxName)
	v.Subject = fmt.Sprintf("The trial of %s ends on %s", v.Tenant, t.EndsAt.UTC().Format("2 January 2006"))
	return v, nil
}

// as is what every mail about a tenant on a plan says, in a template.
func (l Licensed) as(template string) (view, error) {
	v := view{Template: template, Tenant: Line(l.TenantName, maxName), Name: Line(l.Tenant, maxAddress), Namespace: Line(l.Namespace, maxAddress), Plan: Line(l.PlanName, maxName)}
	switch {
	case v.Tenant == "" || v.Name == "" || v.Namespace == "":
		return view{}, errNoTenant
	case v.Plan == "":
		return view{}, errors.New("the mail names no plan: set its name")
	}
	return v, nil
}
