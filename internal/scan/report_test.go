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
		want    string
	}{
		"a link":                           {configv1alpha1.ScanProfile{ReportURL: "https://r.example/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)"}, "https://r.example/place/daily/1"},
		"none without a URL":               {},
		"none that is longer than allowed": {configv1alpha1.ScanProfile{ReportURL: "https://r.example/" + strings.Repeat("r", maxReport)}, ""},
	} {
		for change, after := range map[string]func(d *desk){
			"":                             func(*desk) {},
			", though the profile changes": func(d *desk) { d.profile.ReportURL = "https://other.example/$(RUN)" },
			", though the schedule goes":   func(d *desk) { d.gone = true },
			", though the tenant closes":   func(d *desk) { d.seen.Closed = true },
		} {
			t.Run(name+change, func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				d.seen.Namespace, d.seen.NamespaceUID, d.profile, d.seen.Now = "acme-cybercorp", "place", test.profile, noon
				if made := d.look(t); len(made.Start) != 1 {
					t.Fatalf("%+v", made)
				}
				d.ran(noon.Add(time.Minute), v1alpha1.ScanSucceeded)
				after(d)
				want := test.want
				if want == "" && !d.gone { // nobody knew a link when it was started: that of now is better than none
					want = ReportURL(d.profile, d.seen.Namespace, d.seen.NamespaceUID, "daily", 1)
				}
				if got := d.look(t).Ledger; got.LastReport != want || !got.LastFinished.Equal(noon.Add(time.Minute)) {
					t.Errorf("%q, of what finished at %v", got.LastReport, got.LastFinished)
				}
			})
		}
	}
}

func TestARunThatIsRecalledHasAReport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Confirmed, d.profile = true, configv1alpha1.ScanProfile{ReportURL: "https://r.example/$(RUN)"}
	d.seen.Jobs = []Job{{Run: 7, Schedule: "daily", Finished: noon, Result: v1alpha1.ScanSucceeded}}
	if got := d.look(t).Ledger.LastReport; got != "https://r.example/7" {
		t.Error(got)
	}
}
