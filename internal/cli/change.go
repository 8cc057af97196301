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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
)

// change is what a command changes in Tenants, and how it speaks of it.
type change struct {
	// verb of the command, after which the names come, and its other arguments.
	verb      string
	arguments []string
	// doing is what is done to Tenants; done is what a changed one is; already is what one is that need not be changed.
	doing, done, already string
	// fields as they are wanted.
	fields []edit.Field
	// needs are the names of what must be there for it, beside the Tenants.
	needs map[schema.GroupVersionResource]string
	// except is the name of a Tenant that is left out where others are picked by labels.
	except string
	// undo is the verb, with arguments, that makes a Tenant as it was, if one does; of several at once, which are nil, none if it differs.
	undo func(before *unstructured.Unstructured) []string
	// outlook finds out what comes of it, for tenants of a namespace; nil where that can't be shown.
	outlook func(ctx context.Context, cluster cluster, namespace string) (outlook, error)
}

// ChangeOptions changes some fields of Tenants: those that are named, or those that a selector picks.
type ChangeOptions struct {
	// Names of the Tenants.
	Names []string
	// Selector is of labels, in place of names.
	Selector string
	// All picks all of the namespace.
	All bool
	// Preview shows what would come of it, and writes nothing.
	Preview bool

	change  change
	writing *writing
	genericiooptions.IOStreams
}

// newChangeCommand makes a command of what it changes: the arguments say which Tenants, and may say what.
func newChangeCommand(streams genericiooptions.IOStreams, cluster cluster, words words, from func(args []string) (change, []string, error)) (*cobra.Command, *ChangeOptions) {
	o := &ChangeOptions{IOStreams: streams, writing: newWriting(cluster)}
	cmd := words.command()
	cmd.ValidArgsFunction = cluster.completeNames(tenants, 0)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if o.change, o.Names, err = from(args); err != nil {
			return usageError(cmd, err)
		}
		if err := o.writing.complete(cmd); err != nil {
			return usageError(cmd, err)
		}
		if err := o.Validate(); err != nil {
			return usageError(cmd, err)
		}
		return o.Run(cmd.Context())
	}
	cmd.Flags().StringVarP(&o.Selector, "selector", "l", "", "The tenants with these labels, such as tier=gold,region!=eu, instead of names.")
	o.writing.addFlags(cmd, false)
	o.writing.addGitOpsFlag(cmd)
	o.writing.addConflictsFlag(cmd)
	return cmd, o
}

// Validate refuses a command that says of no tenants, or says it twice.
func (o *ChangeOptions) Validate() error {
	switch err := validSelector(o.Selector); {
	case err != nil:
		return err
	case len(o.Names) == 0 && o.Selector == "" && !o.All:
		return errors.New("name a tenant, or pick some with -l")
	case len(o.Names) > 0 && (o.Selector != "" || o.All):
		return errors.New("name tenants, or pick them with -l: not both")
	default:
		return nil
	}
}

// validSelector refuses what is no selector, and one that picks everything: it says nothing, as a variable that is not set.
func validSelector(selector string) error {
	switch parsed, err := labels.Parse(selector); {
	case err != nil:
		return fmt.Errorf("--selector: %w", err)
	case selector != "" && parsed.Empty():
		return errors.New("--selector is empty, and would pick everything")
	default:
		return nil
	}
}

// Run changes the tenants, one after another: one that can't be changed does not keep the others from it. Who interrupts it learns what was
// done by then.
func (o *ChangeOptions) Run(ctx context.Context) error {
	found, err := o.find(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		fmt.Fprintln(o.ErrOut, "No tenants match.")
		return nil
	}
	fmt.Fprintln(o.ErrOut, announced(o.writing.cluster, found))
	if err := o.needed(ctx, found[0].GetNamespace()); err != nil {
		return err
	}
	if o.Preview {
		return o.preview(ctx, found)
	}
	results, err := work{
		do:       func(object *unstructured.Unstructured) result { return o.one(ctx, object) },
		show:     func(one result) error { return o.show(one, len(found) == 1) },
		progress: newProgress(o.ErrOut, o.change.doing, len(found)),
	}.each(ctx, found)
	if err != nil || len(found) == 1 {
		return cmp.Or(err, results[0].err)
	}
	fmt.Fprint(o.ErrOut, summary(results, len(found), o.change.done, o.writing.dry()))
	changed, undo := changedNames(results), o.change.undo(nil)
	if len(changed) > 0 && len(undo) > 0 && o.writing.dryRun == cmdutil.DryRunNone {
		fmt.Fprintln(o.ErrOut, "undo with:", o.writing.cluster.command(append(undo, changed...)...))
	}
	return cmp.Or(ctx.Err(), together(results, o.change.done))
}

func (o *ChangeOptions) find(ctx context.Context) ([]*unstructured.Unstructured, error) {
	if len(o.Names) > 0 {
		return o.writing.cluster.find(ctx, tenants, o.Names...)
	}
	// who names no tenant does not name those beside their own either
	found, err := o.writing.cluster.exactly().choose(ctx, tenants, o.Selector)
	return slices.DeleteFunc(found, func(tenant *unstructured.Unstructured) bool { return tenant.GetName() == o.change.except }), err
}

// needed fails if something is not there that the change needs. Who may not see whether it is, is not kept from trying.
func (o *ChangeOptions) needed(ctx context.Context, namespace string) error {
	for resource, name := range o.change.needs {
		if _, err := o.writing.cluster.get(ctx, resource, namespace, name); apierrors.IsNotFound(err) {
			return o.writing.cluster.missing(ctx, resource, namespace, name)
		}
	}
	return nil
}

// one changes one tenant, and waits until that is so, if asked to.
func (o *ChangeOptions) one(ctx context.Context, before *unstructured.Unstructured) result {
	one := result{before: before, object: before}
	if len(edit.Pending(before, o.change.fields)) > 0 {
		instead := o.writing.cluster.command(slices.Concat(strings.Fields(o.change.verb), []string{before.GetName()}, o.change.arguments, []string{"--dry-run=client", "-o", "yaml"})...)
		one.object, one.err = o.writing.change(ctx, tenants, before, o.change.fields, instead)
		one.changed = one.err == nil
	}
	if one.err == nil && o.writing.wait && o.writing.dryRun == cmdutil.DryRunNone {
		one.err = o.writing.untilReady(ctx, before)
	}
	return one
}

// show what became of a tenant: the object, or a line, with how to undo it where it is the only one.
func (o *ChangeOptions) show(one result, only bool) error {
	if one.err != nil && !one.changed {
		if !only {
			fmt.Fprintf(o.ErrOut, "error: tenant %s: %s\n", one.before.GetName(), printable(one.err))
		}
		return nil
	}
	line := "tenant " + one.before.GetName() + " "
	switch {
	case !one.changed:
		line += o.change.already
	case only && o.writing.dryRun == cmdutil.DryRunNone:
		line += o.change.done
		if undo := o.change.undo(one.before); len(undo) > 0 {
			line += "; undo with: " + o.writing.cluster.command(slices.Concat(strings.Fields(undo[0]), []string{one.before.GetName()}, undo[1:])...)
		}
	default:
		line += o.change.done + o.writing.dry()
	}
	return o.writing.say(o.IOStreams, one.object, line)
}

// announced says what a command is about, and where, before anything is written.
func announced(cluster cluster, objects []*unstructured.Unstructured) string {
	first := objects[0]
	if len(objects) == 1 {
		return cluster.target(first)
	}
	return fmt.Sprintf("%d %ss of %s (cluster %s)", len(objects), noun(first), first.GetNamespace(), cluster.name())
}
