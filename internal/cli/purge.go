// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const purgeLong = `Purge a deleted tenant whose place is kept: all its data goes, for good. There is no way back. A tenant that is not deleted yet goes with
"kubectl tenant delete --purge".

It says what goes, and has you type the tenant's name; a script says it with --confirm. It returns when all is gone. It takes verb administer
on tenants of that name.`

const purgeExample = `  # What is kept, and until when
  kubectl get retainedtenants -n acme

  # One of them, in a script
  kubectl tenant purge cybercorp -n acme --confirm cybercorp`

// PurgeOptions purges what is kept of a deleted Tenant.
type PurgeOptions struct {
	// Name of the Tenant.
	Name string
	// Confirm is the name again.
	Confirm string

	writing *writing
	genericiooptions.IOStreams
}

func newPurgeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &PurgeOptions{IOStreams: streams, writing: newWriting(cluster)}
	words := words{use: "purge NAME", short: "Delete all data of a deleted tenant, for good", long: purgeLong, example: purgeExample}
	cmd := o.writing.commandOnOne(words, "tenant", retained, true, func(ctx context.Context, name string) error {
		o.Name = name
		return o.Run(ctx)
	})
	cmd.Flags().StringVar(&o.Confirm, "confirm", "", "The tenant's name again: nobody is asked.")
	return cmd
}

// Run purges what is kept.
func (o *PurgeOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.find(ctx, retained, o.Name)
	if err != nil {
		return err
	}
	kept := found[0]
	place, _, _ := unstructured.NestedString(kept.Object, "spec", "namespace")
	fmt.Fprintf(o.ErrOut, "This deletes all data of %s, for good. It is kept until %s:\n", o.writing.cluster.target(kept), keptUntil(kept))
	fmt.Fprintln(o.ErrOut, "  "+o.writing.cluster.holdingsOf(ctx, place).String())
	if o.writing.dryRun == cmdutil.DryRunNone {
		if err := confirm(ctx, o.IOStreams, o.Name, o.Confirm); err != nil {
			return err
		}
	}
	written, err := o.writing.act(ctx, kept, v1alpha1.ActionPurge)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("tenant %s purged%s", o.Name, o.writing.dry())
	switch {
	case o.writing.dryRun != cmdutil.DryRunNone:
	case !o.writing.wait:
		line = fmt.Sprintf("tenant %s is being purged", o.Name)
	default:
		if err := o.writing.untilGone(ctx, retained, kept); err != nil {
			return err
		}
	}
	return o.writing.say(o.IOStreams, written, line)
}
