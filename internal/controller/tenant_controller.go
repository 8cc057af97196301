// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package controller runs the reconcilers: load, decide, apply, report.
package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/kinds"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// TenantReconciler makes each Tenant a place and keeps it true.
type TenantReconciler struct {
	// Client reads from the caches, and reads its own writes.
	Client client.Client
	// Live reads from the API server; asked only before data is given up as gone.
	Live client.Reader
	// Loader reads the world around a tenant.
	Loader *tenancy.Loader
	// Engine applies and prunes.
	Engine *apply.Engine
	// Reporter writes status and events.
	Reporter *Reporter
	// Kinds of others that the cluster serves.
	Kinds kinds.Served
	// Wake takes tenants that another's change lets go on; nobody listens if it is nil.
	Wake chan<- event.GenericEvent
	// written are the last writes to what was made for tenants.
	written *echoes
	// scanned has tenants looked at of which more scans are counted.
	scanned pokes
	// courtesy is shown to other tenants once, before a tenant is seen to again.
	courtesy courtesy
	// bindings that were written since their places were looked at last.
	bindings lately
}

// Reconcile looks at one Tenant.
func (r *TenantReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); err != nil {
		if apierrors.IsNotFound(err) {
			return ctrl.Result{}, r.forget(ctx, req.NamespacedName)
		}
		return ctrl.Result{}, err
	}
	if tenant.DeletionTimestamp != nil && !controllerutil.ContainsFinalizer(tenant, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil // its place is gone or kept; somebody else's finalizer holds the Tenant
	}
	in, err := r.Loader.Load(ctx, tenant)
	if err != nil {
		return ctrl.Result{}, err
	}
	refusal := desired.Refuse(in)
	seen, applied := r.apply(ctx, &in, refusal)
	if errors.Is(applied, errOthersFirst) {
		return ctrl.Result{RequeueAfter: time.Nanosecond, Priority: new(behindOthers)}, nil
	}
	result, err := r.Reporter.Report(ctx, in, seen, applied)
	if err == nil && result.RequeueAfter > 0 {
		result.Priority = new(0) // else it has that of this look: what is due then, as the end of somebody's access, comes behind nothing
	}
	return result, err
}

// apply brings the world to what was decided and says what became of it.
func (r *TenantReconciler) apply(ctx context.Context, in *desired.Inputs, refusal *desired.Refusal) (standing.Seen, error) {
	switch {
	case in.Tenant.DeletionTimestamp != nil:
		return r.remove(ctx, *in)
	case refusal != nil:
		seen, err := r.confine(ctx, *in)
		seen.Refusal = refusal
		return seen, err
	}
	if err := r.ensureFinalizer(ctx, in.Tenant); err != nil {
		return standing.Seen{}, err
	}
	if in.Kept != nil {
		if err := r.takeBack(ctx, in); err != nil {
			return standing.Seen{}, err
		}
		// Who is let in, and more, depends on what came with the place.
		taken, err := r.Loader.Load(ctx, in.Tenant)
		if err != nil {
			return standing.Seen{}, err
		}
		*in = taken
	}
	seen, err := r.establish(ctx, *in)
	if err == nil && in.PlaceUID == "" {
		err = r.Loader.Placed(ctx, in) // what is told of the place must not wait for another look: none may come
	}
	return seen, err
}

// establish makes the place: the namespace and what stands in it, then the quotas, and the way in
// once the quotas are enforced. Hosts that the tenant asks for no more are given up last, when
// nothing leads there.
func (r *TenantReconciler) establish(ctx context.Context, in desired.Inputs) (standing.Seen, error) {
	seen := standing.Seen{}
	revoked, err := r.revoke(ctx, in)
	if err != nil {
		return seen, err
	}
	if r.courtesy.due(in.Tenant.UID, revoked && !in.Closed()) {
		return seen, errOthersFirst
	}
	place := desired.For(in)
	if err := r.ensureAlive(ctx, in, place); err != nil {
		return seen, err
	}
	claimed, err := r.claim(ctx, in, place)
	if err != nil {
		return seen, err
	}
	told, err := r.applyOne(ctx, in, place.Namespace)
	if err != nil {
		return seen, err
	}
	seen.HasPlace = true
	stopping, err := r.shut(ctx, in, place)
	if err != nil {
		return seen, err
	}
	if err := r.applyAll(ctx, in, slices.Concat(place.Contents, place.Quotas)...); err != nil {
		return seen, err
	}
	if seen.Uncertified, err = r.certify(ctx, in, place); err != nil {
		return seen, err
	}
	if seen.Quota, seen.Waiting, err = r.awaitQuotas(ctx, place, place.Quotas); err != nil || seen.Waiting != "" {
		return seen, err
	}
	if err := r.letIn(ctx, in, place, &seen); err != nil {
		return seen, err
	}
	if err := r.open(ctx, in, place, claimed); err != nil {
		return seen, err
	}
	seen.Waiting = stopping
	if err := r.prune(ctx, place, desired.Made(in)...); err != nil {
		return seen, err
	}
	seen.Again, err = r.giveUp(ctx, in, place, desired.Asked(in), told != apply.Unchanged)
	if len(seen.Unbound) > 0 && seen.Again == 0 {
		seen.Again = longestPause
	}
	return seen, err
}

