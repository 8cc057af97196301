// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// SyncTargetReconciler brings what the syncs of a partner carry to one of its tenants. It copies for all of them, since
// one may take up what another gives up, and two may want the same.
type SyncTargetReconciler struct {
	// Client reads from the caches, and writes the status of Tenants.
	Client client.Client
	// Loader reads where a tenant's place is.
	Loader *tenancy.Loader
	// Stores read and write copies.
	Stores *replicas.Stores

	board *board
	// found tells the controller of syncs that something new was found.
	found pokes
	// secrets are the copies of Secrets that were looked at, which no watch tells of.
	secrets secretCopies
}

// visit is one look at one tenant.
type visit struct {
	tenant *v1alpha1.Tenant
	// namespace of the tenant's place; empty while it is not there.
	namespace string
	place     replication.Place
	// branding are the names of the syncs that each set the tenant's brand.
	branding []string
	// entries of the tenant's status, by the name of the sync.
	entries map[string]v1alpha1.TenantSync
	// again is when to look anew for what no watch tells of; 0 for never.
	again time.Duration
}

// Reconcile looks at one Tenant.
func (r *SyncTargetReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	posts := r.board.of(req.Namespace)
	if tenant.DeletionTimestamp != nil {
		r.forget(tenant, posts)
		return ctrl.Result{}, nil
	}
	if unposted, err := r.unposted(ctx, tenant, posts); err != nil || unposted {
		return ctrl.Result{RequeueAfter: unpostedPause}, err
	}
	v, err := r.arrive(ctx, tenant)
	if err != nil {
		for i := range posts {
			r.miss(tenant, &posts[i])
		}
		return ctrl.Result{}, err
	}
	removals, worked := r.write(ctx, v, posts)
	if worked != nil {
		removals = apart(removals, v, posts)
	}
	worked = errors.Join(worked, r.remove(ctx, v, removals))
	if err := r.report(ctx, v); apierrors.IsConflict(err) { // the controller of Tenants writes to the same status
		return ctrl.Result{RequeueAfter: syncBatch}, nil
	} else if err != nil {
		return ctrl.Result{}, err
	}
	if worked != nil {
		return ctrl.Result{}, worked
	}
	if r.board.overtaken(posts) {
		v.again = sooner(v.again, overtakenPause)
	}
	return ctrl.Result{RequeueAfter: v.again}, nil
}

const (
	// unpostedPause is how soon a tenant is looked at again that waits for a sync to say what it is about. It is looked at when
	// that does so; this is for one that goes instead.
	unpostedPause = 5 * time.Second
	// overtakenPause is how soon a tenant is looked at again whose look was overtaken by a change of a sync: the caches tell by
	// then of what was written, which may be wanted no more.
	overtakenPause = time.Second
)

// unposted says whether a sync that reaches the tenant has not said yet what it is about, as when the manager has just started:
// till then nobody knows what several syncs carry, and one of them would write over what another brought. One that can't say so is waited
// for by nobody: what it brought is left alone.
func (r *SyncTargetReconciler) unposted(ctx context.Context, tenant *v1alpha1.Tenant, posts []post) (bool, error) {
	list := &v1alpha1.MasterTenantSyncList{}
	// Of a sync, the operator writes the status alone, and no tenant has to wait for that.
	if err := r.Client.List(ctx, list, client.InNamespace(tenant.Namespace), client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency); err != nil {
		return false, fmt.Errorf("listing the syncs in namespace %q: %w", tenant.Namespace, err)
	}
	for i := range list.Items {
		if awaited(&list.Items[i], tenant, posts) {
			return true, nil
		}
	}
	return false, nil
}

// awaited says whether a sync reaches a tenant and is not among those that have said what they are about.
func awaited(sync *v1alpha1.MasterTenantSync, tenant *v1alpha1.Tenant, posts []post) bool {
	posted := slices.ContainsFunc(posts, func(one post) bool { return one.sync.UID == sync.UID })
	return !posted && sync.DeletionTimestamp == nil && replication.IsTarget(sync, tenant)
}

// forget has a tenant that is going be no target any more.
func (r *SyncTargetReconciler) forget(tenant *v1alpha1.Tenant, posts []post) {
	r.secrets.drop(tenant.UID)
	for _, posted := range posts {
		name := client.ObjectKeyFromObject(posted.sync)
		r.board.forget(name, tenant.UID)
		r.found.poke(name)
	}
}

// arrive reads what is in the tenant's place.
func (r *SyncTargetReconciler) arrive(ctx context.Context, tenant *v1alpha1.Tenant) (*visit, error) {
	v := &visit{tenant: tenant, entries: map[string]v1alpha1.TenantSync{}}
	for _, entry := range tenant.Status.Syncs {
		v.entries[entry.Name] = entry
	}
	var err error
	if v.namespace, err = r.Loader.PlaceOf(ctx, tenant); err != nil || v.namespace == "" {
		return v, err
	}
	v.place = replication.Place{Labels: desired.OwnerLabels(tenant), Foreign: map[replication.Key]string{}}
	if v.place.Held, err = r.Stores.CopiesIn(ctx, v.namespace); err != nil {
		return v, err
	}
	for _, entry := range tenant.Status.Syncs {
		secrets, err := r.secrets.held(ctx, r.Stores, v, entry.Secrets)
		if err != nil {
			return v, err
		}
		v.place.Held = append(v.place.Held, secrets...)
	}
	return v, nil
}

