// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"errors"
	"net/mail"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxLine    = 253
	maxAddress = 254
	maxLink    = 2048
)

// checkLine takes a line for people that shows as what it is: nothing in it ends a line, a header or a text, or
// turns what stands beside it round.
func checkLine(text string) (string, error) {
	if utf8.RuneCountInString(text) > maxLine || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r >= '\u2028' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	}) {
		return "", errors.New("must be one line of at most 253 characters, none of which is a control character or changes the direction of text")
	}
	return text, nil
}

// checkAddress takes a mail address that stands alone.
func checkAddress(text string) (string, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > maxAddress ||
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII || strings.ContainsRune("\"<>\\", r) }) {
		return "", errors.New("must be one mail address alone, such as help@acme.example")
	}
	return text, nil
}

// checkLink takes a URL that a browser opens over TLS, and that ends no attribute, string or url() around it.
func checkLink(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "https" || parsed.Hostname() == "" || parsed.User != nil || len(text) > maxLink ||
		strings.ContainsFunc(text, outsideURL) {
		return "", errors.New("must be an absolute URL that begins with https:// and holds no user, space or quote")
	}
	return text, nil
}

// outsideURL is true of what no URL is made of, as browsers and mail programs have it.
func outsideURL(r rune) bool {
	return r <= ' ' || r >= unicode.MaxASCII || strings.ContainsRune("\"'<>\\`{}|^", r)
}
