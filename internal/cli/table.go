// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bufio"
	"cmp"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/tenantry/tenantry/internal/directory"
)

// Columns are at least so wide, and so far apart, as kubectl has them.
const (
	columnWidth = 6
	columnGap   = 3
)

// absent is shown for what there is nothing of.
const absent = "–"

// column of a table: its heading, and what it shows of a row.
type column[row any] struct {
	heading string
	show    func(row) string
}

// look of a table.
type look struct {
	headings, coloured bool
}

// table of rows. What is added later stands below what was printed before.
type table[row any] struct {
	columns []column[row]
	look    look
	// widths of the columns, once something was printed.
	widths []int
}

// printTable prints a table of rows in columns.
func printTable[row any](w io.Writer, columns []column[row], rows []row, look look) error {
	return (&table[row]{columns: columns, look: look}).print(w, rows)
}

// print rows, the first time below the headings. No cell can move the cursor, or colour what follows, whoever wrote it.
func (t *table[row]) print(w io.Writer, rows []row) error {
	lines := make([][]string, 0, len(rows)+1)
	heads := t.widths == nil && t.look.headings
	if heads {
		lines = append(lines, t.cells(func(c column[row]) string { return c.heading }))
	}
	for _, one := range rows {
		lines = append(lines, t.cells(func(c column[row]) string { return directory.Printable(cmp.Or(c.show(one), absent)) }))
	}
	t.measure(lines)
	out := bufio.NewWriter(w)
	for i, cells := range lines {
		_, _ = out.WriteString(t.line(cells, heads && i == 0) + "\n") // Flush tells
	}
	return out.Flush()
}

func (t *table[row]) cells(show func(column[row]) string) []string {
	cells := make([]string, len(t.columns))
	for i, column := range t.columns {
		cells[i] = show(column)
	}
	return cells
}

// measure widens the columns for lines, as far as they need it.
func (t *table[row]) measure(lines [][]string) {
	if t.widths == nil {
		t.widths = make([]int, len(t.columns))
	}
	for _, cells := range lines {
		for i, cell := range cells {
			t.widths[i] = max(t.widths[i], columnWidth, ansi.StringWidth(cell)+columnGap)
		}
	}
}

// line of a table. Colours take no room on the screen: a cell is filled up by what it shows.
func (t *table[row]) line(cells []string, heads bool) string {
	var line strings.Builder
	for i, cell := range cells {
		shown := cell
		if t.look.coloured && !heads {
			shown = painted(t.columns[i].heading, cell)
		}
		line.WriteString(shown)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", t.widths[i]-ansi.StringWidth(cell)))
		}
	}
	if t.look.coloured && heads {
		return dim.Styled(line.String())
	}
	return line.String()
}
