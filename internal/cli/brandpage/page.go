// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package brandpage makes a page that shows what a brand looks like: an example of a portal, and of a mail. It is made of what the operator
// hands to portals, and loads nothing but the pictures that the brand names by URL.
package brandpage

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/base64"
	"html/template"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/notify"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// view is what the page is made of.
type view struct {
	Name, Company, Email, Help string
	// Logo and Favicon are https URLs that were checked, or what they hold. StyleSheet is one.
	Logo, Favicon, StyleSheet template.URL
	HideVendor                bool
	Default                   notify.Colors
	Mail                      notify.Message
	Faults                    []string
}

// Render makes the page of a brand and what the operator makes of it, with what is wrong with it.
func Render(profile *v1alpha1.WhiteLabelProfile, look *brand.Look, faults []string) ([]byte, error) {
	said := look.Document
	mail, err := notify.Render(example, notify.BrandOf(profile.Spec), notify.Envelope{To: "kim@customer.example", Date: example.LinkExpiresAt})
	if err != nil {
		return nil, err
	}
	shown := view{
		Name: directory.Printable(profile.Namespace + "/" + profile.Name), Company: cmp.Or(said.CompanyName, notify.DefaultBrand().CompanyName), Email: said.SupportEmail, Help: said.SupportURL,
		Logo: imageOf(said.Logo, look), Favicon: imageOf(said.Favicon, look), HideVendor: said.HideVendor,
		Default: notify.DefaultBrand().Colors, Mail: mail,
	}
	for _, fault := range faults {
		shown.Faults = append(shown.Faults, directory.Printable(fault))
	}
	if sheet := look.Data[brand.KeyCSS]; sheet != "" {
		shown.StyleSheet = dataURL("text/css", []byte(sheet))
	}
	var out bytes.Buffer
	err = page.Execute(&out, shown)
	return out.Bytes(), err
}

// example of what a mail is about.
var example = notify.Invitation{
	TenantName: "Example Customer", UserName: "kim@customer.example", Role: string(v1alpha1.RoleAdmin),
	PortalURL: "https://customer.portal.example", ActivationURL: "https://customer.portal.example/#token=example",
	LinkExpiresAt: time.Date(2030, time.January, 2, 15, 0, 0, 0, time.UTC),
}

// imageOf is where a page finds a picture: in itself, if the brand holds it.
func imageOf(image *brand.DocumentImage, look *brand.Look) template.URL {
	switch {
	case image == nil:
		return ""
	case image.URL != "":
		return template.URL(image.URL) //nolint:gosec // the operator's code has checked that it is an https URL
	default:
		return dataURL(image.Type, look.Binary[image.Key])
	}
}

func dataURL(kind string, data []byte) template.URL {
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)) //nolint:gosec // it is base64, of a type that the operator's code says
}
