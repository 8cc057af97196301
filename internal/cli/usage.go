// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/license"
)

const usageLong = `Show what tenants use of what their plans include, and of their seats and disk.

What plans include, those see who may read LicensePlans. Scans are those of the present calendar month, in UTC.`

const usageExample = `  # The customers of acme, those nearest to their limit first
  kubectl tenant usage -n acme --sort-by percent

  # For a spreadsheet
  kubectl tenant usage --all -o csv > usage.csv`

// UsageOptions shows what tenants use.
type UsageOptions struct {
	// SortBy is one of the keys of usageOrders; empty: by namespace and name.
	SortBy string
	// Reverse turns the order round.
	Reverse bool

	*BrowseOptions
}

// used is what a tenant uses, and of what plan.
type used struct {
	item[v1alpha1.Tenant]
	plan    *v1alpha1.LicensePlan
	metered license.Metered
	// counts says that the plan includes so much of something.
	counts bool
}

// usageOrders are what usage can be sorted by, most first.
var usageOrders = map[string]func(a, b used) int{
	"percent": func(a, b used) int { return cmp.Compare(b.share(), a.share()) },
	"agents":  func(a, b used) int { return cmp.Compare(b.usage().Agents, a.usage().Agents) },
	"assets":  func(a, b used) int { return cmp.Compare(b.usage().Assets, a.usage().Assets) },
	"scans":   func(a, b used) int { return cmp.Compare(b.usage().Scans, a.usage().Scans) },
	"disk": func(a, b used) int {
		more, less := ptr.Deref(b.usage().Disk, resource.Quantity{}), ptr.Deref(a.usage().Disk, resource.Quantity{})
		return more.Cmp(less)
	},
}

func newUsageCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &UsageOptions{BrowseOptions: newBrowseOptions(streams, cluster, tenants)}
	o.output.tables = true
	words := words{use: "usage [NAME...]", short: "Show what tenants use of what they have", long: usageLong, example: usageExample}
	cmd := o.command(words, o.Run)
	orders := slices.Sorted(maps.Keys(usageOrders))
	cmd.Flags().StringVar(&o.SortBy, "sort-by", "", "Sort by one of: "+strings.Join(orders, ", ")+", most first. Default: by namespace and name.")
	cmd.Flags().BoolVar(&o.Reverse, "reverse", false, "Turn the order round.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("sort-by", cobra.FixedCompletions(orders, cobra.ShellCompDirectiveNoFileComp)))
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		if o.SortBy != "" && usageOrders[o.SortBy] == nil {
			return usageError(cmd, fmt.Errorf("unknown order %q: it is one of %s", o.SortBy, strings.Join(orders, ", ")))
		}
		return nil
	}
	return cmd
}

// Run prints it.
func (o *UsageOptions) Run(ctx context.Context) error {
	found, err := o.read(ctx)
	if err != nil {
		return err
	}
	plans, err := o.plans(ctx, found)
	if err != nil {
		return err
	}
	rows := usedBy(known[v1alpha1.Tenant](o.BrowseOptions, found), plans, o.now())
	if o.SortBy != "" {
		slices.SortStableFunc(rows, usageOrders[o.SortBy])
	}
	if o.Reverse {
		slices.Reverse(rows)
	}
	return show(o.BrowseOptions, rows, usageColumns(o.output.wide()))
}

// plans are those that tenants may be on, by namespace and name; none where the caller may not read them.
func (o *UsageOptions) plans(ctx context.Context, tenants []*unstructured.Unstructured) (map[types.NamespacedName]*v1alpha1.LicensePlan, error) {
	if !o.output.forPeople() && !o.output.csv() {
		return nil, nil //nolint:nilnil // nobody asks for them
	}
	plans := map[types.NamespacedName]*v1alpha1.LicensePlan{}
	namespaces := map[string]bool{}
	for _, tenant := range tenants {
		namespaces[tenant.GetNamespace()] = true
	}
	if o.All {
		namespaces = map[string]bool{"": true}
	}
	for namespace := range namespaces {
		found, err := o.cluster.listed(ctx, licensePlans, namespace, "")
		if apierrors.IsForbidden(err) {
			continue
		}
		if err != nil {
			return nil, explain(err)
		}
		for _, plan := range known[v1alpha1.LicensePlan](o.BrowseOptions, found) {
			plans[types.NamespacedName{Namespace: plan.is.Namespace, Name: plan.is.Name}] = plan.is
		}
	}
	return plans, nil
}

// usedBy is what tenants use of their plans, as far as these are known.
func usedBy(tenants []item[v1alpha1.Tenant], plans map[types.NamespacedName]*v1alpha1.LicensePlan, now time.Time) []used {
	rows := make([]used, 0, len(tenants))
	for _, tenant := range tenants {
		row := used{item: tenant, plan: plans[types.NamespacedName{Namespace: tenant.is.Namespace, Name: tenant.is.Status.Plan}]}
		row.metered, row.counts = license.Meter(row.plan, row.usage(), now)
		rows = append(rows, row)
	}
	return rows
}

func (u used) usage() v1alpha1.Usage { return ptr.Deref(u.is.Status.Usage, v1alpha1.Usage{}) }

// share of what is included that is used: 1 is all; 0 where nothing is counted.
func (u used) share() float64 {
	switch {
	case !u.counts || u.metered.Used == 0:
		return 0
	case u.metered.Included == 0:
		return math.Inf(1)
	default:
		return float64(u.metered.Used) / float64(u.metered.Included)
	}
}

// percent of what is included that is used.
func (u used) percent() string {
	switch {
	case !u.counts:
		return ""
	case math.IsInf(u.share(), 1):
		return "more"
	default:
		return strconv.FormatInt(u.metered.Used*100/max(u.metered.Included, 1), 10) + "%"
	}
}

func usageColumns(wide bool) []column[used] {
	type columns = []column[used]
	shown := columns{
		{"NAME", func(u used) string { return u.is.Name }},
		{"COMPANY", func(u used) string { return directory.Escape(string(u.is.Spec.DisplayName)) }},
		{"PLAN", func(u used) string { return u.is.Status.Plan }},
		{"COUNTED", func(u used) string { return u.metered.Of }},
		{"USED", func(u used) string { return u.ifCounted(u.metered.Used) }},
		{"INCLUDED", func(u used) string { return u.ifCounted(u.metered.Included) }},
		{"PERCENT", used.percent},
		{"AGENTS", func(u used) string { return u.is.Status.Agents }},
		{"DISK", func(u used) string { return u.is.Status.Disk }},
	}
	if wide {
		shown = append(shown, columns{
			{"ASSETS", func(u used) string { return strconv.FormatInt(u.usage().Assets, 10) }},
			{"SCANS", func(u used) string { return strconv.FormatInt(u.usage().Scans, 10) }},
			{"PERIOD", func(u used) string { return u.usage().Period }},
			{"ALERTED", alertsOf},
		}...)
	}
	return shown
}

func (u used) ifCounted(number int64) string {
	if !u.counts {
		return ""
	}
	return strconv.FormatInt(number, 10)
}

// alertsOf are the percentages that the partner was told of in the present period.
func alertsOf(u used) string {
	var told []string
	for _, alert := range u.is.Status.Alerts {
		told = append(told, strconv.Itoa(int(alert.Percent))+"%")
	}
	return strings.Join(told, ",")
}
