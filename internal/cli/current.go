// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

const currentLong = `Show which tenant's place commands go to, as the kubeconfig has it: no request is made. It exits with 3 if that is none.`

const currentExample = `  kubectl tenant current

  # In the prompt of bash
  PS1='$(kubectl tenant current --prompt) \w \$ '`

var currentFormats = []string{outputJSON, outputYAML, "name"}

// CurrentOptions shows the tenant of the context.
type CurrentOptions struct {
	// Output format; empty: for people.
	Output string
	// Short prints the name alone, Prompt what a shell's prompt shows.
	Short, Prompt bool

	cluster cluster
	genericiooptions.IOStreams
}

// here is the tenant of a context, as programs read it.
type here struct {
	contexts.Tenant
	Context string `json:"context"`
}

func newCurrentCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &CurrentOptions{IOStreams: streams, cluster: cluster}
	cmd := &cobra.Command{
		Use:               "current",
		Short:             "Show which tenant's place commands go to",
		Long:              currentLong,
		Example:           currentExample,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run()
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Output, "output", "o", "", "Output format: json, yaml, name. Default: a line for people.")
	flags.BoolVar(&o.Short, "short", false, "Print the name alone.")
	flags.BoolVar(&o.Prompt, "prompt", false, "Print PARENT/NAME for a shell's prompt, and nothing if there is no tenant.")
	cmd.MarkFlagsMutuallyExclusive("output", "short", "prompt")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(currentFormats, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// Validate refuses formats that there are not.
func (o *CurrentOptions) Validate() error {
	if o.Output != "" && !slices.Contains(currentFormats, o.Output) {
		return fmt.Errorf("unknown output format %q: it is one of %s", o.Output, strings.Join(currentFormats, ", "))
	}
	return nil
}

// Run prints it.
func (o *CurrentOptions) Run() error {
	config, name, err := o.cluster.kubeconfig()
	if err != nil {
		return err
	}
	tenant, ok := contexts.Of(&config, name)
	switch {
	case o.Prompt && ok:
		fmt.Fprint(o.Out, tenant)
	case o.Prompt:
	case !ok:
		return &failure{code: exitNotFound, err: errors.New("the context is none of a tenant's"), hint: display + " switch NAME"}
	case o.Short:
		fmt.Fprintln(o.Out, tenant.Name)
	case o.Output == "name":
		fmt.Fprintln(o.Out, "tenant.tenantry.io/"+tenant.Name)
	case o.Output != "":
		data, err := json.MarshalIndent(here{tenant, name}, "", "    ")
		if err == nil && o.Output == outputYAML {
			data, err = yaml.JSONToYAML(data)
		}
		if err != nil {
			return err
		}
		fmt.Fprintln(o.Out, strings.TrimSpace(string(data)))
	default:
		fmt.Fprintf(o.Out, "%s · cluster %s · namespace %s\n", tenant, tenant.Cluster, tenant.Namespace)
	}
	return nil
}
