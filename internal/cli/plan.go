// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/license"
)

const (
	planListLong = `List the plans that a partner sells, and how much of what they may give out is given.`

	planListExample = `  # What acme sells
  kubectl tenant plan list -n acme`

	planShowLong = `Show what plans hold, and how much of what they may give out is given. What they cost only the partner's super admin may read, in PriceLists.`

	planShowExample = `  kubectl tenant plan show gold -n acme`
)

func newPlanCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	return newGroup("plan", "LicensePlans: what a partner sells", newPlanListCommand(streams, cluster), newPlanShowCommand(streams, cluster),
		newPlanChangeCommand(streams, cluster))
}

// newGroup is a command that has commands.
func newGroup(name, short string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{
		Use:   name + " COMMAND",
		Short: short,
		Long:  short + ".",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	group.AddCommand(commands...)
	return group
}

func newPlanListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, licensePlans)
	words := words{use: "list [NAME...]", aliases: []string{"ls", "get"}, short: "List plans", long: planListLong, example: planListExample}
	return o.command(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return show(o, known[v1alpha1.LicensePlan](o, found), planColumns(o.output.wide()))
	})
}

type planItem = item[v1alpha1.LicensePlan]

func planColumns(wide bool) []column[planItem] {
	type columns = []column[planItem]
	allocated := func(p planItem) v1alpha1.Capacity {
		if p.is.Status.Allocated == nil {
			return v1alpha1.Capacity{}
		}
		return *p.is.Status.Allocated
	}
	capacity := func(p planItem) v1alpha1.Capacity {
		if p.is.Spec.Capacity == nil {
			return v1alpha1.Capacity{}
		}
		return *p.is.Spec.Capacity
	}
	shown := columns{
		{"NAME", func(p planItem) string { return p.is.Name }},
		{"TITLE", func(p planItem) string { return directory.Escape(string(p.is.Spec.DisplayName)) }},
		{"MODEL", func(p planItem) string { return string(p.is.Spec.Model) }},
		{"INCLUDED", func(p planItem) string { return includedIn(p.is) }},
		{"TRIAL", func(p planItem) string { return trialOf(p.is) }},
		{"TENANTS", func(p planItem) string { return share(allocated(p).Tenants, capacity(p).Tenants) }},
		{"AGENTS", func(p planItem) string { return share(allocated(p).Agents, capacity(p).Agents) }},
		{"DISK", func(p planItem) string { return shareOfDisk(allocated(p).Disk, capacity(p).Disk) }},
		{"WAITING", func(p planItem) string { return number(p.is.Status.Waiting) }},
		{"READY", func(p planItem) string { return statusOf(p.is.Status.Conditions) }},
	}
	if wide {
		shown = append(shown, columns{
			{"ALERT", func(p planItem) string { return alertAtOf(p.is) }},
			{"REASON", func(p planItem) string { return whyNot(p.is.Status.Conditions) }},
		}...)
	}
	return shown
}

func newPlanShowCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, licensePlans)
	words := words{use: "show NAME...", short: "Show what plans hold", long: planShowLong, example: planShowExample}
	return o.showCommand(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return showPages(o, known[v1alpha1.LicensePlan](o, found), planPage)
	})
}

// planPage says what a plan holds.
func planPage(p planItem) *page {
	plan, out := p.is, &page{}
	out.say("Plan", plan.Namespace+"/"+plan.Name)
	out.say("Title", string(plan.Spec.DisplayName))
	out.say("Model", string(plan.Spec.Model))
	out.say("Included", includedIn(plan))
	out.say("Alert", alertAtOf(plan))
	out.say("Trial", trialOf(plan))
	if limits := plan.Spec.Limits; limits != nil {
		out.say("Agents", number(limits.Agents)+perTenant(limits.Agents != nil))
		out.say("Disk", quantity(limits.Disk)+perTenant(limits.Disk != nil))
	}
	given, capacity := v1alpha1.Capacity{}, v1alpha1.Capacity{}
	if plan.Status.Allocated != nil {
		given = *plan.Status.Allocated
	}
	if plan.Spec.Capacity != nil {
		capacity = *plan.Spec.Capacity
	}
	out.say("Tenants given", share(given.Tenants, capacity.Tenants))
	out.say("Agents given", share(given.Agents, capacity.Agents))
	out.say("Disk given", shareOfDisk(given.Disk, capacity.Disk))
	if waiting := plan.Status.Waiting; waiting != nil && *waiting > 0 {
		out.say("Waiting", number(waiting))
	}
	var permissions []string
	for _, name := range slices.Sorted(maps.Keys(plan.Spec.Permissions)) {
		permissions = append(permissions, name+" "+onOff(plan.Spec.Permissions[name]))
	}
	out.sayAll("Permissions", permissions)
	out.sayConditions(plan.Status.Conditions)
	return out
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func perTenant(limited bool) string {
	if !limited {
		return ""
	}
	return " for each tenant"
}

// includedIn is what a plan includes of what it counts.
func includedIn(plan *v1alpha1.LicensePlan) string {
	metered, counts := license.Meter(plan, v1alpha1.Usage{}, metav1.Now().Time)
	if !counts {
		return ""
	}
	return strconv.FormatInt(metered.Included, 10) + " " + metered.Of
}

func alertAtOf(plan *v1alpha1.LicensePlan) string {
	if includedIn(plan) == "" {
		return ""
	}
	return strconv.Itoa(int(license.AlertAt(plan))) + "%"
}

func trialOf(plan *v1alpha1.LicensePlan) string {
	trial := plan.Spec.Trial
	switch {
	case trial == nil:
		return ""
	case trial.PlanRef != nil:
		return fmt.Sprintf("%d days, then %s", trial.Days, trial.PlanRef.Name)
	default:
		return fmt.Sprintf("%d days", trial.Days)
	}
}

// share is what is given, of what may be given in all.
func share(given, capacity *int32) string {
	switch {
	case given == nil:
		return ""
	case capacity == nil:
		return number(given)
	default:
		return number(given) + "/" + number(capacity)
	}
}

func shareOfDisk(given, capacity *resource.Quantity) string {
	switch {
	case given == nil:
		return ""
	case capacity == nil:
		return given.String()
	default:
		return given.String() + "/" + capacity.String()
	}
}

func number(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func quantity(q *resource.Quantity) string {
	if q == nil {
		return ""
	}
	return q.String()
}

// statusOf is what the condition Ready says, as kubectl shows it.
func statusOf(conditions []metav1.Condition) string {
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		return string(ready.Status)
	}
	return ""
}

// whyNot is the reason why an object is not as it should be.
func whyNot(conditions []metav1.Condition) string {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason == v1alpha1.ReasonReady {
		return ""
	}
	return ready.Reason
}
