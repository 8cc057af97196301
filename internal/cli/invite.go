// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

const inviteLong = `Let somebody into a tenant as one of its own people, and mail them an invitation. It takes one seat. How far they are let in at most, the
tenant's customerAccess says.

The address is also their user name, unless --subject gives another: the one by which the cluster's authentication knows them.`

const inviteExample = `  # A viewer, which is the least but reports
  kubectl tenant invite cybercorp kim@cybercorp.example -n acme

  # An editor for a month, known to the cluster by another name
  kubectl tenant invite cybercorp kim@cybercorp.example --subject oidc:kim --role Editor --for 30d -n acme`

// InviteOptions lets somebody into a tenant.
type InviteOptions struct {
	// Name of the Tenant.
	Name string
	// Email is where the invitation goes.
	Email string
	// Subject is the user who is let in; empty: Email.
	Subject string
	// Role is what they may do.
	Role string
	// For is how long, Until when; at most one.
	For, Until string

	role    v1alpha1.Role
	end     span
	writing *writing
	now     func() time.Time
	genericiooptions.IOStreams
}

func newInviteCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &InviteOptions{IOStreams: streams, writing: newWriting(cluster), now: time.Now}
	cmd := &cobra.Command{
		Use:               "invite NAME EMAIL",
		Short:             "Let somebody into a tenant, and mail them an invitation",
		Long:              inviteLong,
		Example:           inviteExample,
		ValidArgsFunction: cluster.completeNames(tenants, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Complete(cmd, args); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&o.Subject, "subject", "", "Their user name in the cluster. Default: the address.")
	addRoleFlag(cmd, &o.Role)
	addSpanFlags(cmd, &o.For, &o.Until)
	o.writing.addFlags(cmd, false)
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("subject", cobra.NoFileCompletions))
	return cmd
}

// Complete reads the arguments and flags.
func (o *InviteOptions) Complete(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return errors.New("name a tenant, and give a mail address")
	}
	o.Name, o.Email = args[0], args[1]
	if o.Subject == "" {
		o.Subject = o.Email
	}
	var err error
	if o.role, err = readRole(o.Role); err != nil {
		return err
	}
	if o.end, err = readSpan(o.For, o.Until, o.now()); err != nil {
		return err
	}
	return o.writing.complete(cmd)
}

// Run makes the grant in the tenant's place.
func (o *InviteOptions) Run(ctx context.Context) error {
	place, err := o.writing.cluster.place(ctx, o.Name)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.ErrOut, "tenant %s, namespace %s (cluster %s)\n", o.Name, place, o.writing.cluster.name())
	subject := v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: o.Subject}
	grant, err := newGrant(place, objectName(o.Subject), subject, o.role, o.end, edit.Set(o.Email, "spec", "email"))
	if err != nil {
		return err
	}
	line := fmt.Sprintf("%s invited to tenant %s as %s%s", o.Email, o.Name, o.role, o.end.said())
	return o.writing.grant(ctx, o.IOStreams, grant, line, []string{"access", "revoke", grant.GetName(), "--tenant", o.Name})
}
