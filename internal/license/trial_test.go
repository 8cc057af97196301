// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestTrialsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	for _, trials := range []Trials{nil, {{"taster", opened.UTC()}}, {{"taster", opened.UTC()}, {"short", opened.Add(day).UTC()}}} {
		if got := ParseTrials(trials.String()); !slices.Equal(got, trials) {
			t.Errorf("%v, of %q", got, trials)
		}
	}
	for text, want := range map[string]int{
		"": 0, "taster": 0, "taster=": 0, "taster=tomorrow": 0, "=2026": 0, ",": 0,
		"taster=2026-01-02T03:04:05Z":                                    1, // as it was written when there was one
		"taster=2026-01-02T03:04:05Z,,short=tomorrow":                    1,
		"taster=2026-01-02T03:04:05Z,taster=2027-01-02T03:04:05Z":        1,
		"taster=2026-01-02T03:04:05Z,short=2026-01-02T03:04:05Z,opener=": 2,
	} {
		if got := ParseTrials(text); len(got) != want {
			t.Errorf("%q are trials %v", text, got)
		}
	}
	twice := ParseTrials("taster=2026-01-02T03:04:05Z,taster=2027-01-02T03:04:05Z")
	if twice[0].EndsAt.Year() != 2026 {
		t.Errorf("of one plan the later in the text counts: %v", twice)
	}
}

func TestTheTrialsOfAsManyPlansAreRememberedAsAreBounded(t *testing.T) {
	t.Parallel()
	var trials Trials
	for i := range 3 * MaxTrials {
		trials = trials.With(Trial{fmt.Sprintf("plan-%d", i), opened})
	}
	if len(trials) != MaxTrials || trials.Latest().Plan != "plan-47" || trials.Of("plan-32") == nil || trials.Of("plan-31") != nil {
		t.Errorf("%d: %v", len(trials), trials)
	}
	if again := ParseTrials(trials.String() + ",more=2026-01-02T03:04:05Z"); len(again) != MaxTrials {
		t.Errorf("%d were read", len(again))
	}
	if back := trials.With(*trials.Of("plan-40")); len(back) != MaxTrials || back.Latest().Plan != "plan-40" || back.Of("plan-32") == nil {
		t.Errorf("going back to one forgets another: %v", back)
	}
}

func TestWhatAPlaceTellsOfATrialCountsForMoreThanWhatIsToldElsewhere(t *testing.T) {
	t.Parallel()
	place := Trials{{"taster", opened}}
	for name, test := range map[string]struct {
		told *Trial
		want Trials
	}{
		"nothing":               {nil, place},
		"another end":           {&Trial{"taster", opened.Add(day)}, place},
		"one that is new to it": {&Trial{"short", opened.Add(day)}, Trials{{"short", opened.Add(day)}, {"taster", opened}}},
	} {
		if got := place.Known(test.told); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Two sellers' plans, taken in turns for years, are tried once each.
func TestTakingTurnsRenewsNoTrial(t *testing.T) {
	t.Parallel()
	var trials Trials
	var served time.Duration
	for step := range 400 {
		now := opened.Add(time.Duration(step) * day)
		ref := "taster"
		if step%2 == 1 {
			ref = "short"
		}
		found := Resolve(localRef(ref), planSold, ParseTrials(trials.String()), now)
		if trials = found.Trials; found.OnTrial {
			served += day
		}
	}
	if served > 14*day {
		t.Errorf("served for %s", served)
	}
}
