// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"strings"
	"testing"
)

func TestStyleSheetsThatDecorate(t *testing.T) {
	for _, sheet := range []string{
		"",
		".portal > h1 { color: red }",
		"a { color: var(--brand-primary); margin: calc(1em + 2px) !important }",
		"@media (max-width: 40em) { .side { display: none } }",
		"@supports (display: grid) { main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)) } }",
		"@keyframes turn { from { transform: rotate(0deg) } to { transform: rotate(360deg) } }",
		"/* Größe */ input[type=\"text\"]:not(:focus)::after { content: 'é →' }",
		":root { --gap: 4px; --shade: rgba(0, 0, 0, .5) }",
		"h1 { background: linear-gradient(to right, #fff, hsl(210 40% 50%)); font-family: \"Inter\", sans-serif }",
	} {
		if err := checkCSS(sheet); err != nil {
			t.Errorf("%q: it %v", sheet, err)
		}
	}
}

func TestStyleSheetsThatLoadRunOrEnd(t *testing.T) {
	for name, tc := range map[string]struct{ sheet, says string }{
		"end the page's style":             {"a {} </style><script>alert(1)</script>", "'<'"},
		"load a style sheet":               {`@import "https://evil.example/x.css";`, "@import"},
		"load one in capitals":             {`@IMPORT "https://evil.example/x.css";`, "@import"},
		"load one, escaped":                {`@\69mport "https://evil.example/x.css";`, `'\'`},
		"load a font":                      {`@font-face { font-family: x; src: "x" }`, "@font-face"},
		"change the encoding":              {`@charset "utf-7";`, "@charset"},
		"load a picture":                   {"a { background: url(https://evil.example/?) }", "url()"},
		"load a quoted picture":            {`a { background: url("https://evil.example/?") }`, "url"},
		"load a picture in capitals":       {"a { background: URL(https://evil.example/?) }", "url()"},
		"load a picture, escaped":          {`a { background: u\72l(https://evil.example/?) }`, `'\'`},
		"load a picture by comment":        {"a { background: ur/**/l(https://evil.example/?) }", "l"},
		"load a picture that does not end": {"a { background: url(https://evil.example/?", "url()"},
		"load a picture of data":           {"a { background: url(data:image/svg+xml;base64,PHN2Zz4=) }", "url()"},
		"load by image-set":                {`a { background: image-set("https://evil.example/" 1x) }`, "image-set"},
		"load by -webkit-image-set":        {`a { background: -webkit-image-set("https://evil.example/" 1x) }`, "-webkit-image-set"},
		"load by src":                      {`a { background: src("https://evil.example/") }`, "src"},
		"load by cross-fade":               {`a { background: cross-fade("https://evil.example/", red) }`, "cross-fade"},
		"load in a variable":               {"a { --x: url(https://evil.example/?); background: var(--x) }", "url()"},
		"load in a variable by function":   {`a { --x: image("https://evil.example/?") }`, "image"},
		"read attributes":                  {"a::after { content: attr(data-secret) }", "attr"},
		"run an expression":                {"a { width: expression(alert(1)) }", "expression"},
		"run an expression by comment":     {"a { width: expr/**/ession(alert(1)) }", "ession"},
		"bind":                             {`a { -moz-binding: "x" }`, "-moz-binding"},
		"behave":                           {`a { BEHAVIOR: "x.htc" }`, "BEHAVIOR"},
		"filter by a program":              {"a { filter: progid:DXImageTransform.Microsoft.Alpha(opacity=50) }", "alpha"},
		"leave a block open":               {"a { color: red", "does not end"},
		"leave a parenthesis open":         {"a { color: rgb(1,2,3 }", "not open"},
		"leave a string open":              {"a { content: 'x }", "string that does not end"},
		"leave a string open at a line":    {"a { content: 'x\n }", "can't be read"},
		"leave a comment open":             {"a {} /* x", "comment that does not end"},
		"close what is not open":           {"} a {", "not open"},
		"close in another order":           {"a [ { ] }", "not open"},
		"begin a comment of HTML":          {"a {} --> b {}", "can't be read"},
		"hold a null":                      {"a { color: r\x00ed }", "control"},
		"hold a null's brother":            {"a { color: r\u0085ed }", "control"},
		"hold what is not UTF-8":           {"a { color: r\xffed }", "UTF-8"},
		"be too long":                      {strings.Repeat("a", maxCSS+1), "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkCSS(tc.sheet)
			if err == nil {
				t.Fatalf("%q passes", tc.sheet)
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q does not say %q", err, tc.says)
			}
		})
	}
}

func FuzzCheckCSS(f *testing.F) {
	f.Add("a { color: red }")
	f.Add(`@media x { a::after { content: "</style>" } }`)
	f.Add("a{background:url(x)}")
	f.Add("--x:{a:b}")
	f.Fuzz(func(t *testing.T, sheet string) {
		if checkCSS(sheet) != nil {
			return
		}
		lower := strings.ToLower(sheet)
		for _, never := range []string{"<", `\`, "@import", "@font-face", "\x00"} {
			// In a string or a comment a word is a word.
			if strings.Contains(lower, never) && (len(never) == 1 || !strings.ContainsAny(sheet, `"'`) && !strings.Contains(sheet, "/*")) {
				t.Errorf("%q passes with %q", sheet, never)
			}
		}
		// What stands after a sheet that passed is read as it stands there: the sheet leaves nothing open.
		if err := checkCSS(sheet + "\na{color:red}"); err != nil {
			t.Errorf("%q passes, and changes what comes after it: %v", sheet, err)
		}
		if err := checkCSS(sheet + "\na{background:url(x)}"); err == nil {
			t.Errorf("%q passes, and hides what comes after it", sheet)
		}
	})
}
