// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
)

var types = []v1alpha1.AssetType{domain, subdomain, ipAddress, webApp, api, "Car"}

// FuzzKeyOf: whatever is listed, looking at it ends, says something short, and comes to one form that stays
// as it is, however it is written.
func FuzzKeyOf(f *testing.F) {
	for _, test := range spellings {
		for _, written := range test.written {
			for i, kind := range types {
				if kind == written.kind {
					f.Add(uint8(i), written.value)
				}
			}
		}
	}
	for _, value := range []string{"xn--a", "xn--pple-43d.xn--p1ai", "https://[::1%25a]:0443/%2e%2e/..//%C3%28?%", "a.0x", "https://ex%41mple.com", "https://a.example:1:2", "١٢٧.0.0.1", "https://１２７.1/"} {
		f.Add(uint8(0), value)
		f.Add(uint8(3), value)
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		kind := types[int(which)%len(types)]
		key, err := assets.KeyOf(v1alpha1.Asset{Type: kind, Value: v1alpha1.AssetValue(value)})
		if err != nil {
			if length := utf8.RuneCountInString(err.Error()); length > 240 || !utf8.ValidString(err.Error()) {
				t.Errorf("the message has %d characters: %q", length, err)
			}
			return
		}
		if again, err := assets.KeyOf(v1alpha1.Asset{Type: kind, Value: v1alpha1.AssetValue(key.Value)}); err != nil || again != key {
			t.Errorf("%q is %q, and that is %q (%v)", value, key.Value, again.Value, err)
		}
		if strings.IndexFunc(key.Value, func(char rune) bool { return char > unicode.MaxASCII || char <= ' ' }) >= 0 {
			t.Errorf("%q has more than ASCII in its form %q", value, key.Value)
		}
		checkVariants(t, kind, value, key)
	})
}

// checkVariants: other spellings of what is understood have the same key.
func checkVariants(t *testing.T, kind v1alpha1.AssetType, value string, key assets.Key) {
	var variants []string
	switch key.Class {
	case assets.ClassName:
		variants = []string{strings.ToUpper(key.Value), key.Value + ".", key.Value + "。"}
		if shown, err := idna.Display.ToUnicode(key.Value); err == nil {
			variants = append(variants, shown)
		}
	case assets.ClassAddress:
		variants = []string{strings.ToUpper(key.Value)}
	default:
		scheme, rest, _ := strings.Cut(key.Value, "://")
		variants = []string{strings.ToUpper(scheme) + "://" + rest, key.Value + "#x"}
	}
	for _, variant := range variants {
		if len(variant) > len(value)*4+512 {
			continue
		}
		if other, err := assets.KeyOf(v1alpha1.Asset{Type: kind, Value: v1alpha1.AssetValue(variant)}); err != nil || other != key {
			t.Errorf("%q is %q, and its spelling %q is %q (%v)", value, key.Value, variant, other.Value, err)
		}
	}
}