// ensureAlive asks the API server itself whether the Tenant is there, before anything is made for it:
// a manager that leads no more, and does not know it, would make a place that nobody takes away.
func (r *TenantReconciler) ensureAlive(ctx context.Context, in desired.Inputs, place desired.Place) error {
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(place.Namespace.Object), &corev1.Namespace{})
	if apierrors.IsNotFound(err) {
		live := &v1alpha1.Tenant{}
		err = r.Live.Get(ctx, client.ObjectKeyFromObject(in.Tenant), live)
		if err == nil && (live.UID != in.Tenant.UID || (live.DeletionTimestamp == nil) != (in.Tenant.DeletionTimestamp == nil)) {
			err = errors.New("it was deleted, and the cache does not have that yet")
		}
	}
	if err != nil {
		return fmt.Errorf("making the place of tenant %q: %w", in.Tenant.Name, err)
	}
	return nil
}

// confine closes the place of a tenant that is refused, where it has one and must be closed: what is
// wrong with a tenant is no way round its suspension, nor does it keep anybody in. All else in the place stays as it is, the hosts
// that it holds too, but for those of a domain that the partner above it holds no more; it waits for no
// other.
func (r *TenantReconciler) confine(ctx context.Context, in desired.Inputs) (standing.Seen, error) {
	seen := standing.Seen{}
	if in.PlaceUID == "" {
		return seen, r.keepHosts(ctx, tenancy.HolderFor(in.Tenant))
	}
	place := desired.For(in)
	if _, err := r.revoke(ctx, in); err != nil {
		return seen, err
	}
	claims, err := r.claimsOf(ctx, tenancy.HolderFor(in.Tenant))
	if err != nil {
		return seen, err
	}
	kept, lost := tenancy.HostsOfRefused(in, claims)
	if len(lost) > 0 || in.Closed() {
		told, err := r.applyOne(ctx, in, place.Namespace)
		if err != nil {
			return seen, err
		}
		if in.Closed() {
			if _, err := r.shut(ctx, in, place); err != nil {
				return seen, err
			}
		}
		seen.Again, err = r.giveUp(ctx, in, place, kept, told != apply.Unchanged)
		return seen, err
	}
	return seen, r.release(ctx, tenancy.HolderFor(in.Tenant), kept...)
}

// open makes the way in. A route is made on the API server's own word that its hosts are the
// tenant's, unless they have just been claimed: a manager that leads no more would lead them astray.
func (r *TenantReconciler) open(ctx context.Context, in desired.Inputs, place desired.Place, claimed bool) error {
	for _, intent := range place.Entry {
		if claimed {
			break
		}
		settled, err := r.Engine.Settled(ctx, intent)
		if err != nil {
			return err
		}
		if settled {
			continue
		}
		if err := r.confirmClaims(ctx, place); err != nil {
			return err
		}
		claimed = true
	}
	return r.applyAll(ctx, in, place.Entry...)
}

// certify asks for certificates and says why there are none, where cert-manager is not installed.
func (r *TenantReconciler) certify(ctx context.Context, in desired.Inputs, place desired.Place) (string, error) {
	err := r.applyAll(ctx, in, place.Certificates...)
	if meta.IsNoMatchError(err) {
		return "cert-manager is not installed in this cluster: name a Secret in spec.domain.custom.certificateRef instead", nil
	}
	return "", err
}

func (r *TenantReconciler) applyAll(ctx context.Context, in desired.Inputs, intents ...apply.Intent) error {
	for _, intent := range intents {
		if _, err := r.applyOne(ctx, in, intent); err != nil {
			return err
		}
	}
	return nil
}

func (r *TenantReconciler) applyOne(ctx context.Context, in desired.Inputs, intent apply.Intent) (apply.Outcome, error) {
	outcome, err := r.Engine.Apply(ctx, intent)
	if err == nil && outcome != apply.Unchanged {
		r.Reporter.Applied(ctx, in, intent.Object, outcome)
	}
	return outcome, err
}

// prune deletes those of what is made in a place that are not wanted there. Of a kind that the cluster does not
// serve there is nothing.
func (r *TenantReconciler) prune(ctx context.Context, place desired.Place, made ...client.Object) error {
	return r.Engine.Prune(ctx, place.InNamespace(), r.Kinds.Only(made)...)
}

// ensureFinalizer adds the finalizer where admission has not: nothing is made for a Tenant that
// could go without a word.
func (r *TenantReconciler) ensureFinalizer(ctx context.Context, tenant *v1alpha1.Tenant) error {
	return patchFinalizer(ctx, r.Client, tenant, controllerutil.AddFinalizer)
}
