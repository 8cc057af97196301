// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package assets says which assets are the same, however they are written, and counts each once. It is pure.
//
// An asset has one key. What is equal by these rules is one asset, and nothing else is: a rule that can't be
// sure that two spellings mean one thing leaves them two.
//
//   - A Domain and a Subdomain are DNS names, and the same name is one asset under either type: whether
//     somebody calls shop.example.com a domain or a subdomain changes nothing about it, and a list of public
//     suffixes, which changes every week, would change what was counted yesterday. Names are mapped as UTS #46
//     says (non-transitional: RFC 5890 to 5893, with the mapping of RFC 5895), so case, width, composition and
//     other dots don't count, written as A-labels, and without the dot of the root (RFC 1034 section 3.1).
//     Labels have 1 to 63 octets, a name at most 253 (RFC 1035 section 2.3.4), and there are at least two
//     labels, of letters, digits, hyphens inside them (RFC 1123 section 2.1) and underscores (RFC 2181 section
//     11, RFC 8552). The last label is no number: that would be an address (RFC 3696 section 2).
//   - An IPAddress is what RFC 4291 section 2.2 and dotted decimal notation allow, in the form of RFC 5952. An
//     IPv4-mapped IPv6 address is the IPv4 address. Leading zeros in IPv4 are refused: some read them as octal.
//   - A WebApplication and an API are base URLs of HTTP, normalised as RFC 3986 section 6.2.2 and RFC 9110
//     section 4.2.3 say: case of scheme and host, percent-encoding (of what must be encoded too, RFC 3987
//     section 3.1), dot segments, an empty path, the default port. The host is a DNS name, or an address, by the
//     rules above, but may have one label. Beyond that, the base with and without a slash at its end is one, an
//     empty query is none, and the fragment, which no server gets to see (RFC 3986 section 3.5), is dropped. The
//     query is kept, in its order: some applications tell theirs apart by it. The type is part of the key: an
//     application and an API behind one URL are two things to look at. So are http and https.
package assets

import (
	"errors"
	"unicode/utf8"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Class is what kind of thing a key is of.
type Class string

// Classes of keys.
const (
	ClassName           Class = "name"
	ClassAddress        Class = "address"
	ClassWebApplication Class = "web application"
	ClassAPI            Class = "API"
)

// Key tells assets apart: those with the same key are one.
type Key struct {
	// Class of the asset.
	Class Class
	// Value in its one form. Under the type that the asset had, it has the same key.
	Value string
}

// maxBytes is the longest value that is looked at: what the API admits, in the longest encoding.
const maxBytes = 4 * 512

var (
	errTooLong     = errors.New("is too long: write at most 512 characters")
	errUnknownType = errors.New("has a type that this version does not know: write Domain, Subdomain, IPAddress, WebApplication or API")
)

// KeyOf is the key of an asset. The error says what is wrong with it and what to write instead, in less
// than 240 characters, and tells no more of the value than one character.
func KeyOf(asset v1alpha1.Asset) (Key, error) {
	value := string(asset.Value)
	if len(value) > maxBytes {
		return Key{}, errTooLong
	}
	if !utf8.ValidString(value) {
		return Key{}, errNotUTF8
	}
	var class Class
	var normalise func(string) (string, error)
	switch asset.Type {
	case v1alpha1.AssetDomain, v1alpha1.AssetSubdomain:
		class, normalise = ClassName, domainName
	case v1alpha1.AssetIPAddress:
		class, normalise = ClassAddress, address
	case v1alpha1.AssetWebApplication:
		class, normalise = ClassWebApplication, baseURL
	case v1alpha1.AssetAPI:
		class, normalise = ClassAPI, baseURL
	default:
		return Key{}, errUnknownType
	}
	normal, err := normalise(value)
	if err != nil {
		return Key{}, err
	}
	return Key{Class: class, Value: normal}, nil
}
