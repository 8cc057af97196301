// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const resumeLong = `Resume suspended tenants: access, the portal's route and limits are as they were before. One whose partner is suspended stays closed until
the partner resumes.

It takes verb administer on the tenants.`

const resumeExample = `  # One customer of acme, and return when it is open
  kubectl tenant resume cybercorp -n acme --wait

  # All that have paid
  kubectl tenant resume -n acme -l paid=yes`

func newResumeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "resume (NAME... | -l SELECTOR)", short: "Open suspended tenants again", long: resumeLong, example: resumeExample}
	cmd, _ := newChangeCommand(streams, cluster, words, resuming)
	return cmd
}

func resuming(names []string) (change, []string, error) {
	return change{
		verb: "resume", doing: "resuming", done: "resumed", already: "is not suspended",
		fields: []edit.Field{edit.Unset("spec", "suspend").Meaning(false)},
		undo:   func(*unstructured.Unstructured) []string { return []string{"suspend"} },
	}, names, nil
}
