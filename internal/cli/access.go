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
		Long:    "See who may enter a tenant and until when, take it from them, or let it last longer.",
		Example: accessExample,
		Args:    knownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAccessListCommand(streams, cluster), newAccessRevokeCommand(streams, cluster), newAccessExtendCommand(streams, cluster))
	return cmd
}

// addTenantFlag adds the tenant in whose place grants lie.
func addTenantFlag(cmd *cobra.Command, cluster cluster, tenant *string) {
	cmd.Flags().StringVar(tenant, "tenant", "", "The tenant in whose place the grant lies. Default: the namespace of the context, or of -n: a partner's staff and technicians.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("tenant", anyOf(cluster, tenants)))
}

// grantsNamed are the grants of these names: in a tenant's place, if one is named.
func (c cluster) grantsNamed(ctx context.Context, tenant string, names []string) ([]*unstructured.Unstructured, error) {
	if tenant == "" {
		return c.find(ctx, grants, names...)
	}
	place, err := c.place(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	for _, name := range names {
		object, err := c.get(ctx, grants, place, name)
		if err != nil {
			return nil, explain(err)
		}
		found = append(found, object)
	}
	return found, nil
}
