// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/status"
)

// ScheduleSeen is what was found of a ScanSchedule.
type ScheduleSeen struct {
	// Fault is why it starts nothing anywhere; nil if it may.
	Fault *scan.Problem
	// Profile that its runs are of.
	Profile configv1alpha1.ScanProfile
	// Findings are what was found in the tenants that it picks, as far as they were looked at.
	Findings []scan.Finding
	// Whole says that all of them were.
	Whole bool
}

// OfSchedule is the status of a ScanSchedule. Now is the time of a change of a condition. While not all tenants were looked
// at, as when the operator has just started, it goes by those that were, and takes nothing back.
func OfSchedule(schedule *v1alpha1.ScanSchedule, seen ScheduleSeen, now metav1.Time) v1alpha1.ScanScheduleStatus {
	after := *schedule.Status.DeepCopy()
	lastRun(&after, schedule, seen)
	if seen.Fault == nil && !seen.Whole {
		return after
	}
	judged := judgeSchedule(schedule, seen)
	conditions := []metav1.Condition{status.Condition(v1alpha1.ConditionReady, judged.ready, judged.reason, judged.message)}
	if judged.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, judged.reason, judged.message))
	}
	after.Conditions = status.Conditions(schedule.Status.Conditions, conditions, schedule.Generation, now)
	after.ObservedGeneration = schedule.Generation
	after.NextRun, after.Tenants = nil, nil
	if schedule.Spec.Tenants != nil {
		after.Tenants = new(int32(reached(seen.Findings)))
	}
	if seen.Fault != nil {
		return after
	}
	for _, found := range seen.Findings {
		if !found.Next.IsZero() && (after.NextRun == nil || found.Next.Before(after.NextRun.Time)) {
			after.NextRun = new(metav1.NewTime(found.Next))
		}
	}
	if served(schedule, seen.Findings) {
		after.ObservedRun = schedule.Spec.Run
	}
	return after
}

// lastRun is the latest of the runs that finished. It only moves on.
func lastRun(after *v1alpha1.ScanScheduleStatus, schedule *v1alpha1.ScanSchedule, seen ScheduleSeen) {
	for _, found := range seen.Findings {
		if found.Last == nil || after.LastRun != nil && !found.Last.At.After(after.LastRun.Time) {
			continue
		}
		after.LastRun, after.LastResult = new(metav1.NewTime(found.Last.At)), found.Last.Result
		after.Report = scan.ReportURL(seen.Profile, found.Namespace, found.NamespaceUID, schedule.Name, found.Last.Run)
	}
}

// served says that every tenant which may has answered to spec.run. Who is suspended does so later.
func served(schedule *v1alpha1.ScanSchedule, findings []scan.Finding) bool {
	answered := false
	for _, found := range findings {
		if !found.Reached || found.Halted {
			continue
		}
		if found.Served != schedule.Spec.Run {
			return false
		}
		answered = true
	}
	return answered
}

func reached(findings []scan.Finding) int {
	tenants := 0
	for _, found := range findings {
		if found.Reached {
			tenants++
		}
	}
	return tenants
}

// judgeSchedule is the Ready condition.
func judgeSchedule(schedule *v1alpha1.ScanSchedule, seen ScheduleSeen) verdict {
	tenants := reached(seen.Findings)
	switch {
	case seen.Fault != nil:
		return verdict{stalled: true, reason: seen.Fault.Reason, message: seen.Fault.Message}
	case schedule.Spec.Suspend:
		return verdict{ready: true, reason: v1alpha1.ReasonSuspended, message: "nothing is started while spec.suspend is true; runs that there are end"}
	}
	if worst, in, where := worstProblem(seen.Findings); worst != nil {
		message := worst.Message
		if schedule.Spec.Tenants != nil {
			message = fmt.Sprintf("in %d of %s, first in namespace %q: %s", in, count(tenants, "tenant"), where, worst.Message)
		}
		return verdict{ready: harmless(worst.Reason), reason: worst.Reason, message: message}
	}
	switch {
	case tenants == 0 && schedule.Spec.Tenants != nil:
		return verdict{ready: true, reason: v1alpha1.ReasonNoTenants,
			message: fmt.Sprintf("the schedule reaches no tenant: look at spec.tenants, and at the labels of the tenants in namespace %q; with `staff: Explicit` it reaches those alone where its author is Owner or Admin", schedule.Namespace)}
	case tenants == 0:
		return verdict{reason: v1alpha1.ReasonWaiting, message: "the tenant's place is not there yet, or is going, and nothing is started"}
	case !slices.ContainsFunc(seen.Findings, func(found scan.Finding) bool { return found.Reached && !found.Halted }):
		return verdict{ready: true, reason: v1alpha1.ReasonSuspended, message: "nothing is started while the tenant is suspended"}
	}
	return verdict{ready: true, reason: v1alpha1.ReasonReady, message: "runs start when they are due"}
}

