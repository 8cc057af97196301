// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/brand"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// syncBatch is how long what was found of a sync's targets is gathered, and changes in the master's place are.
const syncBatch = 100 * time.Millisecond

// setupSyncs adds the controllers of syncs and of their targets.
func setupSyncs(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, tenants *TenantReconciler) error {
	stores, err := replicas.New(mgr, replication.NewRules(&cfg.Sync))
	if err != nil {
		return err
	}
	written := newEchoes()
	stores.Writing = written.begin
	posts, targets, found := newBoard(), pokesAfter(0), pokesAfter(syncBatch)
	syncs := &SyncReconciler{
		Client: tenants.Client, Loader: tenants.Loader, Stores: stores, Events: mgr.GetEventRecorder(v1alpha1.FieldManager), Clock: clock.RealClock{},
		board: posts, targets: targets,
	}
	if err := syncs.setup(mgr, cfg, found); err != nil {
		return err
	}
	visits := &SyncTargetReconciler{Client: tenants.Client, Loader: tenants.Loader, Stores: stores, board: posts, found: found}
	return visits.setup(mgr, cfg, targets, written)
}

// setup watches syncs, what is marked in masters' places, and the tenants that may be masters or targets.
func (r *SyncReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, found pokes) error {
	related := syncMapper{reader: mgr.GetClient(), stores: r.Stores}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("mastertenantsync").
		For(&v1alpha1.MasterTenantSync{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Tenant{}, after(syncBatch, related.tenantToSyncs), builder.WithPredicates(predicate.Or(bearsOnSyncs(), leftSync()))).
		WatchesRawSource(found.source()).
		WithOptions(options(cfg.Workers))
	for _, kind := range r.Stores.Kinds {
		b = b.WatchesRawSource(source.TypedKind[client.Object](r.Stores.Marked, replicas.ObjectOf(kind), after(syncBatch, related.markedToSyncs))).
			WatchesRawSource(source.TypedKind[client.Object](r.Stores.Copies, replicas.ObjectOf(kind), after(syncBatch, related.copyToLeaving),
				predicate.TypedFuncs[client.Object]{CreateFunc: never[event.CreateEvent], UpdateFunc: never[event.UpdateEvent]}))
	}
	return b.Complete(r)
}

// setup watches tenants and the copies in their places.
func (r *SyncTargetReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, targets pokes, written *echoes) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("synctarget").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(bearsOnSyncs())).
		WatchesRawSource(targets.source()).
		WithOptions(options(cfg.Workers))
	for _, kind := range r.Stores.Kinds {
		b = b.WatchesRawSource(source.TypedKind[client.Object](r.Stores.Copies, replicas.ObjectOf(kind),
			written.news(handler.EnqueueRequestsFromMapFunc(toOwner)), madeAlready()))
	}
	return b.Complete(r)
}

func never[E any](E) bool { return false }

// madeAlready lets events of copies through, but for those that there were when the manager started: their tenants
// are looked at anyway.
func madeAlready() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }}
}

// bearsOnSyncs lets a Tenant's events through that may make it a target or a master, or change what is filled in for it.
func bearsOnSyncs() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
		return before.UID != after.UID || !maps.Equal(before.Labels, after.Labels) ||
			(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
			before.Status.Namespace != after.Status.Namespace || !slices.Equal(before.Status.Hosts, after.Status.Hosts) ||
			brand.Decides(before.Spec.WhiteLabel) != brand.Decides(after.Spec.WhiteLabel) ||
			before.Spec.DisplayName != after.Spec.DisplayName || before.Spec.CustomerAccess != after.Spec.CustomerAccess ||
			!equality.Semantic.DeepEqual(before.Spec.Partner, after.Spec.Partner) || before.ResourceVersion == after.ResourceVersion
	}}
}

// leftSync lets a Tenant's events through when its status names a sync no more: one that is going waits for that.
func leftSync() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: never[event.CreateEvent],
		UpdateFunc: func(e event.UpdateEvent) bool {
			after := e.ObjectNew.(*v1alpha1.Tenant)
			return slices.ContainsFunc(e.ObjectOld.(*v1alpha1.Tenant).Status.Syncs, func(entry v1alpha1.TenantSync) bool { return !hasEntry(after, entry.Name) })
		},
		DeleteFunc:  never[event.DeleteEvent],
		GenericFunc: never[event.GenericEvent],
	}
}

// syncMapper finds the syncs that a change concerns.
type syncMapper struct {
	reader client.Reader
	stores *replicas.Stores
}

// tenantToSyncs maps a tenant to the syncs that may reach it, and to those in its own place: it may be a master, or a partner.
func (m syncMapper) tenantToSyncs(ctx context.Context, before, after client.Object) []reconcile.Request {
	tenant := either(before, after).(*v1alpha1.Tenant)
	requests := m.syncsIn(ctx, tenant.Namespace)
	if tenant.Spec.Partner != nil && tenant.Status.Namespace != "" {
		requests = append(requests, m.syncsIn(ctx, tenant.Status.Namespace)...)
	}
	return requests
}

