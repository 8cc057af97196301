// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
)

var schedule = manifest{kind: "ScanSchedule", spec: `
profile: web-quick
frequency: Weekly
`}

// cron writes a schedule by a cron expression.
func cron(expression string) string {
	return spec("frequency: null, cron: '" + expression + "'")
}

var _ = Describe("A ScanSchedule", func() {
	DescribeTable("may have", schedule.accepts,
		Entry("a profile and a frequency and nothing else", "{}"),
		Entry("everything at once", spec(`
			targets: {selector: {types: [WebApplication, API]}}, frequency: Daily, startTime: "02:00", timeZone: Europe/Berlin, jitter: 2h,
			events: [AssetAdded, FeedUpdated], tenants: {selector: {matchLabels: {tier: gold}}}, suspend: true, run: "1"`)),
		Entry("targets by name", spec("targets: {names: [shop.cybercorp.example, 'https://api.cybercorp.example/v2']}")),
		Entry("the last minute of the day", spec(`startTime: "23:59"`)),
		Entry("a start time without quotes", spec("startTime: 02:00")),
		Entry("a time zone of three parts", spec("timeZone: America/Argentina/Buenos_Aires")),
		Entry("a time zone with an offset", spec("timeZone: Etc/GMT+5")),
		Entry("no jitter", spec("jitter: 0s")),
		Entry("a day of jitter", spec("jitter: 24h")),
		Entry("a cron expression of stars", cron("* * * * *")),
		Entry("a cron expression of numbers", cron("59 23 31 12 6")),
		Entry("a cron expression of names", cron("0 2 * JAN-jun Mon-FRI")),
		Entry("a cron expression of lists, ranges and steps", cron("0,15-45/5,*/20 8-18/2,22 1,15,20-25 */3 0,2-4")),
		Entry("a cron expression with zeros before", cron("05 02 01 09 0")),
	)

	DescribeTable("must not have", schedule.refuses,
		Entry("no profile", spec("profile: null"), "spec.profile", "Required value"),
		Entry("a profile whose name can't be one", spec("profile: Web_Quick"), "spec.profile", "should match"),
		Entry("neither frequency nor cron", spec("frequency: null"), "spec.frequency", "set exactly one of frequency and cron"),
		Entry("both frequency and cron", spec("cron: '0 2 * * *'"), "spec.frequency", "set exactly one of frequency and cron"),
		Entry("a frequency that does not exist", spec("frequency: Hourly"), "spec.frequency", `supported values: "Daily", "Weekly", "Monthly"`),
		Entry("a start time beside cron", spec(`frequency: null, cron: '0 2 * * *', startTime: "02:00"`), "spec.startTime", "must be left out with cron"),
		Entry("a start time in hours alone", spec("startTime: 2"), "spec.startTime", "must be of type string"),
		Entry("a start time after midnight", spec(`startTime: "24:00"`), "spec.startTime", "must be a time of day"),
		Entry("a start time of too many minutes", spec(`startTime: "02:60"`), "spec.startTime", "must be a time of day"),
		Entry("a start time of one digit", spec(`startTime: "2:00"`), "spec.startTime", "must be a time of day"),
		Entry("a time zone that depends on the machine", spec("timeZone: Local"), "spec.timeZone", "must be a name of the IANA time zone database"),
		Entry("a time zone that leads out of its directory", spec("timeZone: Europe/../Berlin"), "spec.timeZone", "must be a name of the IANA time zone database"),
		Entry("an empty time zone", spec("timeZone: ''"), "spec.timeZone", "must be a name of the IANA time zone database"),
		Entry("more than a day of jitter", spec("jitter: 24h1s"), "spec.jitter", "must be from 0s to 24h"),
		Entry("jitter below zero", spec("jitter: -1h"), "spec.jitter", "must be from 0s to 24h"),
		Entry("an event that does not exist", spec("events: [FullMoon]"), "spec.events[0]", `supported values: "AssetAdded", "FeedUpdated"`),
		Entry("an event twice", spec("events: [AssetAdded, AssetAdded]"), "spec.events[1]", "Duplicate value"),
		Entry("targets of neither names nor a selector", spec("targets: {}"), "spec.targets", "set exactly one of names and selector"),
		Entry("targets of names and a selector", spec("targets: {names: [a.example], selector: {types: [API]}}"), "spec.targets", "set exactly one of names and selector"),
		Entry("no name among the targets' names", spec("targets: {names: []}"), "spec.targets.names", "at least 1 items"),
		Entry("too many targets by name", spec("targets: {names: ["+times(257, "d%d.example")+"]}"), "spec.targets.names", "must have at most 256 items"),
		Entry("targets of no type", spec("targets: {selector: {types: []}}"), "spec.targets.selector.types", "at least 1 items"),
		Entry("targets of no known type", spec("targets: {selector: {types: [Car]}}"), "spec.targets.selector.types[0]", "Unsupported value"),
		Entry("customers by both names and a selector", spec("tenants: {names: [cybercorp], selector: {}}"), "spec.tenants", "set exactly one of names and selector"),
		Entry("an empty wish to run", spec("run: ''"), "spec.run", "at least 1 chars long"),
	)

	DescribeTable("must not have a cron expression with", schedule.refuses,
		Entry("four fields", cron("0 2 * 1-5"), "spec.cron", "must have five fields"),
		Entry("six fields", cron("0 0 2 * * *"), "spec.cron", "must have five fields"),
		Entry("two spaces", cron("0 2  * * *"), "spec.cron", "must have five fields"),
		Entry("a time zone of its own", cron("TZ=UTC 0 2 * * *"), "spec.cron", "must have five fields"),
		Entry("a minute that does not exist", cron("60 2 * * *"), "spec.cron", "the minute must be"),
		Entry("an hour that does not exist", cron("0 24 * * *"), "spec.cron", "the hour must be"),
		Entry("a day that does not exist", cron("0 2 32 * *"), "spec.cron", "the day of the month must be"),
		Entry("day zero", cron("0 2 0 * *"), "spec.cron", "the day of the month must be"),
		Entry("a month that does not exist", cron("0 2 * 13 *"), "spec.cron", "the month must be"),
		Entry("a month by no known name", cron("0 2 * FOO *"), "spec.cron", "the month must be"),
		Entry("a day of the week that does not exist", cron("0 2 * * 7"), "spec.cron", "the day of the week must be"),
		Entry("a step of nothing", cron("*/0 2 * * *"), "spec.cron", "the minute must be"),
		Entry("a list that ends with a comma", cron("0, 2 * * *"), "spec.cron", "the minute must be"),
	)

	DescribeTable("has by default", schedule.defaults,
		Entry("universal time", "{}", spec("timeZone: UTC")),
		Entry("a status that nobody has looked yet", "{}", "{status: {observedGeneration: -1}}"),
	)
})
