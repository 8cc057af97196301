// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// eventsShown is how many events are shown, the latest.
const eventsShown = 8

const describeLong = `Show all that there is to know of a tenant on one page: where it is reached, what it has and uses, who may enter and until when, its brand
and syncs, what is wrong and what to do about it, and what happened last.

What you may not see is left out, with a note that says so.`

const describeExample = `  # One customer of acme
  kubectl tenant describe cybercorp -n acme

  # As the API has it
  kubectl tenant describe cybercorp -n acme -o yaml`

// DescribeOptions shows a Tenant on one page.
type DescribeOptions struct {
	// Name of the Tenant.
	Name string

	cluster cluster
	output  *output
	now     func() time.Time
	genericiooptions.IOStreams
}

func newDescribeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &DescribeOptions{IOStreams: streams, cluster: cluster, output: newOutput(), now: time.Now}
	cmd := &cobra.Command{
		Use:               "describe NAME",
		Aliases:           []string{"show"},
		Short:             "Show all of a tenant on one page",
		Long:              describeLong,
		Example:           describeExample,
		Args:              oneName,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if err := o.output.validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	o.output.addFlags(cmd)
	return cmd
}

// Run prints the page, or the Tenant.
func (o *DescribeOptions) Run(ctx context.Context) error {
	found, err := o.cluster.find(ctx, tenants, o.Name)
	if err != nil {
		return err
	}
	if !o.output.forPeople() {
		printer, err := o.output.printer()
		if err != nil {
			return err
		}
		return printer.PrintObj(found[0], o.Out)
	}
	tenant, err := readTenant(found[0])
	if err != nil {
		return err
	}
	page := tenantPage{tenant: tenant.Tenant, cluster: o.cluster.name(), now: o.now(), look: o.output.look(o.Out)}
	if page.people, err = o.cluster.peopleOf(ctx, tenant.Tenant); err != nil {
		return explain(err)
	}
	page.events = o.events(ctx, tenant.Tenant)
	return page.print(o.Out)
}

// events of the tenant, the latest last; none for who may not read them.
func (o *DescribeOptions) events(ctx context.Context, tenant *v1alpha1.Tenant) []corev1.Event {
	found, err := o.cluster.eventsAbout(ctx, tenant.Namespace, tenant.UID)
	if err != nil {
		return nil
	}
	return found.Items[max(0, len(found.Items)-eventsShown):]
}
