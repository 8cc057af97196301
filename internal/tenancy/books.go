// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/internal/license"
)

// The books of capacity lie in a namespace of the operator's, in a ConfigMap for each namespace that
// Tenants lie in, by its name, where something is limited.
const (
	CapacityNamespace = "tenantry-capacity"
	booksKey          = "books.json"
)

// Books are the books of a namespace, in the version that was read.
type Books struct {
	license.Books
	// Object that they were read from; nil if there are none.
	Object *corev1.ConfigMap
	// Version of the object; 0 if there is none.
	Version uint64
}

// Shelf remembers the books that were read last: to read those of thousands of Tenants takes some
// milliseconds, and each of the Tenants looks into them. What it hands out is shared, and must not be changed.
type Shelf struct {
	mu    sync.Mutex
	books map[string]Books
}

// At reads the books of a namespace.
func (s *Shelf) At(ctx context.Context, reader client.Reader, namespace string) (Books, error) {
	object := &corev1.ConfigMap{}
	err := reader.Get(ctx, client.ObjectKey{Namespace: CapacityNamespace, Name: namespace}, object)
	if apierrors.IsNotFound(err) {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.books, namespace)
		none, err := license.Read("")
		return Books{Books: none}, err
	}
	if err != nil {
		return Books{}, fmt.Errorf("reading the books of capacity of namespace %q: %w", namespace, err)
	}
	return s.read(object)
}

func (s *Shelf) read(object *corev1.ConfigMap) (Books, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.books[object.Name]
	if known.Object != nil && known.Object.UID == object.UID && known.Object.ResourceVersion == object.ResourceVersion {
		return known, nil
	}
	read, err := ReadBooks(object)
	if err != nil {
		return read, err
	}
	if s.books == nil {
		s.books = map[string]Books{}
	}
	s.books[object.Name] = read
	return read, nil
}

// ReadBooks reads the books that an object holds.
func ReadBooks(object *corev1.ConfigMap) (Books, error) {
	books, err := license.Read(object.Data[booksKey])
	if err != nil {
		return Books{}, fmt.Errorf("in ConfigMap %q: %w", client.ObjectKeyFromObject(object), err)
	}
	version := VersionOf(object)
	for source, known := range books.Sources {
		if known > version { // they come from another cluster, or from before a restore of this one
			delete(books.Sources, source)
		}
	}
	return Books{Books: books, Object: object, Version: version}, nil
}

// WriteBooks writes books into an object.
func WriteBooks(object *corev1.ConfigMap, books license.Books) error {
	text, err := books.Write()
	if err != nil {
		return err
	}
	object.Data = map[string]string{booksKey: text}
	return nil
}

// VersionOf is the resource version of an object, as a number that grows over all objects of the API server
// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); 0 for one that is none.
func VersionOf(object client.Object) uint64 {
	version, err := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0
	}
	return version
}
