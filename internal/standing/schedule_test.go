// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/standing"
)

func TestTheReadyConditionOfASchedule(t *testing.T) {
	t.Parallel()
	many := v1alpha1.ScanScheduleSpec{Tenants: &v1alpha1.Selection{Names: []v1alpha1.TenantName{"a"}}}
	fine := scan.Finding{Namespace: "acme-a", Reached: true}
	with := func(namespace string, problem *scan.Problem) scan.Finding {
		return scan.Finding{Namespace: namespace, Reached: true, Problem: problem}
	}
	failed := &scan.Problem{Reason: v1alpha1.ReasonFailed, Message: "it failed"}
	blocked := &scan.Problem{Reason: v1alpha1.ReasonQuotaBlocked, Message: "the quota is full"}
	for _, test := range []struct {
		name    string
		spec    v1alpha1.ScanScheduleSpec
		seen    standing.ScheduleSeen
		ready   bool
		stalled bool
		reason  string
		says    string
	}{
		{name: "all is well", seen: standing.ScheduleSeen{Findings: []scan.Finding{fine}}, ready: true, reason: v1alpha1.ReasonReady, says: "when they are due"},
		{name: "it is at fault", seen: standing.ScheduleSeen{Fault: &scan.Problem{Reason: v1alpha1.ReasonUnresolved, Message: "no profile"}, Findings: []scan.Finding{with("acme-a", failed)}}, stalled: true, reason: v1alpha1.ReasonUnresolved, says: "no profile"},
		{name: "it is suspended", spec: v1alpha1.ScanScheduleSpec{Suspend: true}, seen: standing.ScheduleSeen{Findings: []scan.Finding{with("acme-a", failed)}}, ready: true, reason: v1alpha1.ReasonSuspended, says: "spec.suspend"},
		{name: "the tenant is suspended", seen: standing.ScheduleSeen{Findings: []scan.Finding{{Reached: true, Halted: true}}}, ready: true, reason: v1alpha1.ReasonSuspended, says: "the tenant is suspended"},
		{name: "the place is not there", seen: standing.ScheduleSeen{Findings: []scan.Finding{{}}}, reason: v1alpha1.ReasonWaiting, says: "not there yet"},
		{name: "it picks nobody", spec: many, ready: true, reason: v1alpha1.ReasonNoTenants, says: "spec.tenants"},
		{name: "its own place has a problem", seen: standing.ScheduleSeen{Findings: []scan.Finding{with("acme-a", blocked)}}, reason: v1alpha1.ReasonQuotaBlocked, says: "the quota is full"},
		{name: "the gravest is told, and where first", spec: many, seen: standing.ScheduleSeen{Findings: []scan.Finding{with("acme-c", failed), fine, with("acme-b", failed), with("acme-a", blocked)}},
			reason: v1alpha1.ReasonFailed, says: `in 2 of 4 tenants, first in namespace "acme-b": it failed`},
		{name: "nothing to scan is no fault", spec: many, seen: standing.ScheduleSeen{Findings: []scan.Finding{with("acme-a", standing.NoTargets())}}, ready: true, reason: v1alpha1.ReasonNoTargets, says: "in 1 of 1 tenant,"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			schedule := &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Generation: 3}, Spec: test.spec}
			test.seen.Whole = true
			after := standing.OfSchedule(schedule, test.seen, now)
			ready := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionReady)
			if (ready.Status == metav1.ConditionTrue) != test.ready || ready.Reason != test.reason || !strings.Contains(ready.Message, test.says) {
				t.Errorf("%+v", ready)
			}
			if meta.IsStatusConditionTrue(after.Conditions, v1alpha1.ConditionStalled) != test.stalled || after.ObservedGeneration != 3 {
				t.Errorf("%+v", after)
			}
		})
	}
}

