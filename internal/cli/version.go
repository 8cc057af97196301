// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/internal/version"
)

const (
	outputJSON = "json"
	outputYAML = "yaml"
)

const versionExample = `  # For people
  kubectl tenant version

  # For scripts
  kubectl tenant version -o json | jq -r .clientVersion.version`

// VersionOptions prints the version of the plugin.
type VersionOptions struct {
	// Output is json, yaml, or empty for people.
	Output string
	// Client is the build of the plugin.
	Client version.Info

	genericiooptions.IOStreams
}

// versions is what a script reads.
type versions struct {
	ClientVersion version.Info `json:"clientVersion"`
}

func newVersionCommand(streams genericiooptions.IOStreams, client version.Info) *cobra.Command {
	o := &VersionOptions{Client: client, IOStreams: streams}
	cmd := &cobra.Command{
		Use:               "version",
		Short:             "Print the version of the plugin",
		Long:              "Print the version of the plugin, the commit that it was built from and the platform that it was built for.",
		Example:           versionExample,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run()
		},
	}
	cmd.Flags().StringVarP(&o.Output, "output", "o", "", "Output format: json or yaml. Default: text for people.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{outputJSON, outputYAML}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// Validate refuses an unknown output format.
func (o *VersionOptions) Validate() error {
	switch o.Output {
	case "", outputJSON, outputYAML:
		return nil
	default:
		return fmt.Errorf("unknown output format %q: it is json or yaml", o.Output)
	}
}

// Run prints the version.
func (o *VersionOptions) Run() error {
	switch o.Output {
	case outputJSON:
		encoder := json.NewEncoder(o.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(versions{ClientVersion: o.Client})
	case outputYAML:
		data, err := yaml.Marshal(versions{ClientVersion: o.Client})
		if err != nil {
			return fmt.Errorf("writing YAML: %w", err)
		}
		_, err = o.Out.Write(data)
		return err
	default:
		_, err := fmt.Fprintln(o.Out, "Client Version:", o.Client)
		return err
	}
}
