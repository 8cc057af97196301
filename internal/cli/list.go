// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

const listLong = `List the tenants of a place: those in the namespace of the context, or of -n. With --all, all that you may list.

Who may not list the tenants of the whole cluster is shown, with --all, those of the places that their grants let them into. Who may list
none at all, as a customer's own people, is shown the tenants that they may enter.

With --watch, a tenant is printed again whenever it changes, and once more when it is no longer among those that are asked for.`

const listExample = `  # The tenants of partner acme
  kubectl tenant list -n acme

  # Those that somebody must look at, the latest first
  kubectl tenant list -n acme --status Degraded,Suspended --sort-by age

  # Those that were not scanned for a month, the longest first
  kubectl tenant list -n acme --inactive-for 30d --sort-by activity --reverse

  # Those that have nearly all their seats taken
  kubectl tenant list -n acme --filter 'agents>=90%' --sort-by agents

  # What becomes of those that are not well, as it happens
  kubectl tenant list -n acme --status Pending,Provisioning,Degraded --watch

  # With the customers of acme's own resellers
  kubectl tenant list -n acme --tree

  # All of one plan, with labels, as a script reads them
  kubectl tenant list --all --plan gold -l tier=1 -o jsonpath='{.items[*].metadata.name}'`

// ListOptions lists tenants.
type ListOptions struct {
	// Status and Plans of those to list; all if empty.
	Status, Plans []string
	// Selector is of labels.
	Selector string
	// All lists those of every namespace.
	All bool
	// InactiveFor is how long nothing has happened in the places of those to list; 0: however long that is.
	InactiveFor time.Duration
	// Filters of those to list: all of them hold.
	Filters []string
	// SortBy is one of the keys of orders; empty: by namespace and name.
	SortBy string
	// Reverse turns the order round.
	Reverse bool
	// Limit is how many are printed at most; 0: all.
	Limit int
	// Tree shows them as a tree, with those beneath them.
	Tree bool
	// Watch goes on to print what changes.
	Watch bool
	// ChunkSize is how many are asked for at a time; 0: all at once.
	ChunkSize int64

	// Namespace that is listed.
	Namespace string
	// Here is the namespace of the context, whose tenant is marked on a terminal.
	Here string

	filters []filter
	cluster cluster
	output  *output
	now     func() time.Time
	genericiooptions.IOStreams
}

func newListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &ListOptions{IOStreams: streams, cluster: cluster, output: newOutput(), now: time.Now}
	cmd := &cobra.Command{
		Use:               "list",
		Aliases:           []string{"ls", "get"},
		Short:             "List tenants",
		Long:              listLong,
		Example:           listExample,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Tree {
				return o.tree(cmd)
			}
			if err := o.Complete(); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	o.output.addFlags(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Status, "status", nil, "List those of these statuses only: "+strings.Join(phases(), ", ")+".")
	flags.StringSliceVar(&o.Plans, "plan", nil, "List those on these LicensePlans only.")
	flags.StringVarP(&o.Selector, "selector", "l", "", "List those with these labels only, such as tier=gold,region!=eu.")
	flags.BoolVarP(&o.All, "all-namespaces", "A", false, "List those of all namespaces that you may list.")
	flags.BoolVar(&o.All, "all", false, "The same.")
	flags.Func("inactive-for", "List those in whose places nothing has happened for so long, such as 30d: no scan has ended.", func(text string) (err error) {
		o.InactiveFor, err = readLength(text)
		return err
	})
	flags.StringArrayVar(&o.Filters, "filter", nil, "List those of which this is so only, such as agents>=90%, disk>40Gi, last-scan>30d, region=eu or company~corp; said twice, both must be. It is of: "+strings.Join(filterNames(), ", ")+".")
	flags.StringVar(&o.SortBy, "sort-by", "", "Sort by one of: "+strings.Join(orders.names(), ", ")+". Default: by namespace and name.")
	flags.BoolVar(&o.Reverse, "reverse", false, "Turn the order round.")
	flags.Int64Var(&o.ChunkSize, "chunk-size", pageSize, "Ask for this many at a time. 0 asks for all at once.")
	flags.IntVar(&o.Limit, "limit", 0, "Print this many at most. Default: all.")
	flags.BoolVar(&o.Tree, "tree", false, "Show all of a namespace, and those beneath them, as "+display+" tree does.")
	flags.BoolVarP(&o.Watch, "watch", "w", false, "Go on to print each again when it changes, until interrupted.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(phases(), cobra.ShellCompDirectiveNoFileComp)))
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("sort-by", cobra.FixedCompletions(orders.names(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// tree of the tenants of a place: all of them, as whoever is beneath one that is left out would have no place in it.
func (o *ListOptions) tree(cmd *cobra.Command) error {
	var other []string
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Name != "tree" && cmd.InheritedFlags().Lookup(flag.Name) == nil { // kubectl's own go with it
			other = append(other, "--"+flag.Name)
		}
	})
	if len(other) > 0 {
		return usageError(cmd, fmt.Errorf("--tree shows all tenants of a place: leave out %s", strings.Join(other, ", ")))
	}
	return (&TreeOptions{IOStreams: o.IOStreams, cluster: o.cluster}).Run(cmd.Context())
}

// phases of a tenant, as people write them.
func phases() []string {
	return []string{
		string(v1alpha1.PhasePending), string(v1alpha1.PhaseProvisioning), string(v1alpha1.PhaseActive),
		string(v1alpha1.PhaseDegraded), string(v1alpha1.PhaseSuspended), string(v1alpha1.PhaseTerminating),
	}
}

// Complete takes the namespace from the flags and the kubeconfig.
func (o *ListOptions) Complete() error {
	var err error
	if o.Here, err = o.cluster.here(); err != nil {
		return err
	}
	if !o.All {
		if o.Namespace, err = o.cluster.namespace(); err != nil {
			return err
		}
	}
	for i, status := range o.Status {
		if at := slices.IndexFunc(phases(), func(phase string) bool { return strings.EqualFold(phase, status) }); at >= 0 {
			o.Status[i] = phases()[at]
		}
	}
	return nil
}

// Validate refuses what no tenant can be, and what can't be sorted by.
func (o *ListOptions) Validate() error {
	for _, status := range o.Status {
		if !slices.Contains(phases(), status) {
			return fmt.Errorf("unknown status %q: it is one of %s", status, strings.Join(phases(), ", "))
		}
	}
	if o.SortBy != "" && orders[o.SortBy] == nil {
		return fmt.Errorf("unknown order %q: it is one of %s", o.SortBy, strings.Join(orders.names(), ", "))
	}
	if _, err := labels.Parse(o.Selector); err != nil {
		return fmt.Errorf("--selector: %w", err)
	}
	if o.Limit < 0 || o.ChunkSize < 0 {
		return errors.New("--limit and --chunk-size are 0, for all, or more")
	}
	if o.Watch && (o.Limit > 0 || o.InactiveFor > 0) {
		return errors.New("--watch shows all that change: --limit and --inactive-for do not go with it")
	}
	for _, text := range o.Filters {
		read, err := readFilter(text)
		if err != nil {
			return fmt.Errorf("--filter: %w", err)
		}
		o.filters = append(o.filters, read)
	}
	return o.output.validate()
}

// Run prints the tenants.
func (o *ListOptions) Run(ctx context.Context) error {
	if o.Watch {
		return o.watch(ctx)
	}
	found, err := o.orSiblings(ctx, o.read)
	if apierrors.IsForbidden(err) {
		var entries []directory.Entry
		if entries, err = o.entered(ctx, err); err != nil {
			return err
		}
		var may bool
		if found, may, err = o.readWithin(ctx, entries); err == nil && !may {
			return o.showEntries(entries)
		}
	}
	if err != nil {
		return explain(err)
	}
	listed, strange := arrange(found, o.SortBy, o.Reverse)
	if o.InactiveFor > 0 {
		listed = inactive(listed, o.now().Add(-o.InactiveFor))
	}
	listed = slices.DeleteFunc(listed, func(t listedTenant) bool { return !o.passes(t) })
	listed = atMost(listed, o.Limit)
	for _, err := range strange {
		fmt.Fprintln(o.ErrOut, "warning:", printable(err))
	}
	if o.output.forPeople() {
		return o.print(ctx, listed)
	}
	printer, err := o.output.printer()
	if err != nil {
		return err
	}
	objects := make([]*unstructured.Unstructured, 0, len(listed))
	for _, tenant := range listed {
		objects = append(objects, tenant.object)
	}
	return printer.PrintObj(asList(objects), o.Out)
}

// passes says whether all filters hold of a tenant.
func (o *ListOptions) passes(t listedTenant) bool {
	return !slices.ContainsFunc(o.filters, func(holds filter) bool { return !holds(t, o.now()) })
}

// print the tenants for people.
func (o *ListOptions) print(ctx context.Context, listed []listedTenant) error {
	if len(listed) == 0 {
		fmt.Fprintln(o.ErrOut, "No tenants match.")
		return nil
	}
	if err := printTable(o.Out, o.columns(), listed, o.output.look(o.Out)); err != nil {
		return err
	}
	if !isTerminal(o.Out) {
		return nil
	}
	if total, err := o.total(ctx); err == nil {
		fmt.Fprintf(o.ErrOut, "%d of %d tenants\n", len(listed), total)
	}
	return nil
}

// columns that tenants are shown in: on a terminal, with a mark at the one whose place the context leads to.
func (o *ListOptions) columns() []column[listedTenant] {
	columns := tenantColumns(columnsFor{all: o.All, wide: o.output.wide(), now: o.now})
	if isTerminal(o.Out) {
		columns = marked(columns, o.Here)
	}
	return columns
}

// asList is what `kubectl get -o json` prints of several objects.
func asList(objects []*unstructured.Unstructured) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}}}
	for _, object := range objects {
		list.Items = append(list.Items, *object)
	}
	return list
}
