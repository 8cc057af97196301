// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

var (
	errURL       = errors.New("is no URL: write https://, a host, and a path if there is one, such as https://shop.example.com/store")
	errScheme    = errors.New("does not begin with http:// or https://: write the whole base URL, such as https://shop.example.com/store")
	errUser      = errors.New("has a user or a password: write the URL without them, and change a password that was listed here")
	errNoHost    = errors.New("has no host: write one after https://, such as https://shop.example.com/store")
	errPort      = errors.New("has a port that is none: write a number from 1 to 65535 after the colon, or leave the colon out")
	errBackslash = errors.New(`has a backslash, which some read as a slash: write / for it, or %5C`)
	errEscape    = errors.New("has a % without two hexadecimal digits after it: write %25 for a percent sign")
)

// defaultPorts of the schemes that a base URL may have.
var defaultPorts = map[string]uint64{"http": 80, "https": 443}

// baseURL is the one form of a base URL of HTTP.
func baseURL(value string) (string, error) {
	value, _, _ = strings.Cut(value, "#")
	if strings.Contains(value, `\`) {
		return "", errBackslash
	}
	parsed, err := url.Parse(value)
	if err != nil { // it quotes the whole value, which may hold a password
		return "", errURL
	}
	standard, isHTTP := defaultPorts[parsed.Scheme]
	switch {
	case !isHTTP || parsed.Opaque != "":
		return "", errScheme
	case parsed.User != nil:
		return "", errUser
	case parsed.Hostname() == "":
		return "", errNoHost
	}
	host, err := urlHost(parsed)
	if err != nil {
		return "", fmt.Errorf("has a host that %w", err)
	}
	port, err := urlPort(parsed.Port(), standard)
	if err != nil {
		return "", err
	}
	path, err := urlPath(parsed)
	if err != nil {
		return "", err
	}
	query, err := encode(parsed.RawQuery, "/?")
	if query != "" {
		query = "?" + query
	}
	return parsed.Scheme + "://" + host + port + path + query, err
}

// urlHost is the one form of a URL's host: of an address, with brackets where it is of IPv6, or of a name.
func urlHost(parsed *url.URL) (string, error) {
	host := parsed.Hostname()
	if strings.HasPrefix(parsed.Host, "[") {
		normal, err := address(host)
		if err != nil || !strings.Contains(host, ":") {
			return "", errAddress
		}
		if strings.Contains(normal, ":") {
			normal = "[" + normal + "]"
		}
		return normal, nil
	}
	name, err := dnsName(host)
	if errors.Is(err, errNumber) {
		return ipv4(host)
	}
	return name, err
}

// ipv4 is a host that can only be an IPv4 address. Its digits and dots may be of another width.
func ipv4(host string) (string, error) {
	mapped, err := lookup.ToASCII(host)
	if err != nil {
		return "", errName
	}
	parsed, err := netip.ParseAddr(strings.TrimSuffix(mapped, "."))
	if err != nil || !parsed.Is4() {
		return "", errNumber
	}
	return parsed.String(), nil
}

// urlPort is the port with its colon; nothing for the scheme's standard.
func urlPort(port string, standard uint64) (string, error) {
	if port == "" {
		return "", nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return "", errPort
	}
	if number == standard {
		return "", nil
	}
	return ":" + strconv.FormatUint(number, 10), nil
}

// urlPath is the one form of a URL's path: RFC 3986 sections 6.2.2 and 5.2.4, and no slash at the end.
func urlPath(parsed *url.URL) (string, error) {
	raw := parsed.RawPath // as it was written, where that is not how it would be written from Path
	if raw == "" {
		raw = parsed.EscapedPath()
	}
	encoded, err := encode(raw, "/")
	if err != nil {
		return "", err
	}
	var kept []string
	for segment := range strings.SplitSeq(strings.TrimPrefix(encoded, "/"), "/") {
		switch segment {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.TrimRight(strings.Join(kept, "/"), "/"), nil
}

// Characters of RFC 3986 beside letters and digits.
const (
	unreserved = "-._~"
	inSegments = "!$&'()*+,;=:@"
)

// encode writes each character in its one form: as it is, if it needs no encoding or is one of others, and
// in percent-encoding with upper-case digits otherwise. What was encoded and means something as it is stays.
func encode(raw, others string) (string, error) {
	var encoded strings.Builder
	for i := 0; i < len(raw); i++ {
		char := raw[i]
		if char == '%' {
			decoded, err := hex.DecodeString(raw[i+1 : min(i+3, len(raw))])
			if err != nil || len(decoded) != 1 {
				return "", errEscape
			}
			char, i = decoded[0], i+2
			if isUnreserved(char) {
				encoded.WriteByte(char)
			} else {
				fmt.Fprintf(&encoded, "%%%02X", char)
			}
			continue
		}
		if isUnreserved(char) || strings.IndexByte(inSegments, char) >= 0 || strings.IndexByte(others, char) >= 0 {
			encoded.WriteByte(char)
		} else {
			fmt.Fprintf(&encoded, "%%%02X", char)
		}
	}
	return encoded.String(), nil
}

func isUnreserved(char byte) bool {
	return 'A' <= char && char <= 'Z' || isLower(rune(char)) || isDigit(rune(char)) || strings.IndexByte(unreserved, char) >= 0
}