// gravity orders problems, the gravest first.
var gravity = []string{v1alpha1.ReasonFailed, v1alpha1.ReasonObjectConflict, v1alpha1.ReasonQuotaBlocked, v1alpha1.ReasonTooManySchedules,
	v1alpha1.ReasonTooManyTargets, v1alpha1.ReasonNoTargets}

// harmless says that a problem is none of the schedule's: there is nothing to do.
func harmless(reason string) bool { return reason == v1alpha1.ReasonNoTargets }

// worstProblem is the gravest, in how many tenants it is, and the namespace of the first of them; nil if there is none.
func worstProblem(findings []scan.Finding) (worst *scan.Problem, tenants int, where string) {
	sorted := slices.SortedFunc(slices.Values(findings), func(a, b scan.Finding) int { return cmp.Compare(a.Namespace, b.Namespace) })
	for _, reason := range gravity {
		for _, found := range sorted {
			if found.Problem == nil || found.Problem.Reason != reason {
				continue
			}
			if tenants++; worst == nil {
				worst, where = found.Problem, found.Namespace
			}
		}
		if worst != nil {
			return worst, tenants, where
		}
	}
	return nil, 0, ""
}

// ScheduleEvents are what is to be told of a change of a schedule's status: that it came to be as it should, or not to be.
func ScheduleEvents(before, after v1alpha1.ScanScheduleStatus) []Event {
	was, is := meta.FindStatusCondition(before.Conditions, v1alpha1.ConditionReady), meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionReady)
	if is == nil || was != nil && was.Reason == is.Reason && was.Status == is.Status {
		return nil
	}
	kind := corev1.EventTypeNormal
	if is.Status != metav1.ConditionTrue {
		kind = corev1.EventTypeWarning
	}
	return []Event{{Type: kind, Reason: is.Reason, Message: is.Message}}
}

// NoticeEvent is what is told of a run that was not started in a tenant's place, or never ran there.
func NoticeEvent(notice scan.Notice, namespace string) Event {
	switch {
	case notice.NoPod:
		return Event{Type: corev1.EventTypeWarning, Reason: v1alpha1.ReasonQuotaBlocked,
			Message: fmt.Sprintf("a run in namespace %q had no pod for as long as it might take, as a rule since a quota there is full: it is over, and not counted", namespace)}
	case notice.TooManyTargets:
		problem := TooManyTargets()
		return Event{Type: corev1.EventTypeWarning, Reason: problem.Reason, Message: fmt.Sprintf("nothing was started in namespace %q: %s", namespace, problem.Message)}
	case notice.NoTargets:
		problem := NoTargets()
		return Event{Type: corev1.EventTypeNormal, Reason: problem.Reason, Message: fmt.Sprintf("nothing was started in namespace %q: %s", namespace, problem.Message)}
	}
	more := ""
	if notice.Missed.TooMany {
		more = "more than "
	}
	return Event{Type: corev1.EventTypeWarning, Reason: v1alpha1.ReasonMissedRuns,
		Message: fmt.Sprintf("%s%s not started in namespace %q when due, and one was started for all", more, wereRuns(notice.Missed.Times), namespace)}
}

func wereRuns(runs int) string {
	if runs == 1 {
		return "1 run was"
	}
	return fmt.Sprintf("%d runs were", runs)
}

// NoTargets is said of a tenant that has nothing to scan.
func NoTargets() *scan.Problem {
	return &scan.Problem{Reason: v1alpha1.ReasonNoTargets, Message: "no inventory of the tenant lists an asset that spec.targets asks for, and nothing is started without: list some in an AssetInventory"}
}

// TooManyTargets is said of a tenant that has more to scan than one run may look at.
func TooManyTargets() *scan.Problem {
	return &scan.Problem{Reason: v1alpha1.ReasonTooManyTargets,
		Message: fmt.Sprintf("a run looks at %d assets, and %d KiB of them, at most, and the tenant has more: narrow spec.targets, and make several schedules", scan.MaxTargets, scan.MaxTargetBytes>>10)}
}

// TooManySchedules is said of a schedule that starts nothing in a tenant's place, since older ones do.
func TooManySchedules() *scan.Problem {
	return &scan.Problem{Reason: v1alpha1.ReasonTooManySchedules,
		Message: fmt.Sprintf("%d other schedules start runs in the tenant's place, which is the most, and half of that where both the partner and the tenant have many: delete older ones, or have this one pick other tenants", scan.MaxSchedules)}
}

// NoPods is said of a run whose Job has no pod.
func NoPods(job string) *scan.Problem {
	return &scan.Problem{Reason: v1alpha1.ReasonQuotaBlocked, Passing: true,
		Message: fmt.Sprintf("Kubernetes makes no pod for Job %q, as a rule since a quota in the place is full: its events say why; raise spec.limits, or wait until something else ends", job)}
}
