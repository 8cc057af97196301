// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// What --color says.
const (
	colourAuto   = "auto"
	colourAlways = "always"
	colourNever  = "never"
)

var colourModes = []string{colourAuto, colourAlways, colourNever}

// coloured says whether to colour what goes to a stream. What is not told so colours a terminal alone, and none that can't show it or whose
// owner wants none: https://no-color.org.
func coloured(mode string, stream any) bool {
	switch mode {
	case colourAlways:
		return true
	case colourNever:
		return false
	default:
		return isTerminal(stream) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
}

// The palette: of the 16 colours that a terminal's owner has chosen.
var (
	dim   = ansi.Style{}.Faint()
	well  = ansi.Style{}.ForegroundColor(ansi.Green)
	onWay = ansi.Style{}.ForegroundColor(ansi.Cyan)
	still = ansi.Style{}.ForegroundColor(ansi.Yellow)
	wrong = ansi.Style{}.ForegroundColor(ansi.Red)
)

// statusHeadings are those of the columns that say how something fares.
var statusHeadings = []string{"STATUS", "STATE", "READY"}

// statusStyles are how the words in these columns look. What others write, as the reason of a condition, is shown as it is.
var statusStyles = map[string]ansi.Style{
	"Active": well, "Ready": well, "Synced": well, "True": well, "yes": well,
	"Pending": onWay, "Provisioning": onWay, "Terminating": onWay, "Syncing": onWay, "Unknown": onWay,
	"Suspended": still, "Halted": still,
	"Degraded": wrong, "Failed": wrong, "Stalled": wrong, "False": wrong, "no": wrong,
}

// painted is a cell of a column as it looks.
func painted(heading, cell string) string {
	style, known := statusStyles[cell]
	if !known || !slices.Contains(statusHeadings, heading) {
		return cell
	}
	return style.Styled(cell)
}

// paintedLine is a line of a page as it looks: its first word may say how something fares, and what follows why.
func paintedLine(what, value string) string {
	word, _, _ := strings.Cut(value, " ")
	word = strings.TrimSuffix(word, ",")
	return painted(strings.ToUpper(what), word) + strings.TrimPrefix(value, word)
}
