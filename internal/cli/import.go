// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
	"github.com/tenantry/tenantry/internal/cli/files"
)

const importLong = `Apply tenants, and what belongs to them, from files as "kubectl tenant export" writes them: plans and brands before tenants, parents before
children, and what lies in a tenant's place once that is ready.

The cluster is asked about every object first, but about what lies in the place of a tenant that is not there yet: if it refuses one, nothing is
applied. Kinds that are none of Tenantry's are refused, and so is
an object of another namespace than the one that is meant, unless --all-namespaces says that it may be. What a file does not say, and was
imported or set with this plugin before, is taken away; what others set stays. What the cluster and the operator write beside it, such as a
status, is left out.`

const importExample = `  # What was exported, to another cluster
  kubectl tenant import -f customers --all-namespaces --context eu-2

  # What it would do
  kubectl tenant import -f cybercorp.yaml -n acme --dry-run=server

  # From one partner to another
  kubectl tenant export cybercorp -n acme -o json | jq 'del(.items[].metadata.namespace)' | kubectl tenant import -f - -n globex`

// ImportOptions applies objects from files.
type ImportOptions struct {
	// Paths of files and directories; - for standard input.
	Paths []string
	// All takes objects of any namespace.
	All bool

	writing *writing
	genericiooptions.IOStreams
}

func newImportCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &ImportOptions{IOStreams: streams, writing: newWriting(cluster)}
	words := words{use: "import -f PATH", short: "Apply tenants from files", long: importLong, example: importExample}
	cmd := words.command()
	cmd.Args = noArguments
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.writing.complete(cmd); err != nil {
			return usageError(cmd, err)
		}
		documents, err := o.Complete()
		if err != nil {
			return usageError(cmd, err)
		}
		return o.Run(cmd.Context(), documents)
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.Paths, "filename", "f", nil, "A file in YAML or JSON, a directory of such files, or - for standard input.")
	flags.BoolVarP(&o.All, "all-namespaces", "A", false, "Also take objects of other namespaces than the one that is meant.")
	o.writing.addFlags(cmd, false)
	o.writing.addGitOpsFlag(cmd)
	o.writing.addConflictsFlag(cmd)
	utilruntime.Must(cmd.MarkFlagFilename("filename", "yaml", "yml", "json"))
	return cmd
}

// Complete reads the files, and refuses what is not to be applied.
func (o *ImportOptions) Complete() ([]files.Document, error) {
	if len(o.Paths) == 0 {
		return nil, errors.New("say with -f what to import")
	}
	var documents []files.Document
	for _, path := range o.Paths {
		read, err := readDocuments(o.In, path)
		if err != nil {
			return nil, err
		}
		documents = append(documents, read...)
	}
	if len(documents) == 0 {
		return nil, fmt.Errorf("there is no object in %s", strings.Join(o.Paths, ", "))
	}
	namespace, err := o.writing.cluster.namespace()
	if err != nil {
		return nil, err
	}
	known := map[string]files.Document{}
	for i, document := range documents {
		if _, err := files.ResourceOf(document.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", document.Where(), err)
		}
		object := edit.Manifest(document.Object)
		object.SetNamespace(cmp.Or(object.GetNamespace(), namespace))
		if wrong := slices.Concat(validation.IsDNS1123Subdomain(object.GetName()), validation.IsDNS1123Label(object.GetNamespace())); len(wrong) > 0 {
			return nil, fmt.Errorf("%s: %s is no name of an object: %s", document.Where(), named(object), wrong[0])
		}
		if said := object.GetNamespace(); said != namespace && !o.All {
			return nil, fmt.Errorf("%s: %s lies in namespace %s, and %s is meant: say -n %s, or --all-namespaces", document.Where(), named(object), said, namespace, quoted(said))
		}
		if other, twice := known[named(object)]; twice {
			return nil, fmt.Errorf("%s: %s is there twice, in %s too", document.Where(), named(object), other.Where())
		}
		known[named(object)] = document
		documents[i].Object = object
	}
	return documents, nil
}

// Run asks the cluster about all objects, and applies them if it takes every one.
func (o *ImportOptions) Run(ctx context.Context, documents []files.Document) error {
	fmt.Fprintln(o.ErrOut, importing(o.writing.cluster, documents))
	work := &imports{writing: o.writing, created: map[*unstructured.Unstructured]bool{}}
	objects := make([]*unstructured.Unstructured, 0, len(documents))
	where := map[*unstructured.Unstructured]string{}
	for _, document := range documents {
		objects = append(objects, document.Object)
		where[document.Object] = document.Where()
	}
	steps := files.Arrange(objects)
	results := make([]imported, 0, len(steps))
	for _, step := range steps {
		one := work.ask(ctx, step)
		if one.err != nil {
			fmt.Fprintf(o.ErrOut, "error: %s: %s: %v\n", where[step.Object], named(step.Object), printable(one.err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		results = append(results, one)
	}
	if err := togetherImported(results, "can't be applied, and nothing was"); err != nil {
		return err
	}
	for i := range results {
		if o.writing.dryRun == cmdutil.DryRunNone {
			work.apply(ctx, &results[i])
		}
		if err := o.show(results[i]); err != nil {
			return err
		}
		if ctx.Err() != nil {
			fmt.Fprintf(o.ErrOut, "%d of %d objects were not tried\n", len(results)-i-1, len(results))
			return ctx.Err()
		}
	}
	fmt.Fprintln(o.ErrOut, counts(results)+o.writing.dry())
	return togetherImported(results, "were not applied")
}

// show what became of an object.
func (o *ImportOptions) show(one imported) error {
	if one.err != nil {
		fmt.Fprintf(o.ErrOut, "error: %s: %s\n", named(one.object), printable(one.err))
		return nil //nolint:nilerr // all that failed are told together
	}
	unasked := ""
	if one.later && o.writing.dryRun == cmdutil.DryRunServer {
		unasked = ", which nobody was asked about: its place is not there yet"
	}
	return o.writing.say(o.IOStreams, one.object, named(one.object)+" "+string(one.outcome)+o.writing.dry()+unasked)
}

// importing says what a command is about, and where, before anything is written.
func importing(cluster cluster, documents []files.Document) string {
	if len(documents) == 1 {
		return cluster.target(documents[0].Object)
	}
	var namespaces []string
	for _, document := range documents {
		namespaces = append(namespaces, document.Object.GetNamespace())
	}
	slices.Sort(namespaces)
	return fmt.Sprintf("%d objects of %s (cluster %s)", len(documents), someOf(slices.Compact(namespaces)), cluster.name())
}
