// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// item is an object as this version of the plugin knows it, and as the API server has it.
type item[T any] struct {
	is     *T
	object *unstructured.Unstructured
	// unknown says that this version of the plugin does not know it: there is nothing in is.
	unknown bool
}

func (i item[T]) it() *unstructured.Unstructured { return i.object }

// BrowseOptions are what a command shows of a kind: the objects that are named, those of a namespace, or all.
type BrowseOptions struct {
	// Names of the objects; all of the namespace if empty.
	Names []string
	// Selector is of labels.
	Selector string
	// All are those of every namespace.
	All bool

	resource schema.GroupVersionResource
	cluster  cluster
	output   *output
	now      func() time.Time
	genericiooptions.IOStreams
}

func newBrowseOptions(streams genericiooptions.IOStreams, cluster cluster, resource schema.GroupVersionResource) *BrowseOptions {
	return &BrowseOptions{IOStreams: streams, cluster: cluster, resource: resource, output: newOutput(), now: time.Now}
}

// command that shows objects, or those that are named.
func (o *BrowseOptions) command(words words, run func(context.Context) error) *cobra.Command {
	cmd := o.bare(words, run)
	flags := cmd.Flags()
	flags.StringVarP(&o.Selector, "selector", "l", "", "Those with these labels only, such as tier=gold,region!=eu.")
	flags.BoolVarP(&o.All, "all-namespaces", "A", false, "Those of all namespaces that you may list.")
	flags.BoolVar(&o.All, "all", false, "The same.")
	return cmd
}

// showCommand is a command that shows the objects that are named, each on a page of its own.
func (o *BrowseOptions) showCommand(words words, run func(context.Context) error) *cobra.Command {
	cmd := o.bare(words, run)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(cmd, errors.New("name what is to be shown"))
		}
		return nil
	}
	return cmd
}

// bare is a command that takes names and a format.
func (o *BrowseOptions) bare(words words, run func(context.Context) error) *cobra.Command {
	cmd := words.command()
	cmd.ValidArgsFunction = o.cluster.completeNames(o.resource, 0)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.Names = args
		if err := o.Validate(); err != nil {
			return usageError(cmd, err)
		}
		return run(cmd.Context())
	}
	o.output.addFlags(cmd)
	return cmd
}

// Validate refuses what can't be meant together.
func (o *BrowseOptions) Validate() error {
	if _, err := labels.Parse(o.Selector); err != nil {
		return fmt.Errorf("--selector: %w", err)
	}
	if len(o.Names) > 0 && (o.All || o.Selector != "") {
		return errors.New("name objects, or pick them with --all and -l: not both")
	}
	return o.output.validate()
}

// read the objects.
func (o *BrowseOptions) read(ctx context.Context) ([]*unstructured.Unstructured, error) {
	switch {
	case len(o.Names) > 0:
		return o.cluster.find(ctx, o.resource, o.Names...)
	case o.All:
		found, err := o.cluster.listed(ctx, o.resource, "", o.Selector)
		return found, explain(err)
	default:
		return o.cluster.choose(ctx, o.resource, o.Selector)
	}
}

// known are objects as this version of the plugin knows them, by namespace and name. Of one that it does not, it says so.
func known[T any](o *BrowseOptions, objects []*unstructured.Unstructured) []item[T] {
	rows := make([]item[T], 0, len(objects))
	for _, object := range objects {
		row := item[T]{is: new(T), object: object}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, row.is); err != nil {
			row.is, row.unknown = new(T), true
			fmt.Fprintf(o.ErrOut, "warning: %s %s/%s is none that this version of the plugin understands: %v\n",
				strings.ToLower(object.GetKind()), object.GetNamespace(), object.GetName(), err)
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b item[T]) int {
		return cmp.Or(cmp.Compare(a.object.GetNamespace(), b.object.GetNamespace()), cmp.Compare(a.object.GetName(), b.object.GetName()))
	})
	return rows
}

// shown are rows that are each about an object.
type shown interface {
	it() *unstructured.Unstructured
}

// show rows in columns, or their objects in a format for programs.
func show[row shown](o *BrowseOptions, rows []row, columns []column[row]) error {
	if o.output.forPeople() || o.output.csv() {
		if len(rows) == 0 {
			fmt.Fprintf(o.ErrOut, "No %s match.\n", o.resource.Resource)
			return nil
		}
		if o.All {
			columns = slices.Insert(columns, 0, column[row]{"NAMESPACE", func(r row) string { return r.it().GetNamespace() }})
		}
		if o.output.csv() {
			return printCSV(o.Out, columns, rows, !o.output.noHeaders)
		}
		return printTable(o.Out, columns, rows, o.output.look(o.Out))
	}
	printer, err := o.output.printer()
	if err != nil {
		return err
	}
	if len(o.Names) == 1 {
		return printer.PrintObj(rows[0].it(), o.Out)
	}
	objects := make([]*unstructured.Unstructured, 0, len(rows))
	for _, one := range rows {
		objects = append(objects, one.it())
	}
	return printer.PrintObj(asList(objects), o.Out)
}

// printCSV prints rows as a spreadsheet reads them, in the form of RFC 4180.
func printCSV[row any](w io.Writer, columns []column[row], rows []row, headings bool) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(columns))
	if headings {
		for i, column := range columns {
			cells[i] = column.heading
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	for _, row := range rows {
		for i, column := range columns {
			cells[i] = literal(column.show(row))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// literal has a spreadsheet take for text what would be a formula: what customers call themselves is up to them. The form is that of
// https://owasp.org/www-community/attacks/CSV_Injection, also of a cell that a spreadsheet begins at another separator.
func literal(cell string) string {
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell // a loss is no formula
	}
	var text strings.Builder
	begins := true
	for _, char := range cell {
		if begins && strings.ContainsRune("=+-@＝＋－＠\t\r\n", char) {
			text.WriteRune('\'')
		}
		text.WriteRune(char)
		begins = char == ';' || char == '\t'
	}
	return text.String()
}

// showPages shows each object on a page of its own, or all in a format for programs.
func showPages[T any](o *BrowseOptions, items []item[T], pageOf func(item[T]) *page) error {
	if !o.output.forPeople() {
		return show(o, items, nil)
	}
	for i, one := range items {
		if i > 0 {
			fmt.Fprintln(o.Out)
		}
		if err := pageOf(one).print(o.Out, o.output.look(o.Out)); err != nil {
			return err
		}
	}
	return nil
}
