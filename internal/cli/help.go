// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// words are how a command is called and explained.
type words struct {
	use, short, long, example string
	aliases                   []string
}

// command that is called so, and does nothing yet.
func (w words) command() *cobra.Command {
	return &cobra.Command{Use: w.use, Aliases: w.aliases, Short: w.short, Long: w.long, Example: w.example}
}

// printUsage is what follows the description in a command's help. kubectl's own flags, which every
// command takes, have a page of their own, as in kubectl.
func printUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	if cmd.HasExample() {
		fmt.Fprintf(w, "Examples:\n%s\n\n", cmd.Example)
	}
	printCommands(w, cmd)
	if flags := ownFlags(cmd); flags.HasAvailableFlags() {
		fmt.Fprintf(w, "Flags:\n%s\n", flags.FlagUsages())
	}
	fmt.Fprintf(w, "Usage:\n  %s\n", usageLine(cmd))
	fmt.Fprintf(w, "\nUse \"%s options\" for the flags of kubectl, which every command takes.\n", display)
	return nil
}

// printCommands prints the commands of cmd, by their groups if it has some.
func printCommands(w io.Writer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	groups := cmd.Groups()
	if len(groups) == 0 {
		groups = []*cobra.Group{{Title: "Commands"}}
	}
	for _, group := range groups {
		fmt.Fprintf(w, "%s:\n", group.Title)
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() && sub.GroupID == group.ID {
				fmt.Fprintf(w, "  %-*s  %s\n", cmd.NamePadding(), sub.Name(), sub.Short)
			}
		}
		fmt.Fprintln(w)
	}
}

// ownFlags are the flags that cmd has and the root has not handed down.
func ownFlags(cmd *cobra.Command) *pflag.FlagSet {
	own := pflag.NewFlagSet(cmd.Name(), pflag.ContinueOnError)
	own.SortFlags = cmd.Flags().SortFlags
	cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
		if cmd.Root().PersistentFlags().Lookup(flag.Name) == nil {
			own.AddFlag(flag)
		}
	})
	return own
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() && !cmd.HasParent() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return strings.Replace(cmd.UseLine(), executable, display, 1)
}

// newOptionsCommand shows kubectl's flags.
func newOptionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "options",
		Short:  "Show the flags of kubectl, which every command takes",
		Args:   noArguments,
		Hidden: true,
		Run: func(cmd *cobra.Command, _ []string) {
			fmt.Fprintf(cmd.OutOrStdout(), "Every command takes the flags of kubectl:\n\n%s", cmd.Root().PersistentFlags().FlagUsages())
		},
	}
}
