// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

const (
	// maxAddress is the most bytes of a mail address (RFC 5321).
	maxAddress = 254
	// maxURL is the most bytes of a link in a mail.
	maxURL = 2048
	// zeroWidthNonJoiner and zeroWidthJoiner belong to the spelling of some languages and to emoji.
	zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
)

// harmless parts what mail programs take for more than a name: the beginning of a link, and of an
// encoded word, which would be decoded in a header after everything was checked.
var harmless = strings.NewReplacer("://", ": //", "=?", "= ?")

// Line makes one line of what somebody else wrote, no longer than that many characters: without control
// characters and such as turn or hide text, with single spaces, nothing that shows as a link, nothing
// that a header would decode.
func Line(text string, most int) string {
	var line strings.Builder
	space := false
	for _, r := range strings.ToValidUTF8(text, string(unicode.ReplacementChar)) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.In(r, unicode.Zl, unicode.Zp):
			space = true
			continue
		case r != zeroWidthNonJoiner && r != zeroWidthJoiner && !unicode.IsGraphic(r):
			continue
		}
		if space && line.Len() > 0 {
			line.WriteByte(' ')
		}
		space = false
		line.WriteRune(r)
	}
	return cut(harmless.Replace(line.String()), most)
}

// cut ends what is too long with an ellipsis.
func cut(line string, most int) string {
	runes := []rune(line)
	if len(runes) <= most {
		return line
	}
	return strings.TrimSpace(string(runes[:most-1])) + "…"
}

// Address returns a mail address that stands alone, without a name, and holds nothing that could end a
// header; else an error that names what is wrong, not the address.
func Address(address string) (string, error) {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || len(address) > maxAddress ||
		strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return "", errors.New("the mail address must be one address alone, such as pat@example.com")
	}
	return address, nil
}

// link returns a URL that a mail may hold, https or http; else an error that does not hold it.
func link(raw string) (string, error) {
	parsed, err := url.Parse(raw)
	if err != nil || parsed.Hostname() == "" || parsed.User != nil || parsed.String() != raw || len(raw) > maxURL || strings.ContainsFunc(raw, endsLink) {
		return "", errors.New("the link must be a whole URL, such as https://portal.example.com")
	}
	switch parsed.Scheme {
	case "https", "http":
		return raw, nil
	}
	return "", fmt.Errorf("the link must begin with https://, not %q", parsed.Scheme)
}

// endsLink is true of what mail programs do not take for a part of a link.
func endsLink(r rune) bool {
	return r <= ' ' || r >= unicode.MaxASCII || strings.ContainsRune("\"<>", r)
}

// secretLink returns a URL with a secret in it: https, or http to this machine alone. Its errors do not hold it.
func secretLink(raw string) (string, error) {
	if _, err := link(raw); err != nil {
		return "", err
	}
	parsed, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("the link is no URL")
	}
	host := parsed.Hostname()
	if address, err := netip.ParseAddr(host); parsed.Scheme == "https" || host == "localhost" || err == nil && address.IsLoopback() {
		return raw, nil
	}
	return "", errors.New("the activation link must begin with https://: whoever reads it on its way can use it")
}