// write brings the tenant what every sync carries, and returns what is to be taken away afterwards.
func (r *SyncTargetReconciler) write(ctx context.Context, v *visit, posts []post) ([]removal, error) {
	v.place.Contested, v.place.Unread, v.branding = contested(v, posts), unread(posts), r.branding(v, posts)
	var removals []removal
	var worked error
	for i := range posts {
		later, err := r.bring(ctx, v, &posts[i])
		removals = append(removals, later)
		worked = errors.Join(worked, err)
		if err != nil {
			r.miss(v.tenant, &posts[i])
			v.stumble(&posts[i], err)
		}
	}
	orphans, err := r.orphans(ctx, v, posts)
	return append(removals, orphans...), errors.Join(worked, err)
}

// stumble notes that what a sync carries could not be written just now. That something else has changed it meanwhile is
// put right by the next look, and told to nobody.
func (v *visit) stumble(posted *post, err error) {
	name := posted.sync.Name
	entry, known := v.entries[name]
	if !known && posted.mode != syncWrite { // it has brought nothing, and only looks
		return
	}
	raced := apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || errors.Is(err, replicas.ErrGone) || placeGoes(err)
	if raced || entry.State == v1alpha1.SyncFailed {
		return
	}
	entry.Name, entry.State, entry.Reason = name, v1alpha1.SyncPending, v1alpha1.ReasonFailed
	entry.Message = "it could not be written just now, and is tried again by itself: if that lasts, look at the admission webhooks of this cluster, and at the operator's log"
	v.entries[name] = entry
}

// contested are the objects that several syncs carry to the tenant.
func contested(v *visit, posts []post) map[replication.Key][]string {
	var claims []replication.Claim
	for i := range posts {
		posted := &posts[i]
		if !posted.reaches(v.tenant) {
			continue
		}
		claim := replication.Claim{Sync: posted.sync.Name}
		for _, source := range posted.selection.Sources {
			claim.Keys = append(claim.Keys, source.Key)
		}
		claims = append(claims, claim)
	}
	return replication.Contested(claims)
}

// branding are the names of the syncs that set the tenant's brand: those that brought it, or do so now. Where the tenant
// says itself what it bears, none does.
func (r *SyncTargetReconciler) branding(v *visit, posts []post) []string {
	var names []string
	for i := range posts {
		name := client.ObjectKeyFromObject(posts[i].sync)
		entry := v.entries[name.Name]
		seeded := posts[i].sync.Spec.Trigger == v1alpha1.TriggerOnCreate && entry.Reached
		sets := slices.Contains(entry.Categories, v1alpha1.SyncWhiteLabel) || !seeded && r.board.admits(name, posts[i].attempt, v.tenant.UID)
		if sets && posts[i].reaches(v.tenant) && tenancy.Carries(posts[i].sync, v1alpha1.SyncWhiteLabel) && !brand.Decides(v.tenant.Spec.WhiteLabel) {
			names = append(names, name.Name)
		}
	}
	return names
}

// brandsWith are the names of the syncs that set the tenant's brand once a sync does too; none for one that sets none.
func (v *visit) brandsWith(sync *v1alpha1.MasterTenantSync) []string {
	if !tenancy.Carries(sync, v1alpha1.SyncWhiteLabel) {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(v.branding), sync.Name))))
}

// unread are the names of the syncs that could not be looked at yet.
func unread(posts []post) map[string]bool {
	names := map[string]bool{}
	for _, posted := range posts {
		if posted.mode == syncUnread {
			names[posted.sync.Name] = true
		}
	}
	return names
}

// report writes how the syncs fare in the tenant, where that has changed since it was read or reported.
func (r *SyncTargetReconciler) report(ctx context.Context, v *visit) error {
	syncs := slices.SortedFunc(maps.Values(v.entries), func(x, y v1alpha1.TenantSync) int { return strings.Compare(x.Name, y.Name) })
	if equality.Semantic.DeepEqual(syncs, v.tenant.Status.Syncs) {
		return nil
	}
	after := v.tenant.DeepCopy()
	after.Status.Syncs = syncs
	if _, err := status.Patch(ctx, r.Client, v.tenant, after, v1alpha1.FieldManager); err != nil {
		return client.IgnoreNotFound(err)
	}
	v.tenant = after
	return nil
}

// maxSyncs is the API's bound of status.syncs. A further sync brings nothing: what it brought would be found by nobody again.
const maxSyncs = 64

// tooManySyncs is said of a further one.
const tooManySyncs = "64 syncs reach the tenant already, which is the most: take it out of one of them"
