// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/internal/directory"
	"github.com/tenantry/tenantry/internal/rights"
)

const accessWhoCanLong = `Show who may do something in a tenant's place, and by which binding: in the place of the tenant that is named or, where none is, in the namespace
of the context, or of -n.

VERB is one of the API's, such as get, list, create or delete. TYPE is a resource, with its group where need be, as kubectl takes it. What
follows it after a / is a subresource, where the cluster serves one of that name, else the name of an object; '*' means all.

It reads the place's RoleBindings and the roles that they name, and what is bound in the whole cluster, with your rights: what is not yours to
see is said. For programs it prints the bindings. RBAC says who may try: admission policies still refuse what leads out of a place.`

const accessWhoCanExample = `  # Who may read the Secrets of customer cybercorp of acme
  kubectl tenant access who-can get secrets cybercorp -n acme

  # Who may run commands in pods, where the context leads to
  kubectl tenant access who-can create pods/exec

  # Who may delete one Deployment
  kubectl tenant access who-can delete deployments.apps/portal cybercorp -n acme

  # Who may let Owners in
  kubectl tenant access who-can assign tenantaccessgrants/Owner cybercorp -n acme`

// verbs that Tab offers; others have verbs of their own.
var verbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}

// AccessWhoCanOptions shows who may do something in a tenant's place.
type AccessWhoCanOptions struct {
	// Verb and Resource that are asked about.
	Verb, Resource string
	// Subresource beside the name of an object.
	Subresource string
	// Name of the Tenant; empty: a namespace.
	Name string

	cluster cluster
	output  *output
	genericiooptions.IOStreams
}

func newAccessWhoCanCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &AccessWhoCanOptions{IOStreams: streams, cluster: cluster, output: newOutput()}
	words := words{use: "who-can VERB (TYPE | TYPE/SUBRESOURCE | TYPE/NAME) [TENANT]", short: "Show who may do something in a tenant's place", long: accessWhoCanLong, example: accessWhoCanExample}
	cmd := words.command()
	cmd.ValidArgsFunction = func(cmd *cobra.Command, given []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		switch len(given) {
		case 0:
			return verbs, cobra.ShellCompDirectiveNoFileComp
		case 2:
			return cluster.completeNames(tenants, 0)(cmd, nil, begun)
		default:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.Complete(args); err != nil {
			return usageError(cmd, err)
		}
		return o.Run(cmd.Context())
	}
	cmd.Flags().StringVar(&o.Subresource, "subresource", "", "A subresource, such as exec or log, of the object that is named.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("subresource", cobra.NoFileCompletions))
	o.output.addFlags(cmd)
	return cmd
}

// Complete takes from the arguments what is asked.
func (o *AccessWhoCanOptions) Complete(args []string) error {
	if len(args) < 2 || len(args) > 3 || slices.Contains(args, "") {
		return errors.New("say a verb and a resource, and then a tenant if need be")
	}
	switch {
	case strings.HasPrefix(args[1], "/"):
		return errors.New("in a tenant's place there are resources alone: an address is the whole cluster's")
	case strings.Count(args[1], "/") > 1:
		return errors.New("name an object, as TYPE/NAME, and its subresource with --subresource")
	}
	o.Verb, o.Resource, o.Name = args[0], args[1], strings.Join(args[2:], "")
	if o.Name != "" {
		if err := validName(o.Name); err != nil {
			return err
		}
	}
	return o.output.validate()
}

// Run prints who may.
func (o *AccessWhoCanOptions) Run(ctx context.Context) error {
	there, name := o.cluster.qualified(o.Name)
	place, err := there.placeIn(ctx, name)
	if err != nil {
		return err
	}
	namespace, err := place.namespace()
	if err != nil {
		return err
	}
	question, inPlace, err := place.question(o.Verb, o.Resource, o.Subresource, namespace)
	if err != nil {
		return err
	}
	known, err := place.bindings(ctx, namespace)
	if err != nil {
		return err
	}
	if !inPlace {
		known.bindings = slices.DeleteFunc(known.bindings, func(binding rights.Binding) bool { return binding.Namespace != "" })
		fmt.Fprintf(o.ErrOut, "%s lie in no namespace: what is bound in a place gives no right to them.\n", question.Resource)
	}
	return o.print(known, rights.WhoCan(question, known.bindings, known.roles))
}

// print who may, and what of it the caller may not see.
func (o *AccessWhoCanOptions) print(known bindings, holders []rights.Holder) error {
	if len(known.hidden) > 0 {
		fmt.Fprintf(o.ErrOut, "Some of this is not yours to see: %s.\n", strings.Join(known.hidden, ", "))
	}
	if known.shipped {
		fmt.Fprintln(o.ErrOut, "What the operator's own ClusterRoles allow is told as this version of the plugin has them.")
	}
	if o.output.forPeople() {
		if len(holders) == 0 {
			fmt.Fprintln(o.ErrOut, "Nobody may, as far as that is known.")
			return nil
		}
		return printTable(o.Out, holderColumns(), holders, o.output.look(o.Out))
	}
	printer, err := o.output.printer()
	if err != nil {
		return err
	}
	var objects []*unstructured.Unstructured
	for _, object := range known.objects {
		if slices.ContainsFunc(holders, func(holder rights.Holder) bool {
			return holder.Binding.Namespace == object.GetNamespace() && holder.Binding.Name == object.GetName()
		}) {
			objects = append(objects, object)
		}
	}
	return printer.PrintObj(asList(objects), o.Out)
}

// holderColumns are what is shown of who may do something.
func holderColumns() []column[rights.Holder] {
	return []column[rights.Holder]{
		{"SUBJECT", func(h rights.Holder) string {
			if h.Subject.Kind == rbacv1.ServiceAccountKind {
				return directory.Escape(h.Subject.Namespace + "/" + h.Subject.Name)
			}
			return directory.Escape(h.Subject.Name)
		}},
		{"KIND", func(h rights.Holder) string { return h.Subject.Kind }},
		{"ROLE", func(h rights.Holder) string { return h.Binding.Role.Kind() + "/" + h.Binding.Role.Name }},
		{"BINDING", func(h rights.Holder) string { return h.Binding.Name }},
		{"SCOPE", func(h rights.Holder) string {
			if h.Binding.Namespace == "" {
				return "cluster"
			}
			return "namespace " + h.Binding.Namespace
		}},
	}
}
