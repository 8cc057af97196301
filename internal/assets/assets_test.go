// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets_test

import (
	"strings"
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
)

const (
	domain    = v1alpha1.AssetDomain
	subdomain = v1alpha1.AssetSubdomain
	ipAddress = v1alpha1.AssetIPAddress
	webApp    = v1alpha1.AssetWebApplication
	api       = v1alpha1.AssetAPI
)

// spelling is one way to write an asset.
type spelling struct {
	kind  v1alpha1.AssetType
	value string
}

// Spellings of assets: those of one are one, and those of two are two.
var spellings = []struct {
	name    string
	key     string
	written []spelling
}{
	{"a DNS name, whatever it is called", "shop.example.com", []spelling{
		{domain, "shop.example.com"}, {subdomain, "shop.example.com"}, {subdomain, "Shop.Example.COM"}, {subdomain, "shop.example.com."},
		{domain, "SHOP.EXAMPLE.COM."}, {subdomain, "shop。example．com"}, {subdomain, "ｓｈｏｐ.example.com"}, {subdomain, "shop.example.com。"},
		{subdomain, "sho\u00adp.example.com"},
	}},
	{"a name in its own alphabet", "xn--bcher-kva.example", []spelling{
		{domain, "bücher.example"}, {domain, "BÜCHER.example"}, {domain, "bu\u0308cher.example"}, {domain, "xn--bcher-kva.example"},
		{domain, "XN--BCHER-KVA.EXAMPLE"}, {subdomain, "Bücher.Example."},
	}},
	{"a name with ß, which is another's with ss", "xn--strae-oqa.example", []spelling{{domain, "straße.example"}, {domain, "xn--strae-oqa.example"}}},
	{"the name with ss", "strasse.example", []spelling{{domain, "strasse.example"}}},
	{"a name in Latin letters", "apple.example", []spelling{{domain, "apple.example"}}},
	{"the name that looks like it, with a Cyrillic letter", "xn--pple-43d.example", []spelling{{domain, "аpple.example"}, {domain, "xn--pple-43d.example"}}},
	{"a name with underscores", "_mta-sts.example.com", []spelling{{subdomain, "_mta-sts.example.com"}, {subdomain, "_MTA-STS.example.com"}}},
	{"a name with hyphens in the third and fourth place", "r3---sn-apo3.example", []spelling{{subdomain, "r3---sn-apo3.example"}}},
	{"the name one level up", "example.com", []spelling{{domain, "example.com"}, {subdomain, "Example.com"}}},
	{"the name with www is another", "www.example.com", []spelling{{subdomain, "www.example.com"}}},

	{"an IPv4 address, also as it is mapped", "192.0.2.1", []spelling{{ipAddress, "192.0.2.1"}, {ipAddress, "::ffff:192.0.2.1"}, {ipAddress, "::FFFF:c000:201"}}},
	{"an IPv6 address", "2001:db8::1", []spelling{
		{ipAddress, "2001:db8::1"}, {ipAddress, "2001:DB8::1"}, {ipAddress, "2001:0db8:0000:0000:0000:0000:0000:0001"},
		{ipAddress, "2001:db8:0:0:0:0:0:1"}, {ipAddress, "2001:db8::0:1"}, {ipAddress, "2001:db8::0.0.0.1"},
	}},
	{"the address with another group", "2001:db8::1:0:0:1", []spelling{{ipAddress, "2001:db8:0:0:1::1"}, {ipAddress, "2001:db8::1:0:0:1"}}},

	{"a web application", "https://shop.example.com/", []spelling{
		{webApp, "https://shop.example.com"}, {webApp, "https://shop.example.com/"}, {webApp, "HTTPS://Shop.Example.com"}, {webApp, "https://shop.example.com:443"},
		{webApp, "https://shop.example.com:0443/"}, {webApp, "https://shop.example.com:/"}, {webApp, "https://shop.example.com./"}, {webApp, "https://shop.example.com/#top"},
		{webApp, "https://shop.example.com?"}, {webApp, "https://shop.example.com/./a/.."}, {webApp, "https://shop.example.com/%2e%2e/"}, {webApp, "https://ｓhop。example.com"},
	}},
	{"the same without TLS", "http://shop.example.com/", []spelling{{webApp, "http://shop.example.com"}, {webApp, "http://shop.example.com:80/"}, {webApp, "HTTP://SHOP.EXAMPLE.COM/#"}}},
	{"the same on another port", "https://shop.example.com:8443/", []spelling{{webApp, "https://shop.example.com:8443"}, {webApp, "https://shop.example.com:08443/"}}},
	{"the port of the other scheme", "http://shop.example.com:443/", []spelling{{webApp, "http://shop.example.com:443"}}},
	{"an API at the URL of a web application", "https://shop.example.com/", []spelling{{api, "https://shop.example.com"}, {api, "https://SHOP.example.com:443/"}}},
	{"an API below a path", "https://api.example.com/v2/~kim", []spelling{
		{api, "https://api.example.com/v2/~kim"}, {api, "https://api.example.com/v2/~kim/"}, {api, "https://api.example.com/v2/%7Ekim"}, {api, "https://api.example.com/v2/%7ekim"},
		{api, "https://api.example.com/v1/../v2/./~kim"}, {api, "https://api.example.com/%76%32/~kim"}, {api, "https://api.example.com/v2/~kim#/users"},
	}},
	{"the path in another case", "https://api.example.com/V2/~kim", []spelling{{api, "https://api.example.com/V2/~kim"}}},
	{"a path with an encoded slash", "https://api.example.com/a%2Fb", []spelling{{api, "https://api.example.com/a%2fb"}, {api, "https://api.example.com/a%2Fb"}}},
	{"a path with a slash", "https://api.example.com/a/b", []spelling{{api, "https://api.example.com/a/b"}}},
	{"a path with an empty segment", "https://api.example.com/a//b", []spelling{{api, "https://api.example.com/a//b"}, {api, "https://api.example.com/a//c/../b//"}}},
	{"a path in its own alphabet, with an encoded slash", "https://api.example.com/%C3%BC%2Fb", []spelling{{api, "https://api.example.com/ü%2fb"}, {api, "https://api.example.com/%c3%bc%2Fb"}}},
	{"a URL with a query", "https://shop.example.com/?id=1&x=%2F", []spelling{{webApp, "https://shop.example.com?id=1&x=%2f"}, {webApp, "https://shop.example.com/?i%64=1&x=%2F#a"}}},
	{"the query in another order", "https://shop.example.com/?x=%2F&id=1", []spelling{{webApp, "https://shop.example.com/?x=%2F&id=1"}}},
	{"a host in its own alphabet", "https://xn--bcher-kva.example/", []spelling{
		{webApp, "https://bücher.example"}, {webApp, "https://b%C3%BCcher.example/"}, {webApp, "https://XN--bcher-KVA.example"},
	}},
	{"an IPv6 host", "https://[2001:db8::1]/", []spelling{{webApp, "https://[2001:db8::1]"}, {webApp, "https://[2001:DB8:0:0:0:0:0:1]:443/"}}},
	{"an IPv4 host", "https://192.0.2.1/", []spelling{{webApp, "https://192.0.2.1"}, {webApp, "https://192.0.2.1./"}, {webApp, "https://[::ffff:192.0.2.1]/"}, {webApp, "https://１９２.0.2.1"}}},
	{"a host of one label", "http://intranet/", []spelling{{webApp, "http://intranet"}, {webApp, "http://Intranet./"}}},
}

