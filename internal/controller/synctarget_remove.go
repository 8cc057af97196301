// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// removal is what is to be taken away for a sync, after all that is written.
type removal struct {
	name    string
	actions []replication.Action
	// gone says that the sync reaches the tenant no more.
	gone bool
}

// apart are those of the removals that take away nothing which a sync carries to the tenant: where not all could be written, it would
// be missed until it is.
func apart(removals []removal, v *visit, posts []post) []removal {
	carried := map[replication.Key]bool{}
	for i := range posts {
		if !posts[i].reaches(v.tenant) {
			continue
		}
		for _, source := range posts[i].selection.Sources {
			carried[source.Key] = true
		}
	}
	return slices.DeleteFunc(removals, func(one removal) bool {
		return slices.ContainsFunc(one.actions, func(action replication.Action) bool { return carried[action.Key] })
	})
}

// orphans are the copies of syncs that are no more.
func (r *SyncTargetReconciler) orphans(ctx context.Context, v *visit, posts []post) ([]removal, error) {
	known := map[string]bool{}
	for _, posted := range posts {
		known[posted.sync.Name] = true
	}
	var removals []removal
	for _, name := range v.names() {
		if known[name] {
			continue
		}
		known[name] = true
		err := r.Client.Get(ctx, types.NamespacedName{Namespace: v.tenant.Namespace, Name: name}, &v1alpha1.MasterTenantSync{})
		if err == nil { // it is not posted yet
			v.again = sooner(v.again, unpostedPause)
			continue
		}
		if !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading sync %q: %w", name, err)
		}
		removals = append(removals, removal{name: name, actions: replication.Leaving(name, v1alpha1.LeavePrune, v.place), gone: true})
	}
	return removals, nil
}

// names are those of the syncs that have copies in the place, or an entry in the status.
func (v *visit) names() []string {
	var names []string
	for name := range v.entries {
		names = append(names, name)
	}
	for _, held := range v.place.Held {
		if name := held.SyncedBy(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// remove takes away what is wanted no more. What can't be taken away holds up nothing else.
func (r *SyncTargetReconciler) remove(ctx context.Context, v *visit, removals []removal) error {
	var failed []error
	for _, one := range removals {
		err := r.removeFor(ctx, v, one)
		failed = append(failed, err)
		entry, had := v.entries[one.name]
		switch {
		case !one.gone || !had || err != nil:
		case v.namespace == "" && len(entry.Secrets) > 0: // the place may come back with them, as where it is restored
			v.again = sooner(v.again, unpostedPause)
		default:
			delete(v.entries, one.name)
			r.found.poke(types.NamespacedName{Namespace: v.tenant.Namespace, Name: one.name})
		}
	}
	return errors.Join(failed...)
}

// removeFor takes away what one sync leaves behind.
func (r *SyncTargetReconciler) removeFor(ctx context.Context, v *visit, one removal) error {
	var failed []error
	for _, action := range one.actions {
		if err := r.do(ctx, v, action); err != nil {
			failed = append(failed, err)
			continue
		}
		if entry, had := v.entries[one.name]; had && action.Key.IsSecret() {
			entry.Secrets = slices.DeleteFunc(slices.Clone(entry.Secrets), func(name string) bool { return name == action.Key.Name })
			v.entries[one.name] = entry
		}
	}
	return errors.Join(failed...)
}
