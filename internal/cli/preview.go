// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// outlook says of a tenant what it has now, and what it has once it is changed, as the operator decides that.
type outlook func(before, after *v1alpha1.Tenant) (now, then *page, err error)

// difference is one thing that a change makes another.
type difference struct{ tenant, what, now, then string }

// addPreviewFlag is for commands of which it can be shown what comes of them.
func (o *ChangeOptions) addPreviewFlag(cmd *cobra.Command, name, usage string) {
	cmd.Flags().BoolVar(&o.Preview, name, false, usage+" Write nothing, and exit with 8 where something changes, with 0 where nothing does.")
	validate := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if o.Preview && (o.writing.printed() || cmd.Flags().Changed("wait") || cmd.Flags().Changed("dry-run")) {
			return usageError(cmd, errors.New("--"+name+" shows a table and writes nothing: leave -o, --wait and --dry-run out"))
		}
		if validate == nil {
			return nil
		}
		return validate(cmd, args)
	}
}

// preview shows what tenants have now, and would have then.
func (o *ChangeOptions) preview(ctx context.Context, found []*unstructured.Unstructured) error {
	see, err := o.change.outlook(ctx, o.writing.cluster, found[0].GetNamespace())
	if err != nil {
		return err
	}
	var differences []difference
	changed := 0
	for _, object := range found {
		its, err := o.foresee(object, see)
		if err != nil {
			return err
		}
		if len(its) > 0 {
			changed++
		}
		differences = append(differences, its...)
	}
	if len(differences) == 0 {
		fmt.Fprintln(o.ErrOut, "Nothing would change.")
		return nil
	}
	if err := printTable(o.Out, differenceColumns, differences, look{headings: true}); err != nil {
		return err
	}
	fmt.Fprintf(o.ErrOut, "%d of %d tenants would change; nothing is written\n", changed, len(found))
	return exitStatus(exitPending)
}

// foresee is what the change makes another of one tenant.
func (o *ChangeOptions) foresee(object *unstructured.Unstructured, see outlook) ([]difference, error) {
	changed, err := edit.Preview(object, o.change.fields)
	if err != nil {
		return nil, err
	}
	before, err := typed[v1alpha1.Tenant](object)
	if err != nil {
		return nil, err
	}
	after, err := typed[v1alpha1.Tenant](changed)
	if err != nil {
		return nil, err
	}
	now, then, err := see(before, after)
	if err != nil {
		return nil, err
	}
	return differing(object.GetName(), now, then), nil
}

var differenceColumns = []column[difference]{
	{"NAME", func(d difference) string { return d.tenant }},
	{"WHAT", func(d difference) string { return d.what }},
	{"NOW", func(d difference) string { return d.now }},
	{"THEN", func(d difference) string { return d.then }},
}

// differing are the lines of two pages that differ, in the order of the second, and then of the first.
func differing(tenant string, now, then *page) []difference {
	said := func(p *page) (order []string, values map[string]string) {
		values = map[string]string{}
		for _, line := range p.lines {
			what := line[0]
			order, values[what] = append(order, what), line[1]
		}
		return order, values
	}
	order, are := said(then)
	more, were := said(now)
	for _, what := range more {
		if !slices.Contains(order, what) {
			order = append(order, what)
		}
	}
	var differences []difference
	for _, what := range order {
		if were[what] != are[what] {
			differences = append(differences, difference{tenant, what, were[what], are[what]})
		}
	}
	return differences
}
