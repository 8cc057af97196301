// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const completionLong = `Print a script that completes "kubectl-tenant" in your shell.

"kubectl tenant", with a space, is completed by kubectl itself, which asks an executable called
kubectl_complete-tenant. If your package did not bring it, "kubectl tenant completion install"
writes it.`

const completionExample = `  # bash, for this shell
  source <(kubectl tenant completion bash)

  # zsh, for every new shell
  kubectl tenant completion zsh > "${fpath[1]}/_kubectl-tenant"

  # fish, for every new shell
  kubectl tenant completion fish > ~/.config/fish/completions/kubectl-tenant.fish

  # PowerShell, for this shell
  kubectl tenant completion powershell | Out-String | Invoke-Expression`

// shells are the shells that cobra writes a completion script for.
var shells = map[string]func(*cobra.Command, io.Writer) error{
	"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	"zsh":        (*cobra.Command).GenZshCompletion,
}

// CompletionOptions prints the completion script of a shell.
type CompletionOptions struct {
	// Shell is bash, fish, powershell or zsh.
	Shell string

	genericiooptions.IOStreams
}

func newCompletionCommand(streams genericiooptions.IOStreams) *cobra.Command {
	o := &CompletionOptions{IOStreams: streams}
	names := slices.Sorted(maps.Keys(shells))
	cmd := &cobra.Command{
		Use:                   "completion (" + strings.Join(names, " | ") + " | install)",
		Short:                 "Complete commands on Tab",
		Long:                  completionLong,
		Example:               completionExample,
		DisableFlagsInUseLine: true,
		ValidArgs:             names,
		Args:                  oneShell,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Complete(args)
			if err := o.Validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Root())
		},
	}
	cmd.AddCommand(newCompletionInstallCommand(streams))
	return cmd
}

// oneShell takes the name of one shell.
func oneShell(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usageError(cmd, errors.New("name a shell: "+strings.Join(cmd.ValidArgs, ", ")))
	case len(args) > 1:
		return usageError(cmd, errors.New("name one shell"))
	default:
		return nil
	}
}

// Complete takes the shell from the arguments.
func (o *CompletionOptions) Complete(args []string) { o.Shell = args[0] }

// Validate refuses an unknown shell.
func (o *CompletionOptions) Validate() error {
	if _, ok := shells[o.Shell]; !ok {
		return errors.New("unknown shell " + o.Shell + ": it is one of " + strings.Join(slices.Sorted(maps.Keys(shells)), ", "))
	}
	return nil
}

// Run prints the script for the commands below root.
func (o *CompletionOptions) Run(root *cobra.Command) error {
	return shells[o.Shell](root, o.Out)
}
