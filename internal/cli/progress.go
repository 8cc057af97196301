// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

const (
	// barWidth is how many characters the bar of a progress has.
	barWidth = 20
	// unknownWidth is how wide a terminal is taken to be that does not say it.
	unknownWidth = 80
)

// progress is how far work on many has come: on a terminal one line, drawn again in its place. A nil one shows nothing.
type progress struct {
	w io.Writer
	// width of the terminal: a line that goes on in the next could not be drawn again.
	width int
	// doing is what is done to each, as "suspending".
	doing             string
	all, done, failed int
}

// newProgress of work on so many: none where nobody sees it, on what is no terminal or can't draw a line again, and of one alone.
func newProgress(w io.Writer, doing string, all int) *progress {
	terminal, ok := w.(*os.File)
	if all < 2 || !ok || os.Getenv("TERM") == "dumb" {
		return nil
	}
	width, _, err := term.GetSize(int(terminal.Fd()))
	if err != nil {
		return nil // it is none
	}
	return &progress{w: w, width: cmp.Or(width, unknownWidth), doing: doing, all: all}
}

// step counts what became of one, and draws the line again.
func (p *progress) step(failed bool) {
	p.done++
	if failed {
		p.failed++
	}
	p.draw()
}

func (p *progress) draw() {
	if p != nil {
		fmt.Fprint(p.w, "\r"+ansi.Truncate(p.String(), p.width-1, "")+ansi.EraseLineRight)
	}
}

// clear leaves the line as if nothing had been there.
func (p *progress) clear() { fmt.Fprint(p.w, "\r"+ansi.EraseLineRight) }

// String is the line. What counts comes first: a narrow terminal cuts the rest off.
func (p *progress) String() string {
	line := fmt.Sprintf("%s %d/%d", p.doing, p.done, p.all)
	if p.failed > 0 {
		line += fmt.Sprintf(", %d failed", p.failed)
	}
	filled := barWidth * p.done / p.all
	return line + " [" + strings.Repeat("=", filled) + strings.Repeat(" ", barWidth-filled) + "]"
}