func TestSpellingsOfOneAssetAreOne(t *testing.T) {
	tried := 0
	for _, test := range spellings {
		for _, written := range test.written {
			tried++
			key, err := assets.KeyOf(v1alpha1.Asset{Type: written.kind, Value: v1alpha1.AssetValue(written.value)})
			if err != nil || key.Value != test.key {
				t.Errorf("%s: %s %q is %q (%v), want %q", test.name, written.kind, written.value, key.Value, err, test.key)
			}
		}
	}
	if tried < 40 {
		t.Errorf("%d spellings are tried", tried)
	}
}

func TestAllSpellingsCountAsTheAssetsThatTheyAre(t *testing.T) {
	var all []v1alpha1.Asset
	for _, test := range spellings {
		for _, written := range test.written {
			all = append(all, v1alpha1.Asset{Type: written.kind, Value: v1alpha1.AssetValue(written.value)})
		}
	}
	if read := assets.Read(all); read.Unique() != len(spellings) || read.NotUnderstood != 0 {
		t.Errorf("%d spellings of %d assets count as %d, and %d are not understood: %v", len(all), len(spellings), read.Unique(), read.NotUnderstood, read.Invalid)
	}
}

func TestWhatIsNoAssetIsNamed(t *testing.T) {
	for _, test := range []struct {
		name  string
		kind  v1alpha1.AssetType
		value string
		words string
	}{
		{"nothing", domain, "", "empty label"},
		{"the root", domain, ".", "empty label"},
		{"an empty label", subdomain, "a..example", "empty label"},
		{"a leading dot", subdomain, ".a.example", "empty label"},
		{"two dots at the end", subdomain, "a.example..", "empty label"},
		{"one label", domain, "localhost", "write the whole DNS name"},
		{"a label too long", domain, strings.Repeat("a", 64) + ".example", "more than 63"},
		{"a label too long in its xn-- form", domain, strings.Repeat("ü", 60) + ".example", "more than 63"},
		{"a name too long", domain, strings.Repeat("abc.", 63) + "example", "longer than 253"},
		{"a wildcard", subdomain, "*.example.com", `'*'`},
		{"a URL for a name", domain, "https://a.example", `':'`},
		{"a name with a port", domain, "a.example:443", `':'`},
		{"a name with a path", domain, "a.example/x", `'/'`},
		{"a name with a space", domain, "a b.example", `' '`},
		{"a name with a letter that stands for a slash too", domain, "a℀b.example", `'/'`},
		{"a name with a full-width slash", domain, "a.example／x", `'/'`},
		{"a hyphen at the begin of a label", subdomain, "-a.example", "hyphen"},
		{"a hyphen at the end of a label", subdomain, "a-.example", "hyphen"},
		{"an address for a name", domain, "192.0.2.1", "type IPAddress"},
		{"an address in hexadecimal for a name", domain, "192.0.2.0x1", "type IPAddress"},
		{"a name that ends in a number", domain, "a.example.1", "type IPAddress"},
		{"an xn-- label that is none", domain, "xn--\u00fc.example", "xn--"},
		{"an xn-- label that does not decode", domain, "xn--99999999.example", "xn--"},
		{"an xn-- label of ASCII alone", domain, "xn--example-.com", "xn--"},
		{"an xn-- label of nothing", domain, "xn--.example", "empty label"},
		{"an xn-- label of upper case", domain, "xn--Bcher-hoa.example", "xn--"},
		{"a name of letters in both directions", domain, "aא.example", "UTS #46"},
		{"a name with a joiner where none may be", domain, "a\u200db.example", "UTS #46"},
		{"a name that begins with an accent", domain, "\u0301a.example", "UTS #46"},
		{"a name with a character that is not assigned", domain, "a\U000E0080.example", "UTS #46"},
		{"a name that is not UTF-8", domain, "a\xff.example", "UTF-8"},

		{"no address", ipAddress, "example.com", "no IP address"},
		{"leading zeros", ipAddress, "192.0.02.1", "without leading zeros"},
		{"octal digits", ipAddress, "0300.0.2.1", "without leading zeros"},
		{"three parts", ipAddress, "192.0.513", "no IP address"},
		{"a network", ipAddress, "192.0.2.0/24", "prefix length"},
		{"brackets", ipAddress, "[2001:db8::1]", "without brackets"},
		{"a port", ipAddress, "192.0.2.1:80", "port"},
		{"a zone", ipAddress, "fe80::1%eth0", "zone"},

		{"a URL without a scheme", webApp, "shop.example.com", "http:// or https://"},
		{"a URL of another scheme", webApp, "ftp://shop.example.com", "http:// or https://"},
		{"a URL with one slash", webApp, "https:/shop.example.com", "no host"},
		{"a URL without slashes", webApp, "https:shop.example.com", "http:// or https://"},
		{"a URL without a host", api, "https:///v2", "no host"},
		{"a URL with a password", api, "https://kim:secret@a.example", "without them"},
		{"a URL with a user", api, "https://kim@a.example", "without them"},
		{"a port that is too high", webApp, "https://a.example:65536", "from 1 to 65535"},
		{"port 0", webApp, "https://a.example:0", "from 1 to 65535"},
		{"a port that is none", webApp, "https://a.example:https", "is no URL"},
		{"a host that is no name", webApp, "https://a..example", "a host that has an empty label"},
		{"a host that is not UTF-8", webApp, "https://a%C3%28.example", "is no URL"},
		{"a host that is not UTF-8 once decoded", webApp, "https://a%C3b.example", "UTF-8"},
		{"a host with a short address", webApp, "https://127.1", "ends in a number"},
		{"a host that is one number", webApp, "https://2130706433", "ends in a number"},
		{"a host in hexadecimal", webApp, "https://0x7f000001/", "ends in a number"},
		{"a host with leading zeros", webApp, "https://192.0.02.1/", "without leading zeros"},
		{"a host with a zone", webApp, "https://[fe80::1%25eth0]/", "no IP address"},
		{"IPv4 in brackets", webApp, "https://[192.0.2.1]/", ""},
		{"a backslash", webApp, `https://a.example\@b.example`, "backslash"},
		{"an escape that is none in the path", webApp, "https://a.example/%zz", "is no URL"},
		{"an escape that ends too soon in the query", webApp, "https://a.example/?a=%4", "two hexadecimal digits"},
		{"an escape that is none in the query", webApp, "https://a.example/?a=%xy", "two hexadecimal digits"},

		{"another type", "Car", "a.example", "a type that this version does not know"},
		{"too much", domain, strings.Repeat("a.", 2000) + "example", "too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, err := assets.KeyOf(v1alpha1.Asset{Type: test.kind, Value: v1alpha1.AssetValue(test.value)})
			if err == nil {
				t.Fatalf("%q is %v", test.value, key)
			}
			if !strings.Contains(err.Error(), test.words) {
				t.Errorf("%q: %v; want %q", test.value, err, test.words)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "kim") {
				t.Errorf("the message repeats what it should not: %v", err)
			}
		})
	}
}
