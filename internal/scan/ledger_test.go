// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestALostLedgerGivesNoNumberOutAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.seen.Ledger, d.seen.Jobs = Ledger{}, []Job{{Run: 41, Schedule: "daily", Finished: noon, Held: true}}
	d.schedule.Spec.Run = "1"
	if decision := d.look(t); !slices.Equal(decision.Start, []int64{42}) || len(decision.Release) != 1 {
		t.Errorf("%+v", decision)
	}
}

func TestALedgerRemembersAYear(t *testing.T) {
	t.Parallel()
	ledger := Ledger{Serial: 20}.clone()
	for n := range 20 {
		ledger.count(Job{Run: int64(n), Finished: noon.AddDate(0, n, 0), Result: v1alpha1.ScanSucceeded}, "")
	}
	if _, oldest := ledger.Months["2027-06"]; len(ledger.Months) != maxMonths || !oldest {
		t.Errorf("%v", ledger.Months)
	}
	usage := ledger.Usage(v1alpha1.Usage{Assets: 3, Scans: 9, Period: "2026-11"}, noon.AddDate(1, 0, 0))
	if usage.Assets != 3 || usage.Scans != 1 || usage.Period != "2027-11" {
		t.Errorf("%+v", usage)
	}
}

func TestALedgerThatIsNone(t *testing.T) {
	t.Parallel()
	if _, err := ReadLedger("{"); err == nil {
		t.Error("it was read")
	}
}

// TestAFullLedgerFitsInAConfigMap: the API server takes no ConfigMap of more than a mebibyte.
func TestAFullLedgerFitsInAConfigMap(t *testing.T) {
	t.Parallel()
	const rest = 4 << 10 // of the object: its names and labels
	ledger := Ledger{}.clone()
	known := lines("a", MaxTargets).fingerprints()
	for n := range MaxSchedules {
		uid := types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
		ledger.Schedules[uid] = Entry{Calendar: fmt.Sprintf("%0256d", n), Passed: noon, Feed: fmt.Sprintf("%0256d", n), Assets: &known}
		ledger.Runs[int64(n)] = Run{Schedule: uid, Cause: CauseFeedUpdated, Due: noon, Claimed: noon, Report: strings.Repeat("&", maxReport)}
	}
	for n := range mostDropped {
		ledger.Runs[int64(MaxSchedules+n)] = Run{Schedule: types.UID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)), Cause: CauseFeedUpdated, Due: noon, Claimed: noon, Tries: n, Dropped: true}
	}
	if text, err := ledger.Write(); err != nil || len(text) > 1<<20-rest {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}
