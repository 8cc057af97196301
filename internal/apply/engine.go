// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// Engine applies and prunes. It is safe for concurrent use on different objects.
type Engine struct {
	// Client reads from caches that hold what is ours, and reads its own writes.
	Client client.Client
	// Live reads from the API server. It is asked only when a create finds the object there.
	Live client.Reader
	// FieldManager is the name under which objects are written.
	FieldManager string
	// Ownership tells what is ours.
	Ownership Ownership
	// Observe, if set, is told what became of each object that was written or refused.
	Observe func(kind string, outcome Outcome)
	// Writing, if set, is told before an object is created or patched. What it returns is handed what the API
	// server answered; nil for an error.
	Writing func(object client.Object) (answered func(answer client.Object))
}

// Apply brings one object to the intent and says what that took. Errors: ConflictError,
// TerminatingError, or the API server's, wrapped.
func (e *Engine) Apply(ctx context.Context, intent Intent) (Outcome, error) {
	outcome, err := e.apply(ctx, intent)
	e.observe(intent.Object, outcome, err)
	return outcome, err
}

func (e *Engine) apply(ctx context.Context, intent Intent) (Outcome, error) {
	live, err := e.emptyLike(intent.Object)
	if err != nil {
		return Failed, err
	}
	err = e.Client.Get(ctx, client.ObjectKeyFromObject(intent.Object), live)
	if apierrors.IsNotFound(err) {
		return e.create(ctx, intent, live)
	}
	if err != nil {
		return Failed, fmt.Errorf("reading %s: %w", e.describe(intent.Object), err)
	}
	return e.patch(ctx, intent, live)
}

// Settled says whether Apply would write nothing. What the caches lack is not settled.
func (e *Engine) Settled(ctx context.Context, intent Intent) (bool, error) {
	live, err := e.emptyLike(intent.Object)
	if err != nil {
		return false, err
	}
	err = e.Client.Get(ctx, client.ObjectKeyFromObject(intent.Object), live)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", e.describe(intent.Object), err)
	}
	data, err := intent.mergePatch(live, e.Ownership.Prefix)
	return data == nil, err
}

// create makes the object. The caches hold only what is ours, so what they lack may exist all the same.
func (e *Engine) create(ctx context.Context, intent Intent, live client.Object) (Outcome, error) {
	object, err := intent.New(e.Ownership.Prefix)
	if err != nil {
		return Failed, err
	}
	err = e.write(object, func() error { return e.Client.Create(ctx, object, client.FieldOwner(e.FieldManager)) })
	if err == nil {
		return Created, nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return Failed, fmt.Errorf("creating %s: %w", e.describe(intent.Object), err)
	}
	if err := e.Live.Get(ctx, client.ObjectKeyFromObject(intent.Object), live); err != nil {
		return Failed, fmt.Errorf("reading %s: %w", e.describe(intent.Object), err)
	}
	DigestSecret(live)
	return e.patch(ctx, intent, live)
}

func (e *Engine) patch(ctx context.Context, intent Intent, live client.Object) (Outcome, error) {
	kind := e.kind(intent.Object)
	if !e.Ownership.owns(intent.Object, live) {
		return Refused, &ConflictError{Kind: kind, Namespace: live.GetNamespace(), Name: live.GetName(),
			Terminating: live.GetDeletionTimestamp() != nil}
	}
	if live.GetDeletionTimestamp() != nil {
		return Failed, &TerminatingError{Kind: kind, Namespace: live.GetNamespace(), Name: live.GetName()}
	}
	data, err := intent.mergePatch(live, e.Ownership.Prefix)
	if err != nil || data == nil {
		return Unchanged, err
	}
	if intent.behind(live) {
		return Failed, fmt.Errorf("%s was written by somebody who knows more than the cache has yet", e.describe(live))
	}
	if anew, err := intent.changesImmutable(data); err != nil {
		return Failed, err
	} else if anew {
		return e.replace(ctx, intent, live)
	}
	// The answer goes to an object of its own: what the cache handed out is shared.
	answer, err := e.emptyLike(intent.Object)
	if err != nil {
		return Failed, err
	}
	answer.SetNamespace(live.GetNamespace())
	answer.SetName(live.GetName())
	if err := e.write(answer, func() error {
		return e.Client.Patch(ctx, answer, client.RawPatch(types.MergePatchType, data), client.FieldOwner(e.FieldManager))
	}); err != nil {
		return Failed, fmt.Errorf("patching %s: %w", e.describe(intent.Object), err)
	}
	return Patched, nil
}

