// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
	"github.com/tenantry/tenantry/internal/directory"
)

const (
	scheduleListLong = `List the schedules of scans in a place: those of a partner's for its customers, or those of a customer.`

	scheduleListExample = `  # What acme has scanned at its customers
  kubectl tenant schedule list -n acme

  # All that you may see, as of customers with schedules of their own
  kubectl tenant schedule list --all`

	scheduleShowLong = `Show what schedules scan, when, and how the last run ended.`

	scheduleShowExample = `  kubectl tenant schedule show weekly -n acme-cybercorp`

	scheduleRunLong = `Have a schedule start a run now, in the place of each customer that it reaches. It returns when all have been started; how they end
is told by "kubectl tenant schedule show".`

	scheduleRunExample = `  kubectl tenant schedule run weekly -n acme-cybercorp`

	scheduleSuspendLong = `Have a schedule start no further run. One that is at it is stopped, and does not count.`

	scheduleSuspendExample = `  kubectl tenant schedule suspend weekly -n acme-cybercorp`

	scheduleResumeLong = `Have a suspended schedule start runs again, from the next time on: what was due meanwhile is not made up for.`

	scheduleResumeExample = `  kubectl tenant schedule resume weekly -n acme-cybercorp`
)

type (
	scheduleItem    = item[v1alpha1.ScanSchedule]
	scheduleOptions = StepOptions[v1alpha1.ScanSchedule]
	scheduleStep    = step[v1alpha1.ScanSchedule]
)

func newScheduleCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	changing := func(words words, waits bool, decide func(*scheduleOptions, *v1alpha1.ScanSchedule) (scheduleStep, error)) *cobra.Command {
		return newStepOptions[v1alpha1.ScanSchedule](streams, cluster, "schedule", schedules).command(words, waits, decide)
	}
	return newGroup("schedule", "ScanSchedules: what is scanned, and when",
		newScheduleListCommand(streams, cluster), newScheduleShowCommand(streams, cluster),
		changing(words{use: "run NAME", short: "Start a run now", long: scheduleRunLong, example: scheduleRunExample}, true, runSchedule),
		changing(words{use: "suspend NAME", short: "Start no further run", long: scheduleSuspendLong, example: scheduleSuspendExample}, false, suspendSchedule),
		changing(words{use: "resume NAME", short: "Start runs again", long: scheduleResumeLong, example: scheduleResumeExample}, false, resumeSchedule),
	)
}

func newScheduleListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, schedules)
	words := words{use: "list [NAME...]", aliases: []string{"ls", "get"}, short: "List schedules", long: scheduleListLong, example: scheduleListExample}
	return o.command(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return show(o, known[v1alpha1.ScanSchedule](o, found), scheduleColumns(o.output.wide(), o.now()))
	})
}

func scheduleColumns(wide bool, now time.Time) []column[scheduleItem] {
	type columns = []column[scheduleItem]
	shown := columns{
		{"NAME", func(s scheduleItem) string { return s.is.Name }},
		{"PROFILE", func(s scheduleItem) string { return directory.Escape(s.is.Spec.Profile) }},
		{"WHEN", func(s scheduleItem) string { return whenOf(s.is) }},
		{"TENANTS", func(s scheduleItem) string { return number(s.is.Status.Tenants) }},
		{"LAST RUN", func(s scheduleItem) string { return ago(s.is.Status.LastRun, now) }},
		{"RESULT", func(s scheduleItem) string { return string(s.is.Status.LastResult) }},
		{"NEXT RUN", func(s scheduleItem) string { return inTime(s.is.Status.NextRun, now) }},
		{"STATE", stateOfSchedule},
	}
	if wide {
		shown = append(shown, columns{
			{"EVENTS", func(s scheduleItem) string { return eventsOf(s.is) }},
			{"REPORT", func(s scheduleItem) string { return directory.Escape(s.is.Status.Report) }},
		}...)
	}
	return shown
}

// whenOf is when a schedule starts runs by the clock.
func whenOf(schedule *v1alpha1.ScanSchedule) string {
	zone := cmp.Or(schedule.Spec.TimeZone, "UTC")
	switch {
	case schedule.Spec.Cron != "":
		return directory.Escape(string(schedule.Spec.Cron)) + " " + zone
	case schedule.Spec.Frequency != "":
		return string(schedule.Spec.Frequency) + " " + cmp.Or(schedule.Spec.StartTime, "00:00") + " " + zone
	default:
		return ""
	}
}

