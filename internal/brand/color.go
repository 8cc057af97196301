// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// rgba is a colour; each part is from 0 to 1.
type rgba struct{ red, green, blue, alpha float64 }

// named are the colours of CSS 2.1, and transparent.
var named = map[string]string{
	"aqua": "#00ffff", "black": "#000000", "blue": "#0000ff", "fuchsia": "#ff00ff", "gray": "#808080", "green": "#008000",
	"lime": "#00ff00", "maroon": "#800000", "navy": "#000080", "olive": "#808000", "orange": "#ffa500", "purple": "#800080",
	"red": "#ff0000", "silver": "#c0c0c0", "teal": "#008080", "white": "#ffffff", "yellow": "#ffff00", "transparent": "#00000000",
}

var (
	colorFunction = regexp.MustCompile(`^(rgb|hsl)a?\(([^()]*)\)$`)
	colorPart     = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(deg|%)?$`)
	errColor      = errors.New("must be a CSS color: #rgb, #rrggbb, with alpha #rgba or #rrggbbaa, rgb(), hsl(), or a basic name such as navy")
)

// color is a colour as #rrggbb, or #rrggbbaa where it is not opaque: nothing of how it was written stays.
func color(text string) (string, error) {
	parsed, err := parseColor(text)
	if err != nil {
		return "", err
	}
	written := fmt.Sprintf("#%02x%02x%02x", eighth(parsed.red), eighth(parsed.green), eighth(parsed.blue))
	if alpha := eighth(parsed.alpha); alpha < math.MaxUint8 {
		written += fmt.Sprintf("%02x", alpha)
	}
	return written, nil
}

// MailColor is a colour as mails and pages take it, #rrggbb, on white where it is not opaque. It is empty for one
// that can't be seen, or is none.
func MailColor(text v1alpha1.Color) string {
	parsed, err := parseColor(string(text))
	if err != nil || parsed.alpha == 0 {
		return ""
	}
	onWhite := func(part float64) uint8 { return eighth(part*parsed.alpha + 1 - parsed.alpha) }
	return fmt.Sprintf("#%02x%02x%02x", onWhite(parsed.red), onWhite(parsed.green), onWhite(parsed.blue))
}

// eighth is a part in eight bits.
func eighth(part float64) uint8 { return uint8(math.Round(math.MaxUint8 * min(max(part, 0), 1))) }

func parseColor(text string) (rgba, error) {
	text = strings.ToLower(text)
	if named[text] != "" {
		text = named[text]
	}
	if digits, found := strings.CutPrefix(text, "#"); found {
		return parseHex(digits)
	}
	if function := colorFunction.FindStringSubmatch(text); function != nil {
		return parseParts(function[1], function[2])
	}
	return rgba{}, errColor
}

func parseHex(digits string) (rgba, error) {
	if len(digits) == 3 || len(digits) == 4 {
		var twice strings.Builder
		for _, digit := range []byte(digits) {
			twice.Write([]byte{digit, digit})
		}
		digits = twice.String()
	}
	parts, err := hex.DecodeString(digits)
	if err != nil || len(parts) != 3 && len(parts) != 4 {
		return rgba{}, errColor
	}
	parts = append(parts, math.MaxUint8)
	of := func(i int) float64 { return float64(parts[i]) / math.MaxUint8 }
	return rgba{of(0), of(1), of(2), of(3)}, nil
}

// parseParts reads what is between the parentheses, with commas or with spaces and a slash.
func parseParts(function, text string) (rgba, error) {
	written := strings.Fields(strings.NewReplacer(",", " ", "/", " ").Replace(text))
	if len(written) != 3 && len(written) != 4 {
		return rgba{}, errColor
	}
	parts := []float64{0, 0, 0, 1}
	for i, part := range written {
		found := colorPart.FindStringSubmatch(part)
		if found == nil || (found[2] == "deg") && (function != "hsl" || i != 0) {
			return rgba{}, errColor
		}
		value, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			return rgba{}, errColor
		}
		switch {
		case found[2] == "%":
			value /= 100
		case function == "rgb" && i < 3:
			value /= math.MaxUint8
		case function == "hsl" && i > 0 && i < 3: // saturation and lightness may be written without their sign
			value /= 100
		}
		parts[i] = value
	}
	if function == "rgb" {
		return rgba{parts[0], parts[1], parts[2], parts[3]}, nil
	}
	if strings.HasSuffix(written[0], "%") {
		return rgba{}, errColor
	}
	return hsl(parts[0], min(parts[1], 1), min(parts[2], 1), parts[3]), nil
}

// hsl converts by CSS Color Module Level 4, section 7.1.
func hsl(hue, saturation, lightness, alpha float64) rgba {
	part := func(n float64) float64 {
		k := math.Mod(n+hue/30, 12)
		return lightness - saturation*min(lightness, 1-lightness)*max(-1, min(k-3, 9-k, 1))
	}
	return rgba{part(0), part(8), part(4), alpha}
}
