// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

var someNames = []string{"acme", "cybercorp", "cyberdyne", "hooli", "initech"}

// keys are presses of what is typed, and of keys by their names.
func keys(typed string, named ...rune) []tea.Msg {
	var presses []tea.Msg
	for _, char := range typed {
		presses = append(presses, tea.KeyPressMsg{Code: char, Text: string(char)})
	}
	for _, code := range named {
		presses = append(presses, tea.KeyPressMsg{Code: code})
	}
	return presses
}

func TestWhatIsPicked(t *testing.T) {
	for name, test := range map[string]struct {
		presses []tea.Msg
		want    string
		ended   bool
	}{
		"the first":                {presses: keys("", tea.KeyEnter), want: "acme", ended: true},
		"the third":                {presses: keys("", tea.KeyDown, tea.KeyDown, tea.KeyEnter), want: "cyberdyne", ended: true},
		"no further than the last": {presses: keys("hoo", tea.KeyDown, tea.KeyDown, tea.KeyEnter), want: "hooli", ended: true},
		"by its letters":           {presses: keys("cdy", tea.KeyEnter), want: "cyberdyne", ended: true},
		"after a slip":             {presses: keys("hx", tea.KeyBackspace, tea.KeyEnter), want: "hooli", ended: true},
		"what is pasted":           {presses: append([]tea.Msg{tea.PasteMsg{Content: "hooli\n"}}, keys("", tea.KeyEnter)...), want: "hooli", ended: true},
		"what nothing matches":     {presses: keys("xyz", tea.KeyDown, tea.KeyEnter)},
		"Esc":                      {presses: keys("hoo", tea.KeyEscape), ended: true},
		"nothing yet":              {presses: keys("hoo")},
	} {
		t.Run(name, func(t *testing.T) {
			var model tea.Model = newPicker(someNames)
			for _, press := range test.presses {
				model, _ = model.Update(press)
			}
			if got := model.(picker); got.chosen != test.want || got.ended != test.ended {
				t.Errorf("got %q, %t", got.chosen, got.ended)
			}
		})
	}
}

func TestAPickerFitsTheTerminal(t *testing.T) {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("customer%02d", i))
	}
	var screens strings.Builder
	var model tea.Model = newPicker(names)
	messages := slices.Concat([]tea.Msg{nil, tea.WindowSizeMsg{Width: 12, Height: 4}}, keys("", tea.KeyDown, tea.KeyDown, tea.KeyDown), keys("2", tea.KeyEscape))
	for _, message := range messages {
		model, _ = model.Update(message)
		fmt.Fprintf(&screens, "%s\n---\n", model.View().Content)
	}
	golden(t, "picker", screens.String())
}

func TestANameIsPickedOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for name, test := range map[string]struct{ typed, want string }{
		"a name": {typed: "init\r", want: "initech"},
		"Esc":    {typed: "\x1b"},
		"Ctrl-C": {typed: "\x03"},
	} {
		t.Run(name, func(t *testing.T) {
			inner, outer := openScreen(t)
			if err := pty.Setsize(inner, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
				t.Fatal(err)
			}
			streams := genericiooptions.IOStreams{In: inner, Out: io.Discard, ErrOut: inner}
			if !canPick(streams) {
				t.Fatal("nobody is there")
			}
			shown := make(chan struct{})
			go func() {
				var seen strings.Builder
				for chunk := make([]byte, 1024); ; {
					n, err := outer.Read(chunk)
					if err != nil {
						return
					}
					before := strings.Contains(seen.String(), "tenant>")
					if seen.Write(chunk[:n]); !before && strings.Contains(seen.String(), "tenant>") {
						close(shown)
					}
				}
			}()
			go func() {
				<-shown
				_, _ = outer.WriteString(test.typed)
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			got, err := pick(ctx, streams, someNames)
			if got != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
