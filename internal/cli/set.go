// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const setLong = `Set what tenants are sold, called and allowed:

  plan             the LicensePlan, in the tenant's own namespace
  display-name     the company's name
  customer-access  how far its own people are let in: Disabled, ReadOnly, FullAccess
  agents           seats, instead of the plan's
  disk             storage, instead of the plan's, such as 50Gi
  brand            the WhiteLabelProfile that it bears, instead of its partner's
  portal           on or off: the route to its portal, and nothing else

With nothing after the =, it is as if the tenant never said it. All but display-name and brand takes verb administer on the tenants.`

const setExample = `  # Another plan, and five seats more than it has
  kubectl tenant set cybercorp plan=gold agents=30 -n acme

  # The seats of the plan again
  kubectl tenant set cybercorp agents= -n acme

  # All of one tier, asking the cluster first whether it would take it
  kubectl tenant set -l tier=gold customer-access=ReadOnly -n acme --dry-run=server`

func newSetCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "set (NAME... | -l SELECTOR) KEY=VALUE...", short: "Set plan, limits, access and name of tenants", long: setLong, example: setExample}
	cmd, _ := newChangeCommand(streams, cluster, words, assigning)
	cmd.ValidArgsFunction = completeSettings(cluster)
	return cmd
}

// assigning reads names of tenants and assignments, which hold a =.
func assigning(arguments []string) (change, []string, error) {
	var names, assignments []string
	var changed []edit.Field
	for _, argument := range arguments {
		if !strings.Contains(argument, "=") {
			names = append(names, argument)
			continue
		}
		wanted, err := assigned(argument)
		if err != nil {
			return change{}, nil, err
		}
		if name, _, _ := strings.Cut(argument, "="); slices.ContainsFunc(assignments, func(other string) bool { return strings.HasPrefix(other, name+"=") }) {
			return change{}, nil, fmt.Errorf("%s is set twice", name)
		}
		assignments, changed = append(assignments, argument), append(changed, wanted...)
	}
	if len(changed) == 0 {
		return change{}, nil, errors.New("say what to set, such as plan=gold: one of " + strings.Join(settingNames(), ", "))
	}
	needs := map[schema.GroupVersionResource]string{}
	for _, assignment := range assignments {
		if plan, named := strings.CutPrefix(assignment, "plan="); named && plan != "" {
			needs[licensePlans] = plan
		}
	}
	return change{
		verb: "set", needs: needs, arguments: assignments, doing: "changing", done: "changed", already: "is so already", fields: changed,
		undo: func(before *unstructured.Unstructured) []string {
			former := formerly(before, assignments)
			if former == nil {
				return nil
			}
			return append([]string{"set"}, former...)
		},
	}, names, nil
}

// formerly are the assignments that make a tenant as it was before these; none if no assignments do.
func formerly(before *unstructured.Unstructured, assignments []string) []string {
	if before == nil {
		return nil
	}
	former := make([]string, 0, len(assignments))
	for _, assignment := range assignments {
		name, _, _ := strings.Cut(assignment, "=")
		if slices.ContainsFunc(settings[name].instead, func(path []string) bool { return edit.Unset(path...).Of(before) != nil }) {
			return nil
		}
		former = append(former, name+"="+said(edit.Unset(settings[name].path...).Of(before)))
	}
	return former
}

// completeSettings offers tenants, and after the first of them settings too, and values where there are few.
func completeSettings(cluster cluster) cobra.CompletionFunc {
	names := cluster.completeNames(tenants, 0)
	return func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		name, _, assigns := strings.Cut(begun, "=")
		if assigns {
			return assignmentsOf(cmd, cluster, name), cobra.ShellCompDirectiveNoFileComp
		}
		if len(given) == 0 && !cmd.Flags().Changed("selector") {
			return names(cmd, given, begun)
		}
		var offered []cobra.Completion
		for _, name := range settingNames() {
			if !slices.ContainsFunc(given, func(argument string) bool { return strings.HasPrefix(argument, name+"=") }) {
				offered = append(offered, name+"=")
			}
		}
		return offered, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// assignmentsOf a setting that there are.
func assignmentsOf(cmd *cobra.Command, cluster cluster, name string) []cobra.Completion {
	values := settings[name].values
	switch name {
	case "plan":
		values, _ = cluster.completeNames(licensePlans, 0)(cmd, nil, "")
	case "brand":
		values, _ = cluster.completeNames(profiles, 0)(cmd, nil, "")
	}
	offered := make([]cobra.Completion, 0, len(values))
	for _, value := range values {
		offered = append(offered, name+"="+value)
	}
	return offered
}
