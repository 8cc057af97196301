// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const marginLong = `Show what a partner earns by its plans in the present calendar month: revenue, cost, and what is left. A partner's super admin alone may read it.`

const marginExample = `  kubectl tenant margin -n acme

  # For a spreadsheet
  kubectl tenant margin -n acme -o csv > margin.csv`

type priceItem = item[v1alpha1.PriceList]

func newMarginCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, priceLists)
	o.output.tables = true
	words := words{use: "margin [PRICELIST...]", short: "Show what plans earn", long: marginLong, example: marginExample}
	return o.command(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return show(o, known[v1alpha1.PriceList](o, found), marginColumns(o.output.wide()))
	})
}

func marginColumns(wide bool) []column[priceItem] {
	type columns = []column[priceItem]
	units := func(units *int64) string {
		if units == nil {
			return ""
		}
		return strconv.FormatInt(*units, 10)
	}
	shown := columns{
		{"NAME", func(p priceItem) string { return p.is.Name }},
		{"PLAN", func(p priceItem) string { return p.is.Spec.PlanRef.Name }},
		{"PERIOD", func(p priceItem) string { return p.is.Status.Period }},
		{"UNITS", func(p priceItem) string { return units(p.is.Status.Units) }},
		{"PREPAID", func(p priceItem) string { return units(p.is.Status.PrepaidUnits) }},
		{"REVENUE", func(p priceItem) string { return string(p.is.Status.Revenue) }},
		{"COST", func(p priceItem) string { return string(p.is.Status.Cost) }},
		{"MARGIN", func(p priceItem) string { return string(p.is.Status.Margin) }},
		{"CURRENCY", func(p priceItem) string { return p.is.Spec.Currency }},
	}
	if wide {
		shown = append(shown, columns{
			{"PRICE", func(p priceItem) string { return string(p.is.Spec.EndUserPrice) }},
			{"UNIT COST", func(p priceItem) string { return string(p.is.Spec.UnitCost) }},
			{"REASON", func(p priceItem) string { return whyNot(p.is.Status.Conditions) }},
		}...)
	}
	return shown
}
