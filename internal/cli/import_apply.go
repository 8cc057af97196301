// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/tenantry/tenantry/internal/cli/edit"
	"github.com/tenantry/tenantry/internal/cli/files"
)

// outcome of applying an object, in kubectl's words.
type outcome string

const (
	outcomeCreated    outcome = "created"
	outcomeConfigured outcome = "configured"
	outcomeUnchanged  outcome = "unchanged"
)

// imported is what became, or would become, of an object.
type imported struct {
	step    files.Step
	outcome outcome
	// before is the object as it was; nil where there was none.
	before *unstructured.Unstructured
	// object as it is, or would be.
	object *unstructured.Unstructured
	// later says that the place is not there yet which it lies in.
	later bool
	err   error
}

// imports applies objects one after another.
type imports struct {
	writing *writing
	// created says of Tenants whether they are new: their places are not there yet.
	created map[*unstructured.Unstructured]bool
}

// ask the cluster what would become of an object. About what lies in a place that is not there yet, it has no answer.
func (w *imports) ask(ctx context.Context, step files.Step) imported {
	if w.created[step.In] {
		w.created[step.Object] = true
		return imported{step: step, object: step.Object, outcome: outcomeCreated, later: true}
	}
	return w.look(ctx, step)
}

// look at an object that the cluster may have, and ask what would become of it.
func (w *imports) look(ctx context.Context, step files.Step) imported {
	one := imported{step: step, object: step.Object, outcome: outcomeCreated}
	resource, err := files.ResourceOf(step.Object)
	if err != nil {
		one.err = err
		return one
	}
	before, err := w.writing.cluster.get(ctx, resource, step.Object.GetNamespace(), step.Object.GetName())
	switch {
	case err == nil:
		one.before = before
	case !apierrors.IsNotFound(err) || unserved(err):
		one.err = explain(err)
		return one
	}
	if before != nil && before.GetDeletionTimestamp() != nil {
		one.err = &failure{code: exitConflict, err: errors.New("it is being deleted; try again once it is gone")}
		return one
	}
	w.created[step.Object] = one.before == nil
	if w.writing.dryRun == cmdutil.DryRunClient {
		one.outcome = w.unasked(one)
		return one
	}
	if one.object, one.err = w.send(ctx, one, true); one.err != nil || one.before == nil {
		one.object = step.Object
		return one
	}
	if equality.Semantic.DeepEqual(edit.Manifest(one.before), edit.Manifest(one.object)) {
		one.outcome = outcomeUnchanged
		return one
	}
	one.outcome = outcomeConfigured
	one.err = w.writing.mayWrite(one.before, edit.Pending(one.before, edit.FieldsOf(step.Object)), "")
	return one
}

// unasked is what would become of an object as far as it tells itself.
func (w *imports) unasked(one imported) outcome {
	switch {
	case one.before == nil:
		return outcomeCreated
	case len(edit.Pending(one.before, edit.FieldsOf(one.step.Object))) > 0:
		return outcomeConfigured
	default:
		return outcomeUnchanged
	}
}

// settling is how long it takes a cluster at most to let somebody into a place that is ready.
var settling = wait.Backoff{Steps: 6, Duration: 250 * time.Millisecond, Factor: 2}

// apply an object, where that changes something, and wait for a Tenant, if asked to. In a place that is new, what a former tenant of that
// name had may be there again: it is looked for once the place is ready.
func (w *imports) apply(ctx context.Context, one *imported) {
	if one.later {
		if one.err = w.writing.untilReady(ctx, one.step.In); one.err != nil {
			return
		}
		settles := func(err error) bool { return codeOf(err) == exitForbidden || codeOf(err) == exitNotFound }
		one.err = retry.OnError(settling, settles, func() error {
			*one = w.look(ctx, one.step)
			return one.err
		})
	}
	if one.err != nil || one.outcome == outcomeUnchanged {
		return
	}
	one.err = w.write(ctx, one)
	if one.err == nil && w.writing.wait && one.object.GetKind() == "Tenant" {
		one.err = w.writing.untilReady(ctx, one.object)
	}
}

// write an object, if whoever has written it since the cluster was asked leaves it to be written.
func (w *imports) write(ctx context.Context, one *imported) error {
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if one.before != nil {
			resource, err := files.ResourceOf(one.step.Object)
			if err != nil {
				return err
			}
			now, err := w.writing.cluster.get(ctx, resource, one.before.GetNamespace(), one.before.GetName())
			if err != nil {
				return explain(err)
			}
			if now.GetUID() != one.before.GetUID() {
				return &failure{code: exitConflict, err: errors.New("it was deleted meanwhile, and another has its name")}
			}
			if err := w.writing.mayWrite(now, edit.Pending(now, edit.FieldsOf(one.step.Object)), ""); err != nil {
				return err
			}
			one.before = now
		}
		object, err := w.send(ctx, *one, false)
		if err == nil {
			one.object = object
		}
		return err
	})
}

// send an object to the cluster, which takes it or, if it is only asked, says whether it would. One that nobody had made is not taken from
// who makes it meanwhile, nor is one written over that is not as it was read.
func (w *imports) send(ctx context.Context, one imported, ask bool) (*unstructured.Unstructured, error) {
	resource, err := files.ResourceOf(one.step.Object)
	if err != nil {
		return nil, err
	}
	objects, err := w.writing.cluster.objects(resource)
	if err != nil {
		return nil, err
	}
	body := one.step.Object.DeepCopy()
	options := metav1.PatchOptions{FieldManager: edit.Manager, FieldValidation: metav1.FieldValidationStrict, Force: new(false)}
	if ask {
		options.DryRun = []string{metav1.DryRunAll}
	}
	if one.before != nil {
		body.SetUID(one.before.GetUID())
		if !ask {
			body.SetResourceVersion(one.before.GetResourceVersion())
		}
		options.Force = new(true) // mayWrite asks whose the fields are
	}
	data, err := json.Marshal(body.Object)
	if err != nil {
		return nil, err
	}
	object, err := objects.Namespace(body.GetNamespace()).Patch(ctx, body.GetName(), types.ApplyPatchType, data, options)
	return object, explain(err)
}

// counts says how many objects became what.
func counts(results []imported) string {
	numbers := map[outcome]int{}
	failed := 0
	for _, one := range results {
		if one.err != nil {
			failed++
			continue
		}
		numbers[one.outcome]++
	}
	var parts []string
	for _, outcome := range []outcome{outcomeCreated, outcomeConfigured, outcomeUnchanged} {
		if numbers[outcome] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", numbers[outcome], outcome))
		}
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", failed))
	}
	return strings.Join(parts, ", ")
}

// togetherImported is the error of several: with the exit code of all that failed, where that is one.
func togetherImported(results []imported, what string) error {
	var errs []error
	for _, one := range results {
		errs = append(errs, one.err)
	}
	failed, code := failures(errs)
	if failed == 0 {
		return nil
	}
	return &failure{code: code, err: fmt.Errorf("%d of %d objects %s", failed, len(results), what)}
}
