// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Keys of the ConfigMap that a brand is written to, beside those of its pictures.
const (
	KeyJSON = "brand.json"
	KeyCSS  = "brand.css"
)

// Fields of a profile's spec, as messages and statuses name them.
const (
	fieldCompanyName  = "companyName"
	fieldLogo         = "logo"
	fieldFavicon      = "favicon"
	fieldPrimary      = "colors.primary"
	fieldAccent       = "colors.accent"
	fieldBackground   = "colors.background"
	fieldSupportEmail = "supportEmail"
	fieldSupportURL   = "supportURL"
	fieldEmailFrom    = "emailFrom"
	fieldMailServer   = "smtpSecretRef"
	fieldHideVendor   = "hideVendor"
	fieldHidePricing  = "hidePricing"
	fieldCSS          = "customCSS"
)

// fields in the order in which they are told.
var fields = []string{
	fieldCompanyName, fieldLogo, fieldFavicon, fieldPrimary, fieldAccent, fieldBackground, fieldSupportEmail, fieldSupportURL,
	fieldEmailFrom, fieldMailServer, fieldHideVendor, fieldHidePricing, fieldCSS,
}

// File is what became of reading a picture from a ConfigMap.
type File struct {
	// Data that was read.
	Data []byte
	// Lack is why there is none; empty if there is.
	Lack string
}

// Files are the pictures that a profile takes from ConfigMaps; those that it names by URL, or not at all, are zero.
type Files struct{ Logo, Favicon File }

// Look is what portals get of a profile: the same for all tenants that bear it, and not to be changed.
type Look struct {
	// Document is what brand.json says.
	Document Document
	// Data and Binary are the keys of the ConfigMap.
	Data   map[string]string
	Binary map[string][]byte
	// Images are the pictures in Binary.
	Images []v1alpha1.BrandImage
	// Faults are the fields that are no good and left out, with what is wrong; in the order of the spec.
	Faults []string

	set map[string]bool
}

// Document is brand.json. What it leaves out is the product's own.
type Document struct {
	CompanyName  string         `json:"companyName,omitempty"`
	Logo         *DocumentImage `json:"logo,omitempty"`
	Favicon      *DocumentImage `json:"favicon,omitempty"`
	Colors       DocumentColors `json:"colors,omitzero"`
	SupportEmail string         `json:"supportEmail,omitempty"`
	SupportURL   string         `json:"supportURL,omitempty"`
	HideVendor   bool           `json:"hideVendor"`
	HidePricing  bool           `json:"hidePricing"`
	StyleSheet   string         `json:"styleSheet,omitempty"`
}

// DocumentImage is a picture by its URL, or by the key of the ConfigMap that it lies under.
type DocumentImage struct {
	URL  string `json:"url,omitempty"`
	Key  string `json:"key,omitempty"`
	Type string `json:"type,omitempty"`
}

// DocumentColors are colours, as style sheets have them.
type DocumentColors struct {
	Primary    string `json:"primary,omitempty"`
	Accent     string `json:"accent,omitempty"`
	Background string `json:"background,omitempty"`
}

// Render makes of a profile what its tenants get. What is no good is left out and named: the kind's schema
// refuses most of it, but not all can be said there, and a profile may be older than its schema.
func Render(spec v1alpha1.WhiteLabelProfileSpec, files Files) *Look {
	look := &Look{Data: map[string]string{}, set: map[string]bool{}}
	written := Document{
		CompanyName:  take(look, fieldCompanyName, string(spec.CompanyName), checkLine),
		Logo:         look.image(fieldLogo, spec.Logo, files.Logo, MaxLogo),
		Favicon:      look.image(fieldFavicon, spec.Favicon, files.Favicon, MaxFavicon),
		SupportEmail: take(look, fieldSupportEmail, string(spec.SupportEmail), checkAddress),
		SupportURL:   take(look, fieldSupportURL, string(spec.SupportURL), checkLink),
		HideVendor:   spec.HideVendor,
		HidePricing:  spec.HidePricing,
	}
	if colors := spec.Colors; colors != nil {
		written.Colors = DocumentColors{
			Primary:    take(look, fieldPrimary, string(colors.Primary), color),
			Accent:     take(look, fieldAccent, string(colors.Accent), color),
			Background: take(look, fieldBackground, string(colors.Background), color),
		}
	}
	take(look, fieldEmailFrom, string(spec.EmailFrom), checkAddress)
	own := take(look, fieldCSS, spec.CustomCSS, func(sheet string) (string, error) { return sheet, checkCSS(sheet) })
	look.set[fieldMailServer], look.set[fieldHideVendor], look.set[fieldHidePricing] = spec.SMTPSecretRef != nil, spec.HideVendor, spec.HidePricing
	if sheet := styleSheet(written.Colors, own); sheet != "" {
		look.Data[KeyCSS], written.StyleSheet = sheet, KeyCSS
	}
	look.Document, look.Data[KeyJSON] = written, printed(written)
	return look
}

