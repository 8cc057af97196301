// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// grant makes a grant that is not there, says so in the line, and waits until its subject is let in, if asked to.
func (w *writing) grant(ctx context.Context, streams genericiooptions.IOStreams, grant *unstructured.Unstructured, line string, undo []string) error {
	if w.dryRun != cmdutil.DryRunClient {
		objects, err := w.cluster.objects(grants)
		if err != nil {
			return err
		}
		options := metav1.CreateOptions{FieldManager: edit.Manager, DryRun: w.dryRuns()}
		made, err := objects.Namespace(grant.GetNamespace()).Create(ctx, grant, options)
		if apierrors.IsAlreadyExists(err) {
			return &failure{code: exitConflict, err: fmt.Errorf("%s is there already", named(grant)), hint: w.cluster.command("access", "--help")}
		}
		if err != nil {
			return explain(err)
		}
		grant = made
	}
	line += w.dry()
	if w.dryRun == cmdutil.DryRunNone {
		line += "; undo with: " + w.cluster.command(undo...)
	}
	if err := w.say(streams, grant, line); err != nil {
		return err
	}
	if w.wait && w.dryRun == cmdutil.DryRunNone {
		return w.untilLetIn(ctx, grant)
	}
	return nil
}

// untilLetIn waits until a grant lets its subject in.
func (w *writing) untilLetIn(ctx context.Context, object *unstructured.Unstructured) error {
	return w.until(ctx, w.cluster.target(object)+": what was asked for", func(ctx context.Context) (bool, string, error) {
		now, err := w.cluster.get(ctx, grants, object.GetNamespace(), object.GetName())
		if err != nil {
			return false, "", err
		}
		grant := &v1alpha1.TenantAccessGrant{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(now.Object, grant); err != nil {
			return false, "", err
		}
		return letIn(grant)
	})
}

// letIn says whether a grant lets its subject in, and what it waits for where it does not. It fails where waiting leads nowhere.
func letIn(grant *v1alpha1.TenantAccessGrant) (done bool, last string, err error) {
	active := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionActive)
	if active == nil || active.ObservedGeneration != grant.Generation {
		return false, "the operator has not looked at it yet", nil
	}
	last = active.Reason + ": " + active.Message
	switch {
	case active.Status == metav1.ConditionTrue || active.Reason == v1alpha1.ReasonAlreadyOwner:
		return true, "", nil
	case active.Reason == v1alpha1.ReasonNoSeat, active.Reason == v1alpha1.ReasonCustomerAccess, active.Reason == v1alpha1.ReasonNotAllowed, active.Reason == v1alpha1.ReasonBindForbidden:
		return false, last, &failure{code: exitRefused, err: errors.New(last)}
	default:
		return false, last, nil
	}
}

// addRoleFlag adds the role that somebody is given.
func addRoleFlag(cmd *cobra.Command, role *string) {
	cmd.Flags().StringVar(role, "role", string(v1alpha1.RoleViewer), "What they may do: Owner, Admin, Editor, Viewer or Reporter.")
	utilruntime.Must(cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roleNames(), cobra.ShellCompDirectiveNoFileComp)))
}

// addSpanFlags adds for how long, and until when.
func addSpanFlags(cmd *cobra.Command, length, moment *string) {
	cmd.Flags().StringVar(length, "for", "", "For how long from when they are let in, such as 8h, 30d or 2w.")
	cmd.Flags().StringVar(moment, "until", "", "Until when: a day, such as 2026-12-31, or a time, such as 2026-12-31T17:00:00Z.")
	for _, flag := range []string{"for", "until"} {
		utilruntime.Must(cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions))
	}
}
