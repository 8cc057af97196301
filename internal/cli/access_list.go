// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const accessListLong = `List who may enter a tenant, and until when: its own people, the technicians who are delegated to it, and who is its partner's staff.

Without a name, list the grants of the namespace of the context, or of -n: in a partner's place its staff and technicians.`

// AccessListOptions lists who may enter.
type AccessListOptions struct {
	// Name of the Tenant; empty: the grants of a namespace.
	Name string

	cluster cluster
	output  *output
	now     func() time.Time
	genericiooptions.IOStreams
}

func newAccessListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &AccessListOptions{IOStreams: streams, cluster: cluster, output: newOutput(), now: time.Now}
	cmd := &cobra.Command{
		Use:               "list [NAME]",
		Aliases:           []string{"ls"},
		Short:             "List who may enter, and until when",
		Long:              accessListLong,
		Example:           accessExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, errors.New("name one tenant, or none"))
			}
			o.Name = strings.Join(args, "")
			if err := o.output.validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	o.output.addFlags(cmd)
	return cmd
}

// Run prints the people, or their grants.
func (o *AccessListOptions) Run(ctx context.Context) error {
	ways, err := o.ways(ctx)
	if err != nil {
		return err
	}
	if o.output.forPeople() {
		if len(ways) == 0 {
			fmt.Fprintln(o.ErrOut, "Nobody was let in.")
			return nil
		}
		return printTable(o.Out, peopleColumns(o.now()), ways, o.output.look(o.Out))
	}
	printer, err := o.output.printer()
	if err != nil {
		return err
	}
	list := asList(nil)
	for _, way := range ways {
		if way.grant == nil {
			continue
		}
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(way.grant)
		if err != nil {
			return err
		}
		list.Items = append(list.Items, unstructured.Unstructured{Object: object})
	}
	return printer.PrintObj(list, o.Out)
}

// ways into the tenant, or by the grants of the namespace that is meant.
func (o *AccessListOptions) ways(ctx context.Context) ([]person, error) {
	if o.Name != "" {
		return o.into(ctx)
	}
	namespace, err := o.cluster.namespace()
	if err != nil {
		return nil, err
	}
	objects, err := o.cluster.listed(ctx, grants, namespace, "")
	if err != nil {
		return nil, explain(err)
	}
	var ways []person
	for _, object := range objects {
		grant := &v1alpha1.TenantAccessGrant{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, grant); err != nil {
			return nil, err
		}
		via := viaGrant
		if grant.Spec.Tenants != nil {
			via = viaDelegation
		}
		ways = append(ways, personOf(grant, via))
	}
	arrangePeople(ways)
	return ways, nil
}

// into the tenant: its own people, who may not read it, see what lies in its place.
func (o *AccessListOptions) into(ctx context.Context) ([]person, error) {
	tenant := &v1alpha1.Tenant{}
	found, err := o.cluster.find(ctx, tenants, o.Name)
	if err == nil {
		read, err := readTenant(found[0])
		if err != nil {
			return nil, err
		}
		tenant = read.Tenant
	} else if tenant.Status.Namespace, err = o.cluster.place(ctx, o.Name); err != nil {
		return nil, err
	}
	all, err := o.cluster.peopleOf(ctx, tenant)
	if err != nil {
		return nil, explain(err)
	}
	if all.hidden {
		fmt.Fprintln(o.ErrOut, "Some of them are not yours to see.")
	}
	return all.ways(tenant), nil
}
