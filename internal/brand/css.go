// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// maxCSS is the most bytes of a style sheet: 16384 characters, as the kind's schema has it.
const maxCSS = 16384 * utf8.UTFMax

// cssFunctions are those that compute, draw and select. All else may load something: besides url() there are
// image-set(), src(), and whatever browsers think of next.
var cssFunctions = []string{
	"var", "calc", "min", "max", "clamp", "rgb", "rgba", "hsl", "hsla", "color-mix",
	"linear-gradient", "radial-gradient", "conic-gradient", "repeating-linear-gradient", "repeating-radial-gradient",
	"translate", "translatex", "translatey", "scale", "scalex", "scaley", "rotate", "skew", "skewx", "skewy",
	"blur", "brightness", "contrast", "drop-shadow", "grayscale", "invert", "opacity", "saturate", "sepia",
	"cubic-bezier", "steps", "minmax", "repeat", "fit-content",
	"not", "is", "where", "has", "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type",
}

// cssRules are the at-rules that load nothing.
var cssRules = []string{"@media", "@supports", "@keyframes"}

// cssBehaviours are properties by which old browsers ran scripts.
var cssBehaviours = []string{"behavior", "-ms-behavior", "-moz-binding"}

var cssPairs = map[css.TokenType]css.TokenType{
	css.RightBraceToken:       css.LeftBraceToken,
	css.RightBracketToken:     css.LeftBracketToken,
	css.RightParenthesisToken: css.LeftParenthesisToken,
}

// checkCSS says what in a style sheet could load something, run something, or end what stands around it. What
// passes is whole: no string, comment or block of it is open at its end.
func checkCSS(sheet string) error {
	switch {
	case len(sheet) > maxCSS:
		return fmt.Errorf("must have at most %d bytes", maxCSS)
	case !utf8.ValidString(sheet):
		return errors.New("must be UTF-8")
	case strings.ContainsRune(sheet, '<'):
		return errors.New("must not contain '<', which could end the page's style element")
	case strings.ContainsRune(sheet, '\\'):
		return errors.New(`must not contain '\': what is escaped can be read as something else; write the character itself`)
	case strings.ContainsFunc(sheet, isCSSControl):
		return errors.New("must hold no control characters")
	}
	checker := cssChecker{}
	lexer := css.NewLexer(parse.NewInputString(sheet))
	for {
		kind, text := lexer.Next()
		if kind == css.ErrorToken {
			if err := lexer.Err(); err != nil && !errors.Is(err, io.EOF) {
				return errors.New("can't be read as CSS")
			}
			return checker.end()
		}
		if err := checker.take(kind, text); err != nil {
			return err
		}
	}
}

func isCSSControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r <= 0x9f
}

// cssChecker looks at one token after the other.
type cssChecker struct {
	// open are the brackets that are open; a function's is a parenthesis.
	open []css.TokenType
}

func (c *cssChecker) take(kind css.TokenType, text []byte) error {
	switch kind {
	case css.URLToken, css.BadURLToken:
		return errors.New("must not contain url(), which loads something: pictures are set in logo and favicon")
	case css.BadStringToken, css.CDOToken, css.CDCToken, css.CustomPropertyValueToken:
		return fmt.Errorf("can't be read as CSS at %s", quoted(text))
	case css.StringToken:
		if len(text) < 2 || text[len(text)-1] != text[0] {
			return fmt.Errorf("has a string that does not end: %s", quoted(text))
		}
	case css.CommentToken:
		if len(text) < 4 || !bytes.HasSuffix(text, []byte("*/")) {
			return errors.New("has a comment that does not end")
		}
	case css.AtKeywordToken:
		return oneOf(cssRules, strings.ToLower(string(text)), "the rule", "the rules")
	case css.IdentToken, css.CustomPropertyNameToken:
		if slices.Contains(cssBehaviours, strings.ToLower(string(text))) {
			return fmt.Errorf("must not contain %s, which runs scripts", quoted(text))
		}
	case css.FunctionToken:
		c.open = append(c.open, css.LeftParenthesisToken)
		return oneOf(cssFunctions, strings.ToLower(strings.TrimSuffix(string(text), "(")), "the function", "functions that load nothing, such as")
	case css.LeftBraceToken, css.LeftBracketToken, css.LeftParenthesisToken:
		c.open = append(c.open, kind)
	case css.RightBraceToken, css.RightBracketToken, css.RightParenthesisToken:
		if len(c.open) == 0 || c.open[len(c.open)-1] != cssPairs[kind] {
			return fmt.Errorf("closes with %s what is not open", quoted(text))
		}
		c.open = c.open[:len(c.open)-1]
	}
	return nil
}

func (c *cssChecker) end() error {
	if len(c.open) > 0 {
		return errors.New("has a block or bracket that does not end")
	}
	return nil
}

// oneOf says which words there may be, the first few of them.
func oneOf(allowed []string, word, what, which string) error {
	if slices.Contains(allowed, word) {
		return nil
	}
	const shown = 6
	return fmt.Errorf("must not contain %s %s: it may contain %s %s", what, quoted([]byte(word)), which, strings.Join(allowed[:min(shown, len(allowed))], ", "))
}

// quoted is a piece of what somebody wrote, for a message.
func quoted(text []byte) string {
	const most = 32
	runes := []rune(string(text))
	if len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", string(runes))
}
