// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/metrics"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// scheduleBatch is how long what was found of a schedule is gathered: with thousands of tenants it changes many times a second.
const scheduleBatch = time.Second

// setupScans adds the controllers of runs and of schedules.
func setupScans(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, tenants *TenantReconciler) error {
	feeds, err := feedsCache(mgr)
	if err != nil {
		return err
	}
	runs := NewScanReconciler(tenants, feeds, mgr.GetEventRecorder(v1alpha1.FieldManager), clock.RealClock{})
	if err := runs.setup(mgr, cfg, feeds); err != nil {
		return err
	}
	if err := mgr.Add(metrics.NewWaitingScans(runs.board.waitingForQuota)); err != nil {
		return fmt.Errorf("adding the metrics of scans: %w", err)
	}
	return NewScanScheduleReconciler(runs).setup(mgr, cfg, runs.schedules)
}

// feedsCache holds the one ConfigMap that feeds write their versions to: it is nobody's of the operator's making.
func feedsCache(mgr ctrl.Manager) (cache.Cache, error) {
	feeds, err := replicas.AddCache(mgr, cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{&corev1.ConfigMap{}: {
			Namespaces: map[string]cache.Config{tenancy.FeedsNamespace: {}},
			Field:      fields.OneTermEqualSelector(metav1.ObjectNameField, v1alpha1.ScanFeedsName),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("adding the cache of feeds: %w", err)
	}
	return feeds, nil
}

// setup watches tenants and all that starts, or is, a run of theirs.
func (r *ScanReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, feeds cache.Cache) error {
	related := scanMapper{mapper{reader: mgr.GetClient()}, r.Loader}
	return ctrl.NewControllerManagedBy(mgr).
		Named("scan").
		For(&v1alpha1.Tenant{}, builder.WithPredicates(bearsOnRuns())).
		Watches(&v1alpha1.Tenant{}, handler.EnqueueRequestsFromMapFunc(related.partnerToCustomers), builder.WithPredicates(changesTerms(), madeLater())).
		Watches(&v1alpha1.ScanSchedule{}, gatheredFor(0, related.scheduleToTenants), builder.WithPredicates(changesTerms(), madeLater())).
		Watches(&v1alpha1.AssetInventory{}, handler.EnqueueRequestsFromMapFunc(related.inventoryToWaiting), builder.WithPredicates(predicate.GenerationChangedPredicate{}, madeLater())).
		Watches(&v1alpha1.TenantAccessGrant{}, handler.EnqueueRequestsFromMapFunc(related.grantToReached), builder.WithPredicates(letsIn())).
		Watches(&batchv1.Job{}, r.written.news(handler.EnqueueRequestsFromMapFunc(toOwner)), builder.WithPredicates(runFares())).
		Watches(&corev1.ConfigMap{}, r.written.news(handler.EnqueueRequestsFromMapFunc(toOwner)), builder.WithPredicates(isLedger(), madeLater())).
		WatchesRawSource(source.Kind(feeds, client.Object(&corev1.ConfigMap{}), handler.TypedEnqueueRequestsFromMapFunc(related.feedsToWaiting))).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// setup watches schedules, where they lie, and whom they pick.
func (r *ScanScheduleReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration, found pokes) error {
	related := scanMapper{mapper{reader: mgr.GetClient()}, r.Loader}
	return ctrl.NewControllerManagedBy(mgr).
		Named("scanschedule").
		For(&v1alpha1.ScanSchedule{}, builder.WithPredicates(changesTerms())).
		Watches(&v1alpha1.Tenant{}, after(scheduleBatch, related.tenantToSchedules), builder.WithPredicates(bearsOnRuns(), madeLater())).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(related.placeToSchedules), builder.WithPredicates(becomesPlace())).
		WatchesRawSource(found.source()).
		WithOptions(options(cfg.Workers)).
		Complete(r)
}

// noLedger keeps events of ledgers from those who only make a place: what is counted there changes with each run.
func noLedger() predicate.Predicate { return predicate.Not(isLedger()) }

// isLedger lets events of the ledgers of scans through.
func isLedger() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		_, configMap := object.(*corev1.ConfigMap)
		return configMap && object.GetName() == v1alpha1.ScanLedgerName
	})
}

// madeLater keeps back what there was when the manager started: all tenants are looked at then.
func madeLater() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }}
}

// bearsOnRuns lets a Tenant's events through that may change which schedules reach it, and whether it is closed.
func bearsOnRuns() predicate.Predicate {
	return predicate.Or(bearsOnSyncs(), predicate.Funcs{
		CreateFunc: never[event.CreateEvent],
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.Spec.Suspend != after.Spec.Suspend || before.Status.Phase != after.Status.Phase || before.Status.SuperAdmin != after.Status.SuperAdmin
		},
		DeleteFunc:  never[event.DeleteEvent],
		GenericFunc: never[event.GenericEvent],
	})
}

