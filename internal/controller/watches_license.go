// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// toName is a request for what has a name and no namespace.
func toName(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// toItsNamespace maps an object to the namespace that it lies in.
func toItsNamespace(_ context.Context, before, after client.Object) []reconcile.Request {
	return []reconcile.Request{toName(either(before, after).GetNamespace())}
}

// books lets events of the books of capacity through.
func books() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool { return object.GetNamespace() == tenancy.CapacityNamespace })
}

// changesTerms lets events of plans through that change what they give.
func changesTerms() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() || e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
			(e.ObjectOld.GetDeletionTimestamp() == nil) != (e.ObjectNew.GetDeletionTimestamp() == nil)
	}}
}

// asksForCapacity lets a Tenant's events through that change what it, or its children, hold or ask for.
func asksForCapacity() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
		return before.Generation != after.Generation || before.UID != after.UID ||
			(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
			before.Status.Namespace != after.Status.Namespace ||
			before.Status.TrialPlan != after.Status.TrialPlan || !before.Status.TrialEndsAt.Equal(after.Status.TrialEndsAt)
	}}
}

// changesPlan lets a Tenant's events through that change what those on a plan hold together.
func changesPlan() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
		return !slices.Equal(tenancy.PlansOf(before), tenancy.PlansOf(after)) || !equality.Semantic.DeepEqual(before.Status.Effective, after.Status.Effective)
	}}
}

// changesEnforced lets events of tenants' quotas through that change what is enforced or used.
func changesEnforced() predicate.Predicate {
	tenants := func(object client.Object) bool { return object.GetName() == desired.QuotaName }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return tenants(e.Object) && !e.IsInInitialList },
		UpdateFunc: func(e event.UpdateEvent) bool { return tenants(e.ObjectNew) },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// planToTenants maps a plan to the Tenants that it concerns, and those that a trial leads to it.
func (m mapper) planToTenants(ctx context.Context, object client.Object) []reconcile.Request {
	var requests []reconcile.Request
	names := []string{object.GetName()}
	for _, trial := range m.planToTrials(ctx, nil, object) {
		names = append(names, trial.Name)
	}
	for _, name := range names {
		for _, tenant := range m.tenants(ctx, client.InNamespace(object.GetNamespace()), client.MatchingFields{tenancy.IndexPlans: name}) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
		}
	}
	return requests
}

// planToTrials maps a plan to those beside it whose trials lead to it.
func (m mapper) planToTrials(ctx context.Context, before, after client.Object) []reconcile.Request {
	followed := either(before, after)
	list := &v1alpha1.LicensePlanList{}
	if err := m.reader.List(ctx, list, client.InNamespace(followed.GetNamespace()), client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing plans to look at again")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if trial := list.Items[i].Spec.Trial; trial != nil && trial.PlanRef != nil && trial.PlanRef.Name == followed.GetName() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}

// tenantToPlans maps a Tenant to the plans that it is, and was, on.
func tenantToPlans(_ context.Context, before, after client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, object := range []client.Object{before, after} {
		if object == nil {
			continue
		}
		for _, plan := range tenancy.PlansOf(object) {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: plan}})
		}
	}
	return requests
}

// booksToPlans maps books to the plans that they speak of.
func (m mapper) booksToPlans(ctx context.Context, before, after client.Object) []reconcile.Request {
	namespace := either(before, after).GetName()
	list := &v1alpha1.LicensePlanList{}
	if err := m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing plans to look at again")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}

// changedIn are the names of the Tenants of which books, before and after a change, say different things.
func changedIn(ctx context.Context, before, after client.Object) []string {
	var read [2]license.Books
	for i, object := range []client.Object{before, after} {
		books := tenancy.Books{}
		if object != nil {
			var err error
			if books, err = tenancy.ReadBooks(object.(*corev1.ConfigMap)); err != nil {
				ctrl.LoggerFrom(ctx).Error(err, "Reading the books of capacity")
			}
		}
		read[i] = books.Books
	}
	return read[0].Changed(read[1])
}

// booksToTenants wakes the Tenants of which the books say something else than before, and some time later the
// partner, which says how much is held in all.
func (m mapper) booksToTenants() handler.EventHandler {
	add := func(ctx context.Context, before, after client.Object, queue requestQueue) {
		namespace := either(before, after).GetName()
		for _, name := range changedIn(ctx, before, after) {
			queue.Add(reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}})
		}
		for _, partner := range m.ownerOf(ctx, namespace) {
			queue.AddAfter(partner, planBatch)
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q requestQueue) {
			if !e.IsInInitialList { // all Tenants are looked at then
				add(ctx, nil, e.Object, q)
			}
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q requestQueue) { add(ctx, e.ObjectOld, e.ObjectNew, q) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q requestQueue) { add(ctx, e.Object, nil, q) },
	}
}

