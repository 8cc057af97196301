// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/tenantry/tenantry/test/harness"
)

// figure is one line on stdout. Floor is null where there is none, and ratio where the floor is
// nought or null.
type figure struct {
	Figure string   `json:"figure"`
	N      int      `json:"n"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Floor  *float64 `json:"floor"`
	Ratio  *float64 `json:"ratio"`
}

// row of the table: a figure and what it should be.
type row struct {
	figure
	goal string
}

// report gathers the figures.
type report struct {
	n           int
	emptyMemory int // KiB
	rows        []row
	notes       []string
}

func newReport(n int) *report { return &report{n: n} }

// add a figure with its floor; a floor below nought is none.
func (r *report) add(name string, value float64, unit string, floor float64, goal string) {
	f := figure{Figure: name, N: r.n, Value: rounded(value), Unit: unit}
	if floor >= 0 {
		f.Floor = new(rounded(floor))
	}
	if floor > 0 {
		f.Ratio = new(rounded(value / floor))
	}
	r.rows = append(r.rows, row{figure: f, goal: goal})
}

const noFloor = -1

func (r *report) filled(floor, operator cost, owned int) {
	r.add("time-to-ready", operator.elapsed.Seconds(), "s", floor.elapsed.Seconds(), "ratio <= 1.5")
	r.add("requests-per-tenant", operator.per(operator.requests), "requests", float64(owned+1), "")
	r.add("writes-per-object", operator.per(operator.writes), "writes per tenant", float64(owned),
		fmt.Sprintf("value <= %d", owned+3))
	for _, side := range []struct {
		name, maker string
		cost        cost
	}{{"floor", "bench", floor}, {"operator", "manager", operator}} {
		r.notes = append(r.notes, fmt.Sprintf("CPU per tenant, %s: plane %s, %s %s", side.name,
			milliseconds(side.cost.plane, side.cost.tenants), side.maker, milliseconds(side.cost.maker, side.cost.tenants)))
	}
}

func (r *report) memory(full, tenants int) {
	r.add("memory-per-tenant", float64(full-r.emptyMemory)/float64(tenants), "KiB", noFloor, "value <= 60")
	r.add("memory", float64(full)/1024, "MiB", noFloor, "value <= 250 at 10000")
}

func (r *report) latencies(floor, operator []time.Duration) {
	for _, p := range []float64{50, 99} {
		r.add(fmt.Sprintf("one-more-p%v", p), inMilliseconds(percentile(operator, p)), "ms", inMilliseconds(percentile(floor, p)), "")
	}
}

func (r *report) promoted(operator, floor times) {
	r.add("promotion", operator.gained.Seconds(), "s", floor.gained.Seconds(), "ratio <= 1.5")
	r.add("demotion", operator.lost.Seconds(), "s", floor.lost.Seconds(), "ratio <= 1.5")
}

func (r *report) planChanged(operator, floor time.Duration) {
	r.add("plan-change", operator.Seconds(), "s", floor.Seconds(), "ratio <= 1.5")
}

func (r *report) fannedOut(operator, floor time.Duration) {
	r.add("fan-out", operator.Seconds(), "s", floor.Seconds(), "ratio <= 1.5")
}

func (r *report) fannedOutFirst(operator, floor time.Duration) {
	r.add("fan-out-first", operator.Seconds(), "s", floor.Seconds(), "ratio <= 1.5")
}

func (r *report) assetChanged(operator, floor time.Duration) {
	r.add("asset-change", inMilliseconds(operator), "ms", inMilliseconds(floor), "")
}

func (r *report) scanned(operator, floor time.Duration) {
	r.add("scans", operator.Seconds(), "s", floor.Seconds(), "ratio <= 1.5")
}

func (r *report) scansRested(requests []harness.Request) {
	r.add("scans-idle-requests", float64(len(requests)), "requests", 0, "0")
	r.noteSome("at rest, with runs under way: ", requests)
}

// spread tells of the starts of runs that were due over a window.
func (r *report) spread(starts []start, from time.Time, window time.Duration) {
	var due, begun []time.Time
	var late []time.Duration
	early := 0
	for _, start := range starts {
		due, begun, late = append(due, start.due), append(begun, start.begun), append(late, start.begun.Sub(start.due))
		if start.made.Before(start.due) {
			early++
		}
	}
	r.add("spread-fullest-tenth", fullestPart(begun, from, window), "%", fullestPart(due, from, window), "ratio <= 1.1")
	r.add("spread-early", float64(early), "runs", 0, "0")
	for _, p := range []float64{50, 99} {
		r.add(fmt.Sprintf("spread-late-p%v", p), inMilliseconds(percentile(late, p)), "ms", noFloor, "")
	}
}

func (r *report) restarted(settled, listed time.Duration) {
	r.add("restart-settle", settled.Seconds(), "s", listed.Seconds(), "")
}

func (r *report) rested(writes, requests []harness.Request) {
	r.add("restart-writes", float64(len(writes)), "writes", 0, "0")
	r.add("idle-requests", float64(len(requests)), "requests", 0, "0")
	r.noteSome("after the restart: ", writes)
	r.noteSome("at rest: ", requests)
}

// noteSome notes what a manager should not have asked for, up to a number.
func (r *report) noteSome(when string, requests []harness.Request) {
	const most = 10
	for _, request := range requests[:min(most, len(requests))] {
		r.notes = append(r.notes, when+request.String())
	}
}

// print writes the figures to stdout and the table to stderr.
func (r *report) print() error {
	lines := json.NewEncoder(os.Stdout)
	for _, row := range r.rows {
		if err := lines.Encode(row.figure); err != nil {
			return err
		}
	}
	table := tabwriter.NewWriter(os.Stderr, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nFIGURE\tN\tVALUE\tUNIT\tFLOOR\tRATIO\tGOAL")
	for _, row := range r.rows {
		fmt.Fprintf(table, "%s\t%d\t%v\t%s\t%s\t%s\t%s\n", row.Figure, row.N, row.Value, row.Unit, shown(row.Floor), shown(row.Ratio), row.goal)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range r.notes {
		fmt.Fprintln(os.Stderr, note)
	}
	return nil
}

func shown(value *float64) string {
	if value == nil {
		return "-"
	}
	return strconv.FormatFloat(*value, 'g', -1, 64)
}

func milliseconds(total time.Duration, tenants int) string {
	return fmt.Sprintf("%.1f ms", inMilliseconds(total)/float64(tenants))
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// rounded to a thousandth.
func rounded(value float64) float64 { return math.Round(value*1000) / 1000 }
