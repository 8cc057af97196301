// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const suspendLong = `Suspend tenants: nobody gets in, the portal's route goes, nothing runs, and all data stays. Of a partner, all beneath it too.

It takes verb administer on the tenants.`

const suspendExample = `  # One customer of acme, and return when it is closed
  kubectl tenant suspend cybercorp -n acme --wait

  # All that have not paid
  kubectl tenant suspend -n acme -l paid=no

  # What to commit where Git is the truth
  kubectl tenant suspend cybercorp -n acme --dry-run=client -o yaml`

func newSuspendCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "suspend (NAME... | -l SELECTOR)", short: "Close tenants, and keep all that is theirs", long: suspendLong, example: suspendExample}
	cmd, _ := newChangeCommand(streams, cluster, words, suspending)
	return cmd
}

func suspending(names []string) (change, []string, error) {
	return change{
		verb: "suspend", doing: "suspending", done: "suspended", already: "is suspended already",
		fields: []edit.Field{edit.Set(true, "spec", "suspend").Meaning(false)},
		undo:   func(*unstructured.Unstructured) []string { return []string{"resume"} },
	}, names, nil
}
