// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

func TestScansAreCountedByCauseAndResult(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	scans := newScans(registry)
	scans.Started(scan.CauseDue)
	scans.Started(scan.CauseDue)
	scans.Started(scan.CauseRequested)
	scans.Finished(v1alpha1.ScanSucceeded, 40*time.Second)
	scans.Finished(v1alpha1.ScanFailed, 2*time.Hour)
	scans.Missed(0)
	scans.Missed(3)
	want := `
# HELP tenantry_scan_run_duration_seconds How long runs of ScanSchedules took, from when their Jobs began, by their result.
# TYPE tenantry_scan_run_duration_seconds histogram
` + histogram("Failed", 7200, 7) + histogram("Succeeded", 40, 2) + `
# HELP tenantry_scan_runs_finished_total Runs of ScanSchedules that finished and were counted, by their result.
# TYPE tenantry_scan_runs_finished_total counter
tenantry_scan_runs_finished_total{result="Failed"} 1
tenantry_scan_runs_finished_total{result="Succeeded"} 1
# HELP tenantry_scan_runs_missed_total Runs of ScanSchedules that were due and not started, since another was started for them.
# TYPE tenantry_scan_runs_missed_total counter
tenantry_scan_runs_missed_total 3
# HELP tenantry_scan_runs_started_total Runs of ScanSchedules that were set out on, by their cause.
# TYPE tenantry_scan_runs_started_total counter
tenantry_scan_runs_started_total{cause="AssetAdded"} 0
tenantry_scan_runs_started_total{cause="Due"} 2
tenantry_scan_runs_started_total{cause="FeedUpdated"} 0
tenantry_scan_runs_started_total{cause="Requested"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// histogram is that of a result with one run, which is in the buckets from the first on.
func histogram(result string, seconds, first int) string {
	var text strings.Builder
	for i, bound := range []string{"10", "30", "60", "300", "900", "1800", "3600", "7200", "21600", "86400", "+Inf"} {
		within := "0"
		if i >= first {
			within = "1"
		}
		text.WriteString(`tenantry_scan_run_duration_seconds_bucket{result="` + result + `",le="` + bound + `"} ` + within + "\n")
	}
	text.WriteString(`tenantry_scan_run_duration_seconds_sum{result="` + result + `"} ` + strconv.Itoa(seconds) + "\n")
	text.WriteString(`tenantry_scan_run_duration_seconds_count{result="` + result + `"} 1` + "\n")
	return text.String()
}

func TestScansThatWaitAreToldAtEachScrape(t *testing.T) {
	waiting := 0
	scans := NewWaitingScans(func() int { waiting++; return waiting })
	for want := 1; want <= 2; want++ {
		if got := testutil.ToFloat64(scans.collector); got != float64(want) {
			t.Errorf("%v wait, and %d do", got, want)
		}
	}
}
