// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// asked lets a Tenant's own events through when somebody changed what is asked of it: our own
// status writes are no news.
func asked() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, after := e.ObjectOld, e.ObjectNew
		return before.GetGeneration() != after.GetGeneration() ||
			before.GetUID() != after.GetUID() ||
			(before.GetDeletionTimestamp() == nil) != (after.GetDeletionTimestamp() == nil) ||
			!maps.Equal(before.GetAnnotations(), after.GetAnnotations()) ||
			!maps.Equal(before.GetLabels(), after.GetLabels()) ||
			!slices.Equal(before.GetFinalizers(), after.GetFinalizers()) ||
			before.GetResourceVersion() == after.GetResourceVersion()
	}}
}

// drifted lets events of what we made through, but for its creation: that was us. That of a way in, a
// route or a binding, is let through all the same: the cache may hear of it, or a manager that leads no
// more may make it, when it is not wanted any more.
func drifted() predicate.Predicate {
	return predicate.Funcs{CreateFunc: func(e event.CreateEvent) bool {
		return isWayIn(e.Object) && !e.IsInInitialList
	}}
}

func isWayIn(object client.Object) bool {
	switch object.(type) {
	case *networkingv1.Ingress, *gatewayv1.HTTPRoute, *gatewayv1.ListenerSet, *rbacv1.RoleBinding:
		return true
	}
	return false
}

// isClaim says whether an object claims a host.
func isClaim(object client.Object) bool {
	_, configMap := object.(*corev1.ConfigMap)
	return configMap && object.GetNamespace() == desired.ClaimNamespace
}

// claims lets only events of claims through.
func claims() predicate.Predicate {
	return predicate.NewPredicateFuncs(isClaim)
}

// claimed lets events of claims through that somebody has made or given up since the start.
func claimed() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(e event.CreateEvent) bool { return isClaim(e.Object) && !e.IsInInitialList },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		DeleteFunc:  func(e event.DeleteEvent) bool { return isClaim(e.Object) },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// proven lets events of new claims of domains through: their holders don't make them themselves.
func proven() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool {
			return isClaim(e.Object) && !e.IsInInitialList && e.Object.(*corev1.ConfigMap).Data[desired.ClaimKind] != desired.ClaimSubdomain
		},
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		DeleteFunc:  func(event.DeleteEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// partnerDomains lets events of claims of partners' domains through: the children's hosts lie under them.
func partnerDomains() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		return isClaim(object) && object.(*corev1.ConfigMap).Data[desired.ClaimKind] == desired.ClaimPartner
	})
}

// wantsDomains lets events of a Tenant through that bring it nearer to a domain of its own: when it
// asks for one, and when its place is there.
func wantsDomains() predicate.Predicate {
	wants := func(object client.Object) bool { return len(desired.Domains(object.(*v1alpha1.Tenant))) > 0 }
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return wants(e.Object) },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return wants(after) && (before.Generation != after.Generation || before.Status.Namespace != after.Status.Namespace)
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// reachesDescendants lets a Tenant's events through that change the places beneath its own.
func reachesDescendants() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.Generation != after.Generation ||
				(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
				before.Status.Phase != after.Status.Phase ||
				!equality.Semantic.DeepEqual(before.Status.Effective, after.Status.Effective) ||
				before.Status.SuperAdmin != after.Status.SuperAdmin
		},
	}
}

// deleted lets only the last event of an object through.
func deleted() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(event.CreateEvent) bool { return false },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// retained lets events of places through that are kept after the deletion of their Tenant.
func retained() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		return object.GetAnnotations()[v1alpha1.AnnotationRetainedUntil] != ""
	})
}

// toPlace maps a record to the namespace that it speaks of.
func toPlace(_ context.Context, object client.Object) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Name: object.(*v1alpha1.RetainedTenant).Spec.Namespace}}}
}

// toOwner maps what we made to its Tenant, by the labels that say whose it is.
func toOwner(_ context.Context, object client.Object) []reconcile.Request {
	labels := object.GetLabels()
	if labels[v1alpha1.LabelManaged] != "true" || labels[v1alpha1.LabelTenant] == "" { // a directory is no tenant's
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{
		Namespace: labels[v1alpha1.LabelParent],
		Name:      labels[v1alpha1.LabelTenant],
	}}}
}

// toRecord maps what we made to the record of its Tenant, where its place is kept: most are not.
func (m mapper) toRecord(ctx context.Context, object client.Object) []reconcile.Request {
	requests := toOwner(ctx, object)
	return slices.DeleteFunc(requests, func(request reconcile.Request) bool {
		return apierrors.IsNotFound(m.reader.Get(ctx, request.NamespacedName, &v1alpha1.RetainedTenant{}))
	})
}

// toDescendants maps a Tenant to the Tenants in its place, and in theirs: one in between that is at
// fault passes nothing on.
func (m mapper) toDescendants(ctx context.Context, object client.Object) []reconcile.Request {
	place := object.(*v1alpha1.Tenant).Status.Namespace
	if place == "" {
		return nil
	}
	var requests []reconcile.Request
	for _, child := range m.tenants(ctx, client.InNamespace(place)) {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(child)})
		requests = append(requests, m.toDescendants(ctx, child)...)
	}
	return requests
}

// claimToDescendants maps a claim to the Tenants beneath its holder.
func (m mapper) claimToDescendants(ctx context.Context, object client.Object) []reconcile.Request {
	holder := &v1alpha1.Tenant{}
	if err := m.reader.Get(ctx, tenancy.HolderOf(object.(*corev1.ConfigMap)).NamespacedName, holder); err != nil {
		return nil
	}
	return m.toDescendants(ctx, holder)
}

// toWanting maps the claim of a domain to all Tenants that want it: whoever holds it, they say so.
func (m mapper) toWanting(ctx context.Context, object client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, wanting := range m.tenants(ctx, client.MatchingFields{indexDomains: object.GetName()}) {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(wanting)})
	}
	return requests
}

// toParent maps a Tenant to the one whose place it lay in, which may wait for it to go, and anything else in
// a place to the Tenant whose it is.
func (m mapper) toParent(ctx context.Context, object client.Object) []reconcile.Request {
	namespace := &corev1.Namespace{}
	if err := m.reader.Get(ctx, client.ObjectKey{Name: object.GetNamespace()}, namespace); err != nil {
		return nil
	}
	return toOwner(ctx, namespace)
}

// toBlocked maps a namespace to the Tenants that wait for it to go.
func (m mapper) toBlocked(ctx context.Context, object client.Object) []reconcile.Request {
	var requests []reconcile.Request
	for _, blocked := range m.tenants(ctx, client.MatchingFields{indexBlocked: object.GetName()}) {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(blocked)})
	}
	return requests
}

// mapper maps events with the help of the cache.
type mapper struct {
	reader client.Reader
}

// tenants are the cache's own: they must not be changed.
func (m mapper) tenants(ctx context.Context, which ...client.ListOption) []*v1alpha1.Tenant {
	list := &v1alpha1.TenantList{}
	if err := m.reader.List(ctx, list, append(which, client.UnsafeDisableDeepCopy)...); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing tenants to look at again")
		return nil
	}
	found := make([]*v1alpha1.Tenant, 0, len(list.Items))
	for i := range list.Items {
		found = append(found, &list.Items[i])
	}
	return found
}
