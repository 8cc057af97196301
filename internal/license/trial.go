// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"slices"
	"strings"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Trial is one that a tenant's place had.
type Trial struct {
	// Plan whose trial it is.
	Plan string
	// EndsAt is when it is over; it does not begin anew.
	EndsAt time.Time
}

// TrialOf is the latest trial of a Tenant that its status tells of; nil if there is none.
func TrialOf(tenant *v1alpha1.Tenant) *Trial {
	if tenant.Status.TrialPlan == "" || tenant.Status.TrialEndsAt == nil {
		return nil
	}
	return &Trial{Plan: tenant.Status.TrialPlan, EndsAt: tenant.Status.TrialEndsAt.Time}
}

// String is the trial as it is written on a namespace.
func (t Trial) String() string { return t.Plan + "=" + t.EndsAt.UTC().Format(time.RFC3339) }

// Trials are those that a tenant's place had, one of a plan, the latest first: a plan that was tried is not tried
// again, whatever came between.
type Trials []Trial

// MaxTrials is how many are remembered; of more, those that the tenant was on longest ago are forgotten.
const MaxTrials = 16

// String is the trials as they are written on a namespace, between commas.
func (t Trials) String() string {
	written := make([]string, len(t))
	for i, trial := range t {
		written[i] = trial.String()
	}
	return strings.Join(written, ",")
}

// ParseTrials reads what String wrote, and leaves out what it did not write.
func ParseTrials(text string) Trials {
	var trials Trials
	for part := range strings.SplitSeq(text, ",") {
		plan, end, found := strings.Cut(part, "=")
		endsAt, err := time.Parse(time.RFC3339, end)
		if found && err == nil && trials.Of(plan) == nil && len(trials) < MaxTrials {
			trials = append(trials, Trial{Plan: plan, EndsAt: endsAt})
		}
	}
	return trials
}

// Of is the trial of a plan; nil if it was never tried.
func (t Trials) Of(plan string) *Trial {
	if i := slices.IndexFunc(t, func(trial Trial) bool { return trial.Plan == plan }); i >= 0 {
		return new(t[i])
	}
	return nil
}

// Latest is the trial that the tenant was on last; nil if there never was any.
func (t Trials) Latest() *Trial {
	if len(t) == 0 {
		return nil
	}
	return new(t[0])
}

// With are the trials with one that is the latest, in place of what was known of its plan.
func (t Trials) With(latest Trial) Trials {
	trials := Trials{latest}
	for _, trial := range t {
		if trial.Plan != latest.Plan && len(trials) < MaxTrials {
			trials = append(trials, trial)
		}
	}
	return trials
}

// Known are the trials with one that is told of elsewhere too: of a plan that they tell of themselves it is not minded.
func (t Trials) Known(told *Trial) Trials {
	if told == nil || t.Of(told.Plan) != nil {
		return t
	}
	return t.With(*told)
}
