// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const restoreLong = `Bring a deleted tenant back as it was, while its place is kept: labels, people, data, hosts and login. It returns when the tenant has
its place again.

It takes verb administer on tenants of that name.`

const restoreExample = `  # What is kept, and until when
  kubectl get retainedtenants -n acme

  # One of them
  kubectl tenant restore cybercorp -n acme`

// RestoreOptions restores a deleted Tenant.
type RestoreOptions struct {
	// Name of the Tenant.
	Name string

	writing *writing
	genericiooptions.IOStreams
}

func newRestoreCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := &RestoreOptions{IOStreams: streams, writing: newWriting(cluster)}
	words := words{use: "restore NAME", short: "Bring a deleted tenant back", long: restoreLong, example: restoreExample}
	return o.writing.commandOnOne(words, "tenant", retained, true, func(ctx context.Context, name string) error {
		o.Name = name
		return o.Run(ctx)
	})
}

// Run restores the Tenant.
func (o *RestoreOptions) Run(ctx context.Context) error {
	found, err := o.writing.cluster.find(ctx, retained, o.Name)
	if err != nil {
		return err
	}
	kept := found[0]
	fmt.Fprintln(o.ErrOut, o.writing.cluster.target(kept))
	written, err := o.writing.act(ctx, kept, v1alpha1.ActionRestore)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("tenant %s restored%s", o.Name, o.writing.dry())
	switch {
	case o.writing.dryRun != cmdutil.DryRunNone:
	case !o.writing.wait:
		line = fmt.Sprintf("tenant %s is being restored", o.Name)
	default:
		if err := o.untilBack(ctx, written); err != nil {
			return err
		}
		line += "; undo with: " + o.writing.cluster.command("delete", o.Name)
	}
	return o.writing.say(o.IOStreams, written, line)
}

// untilBack waits until the Tenant has its place back.
func (o *RestoreOptions) untilBack(ctx context.Context, kept *unstructured.Unstructured) error {
	asked, err := typed[v1alpha1.RetainedTenant](kept)
	if err != nil {
		return err
	}
	return o.writing.until(ctx, fmt.Sprintf("tenant %s/%s: what was asked for", kept.GetNamespace(), o.Name), func(ctx context.Context) (bool, string, error) {
		// in this order: a record goes after its place was taken back
		record, err := present[v1alpha1.RetainedTenant](ctx, o.writing.cluster, retained, kept)
		if err != nil {
			return false, "", err
		}
		tenant, err := present[v1alpha1.Tenant](ctx, o.writing.cluster, tenants, kept)
		if err != nil {
			return false, "", err
		}
		return restored(asked, record, tenant)
	})
}

// present is the object of a resource beside another and of its name; nil if there is none.
func present[T any](ctx context.Context, cluster cluster, resource schema.GroupVersionResource, beside *unstructured.Unstructured) (*T, error) {
	object, err := cluster.get(ctx, resource, beside.GetNamespace(), beside.GetName())
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, err
	}
	return typed[T](object)
}

// restored says whether a Tenant has the place back that was kept, and what it waits for where it has not: somebody else's may have the
// name. Record is what is kept now, and Tenant who has the name; nil if there is none. It fails where waiting leads nowhere.
func restored(asked, record *v1alpha1.RetainedTenant, tenant *v1alpha1.Tenant) (done bool, last string, err error) {
	gone := record == nil || record.UID != asked.UID
	switch {
	case tenant != nil && tenant.Spec.RestoreFrom != nil && tenant.Spec.RestoreFrom.UID == asked.Spec.UID:
		return true, "", nil
	case gone && tenant == nil:
		return false, "", &failure{code: exitNotFound, err: fmt.Errorf("what was kept of tenant %s/%s is gone, and no tenant has it", asked.Namespace, asked.Name)}
	case gone && tenant.Status.Namespace == asked.Spec.Namespace:
		return true, "", nil
	case gone:
		return false, "the tenant of that name has not that place", nil
	case record.Status.ObservedGeneration < asked.Generation:
		return false, "the operator has not looked at it yet", nil
	}
	last = "the operator has not made it again yet"
	if ready := meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		last = ready.Reason + ": " + ready.Message
	}
	if meta.IsStatusConditionTrue(record.Status.Conditions, v1alpha1.ConditionStalled) {
		return false, last, &failure{code: exitFailure, err: fmt.Errorf("tenant %s/%s: %s", asked.Namespace, asked.Name, last)}
	}
	return false, last, nil
}
