// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const (
	planChangeLong = `Put tenants on another plan. A smaller one takes nothing away: what is used stays, and nothing new gets in until the use is below the
limit again. With --preview it is shown what each would have then, and with --dry-run=server the cluster is asked whether it would take it.

It takes verb administer on the tenants.`

	planChangeExample = `  # One customer of acme
  kubectl tenant plan change cybercorp gold -n acme

  # What that would change
  kubectl tenant plan change cybercorp gold -n acme --preview

  # All of one tier, and return when each has what the plan gives
  kubectl tenant plan change -l tier=gold gold -n acme --wait`
)

func newPlanChangeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "change (NAME... | -l SELECTOR) PLAN", short: "Put tenants on another plan", long: planChangeLong, example: planChangeExample}
	cmd, o := newChangeCommand(streams, cluster, words, planChanging)
	o.addPreviewFlag(cmd, "preview", "Show what the tenants have now, and would have.")
	names, sold := cluster.completeNames(tenants, 1), anyOf(cluster, licensePlans)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(given) == 0 && !cmd.Flags().Changed("selector") {
			return names(cmd, given, begun)
		}
		return sold(cmd, given, begun)
	}
	return cmd
}

// planChanging reads names of tenants, and last the plan: it is `set plan=`, which what undoes it and what goes into Git say too.
func planChanging(args []string) (change, []string, error) {
	if len(args) == 0 || args[len(args)-1] == "" {
		return change{}, nil, errors.New("name a plan, after the tenants")
	}
	names, plan := args[:len(args)-1], args[len(args)-1]
	changed, _, err := assigning([]string{"plan=" + plan})
	changed.doing, changed.done, changed.already = "putting on plan "+plan, "put on plan "+plan, "is on plan "+plan+" already"
	changed.outlook = plansOutlook
	return changed, names, err
}