// runFares lets events of Jobs through that change what is known of a run. Those that there were when the manager started may
// be of a tenant that is gone.
func runFares() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, _ := scan.ReadJob(e.ObjectOld.(*batchv1.Job))
		after, _ := scan.ReadJob(e.ObjectNew.(*batchv1.Job))
		return before != after || e.ObjectOld.GetUID() != e.ObjectNew.GetUID()
	}}
}

// scanMapper finds the tenants and schedules that a change concerns.
type scanMapper struct {
	mapper
	loader *tenancy.Loader
}

// schedulesIn are those in a namespace that are asked for, and in all if it is empty; the cache's own: they must not be changed.
func (m scanMapper) schedulesIn(ctx context.Context, namespace string, which func(*v1alpha1.ScanSchedule) bool) []*v1alpha1.ScanSchedule {
	schedules, err := m.loader.SchedulesIn(ctx, namespace, which)
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing scan schedules to look at again")
	}
	return schedules
}

// scheduleToTenants maps a schedule to those whom it picks.
func (m scanMapper) scheduleToTenants(ctx context.Context, object client.Object) []reconcile.Request {
	schedule := object.(*v1alpha1.ScanSchedule)
	if !tenancy.IsForMany(schedule) {
		return m.ownerOf(ctx, schedule.Namespace)
	}
	var requests []reconcile.Request
	for _, tenant := range m.tenants(ctx, client.InNamespace(schedule.Namespace)) {
		if access.Selects(schedule.Spec.Tenants, tenant) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
		}
	}
	return requests
}

// partnerToCustomers maps a partner to its customers, where a schedule of its own is for them.
func (m scanMapper) partnerToCustomers(ctx context.Context, object client.Object) []reconcile.Request {
	partner := object.(*v1alpha1.Tenant)
	if partner.Status.Namespace == "" {
		return nil
	}
	var requests []reconcile.Request
	for _, schedule := range m.schedulesIn(ctx, partner.Status.Namespace, tenancy.IsForMany) {
		requests = append(requests, m.scheduleToTenants(ctx, schedule)...)
	}
	return requests
}

// inventoryToWaiting maps an inventory to its tenant, if a schedule that may reach it waits for new assets.
func (m scanMapper) inventoryToWaiting(ctx context.Context, object client.Object) []reconcile.Request {
	namespaces := []string{object.GetNamespace()}
	if above := parentOf(ctx, m.reader, object.GetNamespace()); above != "" {
		namespaces = append(namespaces, above)
	}
	for _, namespace := range namespaces {
		if len(m.schedulesIn(ctx, namespace, waiting(v1alpha1.ScanOnAssetAdded))) > 0 {
			return m.ownerOf(ctx, object.GetNamespace())
		}
	}
	return nil
}

// feedsToWaiting maps the versions of feeds to the tenants of the schedules that wait for new ones.
func (m scanMapper) feedsToWaiting(ctx context.Context, _ client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, schedule := range m.schedulesIn(ctx, "", waiting(v1alpha1.ScanOnFeedUpdated)) {
		requests = append(requests, m.scheduleToTenants(ctx, schedule)...)
	}
	return requests
}

// grantToReached maps a grant to the customers whom it lets somebody into, where a schedule reaches those alone whose author
// is let in.
func (m scanMapper) grantToReached(ctx context.Context, object client.Object) []reconcile.Request {
	forMany := map[string]bool{} // by namespace: an admin of a partner's is let into thousands
	return slices.DeleteFunc(m.grantToTenants(ctx, object), func(request reconcile.Request) bool {
		scanned, known := forMany[request.Namespace]
		if !known {
			scanned = len(m.schedulesIn(ctx, request.Namespace, tenancy.IsForMany)) > 0
			forMany[request.Namespace] = scanned
		}
		return !scanned
	})
}

// tenantToSchedules maps a tenant to the schedules that may pick it, and to those in its own place.
func (m scanMapper) tenantToSchedules(ctx context.Context, before, after client.Object) []reconcile.Request {
	tenant := either(before, after).(*v1alpha1.Tenant)
	requests := requestsFor(m.schedulesIn(ctx, tenant.Namespace, tenancy.IsForMany))
	if tenant.Status.Namespace != "" {
		requests = append(requests, requestsFor(m.schedulesIn(ctx, tenant.Status.Namespace, anySchedule))...)
	}
	return requests
}

// placeToSchedules maps a namespace to the schedules in it.
func (m scanMapper) placeToSchedules(ctx context.Context, object client.Object) []reconcile.Request {
	return requestsFor(m.schedulesIn(ctx, object.GetName(), anySchedule))
}

func anySchedule(*v1alpha1.ScanSchedule) bool { return true }

// waiting asks for the schedules that start runs upon an event.
func waiting(upon v1alpha1.ScanEvent) func(*v1alpha1.ScanSchedule) bool {
	return func(schedule *v1alpha1.ScanSchedule) bool { return waits(schedule, upon) }
}

func requestsFor(schedules []*v1alpha1.ScanSchedule) []reconcile.Request {
	requests := make([]reconcile.Request, 0, len(schedules))
	for _, schedule := range schedules {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(schedule)})
	}
	return requests
}
