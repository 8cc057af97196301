// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

const switchLong = `Make a tenant's place the one that commands go to, in all terminals that share this kubeconfig; in this terminal alone: see shell.

Each tenant has a context of its own, with the cluster and the user of the one that you come from, and the tenant's namespace. No other
context is changed. - goes back to where you were. Without a name, a terminal offers all of them: type some letters of one, Enter chooses it,
and Esc leaves all as it is.`

const switchExample = `  # Work in customer cybercorp of acme
  kubectl tenant switch cybercorp -n acme

  # Pick a customer of acme, on a terminal
  kubectl tenant switch -n acme

  # The same, from wherever you are
  kubectl tenant switch acme/cybercorp

  # Back, and forth again
  kubectl tenant switch -`

// SwitchOptions makes a tenant's context the current one.
type SwitchOptions struct {
	// Name of the Tenant, or PARENT/NAME; "-" goes back. Empty: one that is picked on the terminal.
	Name string

	cluster cluster
	now     func() time.Time
	genericiooptions.IOStreams
}

func newSwitchCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &SwitchOptions{IOStreams: streams, cluster: cluster, now: time.Now}
	return &cobra.Command{
		Use:               "switch [NAME | -]",
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
	if len(args) == 0 && canPick(o.IOStreams) {
		return nil
	}
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
	for _, flag := range []struct {
		name string
		said bool
	}{
		{"--cluster", ptr.Deref(c.flags.ClusterName, "") != ""}, {"--server", ptr.Deref(c.flags.APIServer, "") != ""},
		{"--user", ptr.Deref(c.flags.AuthInfoName, "") != ""}, {"--token", ptr.Deref(c.flags.BearerToken, "") != ""},
		{"--username", ptr.Deref(c.flags.Username, "") != ""}, {"--password", ptr.Deref(c.flags.Password, "") != ""},
		{"--client-certificate", ptr.Deref(c.flags.CertFile, "") != ""}, {"--client-key", ptr.Deref(c.flags.KeyFile, "") != ""},
		{"--as", ptr.Deref(c.flags.Impersonate, "") != ""}, {"--as-uid", ptr.Deref(c.flags.ImpersonateUID, "") != ""},
		{"--as-group", len(ptr.Deref(c.flags.ImpersonateGroup, nil)) > 0},
	} {
		if flag.said {
			return &failure{code: exitUsage, err: fmt.Errorf("%s holds for one command, and a context for those that follow: name one with --context", flag.name), hint: "kubectl config get-contexts"}
		}
	}
	return nil
}

// Run makes the context, and makes it the current one. The kubeconfig is read again once the tenant is found: others may have written it
// meanwhile, and chosen another context.
func (o *SwitchOptions) Run(ctx context.Context) error {
	access := o.cluster.flags.ToRawKubeConfigLoader().ConfigAccess()
	if o.Name == "-" {
		return o.back(access)
	}
	before, from, err := o.cluster.kubeconfig()
	if err != nil {
		return err
	}
	if o.Name == "" {
		if o.Name, err = o.pick(ctx); err != nil {
			return err
		}
	}
	way, err := o.cluster.entrance(ctx, o.Name)
	if err != nil {
		return err
	}
	config, err := access.GetStartingConfig()
	if err != nil {
		return kubeconfigError(err)
	}
	if !sameWay(&before, config, from) {
		return &failure{code: exitConflict, err: fmt.Errorf("somebody has changed context %q meanwhile: try again", from), hint: "kubectl config get-contexts"}
	}
	name, err := contexts.Enter(config, from, way.tenant, o.now())
	if err != nil {
		return contextError(err)
	}
	if err := modify(access, config); err != nil {
		return err
	}
	way.tenant, _ = contexts.Of(config, name)
	fmt.Fprintln(o.ErrOut, "Switched to", way.told())
	way.warn(o.ErrOut, o.now())
	return nil
}

// pick one of the tenants in the namespace that is meant or, for who may list none, of those in their directory.
func (o *SwitchOptions) pick(ctx context.Context) (string, error) {
	names, err := meant(ctx, o.cluster, tenants, func(namespace string) ([]string, error) { return o.cluster.names(ctx, tenants, namespace) })
	if codeOf(err) == exitForbidden {
		names, err = o.enterable(ctx, err)
	}
	if err != nil {
		return "", err
	}
	if len(names) == 0 {
		return "", &failure{code: exitNotFound, err: errors.New("there are no tenants to pick from"), hint: display + " list --all"}
	}
	slices.Sort(names)
	return pick(ctx, o.IOStreams, names)
}

// enterable are the tenants in the caller's directory, as PARENT/NAME; refused is why they may list none.
func (o *SwitchOptions) enterable(ctx context.Context, refused error) ([]string, error) {
	client, err := o.cluster.kubernetes()
	if err != nil {
		return nil, err
	}
	entries, err := readDirectory(ctx, client)
	if err != nil {
		return nil, refused
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		if name := entry.Parent + "/" + entry.Tenant; validName(name) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// sameWay says whether a context leads to the same cluster as the same user in both.
func sameWay(before, now *clientcmdapi.Config, name string) bool {
	was, is := before.Contexts[name], now.Contexts[name]
	if was == nil || is == nil {
		return was == is
	}
	return was.Cluster == is.Cluster && was.AuthInfo == is.AuthInfo
}

// modify writes a kubeconfig as it was read and changed, unless somebody else is at it.
func modify(access clientcmd.ConfigAccess, config *clientcmdapi.Config) error {
	err := clientcmd.ModifyConfig(access, *config, false)
	if locked, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrExist) {
		return &failure{code: exitConflict, err: fmt.Errorf("somebody else is writing the kubeconfig, as %s says: try again, or delete that file if nobody is", locked.Path)}
	}
	return kubeconfigError(err)
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
	if err := modify(access, config); err != nil {
		return err
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