// markedToSyncs maps a marked object to the syncs that may carry it: those of the place that it lies in, and of the place above.
func (m syncMapper) markedToSyncs(ctx context.Context, before, after client.Object) []reconcile.Request {
	object := either(before, after)
	if after == nil {
		m.stores.Forget(object)
	}
	requests := m.syncsIn(ctx, object.GetNamespace())
	if above := parentOf(ctx, m.reader, object.GetNamespace()); above != "" {
		requests = append(requests, m.syncsIn(ctx, above)...)
	}
	return requests
}

// copyToLeaving maps a copy that has gone to its sync, if that waits for it.
func (m syncMapper) copyToLeaving(ctx context.Context, before, after client.Object) []reconcile.Request {
	labels := either(before, after).GetLabels()
	name := types.NamespacedName{Namespace: labels[v1alpha1.LabelParent], Name: labels[v1alpha1.LabelSyncedBy]}
	sync := &v1alpha1.MasterTenantSync{}
	if err := m.reader.Get(ctx, name, sync); err != nil || sync.DeletionTimestamp == nil {
		return nil
	}
	return []reconcile.Request{{NamespacedName: name}}
}

func (m syncMapper) syncsIn(ctx context.Context, namespace string) []reconcile.Request {
	list := &v1alpha1.MasterTenantSyncList{}
	if err := m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing the syncs in a namespace", "namespace", namespace)
		return nil
	}
	requests := make([]reconcile.Request, len(list.Items))
	for i := range list.Items {
		requests[i].NamespacedName = client.ObjectKeyFromObject(&list.Items[i])
	}
	return requests
}

// parentOf is the namespace that the tenant lies in whose place a namespace is; empty if it is none.
func parentOf(ctx context.Context, reader client.Reader, namespace string) string {
	place := &corev1.Namespace{}
	if err := reader.Get(ctx, client.ObjectKey{Name: namespace}, place); err != nil || place.Labels[v1alpha1.LabelManaged] != "true" {
		return ""
	}
	return place.Labels[v1alpha1.LabelParent]
}

// syncReached lets a Tenant's events through when a sync has reached it or failed to, or reaches it no more, or brings other
// categories: users and a brand are let in then, and a new tenant waits for some.
func syncReached() predicate.Predicate {
	reached := func(object client.Object) []string {
		var names []string
		for _, entry := range object.(*v1alpha1.Tenant).Status.Syncs {
			if entry.Reached || entry.State == v1alpha1.SyncFailed {
				names = append(names, entry.Name)
			}
			for _, category := range entry.Categories {
				names = append(names, entry.Name+"/"+string(category))
			}
		}
		return names
	}
	return predicate.Funcs{
		CreateFunc:  never[event.CreateEvent],
		UpdateFunc:  func(e event.UpdateEvent) bool { return !slices.Equal(reached(e.ObjectOld), reached(e.ObjectNew)) },
		DeleteFunc:  never[event.DeleteEvent],
		GenericFunc: never[event.GenericEvent],
	}
}

// bringsMore lets events of syncs through that may change whom a sync lets in, what brand it sets, or who waits for it.
func bringsMore() predicate.Predicate {
	brings := func(object client.Object) bool {
		sync := object.(*v1alpha1.MasterTenantSync)
		return len(replication.Brings(&sync.Spec)) > 0 || sync.Spec.Trigger == v1alpha1.TriggerOnCreate
	}
	return predicate.Funcs{
		CreateFunc: never[event.CreateEvent],
		UpdateFunc: func(e event.UpdateEvent) bool {
			return (brings(e.ObjectOld) || brings(e.ObjectNew)) && (e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
				(e.ObjectOld.GetDeletionTimestamp() == nil) != (e.ObjectNew.GetDeletionTimestamp() == nil))
		},
		DeleteFunc: func(e event.DeleteEvent) bool { return brings(e.Object) },
	}
}

// syncToReached maps a sync to the tenants that it has reached, and to those that are not Ready: they may wait for it.
func (m mapper) syncToReached(ctx context.Context, object client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, tenant := range m.tenants(ctx, client.InNamespace(object.GetNamespace())) {
		if hasEntry(tenant, object.GetName()) || !tenant.IsReady() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
		}
	}
	return requests
}

// masterToReached maps a Tenant whose brand changes to those that a sync brings it to.
func (m mapper) masterToReached(ctx context.Context, object client.Object) []reconcile.Request {
	master := object.(*v1alpha1.Tenant)
	var requests []reconcile.Request
	for _, namespace := range []string{master.Namespace, master.Status.Namespace} {
		list := &v1alpha1.MasterTenantSyncList{}
		if namespace == "" || m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy) != nil {
			continue
		}
		for i := range list.Items {
			sync := &list.Items[i]
			ref := sync.Spec.MasterRef
			if isMaster := ref == nil && namespace == master.Status.Namespace || ref != nil && namespace == master.Namespace && string(ref.Name) == master.Name; isMaster &&
				tenancy.Carries(sync, v1alpha1.SyncWhiteLabel) {
				requests = append(requests, m.syncToReached(ctx, sync)...)
			}
		}
	}
	return requests
}