// ownerOf is the Tenant whose place a namespace is; none for a plain one.
func (m mapper) ownerOf(ctx context.Context, name string) []reconcile.Request {
	namespace := &corev1.Namespace{}
	if err := m.reader.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		return nil
	}
	return toOwner(ctx, namespace)
}

// capacityMapper maps what changes to the namespaces whose books it may change.
type capacityMapper struct {
	mapper
	shelf *tenancy.Shelf
}

// tenantToNamespaces maps a Tenant to the namespace that it lies in, and a partner to its own place.
func (m capacityMapper) tenantToNamespaces(ctx context.Context, before, after client.Object) []reconcile.Request {
	tenant := either(before, after).(*v1alpha1.Tenant)
	requests := []reconcile.Request{toName(tenant.Namespace)}
	if tenant.Spec.Partner != nil && tenant.Status.Namespace != "" {
		requests = append(requests, toName(tenant.Status.Namespace))
	}
	if after == nil {
		requests = append(requests, m.goneToNamespaces(ctx, before, nil)...)
	}
	return requests
}

// goneToNamespaces maps a Tenant, or the record of one, that is gone to the namespace that it lay in, and to where
// the partner lies that had that child.
func (m capacityMapper) goneToNamespaces(ctx context.Context, before, _ client.Object) []reconcile.Request {
	requests := []reconcile.Request{toName(before.GetNamespace())}
	for _, partner := range m.ownerOf(ctx, before.GetNamespace()) {
		requests = append(requests, m.unsettled(ctx, partner.NamespacedName)...)
	}
	return requests
}

// booksToNamespaces maps books to themselves, to the places of the partners in them that were given something
// else, and to where the partner lies whose children they speak of.
func (m capacityMapper) booksToNamespaces(ctx context.Context, before, after client.Object) []reconcile.Request {
	namespace := either(before, after).GetName()
	requests := []reconcile.Request{toName(namespace)}
	for _, name := range changedIn(ctx, before, after) {
		tenant := &v1alpha1.Tenant{}
		if err := m.reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, tenant); err == nil && tenant.Spec.Partner != nil && tenant.Status.Namespace != "" {
			requests = append(requests, toName(tenant.Status.Namespace))
		}
	}
	for _, partner := range m.ownerOf(ctx, namespace) {
		if exceeded(ctx, after) {
			requests = append(requests, toName(partner.Namespace))
		}
		requests = append(requests, m.unsettled(ctx, partner.NamespacedName)...)
	}
	return requests
}

// exceeded says that the Tenants of which books speak hold more together than their partner was given for them.
func exceeded(ctx context.Context, object client.Object) bool {
	if object == nil {
		return false
	}
	books, err := tenancy.ReadBooks(object.(*corev1.ConfigMap))
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Reading the books of capacity")
	}
	return err == nil && books.Exceeded()
}

// quotaToNamespace maps the quota of a Tenant that holds more than it was given to where the Tenant lies.
func (m capacityMapper) quotaToNamespace(ctx context.Context, _, after client.Object) []reconcile.Request {
	for _, tenant := range toOwner(ctx, after) {
		return m.unsettled(ctx, tenant.NamespacedName)
	}
	return nil
}

// unsettled is the namespace that a Tenant lies in, where the Tenant holds more than it was given, or is not in
// the books.
func (m capacityMapper) unsettled(ctx context.Context, tenant types.NamespacedName) []reconcile.Request {
	books, err := m.shelf.At(ctx, m.reader, tenant.Namespace)
	if err != nil || books.Object == nil {
		return nil
	}
	if entry, known := books.Entries[tenant.Name]; known && entry.Held == nil {
		return nil
	}
	return []reconcile.Request{toName(tenant.Namespace)}
}
