// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

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

// errUnread says that a cache was asked before it had read anything.
var errUnread = errors.New("not all copies were read yet")

// CopiesIn reads the copies in a namespace. Secrets are not among them.
func (s *Stores) CopiesIn(_ context.Context, namespace string) ([]replication.Held, error) {
	return s.indexed(toolscache.NamespaceIndex, namespace)
}

// CopiesOf reads the copies that a sync made in the places of its namespace's tenants. Secrets are not among them.
func (s *Stores) CopiesOf(_ context.Context, sync client.ObjectKey) ([]replication.Held, error) {
	return s.indexed(indexSync, sync.String())
}

// indexed reads the copies that an index finds.
func (s *Stores) indexed(index, value string) ([]replication.Held, error) {
	var copies []replication.Held
	for _, kind := range s.Kinds {
		informer := s.copies[kind]
		if !informer.HasSynced() { // its copies would pass for gone
			return nil, fmt.Errorf("%w of kind %s", errUnread, kind.Kind)
		}
		found, err := informer.GetIndexer().ByIndex(index, value)
		if err != nil {
			return nil, fmt.Errorf("listing the copies of kind %s: %w", kind.Kind, err)
		}
		copies = slices.Grow(copies, len(found))
		for _, object := range found {
			copies = append(copies, object.(*Copy).held(kind))
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
