// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const activateLong = `Switch the portal of tenants on, and have its address mailed to their contacts. The portal of a new tenant is on from the beginning,
unless its spec says otherwise; "kubectl tenant set NAME portal=off" switches it off, and nothing else.

It takes verb administer on the tenants.`

const activateExample = `  # One customer of acme
  kubectl tenant activate cybercorp -n acme

  # All that were waiting for the launch
  kubectl tenant activate -n acme -l launch=november`

func newActivateCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "activate (NAME... | -l SELECTOR)", short: "Switch the portal of tenants on", long: activateLong, example: activateExample}
	cmd, _ := newChangeCommand(streams, cluster, words, activating)
	return cmd
}

func activating(names []string) (change, []string, error) {
	return change{
		verb: "activate", doing: "activating", done: "activated", already: "is active already",
		fields: []edit.Field{edit.Unset(portalActive...).Meaning(true)},
		undo: func(before *unstructured.Unstructured) []string {
			if before == nil {
				return nil
			}
			return []string{"set", "portal=off"}
		},
	}, names, nil
}
