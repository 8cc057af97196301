// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cli is the kubectl plugin: one file a verb. Each command is an Options with Complete,
// Validate and Run over IOStreams, as far as it needs them; data goes to Out, everything else to ErrOut.
package cli

import (
	"context"
	"flag"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/tenantry/tenantry/internal/version"
)

const (
	// executable is the file name that makes kubectl find the plugin.
	executable = "kubectl-tenant"
	// display is how people call it.
	display = "kubectl tenant"
)

const rootLong = `Tenants of a managed-service provider: isolated, licensed and branded places in a cluster.

Every flag of kubectl is understood after the plugin's name.`

const rootExample = `  # The tenants of partner acme
  kubectl tenant list -n acme

  # Work in customer cybercorp of acme, and go back
  kubectl tenant switch acme/cybercorp
  kubectl tenant switch -

  # Complete "kubectl tenant" on Tab, where kubectl's own completion is set up
  kubectl tenant completion install`

// Run runs the plugin with the arguments that follow its name and returns its exit code.
func Run(ctx context.Context, args []string, streams genericiooptions.IOStreams) int {
	return execute(ctx, NewCommand(streams, version.Get()), args)
}

func execute(ctx context.Context, command *cobra.Command, args []string) int {
	command.SetArgs(args)
	return report(command.ErrOrStderr(), command.ExecuteContext(ctx))
}

// NewCommand returns the plugin's root command; client is the build that it says it is. Its Execute
// returns an error for Run to report.
func NewCommand(streams genericiooptions.IOStreams, client version.Info) *cobra.Command {
	root := &cobra.Command{
		Use:           executable,
		Short:         "Manage tenants",
		Long:          rootLong,
		Example:       rootExample,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: display},
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetUsageFunc(printUsage)
	root.SetFlagErrorFunc(usageError)
	cluster := cluster{flags: addKubectlFlags(root)}
	for _, group := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"See and go", []*cobra.Command{
			newListCommand(streams, cluster), newDescribeCommand(streams, cluster), newTreeCommand(streams, cluster), newUsageCommand(streams, cluster),
			newSwitchCommand(streams, cluster), newCurrentCommand(streams, cluster), newShellCommand(streams, cluster), newOpenCommand(streams, cluster),
		}},
		{"Tenants", []*cobra.Command{
			newCreateCommand(streams, cluster), newSetCommand(streams, cluster), newActivateCommand(streams, cluster),
			newSuspendCommand(streams, cluster), newResumeCommand(streams, cluster),
			newDeleteCommand(streams, cluster), newRestoreCommand(streams, cluster), newPurgeCommand(streams, cluster),
			newRenderCommand(streams, cluster), newDiffCommand(streams, cluster), newExportCommand(streams, cluster), newImportCommand(streams, cluster),
		}},
		{"People", []*cobra.Command{newInviteCommand(streams, cluster), newDelegateCommand(streams, cluster), newAccessCommand(streams, cluster)}},
		{"What tenants get", []*cobra.Command{
			newPlanCommand(streams, cluster), newMarginCommand(streams, cluster), newBrandCommand(streams, cluster), newSyncCommand(streams, cluster),
			newScheduleCommand(streams, cluster), newReportCommand(streams, cluster),
		}},
		{"The plugin", []*cobra.Command{newInstallCommand(streams, client), newCompletionCommand(streams), newVersionCommand(streams, client), newOptionsCommand()}},
	} {
		root.AddGroup(&cobra.Group{ID: group.title, Title: group.title})
		for _, command := range group.commands {
			command.GroupID = group.title
			root.AddCommand(command)
		}
	}
	return root
}

// addKubectlFlags adds the flags that kubectl understands everywhere, and returns them.
func addKubectlFlags(root *cobra.Command) *genericclioptions.ConfigFlags {
	flags := genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag()
	flags.AddFlags(root.PersistentFlags())
	addLogFlags(root.PersistentFlags())
	completeFlags(root, flags)
	return flags
}

// addLogFlags adds -v and --vmodule: with -v=8 client-go shows every request.
func addLogFlags(flags *pflag.FlagSet) {
	logs := flag.NewFlagSet("", flag.ContinueOnError)
	klog.InitFlags(logs)
	for _, name := range []string{"v", "vmodule"} {
		flags.AddFlag(pflag.PFlagFromGoFlag(logs.Lookup(name)))
	}
}

// knownCommand refuses arguments that name no command, with the nearest that do.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownError(cmd, "command", args[0], cmd.SuggestionsFor(args[0]))
}
