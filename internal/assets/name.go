// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Bounds of RFC 1035, in octets; that of a name is without the root's dot.
const (
	maxLabel = 63
	maxName  = 253
)

// lookup maps names as browsers do. Which ASCII characters may be in one, and where a hyphen may be, is
// checked apart: names with underscores, or with hyphens in the third and fourth place, are in use.
var lookup = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.BidiRule(),
)

var (
	errNotUTF8   = errors.New("is not UTF-8: write it in that")
	errName      = errors.New("is no DNS name by IDNA (UTS #46): check its letters, and the xn-- parts if it has any")
	errEmpty     = errors.New("has an empty label: write one dot between two labels, and nothing before the first")
	errLongLabel = errors.New("has a label of more than 63 characters, in its xn-- form if it has one")
	errLongName  = errors.New("is longer than 253 characters, in its xn-- form if it has one")
	errHyphen    = errors.New("has a label with a hyphen at its begin or end: write letters or digits there")
	errOneLabel  = errors.New("is one label: write the whole DNS name, such as shop.example.com")
	errNumber    = errors.New("ends in a number, as no DNS name does: an IP address has type IPAddress, and four numbers from 0 to 255 without leading zeros")
)

// domainName is the one form of a DNS name of at least two labels.
func domainName(value string) (string, error) {
	name, err := dnsName(value)
	if err != nil {
		return "", err
	}
	if !strings.Contains(name, ".") {
		return "", errOneLabel
	}
	return name, nil
}

// dnsName is the one form of a DNS name: of A-labels in lower case, without the root's dot.
func dnsName(value string) (string, error) {
	if !utf8.ValidString(value) { // it may have come out of a percent-encoding
		return "", errNotUTF8
	}
	name, err := lookup.ToASCII(value)
	if err != nil {
		return "", errName
	}
	if again, err := lookup.ToASCII(name); err != nil || again != name {
		return "", errName
	}
	name = strings.TrimSuffix(name, ".")
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return "", err
		}
	}
	if len(name) > maxName {
		return "", errLongName
	}
	if isNumber(labels[len(labels)-1]) {
		return "", errNumber
	}
	return name, nil
}

func checkLabel(label string) error {
	switch {
	case label == "":
		return errEmpty
	case len(label) > maxLabel:
		return errLongLabel
	case label[0] == '-' || label[len(label)-1] == '-':
		return errHyphen
	}
	for _, char := range label {
		if !isLower(char) && !isDigit(char) && char != '-' && char != '_' {
			return fmt.Errorf("has %q, which is in no DNS name: write letters, digits, hyphens, underscores and dots, without scheme, port, path or wildcard", char)
		}
	}
	return nil
}

// isNumber says whether a label is what some read as a part of an IPv4 address.
func isNumber(label string) bool {
	if hex, isHex := strings.CutPrefix(label, "0x"); isHex {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func isLower(char rune) bool { return 'a' <= char && char <= 'z' }
func isDigit(char rune) bool { return '0' <= char && char <= '9' }

var (
	errAddress = errors.New("is no IP address: write one, such as 192.0.2.1 without leading zeros, or 2001:db8::1, without brackets, port or prefix length")
	errZone    = errors.New("has a zone, which means something on one machine only: write the address without % and what comes after it")
)

// address is the one form of an IP address.
func address(value string) (string, error) {
	parsed, err := netip.ParseAddr(value)
	if err != nil {
		return "", errAddress
	}
	if parsed.Zone() != "" {
		return "", errZone
	}
	return parsed.Unmap().String(), nil
}