func TestASchedulesStatusSumsUpItsTenants(t *testing.T) {
	t.Parallel()
	early, late := now.Add(-2*time.Hour), now.Add(-time.Hour)
	schedule := &v1alpha1.ScanSchedule{ObjectMeta: metav1.ObjectMeta{Name: "weekly"}, Spec: v1alpha1.ScanScheduleSpec{Run: "2", Tenants: &v1alpha1.Selection{}}}
	schedule.Status.ObservedGeneration = -1
	seen := standing.ScheduleSeen{
		Profile: configv1alpha1.ScanProfile{ReportURL: "https://r.example/$(NAMESPACE_UID)/$(SCHEDULE)/$(RUN)"},
		Findings: []scan.Finding{
			{Namespace: "a", NamespaceUID: "uid-of-a", Reached: true, Served: "2", Next: now.Add(3 * time.Hour), Last: &scan.Outcome{Run: 7, At: late, Result: v1alpha1.ScanFailed}},
			{Namespace: "b", Reached: true, Served: "2", Next: now.Add(2 * time.Hour), Last: &scan.Outcome{Run: 9, At: early, Result: v1alpha1.ScanSucceeded}},
			{Namespace: "c", Reached: true, Halted: true, Served: "1"},
			{Namespace: "d"},
		},
	}
	half := standing.OfSchedule(schedule, seen, now)
	if half.ObservedGeneration != -1 || half.NextRun != nil || half.Tenants != nil || half.ObservedRun != "" || !half.LastRun.Time.Equal(late) {
		t.Errorf("while not all were looked at: %+v", half)
	}
	seen.Whole = true
	whole := standing.OfSchedule(schedule, seen, now)
	if whole.LastResult != v1alpha1.ScanFailed || whole.Report != "https://r.example/uid-of-a/weekly/7" || !whole.NextRun.Time.Equal(now.Add(2*time.Hour)) || *whole.Tenants != 3 || whole.ObservedRun != "2" {
		t.Errorf("%+v", whole)
	}
	schedule.Status = whole
	seen.Findings[0].Last, seen.Findings[1].Served = nil, "1"
	schedule.Spec.Run = "3"
	after := standing.OfSchedule(schedule, seen, now)
	if !after.LastRun.Equal(whole.LastRun) || after.LastResult != v1alpha1.ScanFailed || after.ObservedRun != "2" {
		t.Errorf("the last run moves back, or the request is said to be served: %+v", after)
	}
}

func TestScansAreToldOfATenantAsTheLedgerCountsThem(t *testing.T) {
	t.Parallel()
	finished := now.Add(-90 * time.Second)
	month := now.UTC().Format("2006-01")
	s := complete()
	s.Scans = &scan.Ledger{Serial: 4}
	if after := s.of(); after.LastScan != nil || after.Usage != nil && after.Usage.Period != "" {
		t.Errorf("nothing finished: %+v", after)
	}
	s.Scans = &scan.Ledger{Months: map[string]scan.Finished{month: {All: 5, Failed: 2}}, LastFinished: finished, LastReport: "https://reports.example/5"}
	after := s.of()
	if after.Usage.Scans != 5 || after.Usage.Period != month || !after.LastScan.Time.Equal(finished.Truncate(time.Minute)) || !after.LastActivity.Equal(after.LastScan) ||
		after.LastReport != "https://reports.example/5" {
		t.Errorf("%+v", after)
	}
	s.Tenant.Status, s.Scans = after, &scan.Ledger{LastFinished: finished.Add(-time.Hour), LastReport: "https://reports.example/4"}
	if after := s.of(); after.LastReport != "https://reports.example/5" {
		t.Errorf("the last report moves back: %+v", after)
	}
	for report, want := range map[string]string{"": "https://reports.example/5", "https://reports.example/6": "https://reports.example/6"} {
		s.Scans = &scan.Ledger{LastFinished: finished, LastReport: report}
		if got := s.of().LastReport; got != want {
			t.Errorf("a ledger with report %q: %q", report, got)
		}
	}
	s.Scans = &scan.Ledger{LastFinished: finished.Add(time.Hour)}
	if got := s.of().LastReport; got != "" {
		t.Errorf("the report of a scan that is not the last: %q", got)
	}
	s.Tenant.Status, s.Scans = after, nil
	if after := s.of(); after.Usage.Scans != 5 || after.LastScan == nil || after.LastReport == "" {
		t.Errorf("a ledger that is not there takes something back: %+v", after)
	}
}

func TestScheduleEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	said := func(ready metav1.ConditionStatus, reason string) v1alpha1.ScanScheduleStatus {
		return v1alpha1.ScanScheduleStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready, Reason: reason}}}
	}
	ready, blocked := said(metav1.ConditionTrue, v1alpha1.ReasonReady), said(metav1.ConditionFalse, v1alpha1.ReasonQuotaBlocked)
	if told := standing.ScheduleEvents(ready, ready); len(told) > 0 {
		t.Errorf("nothing has changed: %+v", told)
	}
	if told := standing.ScheduleEvents(ready, blocked); len(told) != 1 || told[0].Type != "Warning" || told[0].Reason != v1alpha1.ReasonQuotaBlocked {
		t.Errorf("%+v", told)
	}
	if told := standing.ScheduleEvents(v1alpha1.ScanScheduleStatus{}, ready); len(told) != 1 || told[0].Type != "Normal" {
		t.Errorf("%+v", told)
	}
	if told := standing.NoticeEvent(scan.Notice{NoPod: true}, "acme-a"); told.Reason != v1alpha1.ReasonQuotaBlocked || told.Type != "Warning" || !strings.Contains(told.Message, `namespace "acme-a"`) {
		t.Errorf("%+v", told)
	}
	if told := standing.NoticeEvent(scan.Notice{Missed: scan.Due{Times: 100, TooMany: true}}, "acme-a"); told.Reason != v1alpha1.ReasonMissedRuns || !strings.HasPrefix(told.Message, "more than 100 runs were not started in namespace \"acme-a\"") {
		t.Errorf("%+v", told)
	}
}
