// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

const (
	reference  = "../../docs/reference/multi-tenancy-benchmarks.md"
	tableStart = "<!-- The table is that of the suite: go test ./test/conformance -run Reference -update -->\n"
)

var update = flag.Bool("update", false, "write the table of the reference instead of comparing with it")

// The reference can't go stale: its tables are the suite's own.
func TestTheReferenceIsThatOfTheSuite(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash(reference))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(page), tableStart)
	if len(parts) != 3 {
		t.Fatalf("%s has %d tables of the suite, not 2: a line %q begins each", reference, len(parts)-1, tableStart)
	}
	for i, list := range [][]benchmark{benchmarks, more} {
		parts[i+1] = markdown(list) + parts[i+1][endOfTable(parts[i+1]):]
	}
	want := strings.Join(parts, tableStart)
	if *update {
		if err := os.WriteFile(reference, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Errorf("%s is not that of the suite: run `go test ./test/conformance -run Reference -update`", reference)
	}
}

func markdown(list []benchmark) string {
	var table strings.Builder
	table.WriteString("| id | benchmark | satisfied by |\n|---|---|---|\n")
	for _, b := range list {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", b.id, b.title, b.by)
	}
	return table.String()
}

// endOfTable is where the rows end that a text begins with.
func endOfTable(text string) int {
	end := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	return end
}

var _ = ReportAfterSuite("the table of the benchmarks", func(report Report) {
	states := map[string]types.SpecState{}
	for _, spec := range report.SpecReports {
		states[spec.LeafNodeText] = spec.State
	}
	fmt.Println()
	passed := printed(benchmarks, states)
	fmt.Println("\nDrafted or planned by the benchmarks, without a test of theirs that counts:")
	passedMore := printed(more, states)
	fmt.Printf("\nMulti-tenancy benchmarks: %d of %d pass; of those only drafted, %d of %d.\n", passed, len(benchmarks), passedMore, len(more))
})

// printed prints the benchmarks with what became of them, and counts those that passed for all roles.
func printed(list []benchmark, states map[string]types.SpecState) int {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprint(table, "ID\tTITLE")
	for _, role := range roles {
		fmt.Fprintf(table, "\t%s", strings.ToUpper(string(role)))
	}
	passed := 0
	for _, b := range list {
		fmt.Fprintf(table, "\n%s\t%s", b.id, b.title)
		all := true
		for _, role := range roles {
			state := states[b.name()+", as the tenant's "+string(role)]
			all = all && state == types.SpecStatePassed
			fmt.Fprintf(table, "\t%s", outcome(state))
		}
		if all {
			passed++
		}
	}
	fmt.Fprintln(table)
	return passed
}

func outcome(state types.SpecState) string {
	switch state {
	case types.SpecStatePassed:
		return "pass"
	case types.SpecStateSkipped, types.SpecStatePending, types.SpecStateInvalid:
		return "not run"
	default:
		return "fail"
	}
}
