// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	// maxSVGDepth is how deep elements may lie in each other.
	maxSVGDepth = 64
)

// svgElements draw. None of them runs, loads, embeds or repeats anything: no script, foreignObject, image, style,
// animation, and no use or pattern, of which a few draw a million times.
var svgElements = []string{
	"svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
	"text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
}

// svgAttributes place and paint.
var svgAttributes = []string{
	"id", "class", "version", "baseProfile", "viewBox", "preserveAspectRatio", "width", "height", "x", "y", "x1", "y1", "x2", "y2",
	"cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy", "d", "points", "pathLength", "transform", "offset", "rotate",
	"fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-linejoin",
	"stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "opacity", "color", "display", "visibility", "overflow",
	"stop-color", "stop-opacity", "clip-path", "clip-rule", "mask", "vector-effect", "shape-rendering", "text-rendering",
	"gradientUnits", "gradientTransform", "spreadMethod", "clipPathUnits", "maskUnits", "maskContentUnits",
	"font-family", "font-size", "font-weight", "font-style", "letter-spacing", "word-spacing", "text-anchor", "textLength",
	"lengthAdjust", "dominant-baseline", "alignment-baseline", "role", "aria-label", "aria-hidden", "focusable", "enable-background",
}

// xmlText escapes text between elements.
var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// svgFragment is all that may be referred to: something in the same picture.
var (
	svgFragment  = regexp.MustCompile(`^#[A-Za-z_][-A-Za-z0-9_.]*$`)
	svgReference = regexp.MustCompile(`^url\(\s*['"]?#[A-Za-z_][-A-Za-z0-9_.]*['"]?\s*\)$`)
)

// checkSVG reads a picture and writes it anew, with what it knows to be harmless and nothing else: what a browser
// reads is what was checked, though it read the original in another way.
func checkSVG(data []byte) ([]byte, error) {
	decoder := xml.NewDecoder(bytes.NewReader(data))
	out, depth, rooted := &bytes.Buffer{}, 0, false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New("can't be read as SVG: it must be well-formed XML in UTF-8")
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 && (rooted || token.Name.Local != "svg") || depth >= maxSVGDepth {
				return nil, errors.New("must be one svg element, in which others lie at most 64 deep")
			}
			rooted = true
			if err := openSVG(out, token, depth == 0); err != nil {
				return nil, err
			}
			depth++
		case xml.EndElement:
			out.WriteString("</" + token.Name.Local + ">")
			depth--
		case xml.CharData:
			if depth > 0 {
				out.WriteString(xmlText.Replace(string(token)))
			}
		case xml.Comment:
		case xml.ProcInst:
			if token.Target != "xml" {
				return nil, fmt.Errorf("must not contain the instruction %s: save it as plain SVG", quoted([]byte(token.Target)))
			}
		default:
			return nil, errors.New("must have no DOCTYPE or other declaration: save it as plain SVG")
		}
	}
	if !rooted {
		return nil, errors.New("holds no svg element")
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// openSVG writes the beginning of an element.
func openSVG(out *bytes.Buffer, element xml.StartElement, root bool) error {
	if element.Name.Space != svgSpace || !slices.Contains(svgElements, element.Name.Local) {
		return fmt.Errorf("must not contain element %s: save it as plain SVG, with paths and without scripts, styles and pictures in it", quoted([]byte(element.Name.Local)))
	}
	out.WriteString("<" + element.Name.Local)
	if root {
		out.WriteString(` xmlns="` + svgSpace + `"`)
	}
	seen := map[string]bool{}
	for _, attribute := range element.Attr {
		name, keep, err := svgAttribute(attribute)
		if err != nil {
			return err
		}
		if !keep {
			continue
		}
		if seen[name] {
			return fmt.Errorf("says %s twice of an element", quoted([]byte(name)))
		}
		seen[name] = true
		out.WriteString(" " + name + `="`)
		// A buffer takes everything.
		_ = xml.EscapeText(out, []byte(attribute.Value))
		out.WriteByte('"')
	}
	out.WriteByte('>')
	return nil
}

// svgAttribute is how an attribute is written; false for one that says nothing that is seen.
func svgAttribute(attribute xml.Attr) (name string, keep bool, err error) {
	name = attribute.Name.Local
	switch {
	case attribute.Name.Space == "xmlns", attribute.Name.Space == "" && name == "xmlns", attribute.Name.Space == xmlSpace:
		return "", false, nil
	case name == "href" && (attribute.Name.Space == "" || attribute.Name.Space == xlinkSpace):
		// A gradient may go on from another.
		if !svgFragment.MatchString(attribute.Value) {
			return "", false, errors.New("must refer to nothing outside: href must be # and the id of something in the picture")
		}
		return name, true, nil
	case attribute.Name.Space != "" || !slices.Contains(svgAttributes, name):
		return "", false, fmt.Errorf("must not contain attribute %s: save it as plain SVG, with presentation attributes in place of styles", quoted([]byte(name)))
	}
	return name, true, checkSVGValue(name, attribute.Value)
}

// checkSVGValue refuses references to anything outside. A value that is not an id is read as CSS.
func checkSVGValue(name, value string) error {
	lower := strings.ToLower(value)
	refers := strings.Contains(lower, "url") || strings.Contains(lower, ":") && strings.Contains(lower, "script")
	paints := !slices.Contains([]string{"aria-label", "id", "class", "font-family"}, name)
	if strings.ContainsRune(value, '\\') || strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }) ||
		paints && refers && !svgReference.MatchString(strings.TrimSpace(value)) {
		return fmt.Errorf("has a value of %s that refers to something outside or can't be read", quoted([]byte(name)))
	}
	return nil
}
