// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// openScreen opens a terminal to write to, and what is read from the other side of it.
func openScreen(t *testing.T) (inner, outer *os.File) {
	t.Helper()
	outer, inner, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = inner.Close()
		_ = outer.Close()
	})
	return inner, outer
}

func TestATerminalAloneIsColoured(t *testing.T) {
	terminal, _ := openScreen(t)
	read, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = read.Close()
		_ = pipe.Close()
	})
	for name, test := range map[string]struct {
		mode, noColour, term string
		stream               any
		want                 bool
	}{
		"a terminal":                     {mode: colourAuto, stream: terminal, want: true},
		"a pipe":                         {mode: colourAuto, stream: pipe},
		"what is no file":                {mode: colourAuto, stream: &strings.Builder{}},
		"NO_COLOR":                       {mode: colourAuto, stream: terminal, noColour: "1"},
		"a terminal that can't":          {mode: colourAuto, stream: terminal, term: "dumb"},
		"never":                          {mode: colourNever, stream: terminal},
		"always, in a pipe":              {mode: colourAlways, stream: pipe, want: true},
		"always, whatever NO_COLOR says": {mode: colourAlways, stream: terminal, noColour: "1", want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("NO_COLOR", test.noColour)
			t.Setenv("TERM", test.term)
			if got := coloured(test.mode, test.stream); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestColoursChangeNothingElse(t *testing.T) {
	listed, _ := arrange(some(t), "", false)
	columns := tenantColumns(columnsFor{now: atNoon})
	var plain, colours strings.Builder
	for out, look := range map[*strings.Builder]look{&plain: {headings: true}, &colours: {headings: true, coloured: true}} {
		if err := printTable(out, columns, listed, look); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "list-coloured", colours.String())
	if strings.Contains(plain.String(), "\x1b") || ansi.Strip(colours.String()) != plain.String() {
		t.Errorf("they show another table:\n%q\n%q", plain.String(), colours.String())
	}
}

func TestColoursChangeNothingElseOfAPage(t *testing.T) {
	for name, print := range map[string]func(io.Writer, look) error{
		"describe-coloured": func(w io.Writer, look look) error {
			page := pageOf(t, "describe-full")
			page.look = look
			return page.print(w)
		},
		"brand-show-coloured": func(w io.Writer, look look) error {
			return brandPage(known[v1alpha1.WhiteLabelProfile](&BrowseOptions{}, objectsOf(t, "brands.yaml"))[0]).print(w, look)
		},
	} {
		t.Run(name, func(t *testing.T) {
			local := time.Local
			t.Cleanup(func() { time.Local = local })
			time.Local = time.UTC
			var plain, colours strings.Builder
			for out, look := range map[*strings.Builder]look{&plain: {headings: true}, &colours: {headings: true, coloured: true}} {
				if err := print(out, look); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, name, colours.String())
			if strings.Contains(plain.String(), "\x1b") || ansi.Strip(colours.String()) != plain.String() {
				t.Errorf("they show another page:\n%q\n%q", plain.String(), colours.String())
			}
		})
	}
}

func TestTheFirstWordOfALineSaysHowSomethingFares(t *testing.T) {
	for line, want := range map[[2]string]string{
		{"Status", "Active"}:                   well.Styled("Active"),
		{"Status", "Degraded (NoCertificate)"}: wrong.Styled("Degraded") + " (NoCertificate)",
		{"Ready", "no, Invalid: Active"}:       wrong.Styled("no") + ", Invalid: Active",
		{"Ready", "not looked at yet"}:         "not looked at yet",
		{"Company", "Active"}:                  "Active",
		{"Status", ""}:                         "",
	} {
		if got := paintedLine(line[0], line[1]); got != want {
			t.Errorf("%v: %q", line, got)
		}
	}
}

func TestNobodyElseColoursACell(t *testing.T) {
	columns := []column[string]{{"STATUS", func(s string) string { return s }}, {"REASON", func(s string) string { return s }}}
	var out strings.Builder
	if err := printTable(&out, columns, []string{"\x1b[32mActive\x1b[0m", "Active\nnext\trow"}, look{coloured: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "\x1b") || strings.Count(out.String(), "\n") != 2 || strings.Contains(out.String(), "\t") {
		t.Errorf("got %q", out.String())
	}
}

func TestRowsThatComeLaterStandInTheSameColumns(t *testing.T) {
	rows := table[string]{columns: []column[string]{{"NAME", func(s string) string { return s }}, {"COMPANY", func(s string) string { return s + " 株式会社" }}, {"LAST", func(string) string { return "" }}}, look: look{headings: true}}
	var out strings.Builder
	for _, some := range [][]string{{"a", "cybercorp"}, {"b"}, {"a-longer-name-than-those"}, {"c"}} {
		if err := rows.print(&out, some); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "table-later", out.String())
}
