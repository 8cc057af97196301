// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"regexp"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
)

// Brand is how mails and pages look. What is empty or no good is the default's: a brand comes from
// somebody else than who sends.
type Brand struct {
	// CompanyName is who the mail is from, for people.
	CompanyName string
	// SupportEmail is where answers go. Default: none; the mail then says nothing of support.
	SupportEmail string
	// SupportURL is where help is found. Default: none; the mail then says nothing of it.
	SupportURL string
	// AnswersTo is where answers go where there is no SupportEmail. Default: to the sender's address.
	AnswersTo string
	// Colors of the mail.
	Colors Colors
}

// Colors are written as #rrggbb.
type Colors struct {
	// Primary is the colour of buttons and of the bar at the top, with white on it.
	Primary string
	// Accent is the colour of links.
	Accent string
	// Background is what lies around the text.
	Background string
}

// BrandOf is how the mails of tenants look that bear a profile. Pictures are not in mails: they would tell who
// reads them, and when.
func BrandOf(profile v1alpha1.WhiteLabelProfileSpec) Brand {
	colors := v1alpha1.Colors{}
	if profile.Colors != nil {
		colors = *profile.Colors
	}
	return Brand{
		CompanyName:  string(profile.CompanyName),
		SupportEmail: string(profile.SupportEmail),
		SupportURL:   string(profile.SupportURL),
		AnswersTo:    string(profile.EmailFrom),
		Colors: Colors{
			Primary:    brand.MailColor(colors.Primary),
			Accent:     brand.MailColor(colors.Accent),
			Background: brand.MailColor(colors.Background),
		},
	}
}

// DefaultBrand is the operator's.
func DefaultBrand() Brand {
	return Brand{
		CompanyName: "Tenantry",
		Colors:      Colors{Primary: "#1f4e79", Accent: "#1f6feb", Background: "#f4f6f8"},
	}
}

const maxName = 100

var color = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

// Effective is the brand with the default in place of what is empty or no good: it can be put into a
// header, a style and a text as it is.
func (b Brand) Effective() Brand {
	effective := DefaultBrand()
	if name := Line(b.CompanyName, maxName); name != "" {
		effective.CompanyName = name
	}
	if address, err := Address(b.SupportEmail); err == nil {
		effective.SupportEmail = address
	}
	if help, err := link(b.SupportURL); err == nil {
		effective.SupportURL = help
	}
	if address, err := Address(b.AnswersTo); err == nil {
		effective.AnswersTo = address
	}
	effective.Colors = Colors{
		Primary:    colorOr(b.Colors.Primary, effective.Colors.Primary),
		Accent:     colorOr(b.Colors.Accent, effective.Colors.Accent),
		Background: colorOr(b.Colors.Background, effective.Colors.Background),
	}
	return effective
}

func colorOr(own, other string) string {
	if color.MatchString(own) {
		return own
	}
	return other
}
