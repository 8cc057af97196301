// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tenantry/tenantry/internal/directory"
)

func TestWhatIsSafeToPrint(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a plain name stays", "CyberCorp Ltd", "CyberCorp Ltd"},
		{"as do other scripts", "Müller & Söhne شرکت 株式会社 חברה", "Müller & Söhne شرکت 株式会社 חברה"},
		{"and joined ones", "می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"},
		{"no line ends", "a\nb\r\tc", `a\u000ab\u000d\u0009c`},
		{"no terminal is told anything", "\x1b[31mred\x07\u009b2J", `\u001b[31mred\u0007\u009b2J`},
		{"nothing turns round", "invoice\u202egpj.exe\u2066x\u200f", `invoice\u202egpj.exe\u2066x\u200f`},
		{"nothing is hidden", "a\u200bb\ufeffc\u00adд\U000e0041", `a\u200bb\ufeffc\u00adд\U000e0041`},
		{"nor in lines of their own", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"what is no text shows as that", "a\xffb", "a\ufffdb"},
		{"what is too long ends", strings.Repeat("ä", 300), strings.Repeat("ä", 252) + "…"},
		{"also when it was made longer", strings.Repeat("\u202e", 60), strings.Repeat(`\u202e`, 42) + "…"},
	} {
		if got := directory.Escape(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzDirectory(f *testing.F) {
	for _, seed := range []string{"CyberCorp", "\u202e\x1b[31m", "\xff\xfe", `"\u202e"`, strings.Repeat("\u0300", 999), `{"version":2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		escaped := directory.Escape(text)
		if !utf8.ValidString(escaped) || utf8.RuneCountInString(escaped) > directory.MaxDisplayName {
			t.Errorf("%q", escaped)
		}
		for _, r := range escaped {
			if !unicode.IsGraphic(r) && r != '\u200c' && r != '\u200d' {
				t.Errorf("%q is in %q", r, escaped)
			}
		}
		if again := directory.Escape(escaped); again != escaped {
			t.Errorf("%q became %q", escaped, again)
		}
		shards := directory.Encode([]directory.Entry{{Tenant: "a", DisplayName: text}})
		read, count, err := directory.Decode(map[string]string{directory.DataKey: shards[0]})
		if err != nil || count != 1 || len(read) != 1 || read[0].DisplayName != escaped {
			t.Errorf("%v, %d, %v", read, count, err)
		}
		if _, _, err := directory.Decode(map[string]string{directory.DataKey: text}); err == nil && !strings.Contains(text, "{") {
			t.Errorf("%q is a directory", text)
		}
	})
}
