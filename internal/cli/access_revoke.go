// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

const accessRevokeLong = `Take away what lets people in: the grants of these names, as "kubectl tenant access list" shows them. Access ends within seconds, and the
seats are free again. What was shown with -o yaml gives it back.`

const accessRevokeExample = `  # A technician of the partner's
  kubectl tenant access revoke tech.acme.example-1a2b3c4d -n acme

  # One of a customer's own people, keeping what gives it back
  kubectl tenant access revoke kim.cybercorp.example --tenant cybercorp -n acme -o yaml > kim.yaml`

// AccessRevokeOptions deletes grants.
type AccessRevokeOptions struct {
	// Names of the grants.
	Names []string
	// Tenant in whose place they lie; empty: the namespace that is meant.
	Tenant string

	writing *writing
	genericiooptions.IOStreams
}

func newAccessRevokeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &AccessRevokeOptions{IOStreams: streams, writing: newWriting(cluster)}
	cmd := &cobra.Command{
		Use:               "revoke GRANT...",
		Short:             "Take away what lets people in",
		Long:              accessRevokeLong,
		Example:           accessRevokeExample,
		ValidArgsFunction: cluster.completeGrants(&o.Tenant, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Names = args
			if len(args) == 0 {
				return usageError(cmd, errors.New("name a grant"))
			}
			if err := o.writing.complete(cmd); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	addTenantFlag(cmd, cluster, &o.Tenant)
	o.writing.addFlags(cmd, true)
	o.writing.addGitOpsFlag(cmd)
	return cmd
}

// Run deletes the grants that were shown, one after another: one that can't be deleted does not keep the others from it.
func (o *AccessRevokeOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.grantsNamed(ctx, o.Tenant, o.Names)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.ErrOut, announced(o.writing.cluster, found))
	results, err := work{
		do:       func(grant *unstructured.Unstructured) result { return o.one(ctx, grant) },
		show:     func(one result) error { return o.show(one, len(found) == 1) },
		progress: newProgress(o.ErrOut, "revoking", len(found)),
	}.each(ctx, found)
	if err != nil || len(found) == 1 {
		return cmp.Or(err, results[0].err)
	}
	fmt.Fprint(o.ErrOut, summary(results, len(found), revoked, o.writing.dry()))
	return cmp.Or(ctx.Err(), together(results, revoked))
}

// revoked is what a grant is that lets nobody in any more.
const revoked = "revoked"

// one deletes one grant, and waits until it is gone, if asked to.
func (o *AccessRevokeOptions) one(ctx context.Context, grant *unstructured.Unstructured) result {
	one := result{before: grant, object: grant}
	if one.err = o.writing.mayWrite(grant, nil, ""); one.err != nil {
		return one
	}
	one.err = o.writing.delete(ctx, grants, grant)
	one.changed = one.err == nil
	if one.changed && o.writing.wait && o.writing.dryRun == cmdutil.DryRunNone {
		one.err = o.writing.untilGone(ctx, grants, grant)
	}
	return one
}

// show what became of a grant. The error of the only one is the command's.
func (o *AccessRevokeOptions) show(one result, only bool) error {
	switch {
	case one.err == nil:
		return o.writing.say(o.IOStreams, one.object, fmt.Sprintf("grant %s %s%s", one.before.GetName(), revoked, o.writing.dry()))
	case !only:
		fmt.Fprintf(o.ErrOut, "error: grant %s: %s\n", one.before.GetName(), printable(one.err))
	}
	return nil
}
