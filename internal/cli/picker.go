// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/sahilm/fuzzy"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// pickerRows are how many names a picker shows at most.
const pickerRows = 10

// picker has a person choose one of some names, by parts of it.
type picker struct {
	names []string
	// typed so far, and the names that match it, the best first.
	typed   string
	matches []string
	// at is the match that Enter chooses.
	at int
	// width and height of the terminal, once it has told.
	width, height int
	// chosen name, once one is; ended says that nothing is shown any more.
	chosen string
	ended  bool
}

// canPick says whether a person is there to pick: what is picked from goes where messages go.
func canPick(streams genericiooptions.IOStreams) bool {
	return isTerminal(streams.In) && isTerminal(streams.ErrOut)
}

// pick a name on a terminal. Who wants none has interrupted it.
func pick(ctx context.Context, streams genericiooptions.IOStreams, names []string) (string, error) {
	end, err := tea.NewProgram(newPicker(names), tea.WithContext(ctx), tea.WithInput(streams.In), tea.WithOutput(streams.ErrOut), tea.WithoutSignalHandler()).Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("picking on this terminal: %w", err)
	}
	picked := end.(picker)
	if picked.chosen == "" {
		return "", context.Canceled
	}
	return picked.chosen, nil
}

func newPicker(names []string) picker { return picker{names: names, matches: names} }

// Init asks for nothing.
func (p picker) Init() tea.Cmd { return nil }

// Update takes what a person typed.
func (p picker) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = message.Width, message.Height
	case tea.KeyPressMsg:
		p = p.press(message)
	case tea.PasteMsg:
		p = p.matching(p.typed + strings.TrimSpace(message.Content))
	}
	if p.ended {
		return p, tea.Quit
	}
	return p, nil
}

// press is the picker after a key.
func (p picker) press(key tea.KeyPressMsg) picker {
	switch key.String() {
	case "esc", "ctrl+c":
		p.ended = true
	case "enter":
		if len(p.matches) > 0 {
			p.chosen, p.ended = p.matches[p.at], true
		}
	case "up", "ctrl+p":
		p.at = max(p.at-1, 0)
	case "down", "ctrl+n":
		p.at = max(min(p.at+1, len(p.matches)-1), 0)
	case "backspace":
		if runes := []rune(p.typed); len(runes) > 0 {
			p = p.matching(string(runes[:len(runes)-1]))
		}
	default:
		p = p.matching(p.typed + key.Text)
	}
	return p
}

// matching is the picker of the names that match what was typed.
func (p picker) matching(typed string) picker {
	if typed == p.typed {
		return p
	}
	p.typed, p.at, p.matches = typed, 0, p.names
	if typed != "" {
		p.matches = nil
		for _, match := range fuzzy.Find(typed, p.names) {
			p.matches = append(p.matches, match.Str)
		}
	}
	return p
}

// View is what is typed, how many match, and those around the one that is chosen.
func (p picker) View() tea.View {
	if p.ended {
		return tea.NewView("")
	}
	rows := pickerRows
	if p.height > 0 {
		rows = max(min(rows, p.height-1), 1)
	}
	lines := []string{fmt.Sprintf("tenant> %s  %d/%d", p.typed, len(p.matches), len(p.names))}
	first := max(0, p.at-rows+1)
	for i, name := range p.matches[first:min(first+rows, len(p.matches))] {
		mark := "  "
		if first+i == p.at {
			mark = "> "
		}
		lines = append(lines, mark+name)
	}
	if p.width > 0 {
		for i, line := range lines {
			lines[i] = ansi.Truncate(line, p.width, "")
		}
	}
	return tea.NewView(strings.Join(lines, "\n"))
}
