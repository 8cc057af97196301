// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	kubectldiff "k8s.io/kubectl/pkg/cmd/diff"
	"k8s.io/utils/exec"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

// applied is a Tenant of a file as the API server would have it if it were applied now.
func (o *RenderOptions) applied(ctx context.Context, tenant *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	namespace, err := o.cluster.namespace()
	if err != nil {
		return nil, err
	}
	manifest := edit.Manifest(tenant)
	if manifest.GetNamespace() == "" {
		manifest.SetNamespace(namespace)
	}
	objects, err := o.cluster.objects(tenants)
	if err != nil {
		return nil, err
	}
	within := objects.Namespace(manifest.GetNamespace())
	_, err = within.Get(ctx, manifest.GetName(), metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, explain(err)
	}
	isNew := err != nil
	data, err := json.Marshal(manifest.Object)
	if err != nil {
		return nil, err
	}
	applied, err := within.Patch(ctx, manifest.GetName(), types.ApplyPatchType, data, metav1.PatchOptions{FieldManager: edit.Manager, Force: new(true), DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return nil, explain(err)
	}
	if isNew { // the UID of a dry run is nobody's
		applied.SetUID("")
		applied.SetCreationTimestamp(metav1.Time{})
	}
	return applied, nil
}

// compared is an object as it is, and as the operator would have it.
type compared struct {
	live, then *unstructured.Unstructured
}

// Name is that of the file that it is shown in.
func (c compared) Name() string {
	object := c.then
	if object == nil {
		object = c.live
	}
	return strings.Join([]string{object.GetKind(), object.GetNamespace(), object.GetName()}, ".")
}

// Live is the object as it is.
func (c compared) Live() runtime.Object { return orNone(c.live) }

// Merged is the object as the operator would have it.
func (c compared) Merged() (runtime.Object, error) { return orNone(c.then), nil }

// orNone is an object, or what kubectl takes for none.
func orNone(object *unstructured.Unstructured) runtime.Object {
	if object == nil {
		return nil
	}
	return object
}

// Diff shows what the operator would change.
func (o *RenderOptions) Diff(ctx context.Context, tenant *unstructured.Unstructured) error {
	if tenant.GetDeletionTimestamp() != nil {
		return &failure{code: exitFailure, err: fmt.Errorf("%s is being deleted, and nothing else becomes of it", o.cluster.target(tenant)), hint: o.cluster.command("describe", tenant.GetName())}
	}
	seen, err := o.foresee(ctx, tenant)
	if err != nil {
		return err
	}
	changes, err := changesOf(ctx, seen)
	if err != nil {
		return err
	}
	going, err := o.removals(ctx, seen)
	if err != nil {
		return err
	}
	if changes, err = withRemovals(changes, going); err != nil {
		return err
	}
	return o.printDiff(changes)
}

// changesOf are what the operator would make, each beside what there is.
func changesOf(ctx context.Context, seen foreseen) ([]compared, error) {
	var changes []compared
	for _, intent := range seen.place.All() {
		live, err := liveOf(ctx, seen.reader, intent)
		if err != nil {
			return nil, err
		}
		before, after, err := intent.Preview(live, v1alpha1.Prefix)
		if err != nil {
			return nil, err
		}
		one := compared{}
		if one.live, err = shownObject(before); err != nil {
			return nil, err
		}
		if one.then, err = shownObject(after); err != nil {
			return nil, err
		}
		changes = append(changes, one)
	}
	return changes, nil
}

// withRemovals adds what would go.
func withRemovals(changes []compared, going []client.Object) ([]compared, error) {
	for _, object := range going {
		shown, err := shownObject(object)
		if err != nil {
			return nil, err
		}
		changes = append(changes, compared{live: shown})
	}
	return changes, nil
}

// printDiff prints what would change as `kubectl diff` does, and fails where something would.
func (o *RenderOptions) printDiff(changes []compared) error {
	differ, err := kubectldiff.NewDiffer("LIVE", "MERGED")
	if err != nil {
		return err
	}
	defer differ.TearDown()
	for _, one := range changes {
		if one.then == nil { // as kubectl shows what it would prune
			err = differ.From.Print(one.Name(), one.live, kubectldiff.Printer{})
		} else {
			err = differ.Diff(one, kubectldiff.Printer{}, false, true)
		}
		if err != nil {
			return err
		}
	}
	err = differ.Run(&kubectldiff.DiffProgram{Exec: exec.New(), IOStreams: o.IOStreams})
	if status, ok := errors.AsType[exec.ExitError](err); ok && status.ExitStatus() == 1 {
		return exitStatus(exitPending)
	}
	return err
}
