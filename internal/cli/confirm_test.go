// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/creack/pty"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestWithoutATerminalNobodyIsAsked(t *testing.T) {
	for given, test := range map[string]struct{ name, says string }{
		"cybercorp": {name: "cybercorp"},
		"":          {name: "cybercorp", says: "nobody is there to confirm it: say --confirm cybercorp"},
		"initech":   {name: "cybercorp", says: `--confirm says "initech", and the tenant is "cybercorp": nothing was done`},
	} {
		t.Run(given, func(t *testing.T) {
			streams, in, out, errOut := genericiooptions.NewTestIOStreams()
			in.WriteString("cybercorp\n")
			err := confirm(t.Context(), streams, test.name, given)
			if test.says == "" && err != nil || test.says != "" && (err == nil || err.Error() != test.says || codeOf(err) != exitUsage) {
				t.Errorf("got %v", err)
			}
			if shown := out.String() + errOut.String(); shown != "" {
				t.Errorf("asked: %q", shown)
			}
		})
	}
}

func TestOnATerminalTheNameIsTyped(t *testing.T) {
	for name, test := range map[string]struct {
		typed string
		says  string
	}{
		"the name":     {typed: "cybercorp\n"},
		"another name": {typed: "initech\n", says: `"initech" is not "cybercorp": nothing was done`},
		"nothing":      {typed: "\n", says: `"" is not "cybercorp": nothing was done`},
		"the end":      {typed: "\x04", says: `"" is not "cybercorp": nothing was done`},
	} {
		t.Run(name, func(t *testing.T) {
			terminal, streams := openTerminal(t)
			if _, err := io.WriteString(terminal, test.typed); err != nil {
				t.Fatal(err)
			}
			err := confirm(t.Context(), streams, "cybercorp", "")
			if test.says == "" && err != nil || test.says != "" && (err == nil || err.Error() != test.says || codeOf(err) != exitUsage) {
				t.Errorf("got %v", err)
			}
			if asked := streams.ErrOut.(*strings.Builder).String(); asked != "Type the tenant name to continue: " {
				t.Errorf("asked: %q", asked)
			}
		})
	}
}

func TestWhoIsAskedMayInterrupt(t *testing.T) {
	_, streams := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := confirm(ctx, streams, "cybercorp", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// openTerminal opens a terminal, and the streams of what runs in it; messages are kept.
func openTerminal(t *testing.T) (io.Writer, genericiooptions.IOStreams) {
	t.Helper()
	outer, inner, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(outer.Close(), inner.Close()); err != nil {
			t.Error(err)
		}
	})
	return outer, genericiooptions.IOStreams{In: inner, Out: io.Discard, ErrOut: &strings.Builder{}}
}
