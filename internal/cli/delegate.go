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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

const delegateLong = `Let a technician, or a group of them, into some of a partner's tenants for some time. It takes no seat, and whoever comes in so lets nobody
else in.

With -l they enter all tenants with these labels, and those to come. It says for how long, or until when; --forever is for what has no end.`

const delegateExample = `  # One customer, for a day's work
  kubectl tenant delegate cybercorp --to tech@acme.example --role Admin --for 8h -n acme

  # A group, all customers of one tier, until the end of the year
  kubectl tenant delegate -l tier=gold --to group:acme-support --role Editor --until 2026-12-31 -n acme`

// DelegateOptions lets a technician into some tenants.
type DelegateOptions struct {
	// Names of the Tenants.
	Names []string
	// Selector is of labels, in place of names.
	Selector string
	// To is who is let in.
	To string
	// Role is what they may do.
	Role string
	// For is how long, Until when; or Forever.
	For, Until string
	Forever    bool

	subject v1alpha1.Subject
	role    v1alpha1.Role
	end     span
	which   edit.Field
	writing *writing
	now     func() time.Time
	genericiooptions.IOStreams
}

func newDelegateCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &DelegateOptions{IOStreams: streams, writing: newWriting(cluster), now: time.Now}
	cmd := &cobra.Command{
		Use:               "delegate (NAME... | -l SELECTOR) --to WHO (--for LENGTH | --until TIME | --forever)",
		Short:             "Let a technician into some tenants for some time",
		Long:              delegateLong,
		Example:           delegateExample,
		ValidArgsFunction: cluster.completeNames(tenants, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Complete(cmd, args); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.Selector, "selector", "l", "", "The tenants with these labels, such as tier=gold,region!=eu, instead of names.")
	flags.StringVar(&o.To, "to", "", "Who is let in: a user, or group:NAME.")
	flags.BoolVar(&o.Forever, "forever", false, "Without an end.")
	addRoleFlag(cmd, &o.Role)
	addSpanFlags(cmd, &o.For, &o.Until)
	o.writing.addFlags(cmd, false)
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("to", cobra.NoFileCompletions))
	return cmd
}

// Complete reads the arguments and flags.
func (o *DelegateOptions) Complete(cmd *cobra.Command, args []string) error {
	o.Names = args
	if (len(o.Names) == 0) == (o.Selector == "") {
		return errors.New("name tenants, or pick them with -l")
	}
	if err := validSelector(o.Selector); err != nil {
		return err
	}
	if o.To == "" {
		return errors.New("say with --to who is let in")
	}
	var err error
	if o.subject, err = readSubject(o.To); err != nil {
		return err
	}
	if o.role, err = readRole(o.Role); err != nil {
		return err
	}
	if o.end, err = readSpan(o.For, o.Until, o.now()); err != nil {
		return err
	}
	if o.Forever != (o.end == span{}) {
		return errors.New("say for how long with --for, until when with --until, or --forever")
	}
	if o.which, err = selection(o.Names, o.Selector); err != nil {
		return err
	}
	return o.writing.complete(cmd)
}

// selection is the field of a grant that chooses tenants.
func selection(names []string, selector string) (edit.Field, error) {
	if selector == "" {
		chosen := make([]any, 0, len(names))
		for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
			chosen = append(chosen, name)
		}
		return edit.Set(chosen, "spec", "tenants", "names"), nil
	}
	parsed, err := metav1.ParseToLabelSelector(selector)
	if err != nil {
		return edit.Field{}, fmt.Errorf("--selector: %w", err)
	}
	chosen, err := runtime.DefaultUnstructuredConverter.ToUnstructured(parsed)
	return edit.Set(chosen, "spec", "tenants", "selector"), err
}

// Run makes the grant in the partner's place.
func (o *DelegateOptions) Run(ctx context.Context) error {
	cluster := o.writing.cluster
	namespace, err := cluster.namespace()
	if err != nil {
		return err
	}
	which := "all with " + o.Selector
	if o.Selector == "" {
		found, err := cluster.find(ctx, tenants, o.Names...)
		if err != nil {
			return err
		}
		namespace, which = found[0].GetNamespace(), strings.Join(namesOf(found), ", ")
		o.writing.cluster = cluster.in(namespace) // what undoes it must find the grant there
	}
	fmt.Fprintf(o.ErrOut, "tenants of %s: %s (cluster %s)\n", namespace, which, cluster.name())
	grant, err := newGrant(namespace, objectName(o.subject.Name, append([]string{string(o.role), o.Selector}, o.Names...)...), o.subject, o.role, o.end, o.which)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("tenants of %s: %s delegated to %s as %s%s", namespace, which, o.subject.Name, o.role, o.end.said())
	return o.writing.grant(ctx, o.IOStreams, grant, line, []string{"access", "revoke", grant.GetName()})
}
