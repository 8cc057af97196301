// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const day = 24 * time.Hour

func planNamed(name string, trial *v1alpha1.Trial) *v1alpha1.LicensePlan {
	return &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: v1alpha1.LicensePlanSpec{Trial: trial}}
}

// sold are the plans that there are.
var sold = map[string]*v1alpha1.LicensePlan{
	"full":    planNamed("full", nil),
	"taster":  planNamed("taster", &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialSuspend}),
	"opener":  planNamed("opener", &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "full"}}),
	"chained": planNamed("chained", &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "taster"}}),
	"broken":  planNamed("broken", &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "gone"}}),
	"short":   planNamed("short", &v1alpha1.Trial{Days: 2, OnExpiry: v1alpha1.TrialSuspend}),
}

func planSold(name string) *v1alpha1.LicensePlan { return sold[name] }

// localRef names a plan; nil for none.
func localRef(name string) *v1alpha1.LocalReference {
	if name == "" {
		return nil
	}
	return &v1alpha1.LocalReference{Name: name}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	over, runs := opened, opened.Add(day)
	for _, test := range []struct {
		name, ref          string
		was                Trials
		plan, missing      string
		onTrial, trialOver bool
		trials             Trials
	}{
		{name: "no plan"},
		{name: "no plan, after a trial: it is not forgotten", was: Trials{{"taster", over}}, trials: Trials{{"taster", over}}},
		{name: "a plan", ref: "full", plan: "full"},
		{name: "a plan that is not there", ref: "gone", was: Trials{{"taster", over}}, missing: "gone", trials: Trials{{"taster", over}}},
		{name: "a trial begins", ref: "taster", plan: "taster", onTrial: true, trials: Trials{{"taster", opened.Add(14 * day)}}},
		{name: "another trial begins", ref: "taster", was: Trials{{"opener", over}}, plan: "taster", onTrial: true, trials: Trials{{"taster", opened.Add(14 * day)}, {"opener", over}}},
		{name: "a trial goes on after another between", ref: "taster", was: Trials{{"short", over}, {"taster", runs}}, plan: "taster", onTrial: true, trials: Trials{{"taster", runs}, {"short", over}}},
		{name: "a trial that is over is not had again by another between", ref: "taster", was: Trials{{"short", runs}, {"taster", over}}, plan: "taster", trialOver: true, trials: Trials{{"taster", over}, {"short", runs}}},
		{name: "a trial goes on", ref: "taster", was: Trials{{"taster", runs}}, plan: "taster", onTrial: true, trials: Trials{{"taster", runs}}},
		{name: "a trial is over at its very moment", ref: "taster", was: Trials{{"taster", over}}, plan: "taster", trialOver: true, trials: Trials{{"taster", over}}},
		{name: "a trial leads on", ref: "opener", was: Trials{{"opener", over}}, plan: "full", trials: Trials{{"opener", over}}},
		{name: "a trial leads to one whose own trial does not count", ref: "chained", was: Trials{{"chained", over}}, plan: "taster", trials: Trials{{"chained", over}}},
		{name: "a trial leads nowhere", ref: "broken", was: Trials{{"broken", over}}, missing: "gone", trials: Trials{{"broken", over}}},
		{name: "a plan after a trial that suspended", ref: "full", was: Trials{{"taster", over}}, plan: "full", trials: Trials{{"taster", over}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := Resolve(localRef(test.ref), planSold, test.was, opened)
			plan := ""
			if got.Plan != nil {
				plan = got.Plan.Name
			}
			if plan != test.plan || got.Missing != test.missing || got.OnTrial != test.onTrial || got.TrialOver != test.trialOver {
				t.Errorf("plan %q, missing %q, on trial %v, over %v", plan, got.Missing, got.OnTrial, got.TrialOver)
			}
			if !slices.Equal(got.Trials, test.trials) || (got.Trial == nil) != (len(test.trials) == 0) || got.Trial != nil && *got.Trial != test.trials[0] {
				t.Errorf("trials %v, the latest %v; want %v", got.Trials, got.Trial, test.trials)
			}
		})
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		plan               *v1alpha1.LicensePlan
		was                Trials
		onTrial, trialOver bool
	}{
		{"none", nil, nil, false, false},
		{"a plan", sold["full"], nil, false, false},
		{"a plan whose trial was another's", sold["taster"], Trials{{"opener", opened}}, false, false},
		{"a trial goes on", sold["taster"], Trials{{"taster", opened.Add(1)}}, true, false},
		{"a trial ends", sold["taster"], Trials{{"taster", opened}}, false, true},
		{"a trial ends, though another came between", sold["taster"], Trials{{"opener", opened.Add(day)}, {"taster", opened}}, false, true},
		{"a trial that leads on suspends nobody", sold["opener"], Trials{{"opener", opened}}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Before(test.plan, test.was, opened); got.Plan != test.plan || len(got.Trials) != len(test.was) || got.OnTrial != test.onTrial || got.TrialOver != test.trialOver {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTrialsAreWarnedOf(t *testing.T) {
	t.Parallel()
	ends := opened.Add(day)
	for plan, want := range map[string]time.Time{"taster": ends.Add(-3 * day), "short": ends.Add(-day)} {
		on := InEffect{Plan: sold[plan], Trial: &Trial{plan, ends}, OnTrial: true}
		if !on.WarnAt().Equal(want) || !on.Ends().Equal(ends) {
			t.Errorf("%s: warned of at %s, ends at %s", plan, on.WarnAt(), on.Ends())
		}
		on.OnTrial = false
		if !on.WarnAt().IsZero() || !on.Ends().IsZero() {
			t.Errorf("%s: one that is over is warned of, or ends", plan)
		}
	}
}
