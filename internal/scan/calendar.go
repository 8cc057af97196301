// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // time zones are the same wherever the manager runs

	"github.com/robfig/cron/v3"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Calendar says when a schedule is due, in its time zone, before jitter.
//
// A time of day is due when the clocks of the zone first show it or, where they jump over it, when they jump; what
// they show twice is due once. A schedule that names every hour follows the clocks instead, as cron does: it means
// a pace and no time of day, so an hour that comes twice has its runs twice, and one that is skipped has none.
// A month without the day that is named is passed over.
type Calendar struct {
	times     *cron.SpecSchedule // in UTC: its times are those that clocks show
	zone      *time.Location
	everyHour bool
	// text tells calendars apart.
	text string
}

// fields are those of a cron expression in Kubernetes: no seconds, no names such as @daily.
var fields = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

var errZoneInCron = errors.New("spec.cron must name no time zone: set spec.timeZone")

// NewCalendar reads when a schedule is due. The error says what a person must change.
func NewCalendar(spec v1alpha1.ScanScheduleSpec) (Calendar, error) {
	name := spec.TimeZone
	if name == "" {
		name = "UTC"
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return Calendar{}, fmt.Errorf("spec.timeZone: %q is not in the IANA time zone database: write a name such as Europe/Berlin", name)
	}
	expression, err := expressionOf(spec)
	if err != nil {
		return Calendar{}, err
	}
	// The parser reads a time zone before the fields, and fails on half of one.
	if strings.Contains(expression, "=") {
		return Calendar{}, errZoneInCron
	}
	parsed, err := fields.Parse(expression)
	if err != nil {
		return Calendar{}, fmt.Errorf("spec.cron: %w", err)
	}
	times := parsed.(*cron.SpecSchedule)
	times.Location = time.UTC
	calendar := Calendar{times: times, zone: zone, everyHour: times.Hour&everyHour == everyHour, text: name + " " + expression}
	if calendar.times.Next(someday).IsZero() {
		return Calendar{}, fmt.Errorf("spec.cron: %q is never due: no month that it names has the day", expression)
	}
	return calendar, nil
}

// everyHour has a bit for each hour of a day.
const everyHour = 1<<24 - 1

// someday is before a leap year's February by less than what a cron expression is searched for.
var someday = time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)

// expressionOf is the cron expression that a schedule means.
func expressionOf(spec v1alpha1.ScanScheduleSpec) (string, error) {
	if spec.Cron != "" {
		return string(spec.Cron), nil
	}
	start := spec.StartTime
	if start == "" {
		start = "00:00"
	}
	at, err := time.Parse("15:04", start)
	if err != nil {
		return "", fmt.Errorf("spec.startTime: %q is no time of day: write one from 00:00 to 23:59", start)
	}
	day, ok := map[v1alpha1.ScanFrequency]string{v1alpha1.ScanDaily: "* * *", v1alpha1.ScanWeekly: "* * 1", v1alpha1.ScanMonthly: "1 * *"}[spec.Frequency]
	if !ok {
		return "", fmt.Errorf("spec.frequency: %q is unknown to this version: write Daily, Weekly or Monthly, or set spec.cron", spec.Frequency)
	}
	return fmt.Sprintf("%d %d %s", at.Minute(), at.Hour(), day), nil
}

// String tells calendars apart: two with the same are due at the same times.
func (c Calendar) String() string { return c.text }

// Next is when the schedule is due first after a moment; zero if that is not within years.
func (c Calendar) Next(after time.Time) time.Time {
	from := after.Truncate(time.Minute).Add(time.Minute)
	// Zones change their offset a few times a year at most.
	for end := from.AddDate(5, 0, 0); from.Before(end); {
		now := spanAt(from, c.zone)
		if c.everyHour {
			now.skipped, now.repeated = 0, 0
		}
		if from.Equal(now.begins) && now.skipped > 0 {
			if jumped := c.firstShown(now.shown(from).Add(-now.skipped)); !jumped.IsZero() && jumped.Before(now.shown(from)) {
				return from.In(c.zone)
			}
		}
		show := now.shown(from)
		if known := now.shown(now.begins).Add(now.repeated); now.repeated > 0 && show.Before(known) {
			show = known
		}
		shown := c.firstShown(show)
		if due := now.when(shown); !shown.IsZero() && (now.ends.IsZero() || due.Before(now.ends)) {
			return due.In(c.zone)
		}
		if now.ends.IsZero() {
			break
		}
		from = now.ends
	}
	return time.Time{}
}

// firstShown is the first time on a clock that is due, from one on.
func (c Calendar) firstShown(from time.Time) time.Time { return c.times.Next(from.Add(-time.Second)) }

// MaxMissed is how many times that a schedule was due are counted, as CronJob has it.
const MaxMissed = 100

// Due is how often, and when last, a schedule was due in a while.
type Due struct {
	// Latest time; zero if there was none.
	Latest time.Time
	// Times, at most MaxMissed.
	Times int
	// TooMany says that there were more.
	TooMany bool
}

// Between is what was due after one moment, and until another or at it.
func (c Calendar) Between(after, until time.Time) Due {
	var due Due
	for next := c.Next(after); !next.IsZero() && !next.After(until); next = c.Next(next) {
		if due.Times == MaxMissed {
			return Due{Latest: c.latest(until), Times: MaxMissed, TooMany: true}
		}
		due.Latest, due.Times = next, due.Times+1
	}
	return due
}

// latest is when a schedule was due last that was often due: it is looked for further and further back.
func (c Calendar) latest(until time.Time) time.Time {
	for back := time.Minute; ; back *= 2 {
		var found time.Time
		for next := c.Next(until.Add(-back)); !next.IsZero() && !next.After(until); next = c.Next(next) {
			found = next
		}
		if !found.IsZero() {
			return found
		}
	}
}
