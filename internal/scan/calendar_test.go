// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func cronIn(zone, expression string) v1alpha1.ScanScheduleSpec {
	return v1alpha1.ScanScheduleSpec{TimeZone: zone, Cron: v1alpha1.CronExpression(expression)}
}

func calendarOf(t testing.TB, spec v1alpha1.ScanScheduleSpec) Calendar {
	t.Helper()
	calendar, err := NewCalendar(spec)
	if err != nil {
		t.Fatal(err)
	}
	return calendar
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestASchedulesNextTimes(t *testing.T) {
	t.Parallel()
	at := func(frequency v1alpha1.ScanFrequency, start, zone string) v1alpha1.ScanScheduleSpec {
		return v1alpha1.ScanScheduleSpec{Frequency: frequency, StartTime: start, TimeZone: zone}
	}
	for _, test := range []struct {
		name  string
		spec  v1alpha1.ScanScheduleSpec
		after string
		want  []string
	}{
		{"every day", at(v1alpha1.ScanDaily, "02:30", "UTC"), "2026-11-22T02:30:00Z", []string{"2026-11-23T02:30:00Z", "2026-11-24T02:30:00Z"}},
		{"a moment before", at(v1alpha1.ScanDaily, "02:30", "UTC"), "2026-11-22T02:29:59.999Z", []string{"2026-11-22T02:30:00Z"}},
		{"at midnight, of UTC, if nothing else is said", at(v1alpha1.ScanDaily, "", ""), "2026-11-22T12:00:00Z", []string{"2026-11-23T00:00:00Z"}},
		{"every week on Mondays", at(v1alpha1.ScanWeekly, "02:00", "Europe/Berlin"), "2026-11-22T12:00:00Z", []string{"2026-11-23T02:00:00+01:00", "2026-11-30T02:00:00+01:00"}},
		{"every month on the first", at(v1alpha1.ScanMonthly, "23:59", "America/New_York"), "2026-11-22T12:00:00Z", []string{"2026-12-01T23:59:00-05:00", "2027-01-01T23:59:00-05:00"}},
		{"months without the day", cronIn("UTC", "0 2 31 * *"), "2026-01-31T12:00:00Z", []string{"2026-03-31T02:00:00Z", "2026-05-31T02:00:00Z", "2026-07-31T02:00:00Z"}},
		{"a leap day", cronIn("UTC", "0 2 29 2 *"), "2026-11-22T12:00:00Z", []string{"2028-02-29T02:00:00Z", "2032-02-29T02:00:00Z"}},
		{"a day of the month or of the week", cronIn("UTC", "0 2 13 * FRI"), "2026-11-11T12:00:00Z", []string{"2026-11-13T02:00:00Z", "2026-11-20T02:00:00Z"}},
		{"names, ranges, steps and lists", cronIn("UTC", "5,30-40/5 8-18/5 * JAN-mar Mon"), "2026-11-22T12:00:00Z", []string{"2027-01-04T08:05:00Z", "2027-01-04T08:30:00Z", "2027-01-04T08:35:00Z", "2027-01-04T08:40:00Z", "2027-01-04T13:05:00Z"}},

		{"the clocks jump over it", at(v1alpha1.ScanDaily, "02:30", "Europe/Berlin"), "2026-03-28T12:00:00Z", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"the clocks show it twice", at(v1alpha1.ScanDaily, "02:30", "Europe/Berlin"), "2026-10-24T12:00:00Z", []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		{"between the two", at(v1alpha1.ScanDaily, "02:30", "Europe/Berlin"), "2026-10-25T02:10:00+01:00", []string{"2026-10-26T02:30:00+01:00"}},
		{"the clocks jump to it", at(v1alpha1.ScanDaily, "03:00", "Europe/Berlin"), "2026-03-28T12:00:00Z", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T03:00:00+02:00"}},
		{"they jump over it in America", at(v1alpha1.ScanDaily, "02:00", "America/New_York"), "2026-03-08T05:00:00Z", []string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"they show it twice in America", at(v1alpha1.ScanDaily, "01:00", "America/New_York"), "2026-11-01T04:00:00Z", []string{"2026-11-01T01:00:00-04:00", "2026-11-02T01:00:00-05:00"}},
		{"they jump half an hour", at(v1alpha1.ScanDaily, "02:15", "Australia/Lord_Howe"), "2026-10-03T12:00:00Z", []string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"they go back half an hour", at(v1alpha1.ScanDaily, "01:45", "Australia/Lord_Howe"), "2026-04-04T12:00:00Z", []string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
		{"several times that they jump over are one", cronIn("Europe/Berlin", "15,45 2 * * *"), "2026-03-28T12:00:00Z", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:15:00+02:00"}},
		{"midnight is jumped over", at(v1alpha1.ScanDaily, "00:00", "Africa/Cairo"), "2026-04-23T12:00:00Z", []string{"2026-04-24T01:00:00+03:00", "2026-04-25T00:00:00+03:00"}},
		{"the first of the month is no day that is jumped over", at(v1alpha1.ScanMonthly, "02:30", "Europe/Berlin"), "2026-03-28T12:00:00Z", []string{"2026-04-01T02:30:00+02:00"}},

		{"every hour goes by the clocks where they jump", cronIn("Europe/Berlin", "30 * * * *"), "2026-03-29T01:00:00+01:00", []string{"2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"}},
		{"every hour goes by the clocks where they go back", cronIn("Europe/Berlin", "30 */1 * * *"), "2026-10-25T02:00:00+02:00", []string{"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:30:00+01:00"}},
		{"every second hour names its times", cronIn("Europe/Berlin", "0 */2 * * *"), "2026-10-25T00:00:00+02:00", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T04:00:00+01:00"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			calendar, next := calendarOf(t, test.spec), moment(t, test.after)
			for _, want := range test.want {
				if next = calendar.Next(next); !next.Equal(moment(t, want)) {
					t.Fatalf("%s, not %s", next.Format(time.RFC3339), want)
				}
			}
		})
	}
}

func TestCalendarsThatAreNone(t *testing.T) {
	t.Parallel()
	for text, spec := range map[string]v1alpha1.ScanScheduleSpec{
		"IANA time zone database": cronIn("Europe/Bonn", "0 2 * * *"),
		`"Local" is not`:          cronIn("Local", "0 2 * * *"),
		"beyond end of range":     cronIn("", "0 5-2 * * *"),
		"expected exactly 5":      cronIn("", "0 2 * *"),
		"never due":               cronIn("", "0 2 30 2 *"),
		"must name no time zone":  cronIn("", "TZ=UTC 2 * * *"),
		"no time of day":          {Frequency: v1alpha1.ScanDaily, StartTime: "25:00"},
		"is unknown":              {Frequency: "Hourly"},
	} {
		if _, err := NewCalendar(spec); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v does not say %q", err, text)
		}
	}
}

func TestWhatWasMissedIsCountedUpToABound(t *testing.T) {
	t.Parallel()
	after := moment(t, "2026-11-01T00:00:00Z")
	for _, test := range []struct {
		name, cron, until string
		want              Due
	}{
		{"nothing", "0 2 * * *", "2026-11-01T01:59:59Z", Due{}},
		{"one that is due now", "0 2 * * *", "2026-11-01T02:00:00Z", Due{moment(t, "2026-11-01T02:00:00Z"), 1, false}},
		{"a few", "0 2 * * *", "2026-11-04T00:00:00Z", Due{moment(t, "2026-11-03T02:00:00Z"), 3, false}},
		{"a hundred", "* * * * *", "2026-11-01T01:40:30Z", Due{moment(t, "2026-11-01T01:40:00Z"), 100, false}},
		{"one more", "* * * * *", "2026-11-01T01:41:30Z", Due{moment(t, "2026-11-01T01:41:00Z"), 100, true}},
		{"very many", "* * * * *", "2028-11-01T01:41:30Z", Due{moment(t, "2028-11-01T01:41:00Z"), 100, true}},
		{"many, and long ago", "* 3 * 11 *", "2028-01-01T01:41:30Z", Due{moment(t, "2027-11-30T03:59:00Z"), 100, true}},
	} {
		if got := calendarOf(t, cronIn("", test.cron)).Between(after, moment(t, test.until)); !got.Latest.Equal(test.want.Latest) || got.Times != test.want.Times || got.TooMany != test.want.TooMany {
			t.Errorf("%s: %+v, not %+v", test.name, got, test.want)
		}
	}
}

// TestCalendarsAreAsTheClocksShow walks minute by minute through both changes of the clocks, which is slow and can't be wrong.
func TestCalendarsAreAsTheClocksShow(t *testing.T) {
	t.Parallel()
	for zone, changes := range map[string][]string{
		"Europe/Berlin":       {"2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z"},
		"America/New_York":    {"2026-03-06T00:00:00Z", "2026-10-30T00:00:00Z"},
		"Australia/Lord_Howe": {"2026-10-02T00:00:00Z", "2026-04-03T00:00:00Z"},
	} {
		for _, expression := range []string{
			"0 0 * * *", "30 1 * * *", "0 2 * * *", "15 2 * * *", "59 2 * * *", "0 3 * * *", "*/7 2 * * *", "* 1-3 * * *", "30 */2 * * *",
			"10 2 * * SUN", "20 1 1,4,5,8,25,29 * *", "* * * * *", "*/20 * * * *", "45 * * * *", "15 * * * 0",
		} {
			for _, change := range changes {
				t.Run(strings.Join([]string{zone, expression, change}, " "), func(t *testing.T) {
					t.Parallel()
					calendar := calendarOf(t, cronIn(zone, expression))
					from := moment(t, change)
					until := from.AddDate(0, 0, 5)
					want := shownMinuteByMinute(calendar, from, until)
					var got []time.Time
					for next := calendar.Next(from); !next.After(until); next = calendar.Next(next) {
						got = append(got, next.UTC())
					}
					if !slices.Equal(got, want) || len(want) == 0 {
						t.Errorf("%v\nnot %v", got, want)
					}
					for at, i := from, 0; at.Before(until); at = at.Add(7 * time.Minute) {
						for i < len(want) && !want[i].After(at) {
							i++
						}
						if next := calendar.Next(at); i < len(want) && !next.Equal(want[i]) {
							t.Fatalf("after %s comes %s, not %s", at, next, want[i])
						}
					}
				})
			}
		}
	}
}

// shownMinuteByMinute reads the clocks at each minute: due is what they show for the first time, and at a jump all that
// they did not show.
func shownMinuteByMinute(calendar Calendar, from, until time.Time) []time.Time {
	clock := func(at time.Time) time.Time {
		local := at.In(calendar.zone)
		return time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
	}
	matches := func(shown time.Time) bool {
		return calendar.times.Next(shown.Add(-time.Second)).Equal(shown)
	}
	var due []time.Time
	latest := clock(from)
	for at := from.Add(time.Minute); !at.After(until); at = at.Add(time.Minute) {
		shown := clock(at)
		if calendar.everyHour {
			if matches(shown) {
				due = append(due, at)
			}
			continue
		}
		for found := false; latest.Before(shown); {
			if latest = latest.Add(time.Minute); matches(latest) && !found {
				due, found = append(due, at), true
			}
		}
	}
	return due
}

func FuzzNewCalendar(f *testing.F) {
	for _, expression := range []string{"0 2 * * *", "TZ=", "@daily", "* * * * ?", "1-2-3 * * * *", "5/ * * * *", ", * * * *"} {
		f.Add(expression)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		calendar, err := NewCalendar(cronIn("Europe/Berlin", expression))
		if err != nil {
			return
		}
		after := moment(t, "2026-03-28T12:34:56Z")
		if next := calendar.Next(after); !next.After(after) {
			t.Errorf("%q: %s", expression, next)
		}
	})
}
