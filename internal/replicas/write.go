// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

var (
	// ErrOwn says that an object of the tenant's own stands where a copy belongs; it was left alone.
	ErrOwn = errors.New("an object of the tenant's own is in the way")
	// ErrGone says that what was to be written, or written over, is there no more, or not as it was: what is to be done has to be found
	// out anew.
	ErrGone = errors.New("what was to be written, or written over, is gone, or has changed")
	// ErrFixed says that an object of the tenant's own, which a copy was to take the place of, can't be changed into it.
	ErrFixed = errors.New("the tenant's own object can't be changed")
)

// Do carries out an action that writes, in a tenant's namespace. What was decided on a version that is no more the
// present one is refused by the API server, with a conflict.
func (s *Stores) Do(ctx context.Context, namespace string, action replication.Action) error {
	err := s.do(ctx, namespace, action)
	if err != nil {
		return fmt.Errorf("%s in namespace %q: %w", action, namespace, err)
	}
	return nil
}

func (s *Stores) do(ctx context.Context, namespace string, action replication.Action) error {
	switch action.Verb {
	case replication.Delete:
		return s.remove(ctx, namespace, action)
	case replication.Release:
		return s.release(ctx, namespace, action)
	}
	if source := action.Abridged(); source != nil {
		whole, err := s.whole(ctx, source)
		if err != nil {
			return err
		}
		action = action.With(whole)
	}
	object, err := action.Object()
	if err != nil {
		return err
	}
	switch action.Verb {
	case replication.Create:
		return s.create(ctx, object)
	case replication.Replace:
		if err := s.remove(ctx, namespace, action); err != nil {
			return err
		}
		return s.create(ctx, object)
	case replication.Update:
		was, err := s.was(ctx, action.Key, namespace)
		if err != nil {
			return gone(err)
		}
		return gone(s.update(ctx, object, was))
	case replication.TakeOver:
		return gone(s.takeOver(ctx, action, object))
	}
	return fmt.Errorf("nothing is written by %q", action.Verb)
}

// gone is an error of writing over an object; ErrGone where that is not there.
func gone(err error) error {
	if apierrors.IsNotFound(err) {
		return ErrGone
	}
	return err
}

// create makes an object that is not there.
func (s *Stores) create(ctx context.Context, object *unstructured.Unstructured) error {
	key := replication.KeyOf(object.GroupVersionKind(), object.GetName())
	err := s.write(object, func() error { return s.direct.Create(ctx, object, client.FieldOwner(v1alpha1.FieldManager)) })
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	there, lookErr := s.Look(ctx, key, object.GetNamespace())
	switch {
	case lookErr != nil:
		return lookErr
	case there != nil && !there.IsCopy():
		return ErrOwn
	}
	return err // the cache does not have it yet
}

// was is the metadata of a copy that is written over: as the cache has it, unless that lacks some.
func (s *Stores) was(ctx context.Context, key replication.Key, namespace string) (metav1.Object, error) {
	name := client.ObjectKey{Namespace: namespace, Name: key.Name}
	if copies := s.copies[key.GVK()]; copies != nil { // not of Secrets
		held, found, err := copies.GetIndexer().GetByKey(name.String())
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, ErrGone
		}
		if copied := held.(*Copy); !copied.Trimmed {
			return copied, nil
		}
	}
	object := ObjectOf(key.GVK())
	return object, s.direct.Get(ctx, name, object)
}

// update writes an object over another, in the version that it bears itself. What others wrote to the metadata stays.
func (s *Stores) update(ctx context.Context, object *unstructured.Unstructured, was metav1.Object) error {
	s.Rules.Preserve(object, was)
	return s.write(object, func() error { return s.direct.Update(ctx, object, client.FieldOwner(v1alpha1.FieldManager)) })
}

// takeOver writes an object over one of the tenant's own. What a controller keeps, or the operator made, is left alone, and
// so is what the tenant's own syncs carry: who may publish there says what that is, and nobody else.
func (s *Stores) takeOver(ctx context.Context, action replication.Action, object *unstructured.Unstructured) error {
	live := ObjectOf(action.Key.GVK())
	if err := s.direct.Get(ctx, client.ObjectKeyFromObject(object), live); err != nil {
		return err
	}
	_, managed := live.GetLabels()[v1alpha1.LabelManaged]
	_, carried := live.GetLabels()[v1alpha1.LabelSync]
	if managed || carried || metav1.GetControllerOfNoCopy(live) != nil {
		return ErrOwn
	}
	own := replication.Observe(live)
	switch {
	case !action.Unchanged(own):
		return ErrGone
	case action.Fixed(own):
		return ErrFixed
	}
	object.SetUID(live.GetUID())
	object.SetResourceVersion(live.GetResourceVersion())
	return s.update(ctx, object, live)
}

// remove deletes a copy, in the version that was looked at. One that is gone is deleted.
func (s *Stores) remove(ctx context.Context, namespace string, action replication.Action) error {
	target := ObjectOf(action.Key.GVK())
	target.SetNamespace(namespace)
	target.SetName(action.Key.Name)
	err := s.direct.Delete(ctx, target, client.Preconditions{UID: &action.UID, ResourceVersion: &action.ResourceVersion},
		client.PropagationPolicy(metav1.DeletePropagationBackground))
	return client.IgnoreNotFound(err)
}

// release makes a copy the tenant's own, in the version that was looked at.
func (s *Stores) release(ctx context.Context, namespace string, action replication.Action) error {
	target := ObjectOf(action.Key.GVK())
	target.SetNamespace(namespace)
	target.SetName(action.Key.Name)
	patch := client.RawPatch(types.MergePatchType, replication.ReleasePatch(action.ResourceVersion))
	return client.IgnoreNotFound(s.direct.Patch(ctx, target, patch, client.FieldOwner(v1alpha1.FieldManager)))
}

// write writes an object, which becomes what the API server answers, and tells of it.
func (s *Stores) write(object *unstructured.Unstructured, write func() error) error {
	if s.Writing == nil {
		return write()
	}
	answered := s.Writing(writing(object))
	if err := write(); err != nil {
		answered(nil)
		return err
	}
	answered(written(object))
	return nil
}
