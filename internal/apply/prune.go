// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"
	"iter"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Pruning tells which objects of ours are wanted no more. The Engine deletes them, and a preview shows them.
type Pruning struct {
	// Reader of what there is.
	Reader client.Reader
	// Scheme of the kinds.
	Scheme *runtime.Scheme
	// Ownership tells what is ours.
	Ownership Ownership
}

// Unwanted are those of some objects, as they are now, that are ours and that no intent asks for. Made are all that the intents may ever
// ask for: their kinds, names and labels count.
func (p Pruning) Unwanted(ctx context.Context, keep []Intent, made ...client.Object) iter.Seq2[client.Object, error] {
	return func(yield func(client.Object, error) bool) {
		wanted := named(p.Scheme, keep)
		for _, object := range made {
			if wanted[keyOf(p.Scheme, object)] {
				continue
			}
			live, err := p.live(ctx, object)
			if (live != nil || err != nil) && !yield(live, err) {
				return
			}
		}
	}
}

// live is the object that stands where one of ours is wanted no more; nil if none does, or it is not ours.
func (p Pruning) live(ctx context.Context, object client.Object) (client.Object, error) {
	live, err := emptyLike(p.Scheme, object)
	if err != nil {
		return nil, err
	}
	// The manager's waits for an own write of the very object: nobody is told of it later, so it must not be missed now.
	err = p.Reader.Get(ctx, client.ObjectKeyFromObject(object), live)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", describe(KindOf(p.Scheme, object), object.GetNamespace(), object.GetName()), err)
	}
	if !p.Ownership.owns(object, live) || !goes(live) {
		return nil, nil //nolint:nilnil // it stays
	}
	return live, nil
}

// UnwantedOf are those of some objects of ours that were found, whose names nobody can tell beforehand, that no intent asks for.
func (p Pruning) UnwantedOf(keep []Intent, found ...client.Object) []client.Object {
	wanted := named(p.Scheme, keep)
	return slices.DeleteFunc(slices.Clone(found), func(live client.Object) bool { return wanted[keyOf(p.Scheme, live)] || !goes(live) })
}

// goes says whether an object of ours that is not wanted is to be deleted: it is not, if it is on its way already, or another controller
// made it of ours and copied our labels, as cert-manager does of an Ingress.
func goes(live client.Object) bool {
	return live.GetDeletionTimestamp() == nil && metav1.GetControllerOfNoCopy(live) == nil
}

// named are the objects of intents, by kind and name.
func named(scheme *runtime.Scheme, intents []Intent) map[string]bool {
	named := make(map[string]bool, len(intents))
	for _, intent := range intents {
		named[keyOf(scheme, intent.Object)] = true
	}
	return named
}

func keyOf(scheme *runtime.Scheme, object client.Object) string {
	return KindOf(scheme, object) + "/" + object.GetName()
}

// Prune deletes those of some objects that are ours and that no intent asks for (Pruning.Unwanted). It is called after every intent was
// applied.
func (e *Engine) Prune(ctx context.Context, keep []Intent, made ...client.Object) error {
	for live, err := range e.pruning().Unwanted(ctx, keep, made...) {
		if err == nil {
			err = e.delete(ctx, live, client.Preconditions{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PruneFound is Prune for objects of ours that were found (Pruning.UnwantedOf). It says whether there was one to delete.
func (e *Engine) PruneFound(ctx context.Context, keep []Intent, found ...client.Object) (pruned bool, err error) {
	for _, live := range e.pruning().UnwantedOf(keep, found...) {
		if err := e.delete(ctx, live, client.Preconditions{}); err != nil {
			return pruned, err
		}
		pruned = true
	}
	return pruned, nil
}

func (e *Engine) pruning() Pruning {
	return Pruning{Reader: e.Client, Scheme: e.Client.Scheme(), Ownership: e.Ownership}
}