// replace makes an object anew that can't become what is wanted, in the very version that was looked at.
func (e *Engine) replace(ctx context.Context, intent Intent, live client.Object) (Outcome, error) {
	version := live.GetResourceVersion()
	if err := e.delete(ctx, live, client.Preconditions{ResourceVersion: &version}); err != nil {
		return Failed, err
	}
	fresh, err := e.emptyLike(intent.Object)
	if err != nil {
		return Failed, err
	}
	return e.create(ctx, intent, fresh)
}

// Delete deletes an object of ours, in the very version that was looked at, and says whether it still
// exists: what has changed since may not be wanted gone any more. What is not there is not deleted;
// what is not ours is refused.
func (e *Engine) Delete(ctx context.Context, intent Intent) (exists bool, err error) {
	live, err := e.emptyLike(intent.Object)
	if err != nil {
		return true, err
	}
	err = e.Client.Get(ctx, client.ObjectKeyFromObject(intent.Object), live)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return true, fmt.Errorf("reading %s: %w", e.describe(intent.Object), err)
	}
	if !e.Ownership.owns(intent.Object, live) {
		return true, &ConflictError{Kind: e.kind(live), Namespace: live.GetNamespace(), Name: live.GetName()}
	}
	if live.GetDeletionTimestamp() != nil {
		return true, nil
	}
	version := live.GetResourceVersion()
	return true, e.delete(ctx, live, client.Preconditions{ResourceVersion: &version})
}

func (e *Engine) delete(ctx context.Context, live client.Object, conditions client.Preconditions) error {
	uid := live.GetUID()
	conditions.UID = &uid
	target, err := e.emptyLike(live)
	if err != nil {
		return err
	}
	target.SetNamespace(live.GetNamespace())
	target.SetName(live.GetName())
	target.SetUID(uid)
	err = e.Client.Delete(ctx, target, conditions, client.PropagationPolicy(metav1.DeletePropagationBackground))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		err = fmt.Errorf("deleting %s: %w", e.describe(live), err)
	}
	e.observe(live, Deleted, err)
	return err
}

// write does a request that makes an object what the API server answers.
func (e *Engine) write(object client.Object, request func() error) error {
	if e.Writing == nil {
		return request()
	}
	answered := e.Writing(object)
	err := request()
	if err != nil {
		answered(nil)
		return err
	}
	answered(object)
	return nil
}

func (e *Engine) observe(object client.Object, outcome Outcome, err error) {
	if e.Observe == nil || (outcome == Unchanged && err == nil) {
		return
	}
	if conflict := (*ConflictError)(nil); err != nil && !errors.As(err, &conflict) {
		outcome = Failed
	}
	e.Observe(e.kind(object), outcome)
}

func (e *Engine) emptyLike(object client.Object) (client.Object, error) {
	return emptyLike(e.Client.Scheme(), object)
}

// emptyLike is an object of the same kind, to be read into.
func emptyLike(scheme *runtime.Scheme, object client.Object) (client.Object, error) {
	gvk, err := apiutil.GVKForObject(object, scheme)
	if err != nil {
		return nil, err
	}
	empty, err := scheme.New(gvk)
	if err != nil {
		return nil, err
	}
	return empty.(client.Object), nil
}

func (e *Engine) kind(object client.Object) string {
	return KindOf(e.Client.Scheme(), object)
}

// KindOf is an object's kind, by its Go type.
func KindOf(scheme *runtime.Scheme, object client.Object) string {
	gvk, err := apiutil.GVKForObject(object, scheme)
	if err != nil {
		return fmt.Sprintf("%T", object)
	}
	return gvk.Kind
}

func (e *Engine) describe(object client.Object) string {
	return describe(e.kind(object), object.GetNamespace(), object.GetName())
}
