// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/metrics"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/standing"
)

// admit has a schedule start runs in the place. One whose profile there is not ends what it has begun, as if it were
// suspended; of one that is never due nothing can be said, and it starts nothing.
func (v *scanVisit) admit(schedule *v1alpha1.ScanSchedule, profiles map[string]configv1alpha1.ScanProfile, feeds map[string]string) {
	calendar, err := scan.NewCalendar(schedule.Spec)
	if err != nil {
		v.faults[schedule.UID] = nil // which the schedule's own status tells
		return
	}
	profile, found := profiles[schedule.Spec.Profile]
	if !found {
		schedule = schedule.DeepCopy()
		schedule.Spec.Suspend = true
	}
	v.seen.Schedules = append(v.seen.Schedules, scan.Schedule{
		Object: schedule, Profile: profile, Calendar: calendar, Unread: true, Feed: scan.ReadFeed(feeds[schedule.Spec.Profile]),
	})
}

// refuse notes the schedules that start nothing, since older ones do.
func (v *scanVisit) refuse(schedules []*v1alpha1.ScanSchedule) {
	for _, schedule := range schedules {
		v.faults[schedule.UID] = standing.TooManySchedules()
	}
}

// schedule is one that starts runs in the place; false if that is not among them.
func (v *scanVisit) schedule(uid types.UID) (scan.Schedule, bool) {
	at := slices.IndexFunc(v.seen.Schedules, func(schedule scan.Schedule) bool { return schedule.Object.UID == uid })
	if at < 0 {
		return scan.Schedule{}, false
	}
	return v.seen.Schedules[at], true
}

// work is a run of a schedule in the place.
func (v *scanVisit) work(schedule scan.Schedule, number int64) scan.Work {
	return scan.Work{
		Run: number, Schedule: schedule.Object, Namespace: v.Namespace, NamespaceUID: v.NamespaceUID,
		Labels: desired.OwnerLabels(v.Tenant), Targets: schedule.Targets,
	}
}

// readJobs has those of runs be seen.
func (v *scanVisit) readJobs() {
	v.seen.Jobs = nil
	for _, job := range v.Jobs {
		if read, ours := scan.ReadJob(job); ours {
			v.seen.Jobs = append(v.seen.Jobs, read)
		}
	}
}

// job is the one that was seen under a name.
func (v *scanVisit) job(name string) *batchv1.Job {
	return v.Jobs[slices.IndexFunc(v.Jobs, func(job *batchv1.Job) bool { return job.Name == name })]
}

// settle notes how a run began. What is worth telling is tried again when the ledger says so; all else at once.
func (v *scanVisit) settle(of types.UID, err error) error {
	if err == nil {
		v.started[of] = true
		return nil
	}
	v.problems[of] = problemOf(err)
	if standing.Explain(err) == nil {
		return err
	}
	return nil
}

// problemOf is what is told of an error.
func problemOf(err error) *scan.Problem {
	if told := standing.Explain(err); told != nil {
		return &scan.Problem{Reason: told.Reason, Message: told.Message}
	}
	return &scan.Problem{Reason: v1alpha1.ReasonFailed, Passing: true, Message: "the tenant's place could not be looked at just now, which is tried again by itself: if that lasts, look at the operator's log"}
}

// findings are what is told of each schedule that may start runs in the place.
func (r *ScanReconciler) findings(v *scanVisit, ledger scan.Ledger) map[types.NamespacedName]scan.Finding {
	found := make(map[types.NamespacedName]scan.Finding, len(v.Schedules))
	for _, schedule := range v.Schedules {
		name := client.ObjectKeyFromObject(schedule)
		finding := scan.Finding{UID: schedule.UID, Generation: schedule.Generation}
		admitted, starts := v.schedule(schedule.UID)
		problem, refused := v.faults[schedule.UID]
		switch {
		case starts:
			finding = ledger.Find(admitted, v.seen.Tenant, v.now)
			before, _ := r.board.of(v.name, name, schedule.UID)
			finding.Problem = v.problem(schedule, before)
		case refused:
			finding.Reached, finding.Problem = true, problem
		}
		finding.Namespace, finding.NamespaceUID = v.Namespace, v.NamespaceUID
		found[name] = finding
	}
	return found
}

// problem is what keeps runs of a schedule from starting in the place. What was told before stays until a run begins, or the
// schedule is changed, unless each look finds it anew; but for what was told of a former place of that name.
func (v *scanVisit) problem(schedule *v1alpha1.ScanSchedule, before scan.Finding) *scan.Problem {
	begun := v.started[schedule.UID]
	for _, job := range v.seen.Jobs {
		if job.Schedule != schedule.UID || !job.Finished.IsZero() {
			continue
		}
		if stuck, _ := job.Stuck(v.now); stuck {
			return standing.NoPods(job.Name)
		}
		begun = begun || !job.Waiting
	}
	switch problem, found := v.problems[schedule.UID]; {
	case found:
		return problem
	case begun || before.Generation != schedule.Generation || before.NamespaceUID != v.NamespaceUID || before.Problem != nil && before.Problem.Passing:
		return nil
	}
	return before.Problem
}

// announce tells of runs that were due and not started, or started and never ran.
func (r *ScanReconciler) announce(v *scanVisit, notice scan.Notice) {
	schedule, known := v.schedule(notice.Schedule)
	if !known {
		return
	}
	switch {
	case notice.TooManyTargets:
		v.problems[notice.Schedule] = standing.TooManyTargets()
	case notice.NoTargets:
		v.problems[notice.Schedule] = standing.NoTargets()
	}
	metrics.Scanned.Missed(notice.Missed.Times)
	told := standing.NoticeEvent(notice, v.Namespace)
	r.Events.Eventf(schedule.Object, nil, told.Type, told.Reason, "Start", "%s", told.Message)
}

// counted says whether more runs are counted than before.
func counted(before, after scan.Ledger) bool {
	return !before.LastFinished.Equal(after.LastFinished) || fmt.Sprint(before.Months) != fmt.Sprint(after.Months)
}

// waits says that a schedule starts runs upon an event.
func waits(schedule *v1alpha1.ScanSchedule, upon v1alpha1.ScanEvent) bool {
	return slices.Contains(schedule.Spec.Events, upon)
}