func eventsOf(schedule *v1alpha1.ScanSchedule) string {
	upon := make([]string, 0, len(schedule.Spec.Events))
	for _, event := range schedule.Spec.Events {
		upon = append(upon, string(event))
	}
	return strings.Join(upon, ", ")
}

// stateOfSchedule is what a schedule is about, in a word.
func stateOfSchedule(s scheduleItem) string {
	if s.is.Spec.Suspend {
		return "Suspended"
	}
	if ready := meta.FindStatusCondition(s.is.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		return ready.Reason
	}
	return ""
}

// inTime is how long it is until a time.
func inTime(at *metav1.Time, now time.Time) string {
	if at == nil {
		return ""
	}
	return "in " + duration.HumanDuration(at.Sub(now))
}

func newScheduleShowCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, schedules)
	words := words{use: "show NAME...", short: "Show what schedules scan, and how that ended", long: scheduleShowLong, example: scheduleShowExample}
	return o.showCommand(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return showPages(o, known[v1alpha1.ScanSchedule](o, found), func(s scheduleItem) *page { return schedulePage(s, o.now()) })
	})
}

// schedulePage says what a schedule scans, and how that ended.
func schedulePage(s scheduleItem, now time.Time) *page {
	spec, status, out := s.is.Spec, s.is.Status, &page{}
	out.say("Schedule", s.is.Namespace+"/"+s.is.Name)
	out.say("Profile", spec.Profile)
	out.say("When", whenOf(s.is))
	if spec.Jitter != nil {
		out.say("Spread over", duration.HumanDuration(spec.Jitter.Duration))
	}
	out.say("Upon", eventsOf(s.is))
	out.say("Targets", targetsOf(spec.Targets))
	out.say("Tenants", number(status.Tenants))
	out.say("State", stateOfSchedule(s))
	out.say("Last run", strings.TrimSuffix(strings.Join([]string{ago(status.LastRun, now), string(status.LastResult)}, ", "), ", "))
	out.say("Report", status.Report)
	out.say("Next run", inTime(status.NextRun, now))
	out.sayConditions(status.Conditions)
	return out
}

// targetsOf are the assets that a schedule scans.
func targetsOf(targets *v1alpha1.ScanTargets) string {
	switch {
	case targets == nil:
		return "all assets"
	case targets.Selector != nil && len(targets.Selector.Types) > 0:
		types := make([]string, 0, len(targets.Selector.Types))
		for _, kind := range targets.Selector.Types {
			types = append(types, string(kind))
		}
		return "assets of type " + strings.Join(types, ", ")
	case len(targets.Names) > targetsShown:
		return fmt.Sprintf("%s and %d more", targets.Names[0], len(targets.Names)-1)
	case len(targets.Names) > 0:
		names := make([]string, 0, len(targets.Names))
		for _, name := range targets.Names {
			names = append(names, string(name))
		}
		return strings.Join(names, ", ")
	default:
		return "all assets"
	}
}

// targetsShown is how many assets are named at most.
const targetsShown = 5

func runSchedule(o *scheduleOptions, schedule *v1alpha1.ScanSchedule) (scheduleStep, error) {
	if schedule.Spec.Suspend {
		return scheduleStep{}, o.refuse(schedule.Namespace+"/"+schedule.Name, "is suspended", "resume")
	}
	request := o.request()
	return scheduleStep{
		fields: []edit.Field{edit.Set(request, "spec", "run")}, done: "has started its runs",
		so: func(now *v1alpha1.ScanSchedule) (bool, string, error) {
			return string(now.Status.ObservedRun) == request, stateOfSchedule(scheduleItem{is: now}), nil
		},
	}, nil
}

func suspendSchedule(_ *scheduleOptions, schedule *v1alpha1.ScanSchedule) (scheduleStep, error) {
	if schedule.Spec.Suspend {
		return scheduleStep{already: "is suspended already"}, nil
	}
	return scheduleStep{fields: []edit.Field{edit.Set(true, "spec", "suspend")}, done: "suspended", undo: "resume"}, nil
}

func resumeSchedule(_ *scheduleOptions, schedule *v1alpha1.ScanSchedule) (scheduleStep, error) {
	if !schedule.Spec.Suspend {
		return scheduleStep{already: "is not suspended"}, nil
	}
	return scheduleStep{fields: []edit.Field{edit.Unset("spec", "suspend")}, done: "resumed", undo: "suspend"}, nil
}
