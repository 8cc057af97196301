// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

// shellVariable is set in a shell of a tenant's.
const shellVariable = "TENANTRY_SHELL"

const shellLong = `Work in a tenant's place in this terminal alone: start your shell, or the command after --, with a kubeconfig of its own that knows no other
place. It lies in a directory that only you may read, holds what you log in with, and goes when the shell ends.

Without NAME, the tenant of the context. The exit code is that of the shell or the command.`

const shellExample = `  # A shell in customer cybercorp of acme; other terminals stay where they are
  kubectl tenant shell acme/cybercorp

  # One command
  kubectl tenant shell acme/cybercorp -- kubectl get pods`

// ShellOptions starts a shell or a command in a tenant's place.
type ShellOptions struct {
	// Name of the Tenant, or PARENT/NAME; empty: that of the context.
	Name string
	// Command to run.
	Command []string
	// interactive says that it is the user's shell, since they named none.
	interactive bool

	cluster cluster
	now     func() time.Time
	genericiooptions.IOStreams
}

func newShellCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &ShellOptions{IOStreams: streams, cluster: cluster, now: time.Now}
	return &cobra.Command{
		Use:               "shell [NAME] [-- COMMAND...]",
		Aliases:           []string{"exec"},
		Short:             "Work in a tenant's place in this terminal alone",
		Long:              shellLong,
		Example:           shellExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		Args:              cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Complete(args, cmd.ArgsLenAtDash()); err != nil {
				return usageError(cmd, err)
			}
			if err := o.cluster.contextAlone(); err != nil {
				return err
			}
			return o.Run(cmd.Context())
		},
	}
}

// Complete takes the name and the command from the arguments.
func (o *ShellOptions) Complete(args []string, dash int) error {
	if dash >= 0 {
		args, o.Command = args[:dash], args[dash:]
		if len(o.Command) == 0 {
			return errors.New("no command after --")
		}
	}
	if len(args) > 1 {
		return fmt.Errorf("name one tenant, and a command after --: got %q", args)
	}
	if len(o.Command) == 0 {
		o.interactive = true
		o.Command = []string{cmp.Or(os.Getenv("SHELL"), "/bin/sh")}
	}
	if len(args) == 0 {
		return nil
	}
	o.Name = args[0]
	return validName(o.Name)
}

// Run starts it, and returns when it has ended.
func (o *ShellOptions) Run(ctx context.Context) error {
	config, err := o.cluster.flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return kubeconfigError(err)
	}
	from := cmp.Or(ptr.Deref(o.cluster.flags.Context, ""), config.CurrentContext)
	if o.Name == "" {
		tenant, ok := contexts.Of(&config, from)
		if !ok {
			return &failure{code: exitUsage, err: errors.New("the context is none of a tenant's: name one"), hint: display + " shell NAME"}
		}
		o.Name = tenant.String()
	}
	way, err := o.cluster.entrance(ctx, o.Name)
	if err != nil {
		return err
	}
	name, err := contexts.Enter(&config, from, way.tenant, o.now())
	if err != nil {
		return contextError(err)
	}
	way.tenant, _ = contexts.Of(&config, name)
	path, remove, err := write(config)
	if err != nil {
		return err
	}
	defer remove()
	if o.interactive {
		fmt.Fprintf(o.ErrOut, "In %s (cluster %s), until you exit\n", way.told(), way.tenant.Cluster)
	}
	for _, warning := range way.warnings(o.now()) {
		fmt.Fprintln(o.ErrOut, "warning:", warning)
	}
	return o.start(way, path)
}

// start the command. What ends it, as Ctrl-C, is the terminal's to tell it, and its own affair.
func (o *ShellOptions) start(way entrance, path string) error {
	command := exec.Command(o.Command[0], o.Command[1:]...) //nolint:gosec,noctx // it is what the caller asks for
	command.Stdin, command.Stdout, command.Stderr = o.In, o.Out, o.ErrOut
	command.Env = append(os.Environ(), "KUBECONFIG="+path, shellVariable+"="+way.tenant.String())
	err := command.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return exitStatus(ended.ExitCode())
	}
	return err
}

// write what the current context of a kubeconfig needs, and nothing else, to a file of its own that only the caller may read.
func write(config clientcmdapi.Config) (path string, remove func(), err error) {
	if err := clientcmdapi.MinifyConfig(&config); err != nil {
		return "", nil, kubeconfigError(err)
	}
	directory, err := os.MkdirTemp("", "kubectl-tenant-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(directory) }
	path = filepath.Join(directory, "kubeconfig")
	if err := clientcmd.WriteToFile(config, path); err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}
