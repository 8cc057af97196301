// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// suspendAll suspends the tenants of the tests, of which the second fails, and says so.
func suspendAll(t *testing.T, progress *progress, said io.Writer) {
	t.Helper()
	var tried int
	_, err := work{
		do: func(object *unstructured.Unstructured) result {
			if tried++; tried == 2 {
				return result{before: object, err: errors.New("no")}
			}
			return result{before: object, changed: true}
		},
		show: func(one result) error {
			_, err := fmt.Fprintln(said, one.before.GetName(), one.err)
			return err
		},
		progress: progress,
	}.each(t.Context(), some(t))
	if err != nil {
		t.Error(err)
	}
}

func TestATerminalShowsHowFarWorkHasCome(t *testing.T) {
	for name, width := range map[string]uint16{"progress": 80, "progress-narrow": 20, "progress-unknown": 0} {
		t.Run(name, func(t *testing.T) {
			inner, outer := openScreen(t)
			if err := pty.Setsize(inner, &pty.Winsize{Rows: 24, Cols: width}); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TERM", "xterm")
			suspendAll(t, newProgress(inner, "suspending", len(some(t))), inner)
			fmt.Fprintln(inner, "the end")
			var seen strings.Builder
			for shown := make([]byte, 1024); !strings.Contains(seen.String(), "the end"); {
				n, err := outer.Read(shown)
				if err != nil {
					t.Fatal(err)
				}
				seen.Write(shown[:n])
			}
			golden(t, name, strings.NewReplacer("\r\n", "\n", "\r", `\r`, "\x1b", `\e`).Replace(seen.String()))
		})
	}
}

func TestNobodyWatchesAPipeOrOneAlone(t *testing.T) {
	terminal, _ := openScreen(t)
	for name, test := range map[string]struct {
		w    io.Writer
		term string
		all  int
	}{
		"a pipe":                {w: &strings.Builder{}, all: 9},
		"one alone":             {w: terminal, all: 1},
		"a terminal that can't": {w: terminal, all: 9, term: "dumb"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", test.term)
			if newProgress(test.w, "suspending", test.all) != nil {
				t.Error("it is shown")
			}
		})
	}
	var said strings.Builder
	suspendAll(t, nil, &said)
	if got := said.String(); strings.Count(got, "\n") != len(some(t)) || strings.Contains(got, "suspending") {
		t.Errorf("got %q", got)
	}
}
