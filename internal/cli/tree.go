// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/metadata"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const treeLong = `Show the tenants of a partner, and those beneath them, as a tree. With a name, show what the operator has made for that tenant.`

const treeExample = `  # The partner whose namespace is acme, with all beneath it
  kubectl tenant tree -n acme

  # What was made for one customer
  kubectl tenant tree cybercorp -n acme`

// made are the kinds of which the operator makes objects in a tenant's place.
var made = []schema.GroupVersionKind{
	{Version: "v1", Kind: "ConfigMap"}, {Version: "v1", Kind: "LimitRange"}, {Version: "v1", Kind: "ResourceQuota"}, {Version: "v1", Kind: "Secret"},
	{Version: "v1", Kind: "Service"}, {Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}, {Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
	{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"}, {Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"},
}

// TreeOptions shows tenants as a tree.
type TreeOptions struct {
	// Name of the Tenant; empty: all of a partner.
	Name string

	cluster cluster
	genericiooptions.IOStreams
}

func newTreeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &TreeOptions{IOStreams: streams, cluster: cluster}
	return &cobra.Command{
		Use:               "tree [NAME]",
		Short:             "Show partners, tenants and what was made for them as a tree",
		Long:              treeLong,
		Example:           treeExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError(cmd, errors.New("name one tenant, or none"))
			}
			o.Name = slices.Concat(args, []string{""})[0]
			return o.Run(cmd.Context())
		},
	}
}

// Run prints the tree.
func (o *TreeOptions) Run(ctx context.Context) error {
	root, hidden, err := o.root(ctx)
	if err != nil {
		return err
	}
	if err := root.print(o.Out); err != nil {
		return err
	}
	if hidden {
		fmt.Fprintln(o.ErrOut, "Some of it is not yours to see.")
	}
	return nil
}

// root of the tree; hidden says that the caller may not see all that is beneath.
func (o *TreeOptions) root(ctx context.Context) (root node, hidden bool, err error) {
	if o.Name == "" {
		namespace, err := o.cluster.beside(ctx)
		if err != nil {
			return node{}, false, err
		}
		root = node{text: fmt.Sprintf("namespace %s (cluster %s)", namespace, o.cluster.name())}
		root.children, err = o.beneath(ctx, namespace, &hidden)
		return root, hidden, explain(err)
	}
	found, err := o.cluster.find(ctx, tenants, o.Name)
	if err != nil {
		return node{}, false, err
	}
	tenant, err := readTenant(found[0])
	if err != nil {
		return node{}, false, err
	}
	root = node{text: o.cluster.target(found[0]) + " " + string(tenant.Status.Phase)}
	if tenant.Status.Namespace == "" {
		return root, false, nil
	}
	place := node{text: "Namespace " + tenant.Status.Namespace}
	if place.children, hidden, err = o.madeIn(ctx, tenant.Tenant); err != nil {
		return node{}, false, explain(err)
	}
	root.children = []node{place}
	return root, hidden, nil
}

// beneath are the tenants of a namespace, and those of the partners among them.
func (o *TreeOptions) beneath(ctx context.Context, namespace string, hidden *bool) ([]node, error) {
	found, err := o.cluster.listed(ctx, tenants, namespace, "")
	if err != nil {
		return nil, err
	}
	listed, _ := arrange(found, "", false) // of what it does not understand, the name is enough
	nodes := make([]node, 0, len(listed))
	for _, tenant := range listed {
		one := tenantNode(tenant)
		if tenant.Spec.Partner != nil && tenant.Status.Namespace != "" && tenant.Status.Namespace != namespace {
			if one.children, err = o.beneath(ctx, tenant.Status.Namespace, hidden); apierrors.IsForbidden(err) {
				*hidden = true
			} else if err != nil {
				return nil, err
			}
		}
		nodes = append(nodes, one)
	}
	return nodes, nil
}

// madeIn the place of a tenant by the operator: names alone are read, and of Secrets nothing else.
func (o *TreeOptions) madeIn(ctx context.Context, tenant *v1alpha1.Tenant) (nodes []node, hidden bool, err error) {
	config, err := o.cluster.config()
	if err != nil {
		return nil, false, err
	}
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return nil, false, err
	}
	mapper, err := o.cluster.flags.ToRESTMapper()
	if err != nil {
		return nil, false, err
	}
	for _, kind := range made {
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		if meta.IsNoMatchError(err) {
			continue // a kind that the cluster does not serve
		}
		if err != nil {
			return nil, false, err
		}
		objects, err := client.Resource(mapping.Resource).Namespace(tenant.Status.Namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelManaged + "=true"})
		if apierrors.IsForbidden(err) {
			hidden = true
			continue
		}
		if err != nil {
			return nil, false, err
		}
		for _, object := range objects.Items {
			nodes = append(nodes, objectNode(kind.Kind, object.Name, object.Labels))
		}
	}
	return nodes, hidden, nil
}
