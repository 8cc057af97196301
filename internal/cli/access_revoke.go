// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

// Run deletes the grants that were shown, and no others that have their names by then.
func (o *AccessRevokeOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.grantsNamed(ctx, o.Tenant, o.Names)
	if err != nil {
		return err
	}
	objects, err := o.writing.cluster.objects(grants)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.ErrOut, announced(o.writing.cluster, found))
	for _, grant := range found {
		if err := o.writing.mayWrite(grant, nil, ""); err != nil {
			return err
		}
		options := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(grant.GetUID())), DryRun: o.writing.dryRuns()}
		if o.writing.dryRun != cmdutil.DryRunClient {
			if err := objects.Namespace(grant.GetNamespace()).Delete(ctx, grant.GetName(), options); err != nil {
				return explain(err)
			}
		}
		if o.writing.wait && o.writing.dryRun == cmdutil.DryRunNone {
			if err := o.writing.untilGone(ctx, grants, grant); err != nil {
				return err
			}
		}
		if err := o.writing.say(o.IOStreams, grant, fmt.Sprintf("grant %s revoked%s", grant.GetName(), o.writing.dry())); err != nil {
			return err
		}
	}
	return nil
}
