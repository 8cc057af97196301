// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Prune deletes those of some objects that are ours and that no intent asks for. It is called after every
// intent was applied. Made are all that the intents may ever ask for: their kinds, names and labels count.
func (e *Engine) Prune(ctx context.Context, keep []Intent, made ...client.Object) error {
	wanted := e.named(keep)
	for _, object := range made {
		if wanted[e.keyOf(object)] {
			continue
		}
		live, err := e.emptyLike(object)
		if err != nil {
			return err
		}
		// This waits for an own write of the very object: nobody is told of it later, so it must not be missed now.
		err = e.Client.Get(ctx, client.ObjectKeyFromObject(object), live)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", e.describe(object), err)
		}
		if !e.Ownership.owns(object, live) {
			continue
		}
		if err := e.drop(ctx, live); err != nil {
			return err
		}
	}
	return nil
}

// PruneFound is Prune for objects of ours that were found, whose names nobody can tell beforehand. It says whether there was one to
// delete.
func (e *Engine) PruneFound(ctx context.Context, keep []Intent, found ...client.Object) (pruned bool, err error) {
	wanted := e.named(keep)
	for _, live := range found {
		if wanted[e.keyOf(live)] {
			continue
		}
		if err := e.drop(ctx, live); err != nil {
			return pruned, err
		}
		pruned = true
	}
	return pruned, nil
}

// drop deletes an object of ours, unless it is on its way already, or another controller made it of ours and copied
// our labels, as cert-manager does of an Ingress.
func (e *Engine) drop(ctx context.Context, live client.Object) error {
	if live.GetDeletionTimestamp() != nil || metav1.GetControllerOfNoCopy(live) != nil {
		return nil
	}
	return e.delete(ctx, live, client.Preconditions{})
}

// named are the objects of intents, by kind and name.
func (e *Engine) named(intents []Intent) map[string]bool {
	named := make(map[string]bool, len(intents))
	for _, intent := range intents {
		named[e.keyOf(intent.Object)] = true
	}
	return named
}

func (e *Engine) keyOf(object client.Object) string { return e.kind(object) + "/" + object.GetName() }
