// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
)

// secretCopies remember how copies of Secrets were last seen: no watch tells of them, and to read each of them at every look
// would be a request for nothing. What somebody changed in one is put right when the manager starts anew, or the
// master's Secret changes.
type secretCopies struct {
	mu   sync.Mutex
	seen map[types.UID]map[string]*replication.Held // by tenant, and name
}

// held are the copies of Secrets of some names in a tenant's place. One that the operator may not read any more is none: it
// can't be written either, which is said of the sync that wants it.
func (s *secretCopies) held(ctx context.Context, stores *replicas.Stores, v *visit, names []string) ([]replication.Held, error) {
	var held []replication.Held
	for _, name := range names {
		seen, known := s.recall(v.tenant.UID, name)
		if !known {
			var err error
			if seen, err = stores.Look(ctx, replicas.SecretKey(name), v.namespace); apierrors.IsForbidden(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if seen == nil || !seen.Going { // nothing tells when it has gone
				s.remember(v.tenant.UID, name, seen)
			}
		}
		if seen != nil && seen.IsCopy() {
			held = append(held, *seen)
		}
	}
	return held, nil
}

func (s *secretCopies) recall(tenant types.UID, name string) (seen *replication.Held, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, known = s.seen[tenant][name]
	return seen, known
}

func (s *secretCopies) remember(tenant types.UID, name string, seen *replication.Held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[types.UID]map[string]*replication.Held{}
	}
	if s.seen[tenant] == nil {
		s.seen[tenant] = map[string]*replication.Held{}
	}
	s.seen[tenant][name] = seen
}

// forget is told that a copy is written or taken away.
func (s *secretCopies) forget(tenant types.UID, key replication.Key) {
	if !key.IsSecret() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen[tenant], key.Name)
}

// drop is told that a tenant is going.
func (s *secretCopies) drop(tenant types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, tenant)
}

// note has the tenant's status name the Secrets that a sync is about to copy there, before any is written: they are found again
// by that alone, and would stay for ever if the manager ended in between. Where they are too many, those that make room go first; where
// none does, it settles the sync with that.
func (r *SyncTargetReconciler) note(ctx context.Context, v *visit, posted *post, room []replication.Action) (noted bool, err error) {
	if posted.sync.Spec.Trigger == v1alpha1.TriggerOnCreate {
		return true, nil // they are the tenant's own
	}
	entry := v.entries[posted.sync.Name]
	names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(entry.Secrets, secretNames(posted.selection.Sources)))))
	switch {
	case slices.Equal(names, entry.Secrets):
		return true, nil
	case len(names) > replication.MaxSecrets && len(room) > 0:
		v.again = sooner(v.again, overtakenPause)
		return false, nil
	case len(names) > replication.MaxSecrets:
		r.settle(v, posted, []replication.Action{{Verb: replication.Refuse, Key: replicas.SecretKey(names[replication.MaxSecrets]), Note: fmt.Sprintf(
			"a sync keeps at most %d Secrets in a tenant, and there would be %d: let another sync carry some", replication.MaxSecrets, len(names))}}, entry.Categories)
		return false, nil
	}
	entry.Name, entry.Secrets = posted.sync.Name, names
	if entry.State == "" {
		entry.State, entry.Reason = v1alpha1.SyncPending, v1alpha1.ReasonSyncing
	}
	v.entries[entry.Name] = entry
	return true, r.report(ctx, v)
}

// secretRemovals are those of the actions that take a Secret away.
func secretRemovals(actions []replication.Action) []replication.Action {
	var removals []replication.Action
	for _, action := range actions {
		if action.Verb.Removes() && action.Key.IsSecret() {
			removals = append(removals, action)
		}
	}
	return removals
}
