// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const restoreLong = `Bring a deleted tenant back as it was, while its place is kept: labels, people, data, hosts and login. It returns when the tenant exists
again.

It takes verb administer on tenants of that name.`

const restoreExample = `  # What is kept, and until when
  kubectl get retainedtenants -n acme

  # One of them
  kubectl tenant restore cybercorp -n acme`

// RestoreOptions restores a deleted Tenant.
type RestoreOptions struct {
	// Name of the Tenant.
	Name string

	writing *writing
	genericiooptions.IOStreams
}

func newRestoreCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &RestoreOptions{IOStreams: streams, writing: newWriting(cluster)}
	cmd := &cobra.Command{
		Use:               "restore NAME",
		Short:             "Bring a deleted tenant back",
		Long:              restoreLong,
		Example:           restoreExample,
		Args:              oneName,
		ValidArgsFunction: cluster.completeNames(retained, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if err := o.writing.complete(cmd); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	o.writing.addFlags(cmd, true)
	return cmd
}

// Run restores the Tenant.
func (o *RestoreOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.find(ctx, retained, o.Name)
	if err != nil {
		return err
	}
	kept := found[0]
	fmt.Fprintln(o.ErrOut, o.writing.cluster.target(kept))
	written, err := o.writing.act(ctx, kept, v1alpha1.ActionRestore)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("tenant %s restored%s", o.Name, o.writing.dry())
	switch {
	case o.writing.dryRun != cmdutil.DryRunNone:
	case !o.writing.wait:
		line = fmt.Sprintf("tenant %s is being restored", o.Name)
	default:
		if err := o.untilBack(ctx, kept.GetNamespace()); err != nil {
			return err
		}
		line += "; undo with: " + o.writing.cluster.command("delete", o.Name)
	}
	return o.writing.say(o.IOStreams, written, line)
}

// untilBack waits until there is a Tenant of that name.
func (o *RestoreOptions) untilBack(ctx context.Context, namespace string) error {
	return o.writing.until(ctx, fmt.Sprintf("tenant %s/%s: what was asked for", namespace, o.Name), func(ctx context.Context) (bool, string, error) {
		_, err := o.writing.cluster.get(ctx, tenants, namespace, o.Name)
		if apierrors.IsNotFound(err) {
			return false, "the operator has not made it again yet", nil
		}
		return err == nil, "", err
	})
}
