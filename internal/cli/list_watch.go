// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/dynamic"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// phaseDeleted is shown of a tenant that is gone. The API has no such phase.
const phaseDeleted v1alpha1.TenantPhase = "Deleted"

// watching is a list that goes on.
type watching struct {
	*ListOptions
	objects dynamic.NamespaceableResourceInterface
	// known are the tenants as they were last, also those that are not asked for: one may come to be, and one that no longer is, is shown
	// once more as it is then. The API server would say of that one only that it is out.
	known map[types.UID]listedTenant
	// version of all tenants that a watch goes on from.
	version string

	rows table[listedTenant]
	// printer of objects; nil: for people.
	printer printers.ResourcePrinter
}

// watch prints the tenants, and each again when it changes, until somebody interrupts it. A watch ends when its time is up, or when the API
// server no longer knows what it was to go on from: then all are listed again, and what has changed meanwhile is printed.
func (o *ListOptions) watch(ctx context.Context) error {
	w, err := o.newWatching()
	if err != nil {
		return err
	}
	found, err := o.orSiblings(ctx, w.list)
	if apierrors.IsForbidden(err) {
		return &failure{code: exitForbidden, err: fmt.Errorf("you may not list these tenants, and what a directory holds can't be watched: %w", err), hint: display + " list"}
	}
	if err != nil {
		return explain(err)
	}
	if err := w.begin(found); err != nil {
		return err
	}
	pause := restartPause
	for {
		err := w.follow(ctx)
		if err == nil {
			pause = restartPause
		} else if !passing(err) {
			return explain(err)
		}
		// A watch goes on from a list: from an older one it would tell what was long ago.
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(pause.Step()):
			}
			err := w.again(ctx)
			if err == nil {
				break
			}
			if !passing(err) {
				return explain(err)
			}
			if ctx.Err() == nil {
				fmt.Fprintf(w.ErrOut, "warning: %s; trying again\n", printable(explain(err)))
			}
		}
	}
}

// restartPause is how long to wait before all are listed again: longer each time that it is in vain.
var restartPause = wait.Backoff{Duration: time.Second, Factor: 2, Jitter: 0.1, Steps: 6, Cap: time.Minute}

// passing says whether an error of a watch may be none the next time.
func passing(err error) bool {
	return !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err) && !apierrors.IsNotFound(err) && !errors.Is(err, context.Canceled) && !errors.Is(err, errUnprinted)
}

// errUnprinted is that nobody reads on.
var errUnprinted = errors.New("printing what has changed")

func (o *ListOptions) newWatching() (*watching, error) {
	objects, err := o.cluster.objects(tenants)
	if err != nil {
		return nil, err
	}
	w := &watching{ListOptions: o, objects: objects, known: map[types.UID]listedTenant{}}
	if !o.output.forPeople() {
		w.printer, err = o.output.printer()
		return w, err
	}
	w.rows = table[listedTenant]{columns: o.columns(), look: o.output.look(o.Out)}
	return w, nil
}

// list all tenants, whatever their status and plan.
func (w *watching) list(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	var version string
	page := func(ctx context.Context, options metav1.ListOptions) (*unstructured.UnstructuredList, error) {
		list, err := w.objects.Namespace(w.Namespace).List(ctx, options)
		if err == nil {
			version = list.GetResourceVersion()
		}
		return list, err
	}
	err := paged(ctx, w.ChunkSize, metav1.ListOptions{LabelSelector: w.Selector}, page, func(one *unstructured.Unstructured) { found = append(found, w.slimmed(one)) })
	if err != nil {
		return nil, err
	}
	w.version = version
	return found, nil
}

// begin with the tenants that are asked for, in order.
func (w *watching) begin(found []*unstructured.Unstructured) error {
	listed, strange := arrange(found, w.SortBy, w.Reverse)
	for _, err := range strange {
		fmt.Fprintln(w.ErrOut, "warning:", printable(err))
	}
	for _, tenant := range listed {
		w.known[tenant.object.GetUID()] = tenant
	}
	return w.print(slices.DeleteFunc(listed, func(t listedTenant) bool { return !w.asksFor(t) })...)
}

// asksFor says whether a tenant has a status and a plan that are asked for, and passes the filters.
func (o *ListOptions) asksFor(t listedTenant) bool {
	return o.passes(t) && (len(o.Status) == 0 || slices.Contains(o.Status, string(t.Status.Phase))) && (len(o.Plans) == 0 || slices.Contains(o.Plans, planOf(t)))
}

// follow prints what changes, until the API server ends the watch.
func (w *watching) follow(ctx context.Context) error {
	stream, err := w.objects.Namespace(w.Namespace).Watch(ctx, metav1.ListOptions{LabelSelector: w.Selector, ResourceVersion: w.version})
	if err != nil {
		return err
	}
	defer stream.Stop()
	for event := range stream.ResultChan() {
		if event.Type == watch.Error {
			return apierrors.FromObject(event.Object)
		}
		object, ok := event.Object.(*unstructured.Unstructured)
		if !ok {
			continue
		}
		if err := w.change(ctx, object, event.Type == watch.Deleted); err != nil {
			return err
		}
	}
	return nil
}

// stays says whether a tenant that is not among those selected any more is there all the same, with other labels.
func (w *watching) stays(ctx context.Context, object *unstructured.Unstructured) bool {
	if w.Selector == "" {
		return false
	}
	live, err := w.objects.Namespace(object.GetNamespace()).Get(ctx, object.GetName(), metav1.GetOptions{})
	return err == nil && live.GetUID() == object.GetUID()
}

// again lists all, and prints what has changed since.
func (w *watching) again(ctx context.Context) error {
	found, err := w.list(ctx)
	if err != nil {
		return err
	}
	gone := maps.Clone(w.known)
	for _, object := range found {
		delete(gone, object.GetUID())
		if err := w.change(ctx, object, false); err != nil {
			return err
		}
	}
	byName := func(a, b listedTenant) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}
	for _, tenant := range slices.SortedFunc(maps.Values(gone), byName) {
		if err := w.change(ctx, tenant.object, true); err != nil {
			return err
		}
	}
	return nil
}

// change prints a tenant that is not as it was, or gone, if it is asked for or was until now.
func (w *watching) change(ctx context.Context, object *unstructured.Unstructured, gone bool) error {
	before, known := w.known[object.GetUID()]
	if known && !gone && before.object.GetResourceVersion() == object.GetResourceVersion() {
		return nil
	}
	tenant, err := readTenant(w.slimmed(object))
	if err != nil {
		fmt.Fprintln(w.ErrOut, "warning:", printable(err))
	}
	w.known[object.GetUID()] = tenant
	asked := w.asksFor(tenant)
	if gone {
		delete(w.known, object.GetUID())
	}
	if wasAsked := known && w.asksFor(before); !asked && !wasAsked {
		return nil
	}
	if gone && !w.stays(ctx, object) {
		tenant.Status.Phase = phaseDeleted
	}
	return w.print(tenant)
}

// print tenants: rows for people, else one object after another, as kubectl does.
func (w *watching) print(listed ...listedTenant) error {
	if w.printer == nil {
		if err := w.rows.print(w.Out, listed); err != nil {
			return fmt.Errorf("%w: %w", errUnprinted, err)
		}
		return nil
	}
	for _, tenant := range listed {
		if err := w.printer.PrintObj(tenant.object, w.Out); err != nil {
			return fmt.Errorf("%w: %w", errUnprinted, err)
		}
	}
	return nil
}
