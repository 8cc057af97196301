// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

const (
	brandListLong = `List the brands of a partner, and how many tenants wear them. The default is worn by every customer that says nothing else.`

	brandListExample = `  # The brands of acme
  kubectl tenant brand list -n acme`

	brandShowLong = `Show what portals and mails look like that bear a brand, and who its mails come from.`

	brandShowExample = `  kubectl tenant brand show acme -n acme`
)

func newBrandCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	return newGroup("brand", "WhiteLabelProfiles: what portals and mails look like", newBrandListCommand(streams, cluster), newBrandShowCommand(streams, cluster),
		newBrandCopyCommand(streams, cluster), newBrandPreviewCommand(streams, cluster), newBrandValidateCommand(streams, cluster))
}

type brandItem = item[v1alpha1.WhiteLabelProfile]

func newBrandListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, profiles)
	words := words{use: "list [NAME...]", aliases: []string{"ls", "get"}, short: "List brands", long: brandListLong, example: brandListExample}
	return o.command(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return show(o, known[v1alpha1.WhiteLabelProfile](o, found), brandColumns(o.output.wide()))
	})
}

func brandColumns(wide bool) []column[brandItem] {
	type columns = []column[brandItem]
	shown := columns{
		{"NAME", func(b brandItem) string { return b.is.Name }},
		{"COMPANY", func(b brandItem) string { return directory.Escape(string(b.is.Spec.CompanyName)) }},
		{"DEFAULT", func(b brandItem) string { return ifSo(b.is.IsDefault()) }},
		{"TENANTS", func(b brandItem) string { return number(b.is.Status.Tenants) }},
		{"FROM", func(b brandItem) string { return directory.Escape(string(b.is.Spec.EmailFrom)) }},
		{"READY", func(b brandItem) string { return statusOf(b.is.Status.Conditions) }},
	}
	if wide {
		shown = append(shown, columns{
			{"SUPPORT", func(b brandItem) string { return directory.Escape(string(b.is.Spec.SupportEmail)) }},
			{"REASON", func(b brandItem) string { return whyNot(b.is.Status.Conditions) }},
		}...)
	}
	return shown
}

func ifSo(so bool) string {
	if so {
		return "yes"
	}
	return ""
}

func newBrandShowCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, profiles)
	words := words{use: "show NAME...", short: "Show what brands look like", long: brandShowLong, example: brandShowExample}
	return o.showCommand(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return showPages(o, known[v1alpha1.WhiteLabelProfile](o, found), brandPage)
	})
}

// brandPage says what a brand looks like.
func brandPage(b brandItem) *page {
	out := &page{}
	out.say("Brand", b.is.Namespace+"/"+b.is.Name)
	out.say("Default", ifSo(b.is.IsDefault()))
	out.say("Tenants", number(b.is.Status.Tenants))
	out.sayLook(b.is.Spec)
	out.sayConditions(b.is.Status.Conditions)
	return out
}

// sayLook says what portals and mails look like.
func (p *page) sayLook(spec v1alpha1.WhiteLabelProfileSpec) {
	p.say("Company", string(spec.CompanyName))
	p.say("Logo", pictureOf(spec.Logo))
	p.say("Favicon", pictureOf(spec.Favicon))
	if colors := spec.Colors; colors != nil {
		p.say("Primary color", string(colors.Primary))
		p.say("Accent color", string(colors.Accent))
		p.say("Background", string(colors.Background))
	}
	p.say("Support", string(spec.SupportEmail))
	p.say("Support URL", string(spec.SupportURL))
	p.say("Mails from", string(spec.EmailFrom))
	if spec.SMTPSecretRef != nil {
		p.say("Mail server", "as Secret "+spec.SMTPSecretRef.Name+" says")
	}
	p.say("Hides vendor", ifSo(spec.HideVendor))
	p.say("Hides pricing", ifSo(spec.HidePricing))
	p.say("Own CSS", ifSo(spec.CustomCSS != ""))
}

// pictureOf is where a picture comes from.
func pictureOf(image *v1alpha1.Image) string {
	switch {
	case image == nil:
		return ""
	case image.ConfigMapKeyRef != nil:
		return "ConfigMap " + image.ConfigMapKeyRef.Name + ", key " + image.ConfigMapKeyRef.Key
	default:
		return string(image.URL)
	}
}
