// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"strings"
	"testing"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestTheReportIsThatOfTheRunThatFinishedLast(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		profile configv1alpha1.ScanProfile
		gone    bool
		want    string
	}{
		"a link":                           {profile: configv1alpha1.ScanProfile{ReportURL: "https://r.example/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)"}, want: "https://r.example/place/daily/2"},
		"none without a URL":               {},
		"none that is longer than allowed": {profile: configv1alpha1.ScanProfile{ReportURL: "https://r.example/" + strings.Repeat("r", maxReport)}},
		"none of a schedule that is gone":  {profile: configv1alpha1.ScanProfile{ReportURL: "https://r.example/$(RUN)"}, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.seen.Namespace, d.seen.NamespaceUID = "acme-cybercorp", "place"
			d.seen.Ledger.Runs = map[int64]Run{1: {Schedule: "daily"}, 2: {Schedule: "daily"}}
			for run, finished := range map[int64]time.Time{1: noon.Add(-time.Hour), 2: noon} {
				d.seen.Jobs = append(d.seen.Jobs, Job{Run: run, Schedule: "daily", Finished: finished, Result: v1alpha1.ScanSucceeded})
			}
			d.seen.Schedules = []Schedule{{Object: &d.schedule, Profile: test.profile, Calendar: calendarOf(t, d.schedule.Spec), Targets: d.targets}}
			if test.gone {
				d.seen.Schedules = nil
			}
			if got := Look(d.seen).Ledger; got.LastReport != test.want || !got.LastFinished.Equal(noon) {
				t.Errorf("%q, of what finished at %v", got.LastReport, got.LastFinished)
			}
		})
	}
}