// take is a field as it is shown; empty where it is not said, or no good.
func take(look *Look, field, value string, check func(string) (string, error)) string {
	if value == "" {
		return ""
	}
	shown, err := check(value)
	if err != nil {
		look.fault(field, err.Error())
		return ""
	}
	look.set[field] = true
	return shown
}

// image is a picture, which is put into the look where it comes from a ConfigMap.
func (l *Look) image(field string, from *v1alpha1.Image, file File, most int) *DocumentImage {
	switch {
	case from == nil:
		return nil
	case from.ConfigMapKeyRef == nil:
		if link := take(l, field, string(from.URL), checkLink); link != "" {
			return &DocumentImage{URL: link}
		}
		return nil
	case file.Lack != "":
		l.fault(field, file.Lack)
		return nil
	}
	checked, err := checkPicture(file.Data, most)
	if err != nil {
		l.fault(field, fmt.Sprintf("key %q of ConfigMap %q %v", from.ConfigMapKeyRef.Key, from.ConfigMapKeyRef.Name, err))
		return nil
	}
	key := field + extensions[checked.kind]
	if l.Binary == nil {
		l.Binary = map[string][]byte{}
	}
	l.Binary[key], l.set[field] = checked.data, true
	l.Images = append(l.Images, v1alpha1.BrandImage{Field: field, Type: checked.kind, Bytes: int32(len(checked.data)), Digest: checked.digest()})
	return &DocumentImage{Key: key, Type: checked.kind}
}

func (l *Look) fault(field, what string) {
	l.Faults = append(l.Faults, "spec."+field+" "+what)
}

// styleSheet is the colours as variables, and what the author adds; empty for neither.
func styleSheet(colors DocumentColors, own string) string {
	var sheet strings.Builder
	if colors != (DocumentColors{}) {
		sheet.WriteString(":root {\n")
		for _, variable := range []struct{ name, value string }{
			{"primary", colors.Primary}, {"accent", colors.Accent}, {"background", colors.Background},
		} {
			if variable.value != "" {
				fmt.Fprintf(&sheet, "  --brand-%s: %s;\n", variable.name, variable.value)
			}
		}
		sheet.WriteString("}\n")
	}
	if own != "" {
		sheet.WriteString(strings.TrimRight(own, "\n") + "\n")
	}
	return sheet.String()
}

// printed is brand.json: without '<', '>', '&' and U+2028 and U+2029 in it, so that it may stand in a page's script.
func printed(written Document) string {
	text, err := json.MarshalIndent(written, "", "  ")
	if err != nil { // it is made of strings
		panic(err)
	}
	return string(text) + "\n"
}

// Effective says where each part of a brand comes from that a tenant in a namespace bears; nil for none. Of a
// profile that lies elsewhere, sender and mail server are not the tenant's.
func Effective(b Brand, look *Look, namespace string) *v1alpha1.EffectiveBrand {
	if b.Profile == nil {
		return nil
	}
	effective := &v1alpha1.EffectiveBrand{From: b.From, Via: b.Via}
	for _, field := range fields {
		from := v1alpha1.BrandFromProduct
		if look.set[field] && (b.Profile.Namespace == namespace || field != fieldEmailFrom && field != fieldMailServer) {
			from = b.From
		}
		effective.Fields = append(effective.Fields, v1alpha1.EffectiveBrandField{Name: field, From: from})
	}
	return effective
}
