// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/singleflight"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/replication"
)

// contentsKept is the most bytes of JSON that are kept of what is being written to many tenants: all that most masters
// have. Of one that has more, some are read more than once.
const contentsKept = 16 << 20

// contents keeps some of the marked objects that are written, as JSON: that tells how much memory they take.
type contents struct {
	reading singleflight.Group

	mu   sync.Mutex
	kept map[string][]byte
	size int
}

// get is the content that is kept under a key; nil for none.
func (c *contents) get(key string) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[key]
}

// keep keeps a content, and lets go of any others: every tenant asks for all of them in the same order, so that the one that
// nobody has asked for the longest is the next that is asked for.
func (c *contents) keep(key string, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[string][]byte{}
	}
	c.size += len(content) - len(c.kept[key])
	c.kept[key] = content
	for other, gone := range c.kept { // in no order
		if c.size <= contentsKept {
			return
		}
		delete(c.kept, other)
		c.size -= len(gone)
	}
}

// whole is the object that a source was read of, with its content; ErrGone if that is another by now. It is the caller's own.
func (s *Stores) whole(ctx context.Context, source *replication.Source) (*unstructured.Unstructured, error) {
	key := source.ContentKey()
	content := s.contents.get(key)
	if content == nil {
		// All tenants ask at once.
		read, err, _ := s.contents.reading.Do(key, func() (any, error) { return s.content(ctx, source) })
		if err != nil {
			return nil, err
		}
		content = read.([]byte)
		s.contents.keep(key, content)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(content); err != nil {
		return nil, fmt.Errorf("reading %s again: %w", source.Key, err)
	}
	return object, nil
}

// content reads the object that a source was read of from the API server, as JSON without what is never carried.
func (s *Stores) content(ctx context.Context, source *replication.Source) ([]byte, error) {
	object := ObjectOf(source.Key.GVK())
	err := s.direct.Get(ctx, client.ObjectKey{Namespace: source.Namespace(), Name: source.Key.Name}, object)
	if apierrors.IsNotFound(err) || err == nil && !source.IsOf(object) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s of the master: %w", source.Key, err)
	}
	delete(object.Object, "metadata")
	delete(object.Object, "status")
	return object.MarshalJSON()
}
