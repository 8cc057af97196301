// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	renderLong = `Print what the operator makes for a tenant, as it is to be: its hosts' claims, namespace, quota, roles, ConfigMaps, and the way in. With -f
the tenant is one of a file, which need not be there.

` + forewords

	renderExample = `  # What customer cybercorp of acme has, or should have
  kubectl tenant render cybercorp -n acme

  # What a tenant in Git would get
  kubectl tenant render -f cybercorp.yaml -n acme --config config.yaml`

	diffLong = `Show what the operator would change of what there is for a tenant, as "kubectl diff" does: with diff -u, or the program that
KUBECTL_EXTERNAL_DIFF names. It exits with 8 where something would be, with 0 where nothing would. With -f the tenant is one of a file: what
would become of the place if it were applied.

What would be taken away is shown as "kubectl diff --prune" does: who is let in no more, what is not wanted in the place any longer, and hosts
that are given up, with all routes that name them. Not shown is what a sync has copied (see "sync plan"), and that the pods of a tenant end
which is suspended.

` + forewords

	diffExample = `  # Whether all is as it should be
  kubectl tenant diff cybercorp -n acme

  # What a change in Git would do
  kubectl tenant diff -f cybercorp.yaml -n acme`
)

// RenderOptions shows what the operator makes for a Tenant.
type RenderOptions struct {
	// Name of the Tenant.
	Name string
	// Path of a file with one, in place of a name; - for standard input.
	Path string
	// Output is yaml or json.
	Output string

	*foresight
	genericiooptions.IOStreams
}

func newRenderCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &RenderOptions{IOStreams: streams, foresight: newForesight(streams, cluster)}
	words := words{use: "render (NAME | -f FILE)", short: "Print what the operator makes for a tenant", long: renderLong, example: renderExample}
	cmd := o.command(words, o.Render)
	cmd.Flags().StringVarP(&o.Output, "output", "o", outputYAML, "yaml or json.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{outputYAML, outputJSON}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func newDiffCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &RenderOptions{IOStreams: streams, foresight: newForesight(streams, cluster), Output: outputYAML}
	words := words{use: "diff (NAME | -f FILE)", short: "Show what the operator would change for a tenant", long: diffLong, example: diffExample}
	return o.command(words, o.Diff)
}

func (o *RenderOptions) command(words words, run func(context.Context, *unstructured.Unstructured) error) *cobra.Command {
	cmd := words.command()
	cmd.ValidArgsFunction = o.cluster.completeNames(tenants, 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > 1, (len(args) == 1) == (o.Path != ""):
			return usageError(cmd, errors.New("name one tenant, or a file with one with -f"))
		case o.Path == "-" && o.Config == "-":
			return usageError(cmd, errors.New("-f and --config can't both be standard input"))
		case o.Output != outputYAML && o.Output != outputJSON:
			return usageError(cmd, fmt.Errorf("unknown output format %q: it is one of yaml, json", o.Output))
		case len(args) == 1:
			o.Name = args[0]
		}
		tenant, err := o.tenant(cmd.Context())
		if err != nil {
			return err
		}
		return run(cmd.Context(), tenant)
	}
	cmd.Flags().StringVarP(&o.Path, "filename", "f", "", "A file with the tenant, in YAML or JSON; - for standard input.")
	utilruntime.Must(cmd.MarkFlagFilename("filename", "yaml", "yml", "json"))
	o.addFlags(cmd)
	return cmd
}

// tenant that is meant: of a file, as it would be if it were applied.
func (o *RenderOptions) tenant(ctx context.Context) (*unstructured.Unstructured, error) {
	if o.Name != "" {
		found, err := o.cluster.find(ctx, tenants, o.Name)
		if err != nil {
			return nil, err
		}
		return found[0], nil
	}
	documents, err := readDocuments(o.In, o.Path)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 || documents[0].Object.GroupVersionKind() != v1alpha1.GroupVersion.WithKind("Tenant") {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("%s holds more than one Tenant, or none", o.Path)}
	}
	return o.applied(ctx, documents[0].Object)
}

// Render prints what the operator makes.
func (o *RenderOptions) Render(ctx context.Context, tenant *unstructured.Unstructured) error {
	seen, err := o.foresee(ctx, tenant)
	if err != nil {
		return err
	}
	intents := seen.place.All()
	objects := make([]*unstructured.Unstructured, 0, len(intents))
	for _, intent := range intents {
		_, made, err := intent.Preview(nil, v1alpha1.Prefix)
		if err != nil {
			return err
		}
		shown, err := shownObject(made)
		if err != nil {
			return err
		}
		objects = append(objects, shown)
	}
	return printAll(o.Out, o.Output, objects)
}
