// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

const switchLong = `Make a tenant's place the one that commands go to, in all terminals that share this kubeconfig; in this terminal alone: see shell.

Each tenant has a context of its own, with the cluster and the user of the one that you come from, and the tenant's namespace. No other
context is changed. - goes back to where you were.`

const switchExample = `  # Work in customer cybercorp of acme
  kubectl tenant switch cybercorp -n acme

  # The same, from wherever you are
  kubectl tenant switch acme/cybercorp

  # Back, and forth again
  kubectl tenant switch -`

// SwitchOptions makes a tenant's context the current one.
type SwitchOptions struct {
	// Name of the Tenant, or PARENT/NAME; "-" goes back.
	Name string

	cluster cluster
	now     func() time.Time
	genericiooptions.IOStreams
}

func newSwitchCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &SwitchOptions{IOStreams: streams, cluster: cluster, now: time.Now}
	return &cobra.Command{
		Use:               "switch (NAME | -)",
		Aliases:           []string{"use", "sw"},
		Short:             "Work in a tenant's place from now on",
		Long:              switchLong,
		Example:           switchExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Complete(args); err != nil {
				return usageError(cmd, err)
			}
			if err := o.Validate(); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
}

// Complete takes the name from the arguments.
func (o *SwitchOptions) Complete(args []string) error {
	if len(args) != 1 || args[0] == "" {
		return errors.New("name one tenant, or - for where you were before")
	}
	o.Name = args[0]
	if o.Name == "-" {
		return nil
	}
	return validName(o.Name)
}

// Validate refuses what would say one thing and do another.
func (o *SwitchOptions) Validate() error {
	if inside := os.Getenv(shellVariable); inside != "" {
		return &failure{code: exitUsage, err: fmt.Errorf("this shell is for tenant %s alone", inside), hint: "exit"}
	}
	return o.cluster.contextAlone()
}

// contextAlone refuses flags of kubectl's that a context made by the plugin would not have.
func (c cluster) contextAlone() error {
	for name, value := range map[string]*string{
		"--cluster": c.flags.ClusterName, "--server": c.flags.APIServer, "--user": c.flags.AuthInfoName, "--token": c.flags.BearerToken, "--as": c.flags.Impersonate,
	} {
		if ptr.Deref(value, "") != "" {
			return &failure{code: exitUsage, err: fmt.Errorf("%s holds for one command, and a context for those that follow: name one with --context", name), hint: "kubectl config get-contexts"}
		}
	}
	return nil
}

// Run makes the context, and makes it the current one.
func (o *SwitchOptions) Run(ctx context.Context) error {
	access := o.cluster.flags.ToRawKubeConfigLoader().ConfigAccess()
	if o.Name == "-" {
		return o.back(access)
	}
	way, err := o.cluster.entrance(ctx, o.Name)
	if err != nil {
		return err
	}
	config, err := access.GetStartingConfig()
	if err != nil {
		return kubeconfigError(err)
	}
	from := cmp.Or(ptr.Deref(o.cluster.flags.Context, ""), config.CurrentContext)
	if _, err = contexts.Enter(config, from, way.tenant, o.now()); err != nil {
		return contextError(err)
	}
	if err := clientcmd.ModifyConfig(access, *config, false); err != nil {
		return kubeconfigError(err)
	}
	fmt.Fprintln(o.ErrOut, "Switched to", way.told())
	o.warn(way)
	return nil
}

func (o *SwitchOptions) warn(way entrance) {
	for _, warning := range way.warnings(o.now()) {
		fmt.Fprintln(o.ErrOut, "warning:", warning)
	}
}

func (o *SwitchOptions) back(access clientcmd.ConfigAccess) error {
	config, err := access.GetStartingConfig()
	if err != nil {
		return kubeconfigError(err)
	}
	name, err := contexts.Back(config, o.now())
	if err != nil {
		return contextError(err)
	}
	if err := clientcmd.ModifyConfig(access, *config, false); err != nil {
		return kubeconfigError(err)
	}
	if tenant, ok := contexts.Of(config, name); ok {
		fmt.Fprintln(o.ErrOut, "Switched to", entrance{tenant: tenant}.told())
		return nil
	}
	fmt.Fprintf(o.ErrOut, "Switched to context %q\n", name)
	return nil
}

// contextError says what is wrong with the contexts of a kubeconfig.
func contextError(err error) error {
	code := exitConflict
	if errors.Is(err, contexts.ErrNoContext) {
		code = exitNotFound
	}
	return &failure{code: code, err: errors.New(strings.TrimSuffix(err.Error(), ` ""`)), hint: "kubectl config get-contexts"}
}
