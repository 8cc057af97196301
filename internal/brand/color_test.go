// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"regexp"
	"testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestColors(t *testing.T) {
	for text, want := range map[string]struct{ css, mail string }{
		"#abc":                   {"#aabbcc", "#aabbcc"},
		"#ABCD":                  {"#aabbccdd", "#b5c4d3"},
		"#a1b2c3":                {"#a1b2c3", "#a1b2c3"},
		"#a1b2c300":              {"#a1b2c300", ""},
		"Navy":                   {"#000080", "#000080"},
		"transparent":            {"#00000000", ""},
		"rgb(1,2,3)":             {"#010203", "#010203"},
		"rgba(1, 2, 3, 0.5)":     {"#01020380", "#808181"},
		"rgb(10% 20% 30% / 50%)": {"#1a334d80", "#8c99a6"},
		"rgb(300, 0, 0)":         {"#ff0000", "#ff0000"},
		"hsl(210deg 40% 50%)":    {"#4d80b3", "#4d80b3"},
		"hsla(210, 40%, 50%, 1)": {"#4d80b3", "#4d80b3"},
		"hsl(570 40% 50%)":       {"#4d80b3", "#4d80b3"},
		"hsl(0 100% 50%)":        {"#ff0000", "#ff0000"},
	} {
		css, err := color(text)
		if mail := MailColor(v1alpha1.Color(text)); err != nil || css != want.css || mail != want.mail {
			t.Errorf("%s: %q, %q, %v; want %q, %q", text, css, mail, err, want.css, want.mail)
		}
	}
}

func TestWhatIsNoColor(t *testing.T) {
	for _, text := range []string{
		"", "#ab", "#abcde", "#ggg", "abc", "blurple", "rgb(1,2)", "rgb(1,2,3,4,5)", "rgb(1,2,3", "rgb(1deg,2,3)", "hsl(1%,2%,3%)",
		"rgb(-1,2,3)", "rgb(1e9,2,3)", "rgb(nan,2,3)", "rgb(var(--x),2,3)", "red; } body { display: none", "url(https://evil.example)", "red</style>",
	} {
		if css, err := color(text); err == nil {
			t.Errorf("%q passes as %q", text, css)
		}
		if mail := MailColor(v1alpha1.Color(text)); mail != "" {
			t.Errorf("%q passes in mails as %q", text, mail)
		}
	}
}

func FuzzColor(f *testing.F) {
	f.Add("rgb(10% 20% 30% / 50%)")
	f.Add("hsl(999999999deg 40% 50%)")
	written := regexp.MustCompile(`^#[0-9a-f]{6}([0-9a-f]{2})?$`)
	f.Fuzz(func(t *testing.T, text string) {
		css, err := color(text)
		mail := MailColor(v1alpha1.Color(text))
		if err == nil && !written.MatchString(css) || err != nil && mail != "" || mail != "" && !written.MatchString(mail) {
			t.Errorf("%q is written %q and %q", text, css, mail)
		}
	})
}
