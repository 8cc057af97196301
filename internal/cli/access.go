// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

const accessExample = `  # Who may enter one customer of acme
  kubectl tenant access list cybercorp -n acme

  # The partner's staff and technicians
  kubectl tenant access list -n acme`

func newAccessCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "access",
		Short:   "See, take away and extend what lets people in",
		Long:    "See who may enter a tenant, until when and to do what, and how you are let in yourself; take it from them, or let it last longer.",
		Example: accessExample,
		Args:    knownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAccessListCommand(streams, cluster), newAccessRevokeCommand(streams, cluster), newAccessExtendCommand(streams, cluster),
		newAccessWhoamiCommand(streams, cluster), newAccessWhoCanCommand(streams, cluster))
	return cmd
}

// addTenantFlag adds the tenant in whose place grants lie.
func addTenantFlag(cmd *cobra.Command, cluster cluster, tenant *string) {
	cmd.Flags().StringVar(tenant, "tenant", "", "The tenant in whose place the grant lies. Default: the namespace of the context, or of -n: a partner's staff and technicians.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("tenant", anyOf(cluster, tenants)))
}

// grantsNamed are the grants of these names: in a tenant's place, if one is named.
func (c cluster) grantsNamed(ctx context.Context, tenant string, names []string) ([]*unstructured.Unstructured, error) {
	c, err := c.placeIn(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return c.find(ctx, grants, names...)
}

// placeIn is the cluster where a tenant's place is meant, if one is named.
func (c cluster) placeIn(ctx context.Context, tenant string) (cluster, error) {
	if tenant == "" {
		return c, nil
	}
	place, err := c.place(ctx, tenant)
	return c.in(place), err
}

// completeGrants offers the names of the grants in the place that --tenant or -n names.
func (c cluster) completeGrants(tenant *string, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), tabTimeout)
		defer cancel()
		c, err := c.placeIn(ctx, *tenant)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.completeNames(grants, most)(cmd, given, begun)
	}
}
