// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const accessExtendLong = `Let somebody's access last longer, or end sooner: with --for as long from now, with --until until then.`

const accessExtendExample = `  # Another hour for a technician of the partner's
  kubectl tenant access extend tech.acme.example-1a2b3c4d --for 1h -n acme

  # One of a customer's own people, until the end of the year
  kubectl tenant access extend kim.cybercorp.example --tenant cybercorp --until 2026-12-31 -n acme`

// AccessExtendOptions changes when a grant ends.
type AccessExtendOptions struct {
	// Name of the grant.
	Name string
	// Tenant in whose place it lies; empty: the namespace that is meant.
	Tenant string
	// For is how long from now, Until when.
	For, Until string

	end     span
	writing *writing
	now     func() time.Time
	genericiooptions.IOStreams
}

func newAccessExtendCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &AccessExtendOptions{IOStreams: streams, writing: newWriting(cluster), now: time.Now}
	cmd := &cobra.Command{
		Use:               "extend GRANT (--for LENGTH | --until TIME)",
		Short:             "Let somebody's access last longer",
		Long:              accessExtendLong,
		Example:           accessExtendExample,
		ValidArgsFunction: cluster.completeGrants(&o.Tenant, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Complete(cmd, args); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	addTenantFlag(cmd, cluster, &o.Tenant)
	addSpanFlags(cmd, &o.For, &o.Until)
	cmd.Flags().Lookup("for").Usage = "For how long from now, such as 8h, 30d or 2w."
	o.writing.addFlags(cmd, false)
	o.writing.addGitOpsFlag(cmd)
	o.writing.addConflictsFlag(cmd)
	return cmd
}

// Complete reads the arguments and flags.
func (o *AccessExtendOptions) Complete(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return errors.New("name one grant")
	}
	o.Name = args[0]
	var err error
	if o.end, err = readSpan(o.For, o.Until, o.now()); err != nil {
		return err
	}
	if o.end == (span{}) {
		return errors.New("say for how long from now with --for, or until when with --until")
	}
	if o.end.length > 0 {
		o.end = span{until: o.now().Add(o.end.length)}
	}
	return o.writing.complete(cmd)
}

// Run changes when the access ends.
func (o *AccessExtendOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.grantsNamed(ctx, o.Tenant, []string{o.Name})
	if err != nil {
		return err
	}
	before := found[0]
	fmt.Fprintln(o.ErrOut, o.writing.cluster.target(before))
	ends, err := o.end.fields()
	if err != nil {
		return err
	}
	after, err := o.writing.change(ctx, grants, before, ends, "")
	if err != nil {
		return err
	}
	line := fmt.Sprintf("grant %s extended%s%s", o.Name, o.end.said(), o.writing.dry())
	if ended := endOf(before); ended != "" && o.writing.dryRun == cmdutil.DryRunNone {
		line += "; undo with: " + o.writing.cluster.command(o.undo(ended)...)
	}
	if err := o.writing.say(o.IOStreams, after, line); err != nil {
		return err
	}
	if o.writing.wait && o.writing.dryRun == cmdutil.DryRunNone {
		return o.writing.untilLetIn(ctx, after)
	}
	return nil
}

func (o *AccessExtendOptions) undo(ended string) []string {
	undo := []string{"access", "extend", o.Name, "--until", ended}
	if o.Tenant != "" {
		undo = append(undo, "--tenant", o.Tenant)
	}
	return undo
}

// endOf a grant; empty if it has none.
func endOf(grant *unstructured.Unstructured) string {
	for _, path := range [][]string{{"spec", "expiresAt"}, {"status", "expiresAt"}} {
		if end, ok := edit.Unset(path...).Of(grant).(string); ok {
			return end
		}
	}
	return ""
}
