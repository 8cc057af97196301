// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"regexp"
	"strings"
	"testing"
)

const (
	svgHead = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">`
	svgTail = "</svg>"
)

func TestPicturesThatDraw(t *testing.T) {
	for name, tc := range map[string]struct{ in, out string }{
		"a path": {
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made by hand -->\n" + svgHead + `<path d="M0 0h8v8z" fill="#0b5fff"/>` + svgTail,
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#0b5fff"></path></svg>` + "\n",
		},
		"a gradient": {
			svgHead + `<defs><linearGradient id="g" xlink:href="#h"><stop offset="0" stop-color="red"/></linearGradient></defs><rect width="8" height="8" fill="url(#g)"/>` + svgTail,
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><defs><linearGradient id="g" href="#h"><stop offset="0" stop-color="red"></stop></linearGradient></defs><rect width="8" height="8" fill="url(#g)"></rect></svg>` + "\n",
		},
		"text": {
			svgHead + `<title>Acme &amp; S&#246;hne</title><text x="1">a &lt; b</text>` + svgTail,
			`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>Acme &amp; Söhne</title><text x="1">a &lt; b</text></svg>` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := checkSVG([]byte(tc.in))
			if err != nil || string(out) != tc.out {
				t.Fatalf("%v\n%s\nwant\n%s", err, out, tc.out)
			}
			again, err := checkSVG(out)
			if err != nil || string(again) != tc.out {
				t.Errorf("written anew it is another: %v\n%s", err, again)
			}
		})
	}
}

func TestPicturesThatRunLoadOrEmbed(t *testing.T) {
	inside := func(text string) string { return svgHead + text + svgTail }
	for name, picture := range map[string]string{
		"a script":                       inside("<script>alert(1)</script>"),
		"a script by its prefix":         `<a:svg xmlns:a="http://www.w3.org/2000/svg"><a:script>alert(1)</a:script></a:svg>`,
		"a script of HTML":               inside(`<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>`),
		"a path of HTML":                 inside(`<path xmlns="http://www.w3.org/1999/xhtml"/>`),
		"HTML":                           inside("<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>"),
		"a handler":                      inside(`<path onload="alert(1)"/>`),
		"a handler at the root":          `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>`,
		"a handler with a prefix":        inside(`<path xmlns:e="http://www.w3.org/2001/xml-events" e:onload="alert(1)"/>`),
		"a picture":                      inside(`<image href="https://evil.example/x.png"/>`),
		"another file":                   inside(`<use href="https://evil.example/x.svg#a"/>`),
		"a bomb of uses":                 inside(`<g id="a"><use href="#b"/><use href="#b"/></g>`),
		"a link":                         inside(`<a href="javascript:alert(1)"><text>x</text></a>`),
		"a gradient from elsewhere":      inside(`<linearGradient xlink:href="https://evil.example/x.svg#a"/>`),
		"a gradient of a script":         inside(`<linearGradient href="javascript:alert(1)"/>`),
		"a fill from elsewhere":          inside(`<path fill="url(https://evil.example/x.svg#a)"/>`),
		"a fill from elsewhere, escaped": inside(`<path fill="u\72l(https://evil.example/x.svg#a)"/>`),
		"a fill from elsewhere, encoded": inside(`<path fill="&#117;rl(//evil.example/x.svg#a)"/>`),
		"a style element":                inside(`<style>@import "https://evil.example/"</style>`),
		"a style":                        inside(`<path style="background:url(//evil.example)"/>`),
		"an animation":                   inside(`<path><animate attributeName="href" to="javascript:alert(1)"/></path>`),
		"a doctype":                      `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + inside("<text>&x;</text>"),
		"a bomb of entities":             `<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>` + inside("<text>&b;</text>"),
		"a style sheet of XML":           `<?xml-stylesheet href="https://evil.example/x.xsl"?>` + inside(""),
		"a style sheet inside":           inside(`<?xml-stylesheet href="https://evil.example/x.css"?>`),
		"an editor's own":                inside(`<namedview xmlns="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"/>`),
		"no namespace":                   `<svg><path d="M0 0"/></svg>`,
		"HTML that begins as SVG":        `<svg xmlns="http://www.w3.org/2000/svg"><path></svg><script>alert(1)</script>`,
		"two roots":                      inside("") + inside(""),
		"text after the root is cut off": inside("<path>"),
		"another encoding":               `<?xml version="1.0" encoding="UTF-7"?>` + inside(""),
		"UTF-16":                         "\xff\xfe<\x00s\x00v\x00g\x00",
		"depth":                          svgHead + strings.Repeat("<g>", maxSVGDepth+1) + strings.Repeat("</g>", maxSVGDepth+1) + svgTail,
		"an attribute twice":             inside(`<linearGradient href="#a" xlink:href="#b"/>`),
		"nothing":                        "",
		"no picture":                     "hello",
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := checkSVG([]byte(picture)); err == nil {
				t.Errorf("passes as %s", out)
			}
		})
	}
}

// dangerous is what no picture that passed may hold, however it was written.
var dangerous = regexp.MustCompile(`(?i)<(script|foreignobject|image|use|a|style|animate|set|iframe)[\s>/]|<[^>]*\s(on[a-z]+|style)\s*=|<!|<\?|javascript:[^<]*"|url\([^#)]*[^#'")\s]`)

func FuzzCheckSVG(f *testing.F) {
	f.Add([]byte(svgHead + `<path d="M0" fill="url(#a)"/>` + svgTail))
	f.Add([]byte(svgHead + `<text>a &lt;script> b</text>` + svgTail))
	f.Add([]byte(svgHead + `<path id="&quot; onload=&quot;alert(1)"/>` + svgTail))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := checkSVG(data)
		if err != nil {
			return
		}
		unquoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(string(out), `""`)
		if found := dangerous.FindString(unquoted); found != "" {
			t.Errorf("%q holds %q", out, found)
		}
		again, err := checkSVG(out)
		if err != nil || string(again) != string(out) {
			t.Errorf("%q is not what it says: %v, %q", out, err, again)
		}
	})
}
