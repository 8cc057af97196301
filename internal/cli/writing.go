// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/util/retry"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

// waitTimeout is how long what was written is waited for, where nothing else is said.
const waitTimeout = 5 * time.Minute

// writtenFormats are those in which a command prints what it wrote.
var writtenFormats = []string{outputJSON, outputYAML, "name", "go-template=", "go-template-file=", "jsonpath=", "jsonpath-file="}

// writing is how a command writes: what is the same for all that change something.
type writing struct {
	dryRun cmdutil.DryRunStrategy
	// forceGitOps writes what a GitOps tool will write over; forceConflicts writes what a file declares.
	forceGitOps, forceConflicts bool
	wait                        bool
	timeout                     time.Duration
	// deadline of the waiting, once it has begun.
	deadline time.Time
	print    *genericclioptions.PrintFlags
	// printer of objects; nil: for people.
	printer printers.ResourcePrinter

	cluster cluster
}

func newWriting(cluster cluster) *writing {
	return &writing{cluster: cluster, print: genericclioptions.NewPrintFlags("")}
}

// addFlags adds the flags of a command that waits for what it wrote, or does so if told to.
func (w *writing) addFlags(cmd *cobra.Command, waits bool) {
	flags := cmd.Flags()
	flags.BoolVar(&w.wait, "wait", waits, "Return when what was asked for is so.")
	flags.DurationVar(&w.timeout, "timeout", waitTimeout, "Wait no longer than this, and exit with 6.")
	flags.String("dry-run", "none", "none, client or server: with client, print what would be written; with server, ask the cluster whether it would take it.")
	w.print.AddFlags(cmd)
	flags.Lookup("output").Usage = "Output format: json, yaml, name, go-template=..., jsonpath=...: print what belongs in Git. Default: a line for people."
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"none", "client", "server"}, cobra.ShellCompDirectiveNoFileComp)))
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(writtenFormats, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace)))
}

// addGitOpsFlag is for commands that write what may be kept as Git has it.
func (w *writing) addGitOpsFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.forceGitOps, "force-gitops", false, "Write what Argo CD, Flux or Helm keeps as Git has it, though it will write over it.")
}

// addConflictsFlag is for commands that write fields which a file may declare.
func (w *writing) addConflictsFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.forceConflicts, "force-conflicts", false, "Write a field that somebody declares in a file, though the next apply of it will write over it.")
}

// commandOnOne is a command that writes one object, of a kind that people call what, over what others keep if it is told to.
func (w *writing) commandOnOne(words words, what string, resource schema.GroupVersionResource, waits bool, run func(ctx context.Context, name string) error) *cobra.Command {
	cmd := words.command()
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return usageError(cmd, fmt.Errorf("name one %s", what))
	}
	cmd.ValidArgsFunction = w.cluster.completeNames(resource, 1)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := w.complete(cmd); err != nil {
			return usageError(cmd, err)
		}
		return run(cmd.Context(), args[0])
	}
	w.addFlags(cmd, waits)
	w.addGitOpsFlag(cmd)
	w.addConflictsFlag(cmd)
	return cmd
}

// complete takes what the flags say; it fails for what there is not.
func (w *writing) complete(cmd *cobra.Command) error {
	var err error
	if w.dryRun, err = cmdutil.GetDryRunStrategy(cmd); err != nil {
		return err
	}
	if w.printed() {
		if w.printer, err = w.print.ToPrinter(); genericclioptions.IsNoCompatiblePrinterError(err) {
			return fmt.Errorf("unknown output format %q: it is one of %s", *w.print.OutputFormat, strings.Join(writtenFormats, ", "))
		} else if err != nil {
			return err
		}
	}
	if w.timeout <= 0 {
		return fmt.Errorf("--timeout is more than 0, not %s", w.timeout)
	}
	return nil
}

// printed says whether objects are printed for programs.
func (w *writing) printed() bool {
	return *w.print.OutputFormat != "" || *w.print.TemplatePrinterFlags.TemplateArgument != ""
}

// say prints what became of an object: the line that says it, and the object for programs, if that was asked for.
func (w *writing) say(streams genericiooptions.IOStreams, object *unstructured.Unstructured, line string) error {
	if w.printer == nil {
		_, err := fmt.Fprintln(streams.Out, line)
		return err
	}
	fmt.Fprintln(streams.ErrOut, line)
	return w.printer.PrintObj(edit.Manifest(object), streams.Out)
}

// dry is what is added to a line about what was not done.
func (w *writing) dry() string {
	switch w.dryRun {
	case cmdutil.DryRunClient:
		return " (dry run)"
	case cmdutil.DryRunServer:
		return " (server dry run)"
	default:
		return ""
	}
}

// dryRuns are the options of requests.
func (w *writing) dryRuns() []string {
	if w.dryRun == cmdutil.DryRunServer {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// mayWrite refuses fields that others keep: what is not written by a client's dry run, may be shown.
func (w *writing) mayWrite(object *unstructured.Unstructured, fields []edit.Field, instead string) error {
	if w.dryRun == cmdutil.DryRunClient {
		return nil
	}
	name := named(object)
	if tool := edit.Tool(object); tool != "" && !w.forceGitOps {
		return &failure{code: exitConflict, err: fmt.Errorf("%s is kept as Git has it by %s, which writes over what is written here; change it in Git, or say --force-gitops", name, tool), hint: instead}
	}
	if path, by := edit.Declared(object, fields); by != "" && !w.forceConflicts {
		return &failure{code: exitConflict, err: fmt.Errorf("%s of %s is declared by %s, whose next apply writes over what is written here; change it there, or say --force-conflicts", strings.Join(path, "."), name, by), hint: instead}
	}
	return nil
}

// delete the object that was shown, and no other that has its name by then.
func (w *writing) delete(ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured) error {
	if w.dryRun == cmdutil.DryRunClient {
		return nil
	}
	objects, err := w.cluster.objects(resource)
	if err != nil {
		return err
	}
	options := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(object.GetUID())), DryRun: w.dryRuns()}
	return explain(objects.Namespace(object.GetNamespace()).Delete(ctx, object.GetName(), options))
}

// change the fields of an object that are not as wanted, and return what it is then. What somebody else wrote meanwhile is read again.
func (w *writing) change(ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured, fields []edit.Field, instead string) (*unstructured.Unstructured, error) {
	objects, err := w.cluster.objects(resource)
	if err != nil {
		return nil, err
	}
	within := objects.Namespace(object.GetNamespace())
	written := object
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := w.mayWrite(object, fields, instead); err != nil {
			return err
		}
		if w.dryRun == cmdutil.DryRunClient {
			written, err = edit.Preview(object, fields)
			return err
		}
		patch, err := edit.For(object, fields)
		if err != nil {
			return err
		}
		body, err := json.Marshal(patch.Body)
		if err != nil {
			return err
		}
		options := metav1.PatchOptions{FieldManager: edit.Manager, DryRun: w.dryRuns()}
		if patch.Type == types.ApplyPatchType {
			options.Force = new(true) // mayWrite has asked whose the fields are
		}
		written, err = within.Patch(ctx, object.GetName(), patch.Type, body, options)
		if apierrors.IsConflict(err) {
			again, readErr := within.Get(ctx, object.GetName(), metav1.GetOptions{})
			if readErr != nil {
				return readErr
			}
			if again.GetUID() == object.GetUID() {
				object = again
			}
		}
		return err
	})
	return written, explain(err)
}
