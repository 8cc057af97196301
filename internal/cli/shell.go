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
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/cli/contexts"
)

// shellVariable is set in a shell of a tenant's.
const shellVariable = "TENANTRY_SHELL"

const shellLong = `Work in a tenant's place in this terminal alone: start your shell, or the command after --, with a kubeconfig of its own that knows no other
place. It lies in a directory that only you may read, holds what you log in with, and goes when the shell ends, or the terminal closes. Where
your files for bash or zsh set KUBECONFIG, that is undone.

Without NAME, the tenant of the context. The exit code is that of the shell or the command, or 128 and the number of the signal that ended it.`

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
	config, from, err := o.cluster.kubeconfig()
	if err != nil {
		return err
	}
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
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP, syscall.SIGTERM) // as when the terminal closes: what the shell logs in with must go all the same
	defer signal.Stop(asked)
	directory, remove, err := write(config)
	if err != nil {
		return err
	}
	defer remove()
	until := ""
	if o.interactive {
		until = ", until you exit"
	}
	fmt.Fprintf(o.ErrOut, "In %s%s\n", way.told(), until)
	way.warn(o.ErrOut, o.now())
	command, err := o.command(way, directory)
	if err != nil {
		return err
	}
	return runUntilEnded(command, asked, o.interactive)
}

// command that is started, with the kubeconfig that lies in a directory.
func (o *ShellOptions) command(way entrance, directory string) (*exec.Cmd, error) {
	path, environment := filepath.Join(directory, kubeconfigName), os.Environ()
	if o.interactive {
		start := startOf(o.Command[0], directory, path)
		for name, text := range start.files {
			if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600); err != nil {
				return nil, err
			}
		}
		o.Command, environment = append(o.Command, start.arguments...), append(environment, start.environment...)
	}
	command := exec.Command(o.Command[0], o.Command[1:]...) //nolint:gosec,noctx // it is what the caller asks for
	command.Stdin, command.Stdout, command.Stderr = o.In, o.Out, o.ErrOut
	environment = append(environment, "KUBECONFIG="+path, shellVariable+"="+way.tenant.String())
	command.Env = environment
	return command, nil
}
