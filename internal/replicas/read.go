// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// sources remember how the marked objects read, by the version that was read: each is read once, however many syncs
// carry it and however often they are looked at.
type sources struct {
	mu      sync.Mutex
	read    map[types.UID]version
	secrets map[client.ObjectKey]readSecret // of masters, which no watch tells of
}

type version struct {
	of     string
	source *replication.Source
}

// of is how an object reads. What is handed out is shared, and must not be changed.
func (m *sources) of(rules *replication.Rules, object *unstructured.Unstructured) *replication.Source {
	m.mu.Lock()
	known := m.read[object.GetUID()]
	m.mu.Unlock()
	if known.source != nil && known.of == object.GetResourceVersion() {
		return known.source
	}
	source := rules.Read(object)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read == nil {
		m.read = map[types.UID]version{}
	}
	m.read[object.GetUID()] = version{of: object.GetResourceVersion(), source: source}
	return source
}

// Forget is told that a marked object is no more.
func (s *Stores) Forget(object client.Object) {
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	delete(s.sources.read, object.GetUID())
}

// MarkedIn reads the marked objects in a namespace, and the named Secrets as they were since some time.
func (s *Stores) MarkedIn(ctx context.Context, namespace string, secrets []string, since time.Time) ([]*replication.Source, error) {
	var marked []*replication.Source
	for _, kind := range s.Kinds {
		list := listOf(kind)
		if err := s.Marked.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing what is marked in namespace %q: %w", namespace, err)
		}
		for i := range list.Items {
			marked = append(marked, s.sources.of(s.Rules, &list.Items[i]))
		}
	}
	if !s.Rules.Allows(secretKind) {
		return marked, nil
	}
	for _, name := range secrets {
		source, err := s.secret(ctx, client.ObjectKey{Namespace: namespace, Name: name}, since)
		if err != nil {
			return nil, err
		}
		if source != nil {
			marked = append(marked, source)
		}
	}
	return marked, nil
}

// CopiesIn reads the copies in a namespace. Secrets are not among them.
func (s *Stores) CopiesIn(ctx context.Context, namespace string) ([]replication.Held, error) {
	return s.copies(ctx, client.InNamespace(namespace))
}

// CopiesOf reads the copies that a sync made in the places of its namespace's tenants. Secrets are not among them.
func (s *Stores) CopiesOf(ctx context.Context, sync client.ObjectKey) ([]replication.Held, error) {
	return s.copies(ctx, client.MatchingFields{indexSync: sync.String()})
}

// indexSync finds copies by the sync that they are of: one that leaves asks again with each tenant that it has left.
const indexSync = "sync"

// syncOf is the sync that a copy is of, for indexSync.
func syncOf(object client.Object) []string {
	labels := object.GetLabels()
	return []string{client.ObjectKey{Namespace: labels[v1alpha1.LabelParent], Name: labels[v1alpha1.LabelSyncedBy]}.String()}
}

func (s *Stores) copies(ctx context.Context, options ...client.ListOption) ([]replication.Held, error) {
	var copies []replication.Held
	for _, kind := range s.Kinds {
		list := listOf(kind)
		if err := s.Copies.List(ctx, list, append(options, client.UnsafeDisableDeepCopy)...); err != nil {
			return nil, fmt.Errorf("listing the copies of kind %s: %w", kind.Kind, err)
		}
		for i := range list.Items {
			copies = append(copies, heldOf(kind, &list.Items[i]))
		}
	}
	return copies, nil
}

// Look reads from the API server what stands where a copy belongs: it may be a Secret, which is not cached, or
// the tenant's own. Nil says that nothing does.
func (s *Stores) Look(ctx context.Context, key replication.Key, namespace string) (*replication.Held, error) {
	object := ObjectOf(key.GVK())
	err := s.direct.Get(ctx, client.ObjectKey{Namespace: namespace, Name: key.Name}, object)
	if apierrors.IsNotFound(err) {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s in namespace %q: %w", key, namespace, err)
	}
	return new(replication.Observe(object)), nil
}

// Fields of a digested object, which is otherwise its metadata alone.
const (
	fieldDigest    = v1alpha1.Prefix + "digest"
	fieldImmutable = v1alpha1.Prefix + "immutable"
	// fieldTrimmed says that annotations are left out that stay when the copy is written over.
	fieldTrimmed = v1alpha1.Prefix + "trimmed"
)

// Digested is the transform of the cache of copies: it replaces an object's content by its digest, and drops what of
// the metadata nobody looks at, such as the annotations of others. Doing it again changes nothing.
func Digested(rules *replication.Rules) toolscache.TransformFunc {
	return func(object any) (any, error) {
		whole, ok := object.(*unstructured.Unstructured)
		if !ok {
			return object, nil
		}
		// What has a time of creation is as the API server sent it, whatever somebody wrote to a kind that takes any field.
		created := whole.GetCreationTimestamp()
		if _, done := whole.Object[fieldDigest]; done && created.IsZero() {
			return object, nil
		}
		held := replication.Observe(whole)
		metadata, _ := whole.Object["metadata"].(map[string]any)
		for _, field := range []string{"managedFields", "creationTimestamp", "generation", "selfLink", "generateName"} {
			delete(metadata, field)
		}
		digested := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion":   whole.Object["apiVersion"],
			"kind":         whole.Object["kind"],
			"metadata":     metadata,
			fieldDigest:    held.Content,
			fieldImmutable: held.Immutable,
		}}
		annotations, complete := rules.Trim(held.Annotations)
		digested.SetAnnotations(annotations)
		if !complete {
			digested.Object[fieldTrimmed] = true
		}
		return digested, nil
	}
}

// Carried is the transform of the cache of marked objects: it drops what is not asked before they are written. Doing it again changes
// nothing.
func Carried(rules *replication.Rules) toolscache.TransformFunc {
	return func(object any) (any, error) {
		marked, ok := object.(*unstructured.Unstructured)
		if !ok {
			return object, nil
		}
		return rules.Abridge(marked), nil
	}
}

func heldOf(kind schema.GroupVersionKind, digested *unstructured.Unstructured) replication.Held {
	digest, _ := digested.Object[fieldDigest].(string)
	held := replication.NewHeld(replication.KeyOf(kind, digested.GetName()), digested, digest)
	held.Immutable, _ = digested.Object[fieldImmutable].(bool)
	return held
}
