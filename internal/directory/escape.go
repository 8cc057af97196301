// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"fmt"
	"strings"
	"unicode"
)

const (
	// MaxDisplayName is the most characters of a display name; what is longer ends with an ellipsis. It is
	// as many as a Tenant's may have.
	MaxDisplayName = 253
	// zeroWidthNonJoiner and zeroWidthJoiner belong to the spelling of some languages and to emoji.
	zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
)

// Escape makes a line that can be printed anywhere of what somebody else wrote, no longer than a display name.
// Doing it again changes nothing.
func Escape(text string) string {
	runes := []rune(Printable(text))
	if len(runes) <= MaxDisplayName {
		return string(runes)
	}
	return string(runes[:MaxDisplayName-1]) + "…"
}

// Printable is text of which nothing moves the cursor, colours a terminal, or turns or hides text: what would shows
// as its number, such as \u202e. It can't be undone: it is for people to read.
func Printable(text string) string {
	var line strings.Builder
	for _, r := range strings.ToValidUTF8(text, string(unicode.ReplacementChar)) {
		switch {
		case r == zeroWidthNonJoiner || r == zeroWidthJoiner || unicode.IsGraphic(r):
			line.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&line, `\U%08x`, r)
		default:
			fmt.Fprintf(&line, `\u%04x`, r)
		}
	}
	return line.String()
}
