// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// pathFlags are kubectl's flags that take a path.
var pathFlags = []string{"cache-dir", "certificate-authority", "client-certificate", "client-key", "kubeconfig"}

// completeFlags offers what the kubeconfig holds where a flag of kubectl asks for it, files where it
// asks for a path, and nothing else.
func completeFlags(root *cobra.Command, flags *genericclioptions.ConfigFlags) {
	names := map[string]func(*clientcmdapi.Config) []string{
		"cluster": func(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Clusters)) },
		"context": func(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Contexts)) },
		"user":    func(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.AuthInfos)) },
	}
	root.PersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if slices.Contains(pathFlags, flag.Name) {
			return
		}
		complete := cobra.NoFileCompletions
		if list, ok := names[flag.Name]; ok {
			complete = fromKubeconfig(flags, list)
		}
		utilruntime.Must(root.RegisterFlagCompletionFunc(flag.Name, complete))
	})
}

func fromKubeconfig(flags *genericclioptions.ConfigFlags, list func(*clientcmdapi.Config) []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		config, err := flags.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return list(&config), cobra.ShellCompDirectiveNoFileComp
	}
}
