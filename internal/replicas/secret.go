// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// secretKind is that of Secrets, which are neither listed nor watched.
var secretKind = corev1.SchemeGroupVersion.WithKind("Secret")

// secretKept is how long what was read of a master's Secret is kept at most where nobody asks for it.
const secretKept = 15 * time.Minute

// SecretKey is the key of a Secret.
func SecretKey(name string) replication.Key { return replication.KeyOf(secretKind, name) }

// readSecret is how a Secret read, and when; a nil source says that it was not there, or not marked.
type readSecret struct {
	at     time.Time
	source *replication.Source
}

// secret reads a Secret of the master's, unless it was read since some time. One that may not be read is refused as any
// that is not carried.
func (s *Stores) secret(ctx context.Context, name client.ObjectKey, since time.Time) (*replication.Source, error) {
	s.sources.mu.Lock()
	known, read := s.sources.secrets[name]
	s.sources.mu.Unlock()
	if read && known.at.After(since) {
		return known.source, nil
	}
	object := ObjectOf(secretKind)
	fresh := readSecret{at: time.Now()}
	err := s.direct.Get(ctx, name, object)
	_, marked := object.GetLabels()[v1alpha1.LabelSync]
	switch {
	case apierrors.IsForbidden(err):
		fresh.source = unreadable(name)
	case client.IgnoreNotFound(err) != nil:
		return nil, fmt.Errorf("reading Secret %q in namespace %q: %w", name.Name, name.Namespace, err)
	case err == nil && marked:
		fresh.source = s.Rules.Read(object)
	}
	s.sources.keep(name, fresh)
	return fresh.source, nil
}

// unreadable is a Secret that the operator may not read.
func unreadable(name client.ObjectKey) *replication.Source {
	return &replication.Source{
		Key:     SecretKey(name.Name),
		Mark:    v1alpha1.MarkResource,
		From:    name.String(),
		Refusal: "the operator may not read Secrets: ask the operator of this cluster to apply config/components/sync-secrets, or leave it out",
	}
}

// keep remembers how a Secret read, and forgets those that nobody asks for any more: no value stays in memory longer than
// it is carried.
func (m *sources) keep(name client.ObjectKey, fresh readSecret) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secrets == nil {
		m.secrets = map[client.ObjectKey]readSecret{}
	}
	maps.DeleteFunc(m.secrets, func(_ client.ObjectKey, read readSecret) bool { return fresh.at.Sub(read.at) > secretKept })
	m.secrets[name] = fresh
}
