// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

const createLong = `Create a tenant in the namespace of its partner, or of the context: where that leads to a customer's place, beside that customer. It needs its
name alone: what is not said comes from the plan, the partner and the operator.

With -f, a Tenant is read from a file, and the flags say more, or otherwise, than that. Where a deleted tenant of that name is kept, its creator
gets it back as it was.`

const createExample = `  # A customer of acme
  kubectl tenant create cybercorp -n acme --display-name "CyberCorp Ltd" --plan standard

  # With its first administrator, who is invited by mail, and return when it is ready
  kubectl tenant create cybercorp -n acme --admin kim:kim@cybercorp.example --wait

  # What to commit where Git is the truth
  kubectl tenant create cybercorp -n acme --plan standard --dry-run=client -o yaml > cybercorp.yaml`

// CreateOptions creates a Tenant.
type CreateOptions struct {
	// Tenant is what is said of it.
	Tenant newTenant

	writing *writing
	genericiooptions.IOStreams
}

func newCreateCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &CreateOptions{IOStreams: streams, writing: newWriting(cluster)}
	cmd := &cobra.Command{
		Use:               "create NAME",
		Short:             "Create a tenant",
		Long:              createLong,
		Example:           createExample,
		Args:              oneName,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Tenant.name = args[0]
			if err := o.writing.complete(cmd); err != nil {
				return usageError(cmd, err)
			}
			object, err := o.Complete()
			if err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context(), object)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Tenant.file, "filename", "f", "", "A file with the Tenant, in YAML or JSON; - for standard input.")
	flags.StringVar(&o.Tenant.plan, "plan", "", "The LicensePlan.")
	flags.StringVar(&o.Tenant.region, "region", "", "The region that its data lies in, for good.")
	flags.StringVar(&o.Tenant.displayName, "display-name", "", "The company's name.")
	flags.StringVar(&o.Tenant.access, "customer-access", "", "How far its own people are let in: Disabled, ReadOnly or FullAccess.")
	flags.StringVar(&o.Tenant.admin, "admin", "", "The first administrator, as USER:EMAIL. What follows the last colon is the address.")
	flags.StringVar(&o.Tenant.brand, "brand", "", "The WhiteLabelProfile that it bears. Default: its partner's.")
	flags.StringToStringVar(&o.Tenant.labels, "labels", nil, "Labels, such as tier=gold,team=north.")
	o.writing.addFlags(cmd, false)
	utilruntime.Must(cmd.MarkFlagFilename("filename", "yaml", "yml", "json"))
	for flag, complete := range map[string]cobra.CompletionFunc{
		"plan": anyOf(cluster, licensePlans), "brand": anyOf(cluster, profiles), "region": cobra.NoFileCompletions, "display-name": cobra.NoFileCompletions,
		"admin": cobra.NoFileCompletions, "labels": cobra.NoFileCompletions, "customer-access": cobra.FixedCompletions(accesses, cobra.ShellCompDirectiveNoFileComp),
	} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, complete))
	}
	return cmd
}

// anyOf offers the names of all objects of a resource, whatever the arguments.
func anyOf(cluster cluster, resource schema.GroupVersionResource) cobra.CompletionFunc {
	names := cluster.completeNames(resource, 0)
	return func(cmd *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return names(cmd, nil, begun)
	}
}

// Complete reads the file, and adds what the flags say.
func (o *CreateOptions) Complete() (*unstructured.Unstructured, error) {
	data, err := readManifest(o.In, o.Tenant.file)
	if err != nil {
		return nil, err
	}
	return o.Tenant.object(data)
}

// Run creates the Tenant: nothing that is there already is written over.
func (o *CreateOptions) Run(ctx context.Context, object *unstructured.Unstructured) error {
	namespace, err := o.writing.cluster.beside(ctx)
	if err != nil {
		return err
	}
	if said := object.GetNamespace(); said != "" && said != namespace {
		return &failure{code: exitUsage, err: fmt.Errorf("%s says namespace %s, and %s is meant: say -n %s", o.Tenant.file, said, namespace, quoted(said))}
	}
	object.SetNamespace(namespace)
	fmt.Fprintln(o.ErrOut, o.writing.cluster.target(object))
	if o.writing.dryRun != cmdutil.DryRunClient {
		objects, err := o.writing.cluster.objects(tenants)
		if err != nil {
			return err
		}
		options := metav1.CreateOptions{FieldManager: edit.Manager, DryRun: o.writing.dryRuns()}
		object, err = objects.Namespace(namespace).Create(ctx, object, options)
		if apierrors.IsAlreadyExists(err) {
			return &failure{code: exitConflict, err: fmt.Errorf("tenant %s/%s is there already", namespace, o.Tenant.name), hint: o.writing.cluster.command("set", o.Tenant.name, "--help")}
		}
		if err != nil {
			return explain(err)
		}
	}
	line := fmt.Sprintf("tenant %s created%s", o.Tenant.name, o.writing.dry())
	if o.writing.dryRun == cmdutil.DryRunNone {
		line += "; undo with: " + o.writing.cluster.command("delete", o.Tenant.name)
	}
	if err := o.writing.say(o.IOStreams, object, line); err != nil {
		return err
	}
	if o.writing.wait && o.writing.dryRun == cmdutil.DryRunNone {
		return o.writing.untilReady(ctx, object)
	}
	return nil
}
