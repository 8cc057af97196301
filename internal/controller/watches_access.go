// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// letsIn lets events of grants through that change who is let in: what is asked of them, and from when a
// duration counts. What their status says besides follows from that, and is no news to the tenants; but for
// the end of one, which is seen on the grant first when the operator was down.
func letsIn() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }, // all tenants are looked at then
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.TenantAccessGrant), e.ObjectNew.(*v1alpha1.TenantAccessGrant)
			return before.Generation != after.Generation ||
				before.UID != after.UID ||
				(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
				after.Spec.Duration != nil && (before.Status.ActiveSince == nil) != (after.Status.ActiveSince == nil) ||
				isActive(before) && hasEnded(after)
		},
	}
}

// letsInOrOut lets events of grants through that change who is let in, and those of their status that say so:
// whether a delegation adds anything depends on the subject's other grants.
func letsInOrOut() predicate.Predicate {
	return predicate.Or(letsIn(), predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return isActive(e.ObjectOld.(*v1alpha1.TenantAccessGrant)) != isActive(e.ObjectNew.(*v1alpha1.TenantAccessGrant))
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	})
}

// seated lets events of grants through that say since now that they have a seat.
func seated() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.(*v1alpha1.TenantAccessGrant).Status.Seats == 0 && e.ObjectNew.(*v1alpha1.TenantAccessGrant).Status.Seats != 0
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

func hasEnded(grant *v1alpha1.TenantAccessGrant) bool {
	active := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionActive)
	return active != nil && active.Reason == v1alpha1.ReasonExpired
}

func isActive(grant *v1alpha1.TenantAccessGrant) bool {
	return meta.IsStatusConditionTrue(grant.Status.Conditions, v1alpha1.ConditionActive)
}

// bearsOnGrants lets a Tenant's events through that change what becomes of the grants in its place.
func bearsOnGrants() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.Generation != after.Generation || before.Status.Phase != after.Status.Phase ||
				before.Status.Namespace != after.Status.Namespace || seatsOf(before) != seatsOf(after)
		},
		DeleteFunc: func(event.DeleteEvent) bool { return false },
	}
}

// seatsOf are those that a tenant's place has; none while that is not known.
func seatsOf(tenant *v1alpha1.Tenant) int32 {
	if effective := tenant.Status.Effective; effective != nil && effective.Agents != nil {
		return effective.Agents.Value
	}
	return 0
}

// bearsOnDelegations lets a Tenant's events through that may change which delegations pick it.
func bearsOnDelegations() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList },
		UpdateFunc: func(e event.UpdateEvent) bool { return !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) },
	}
}

// changesPermissions lets events of ClusterRoles through that change who has them.
func changesPermissions() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList }, // all tenants are looked at then
		UpdateFunc: func(e event.UpdateEvent) bool {
			return !maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) || !maps.Equal(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations())
		},
	}
}

// toPermitted maps the ClusterRole of a permission to the Tenants that have it.
func (m mapper) toPermitted(ctx context.Context, clusterRole client.Object) []reconcile.Request {
	permission := clusterRole.GetLabels()[v1alpha1.LabelPermission]
	var requests []reconcile.Request
	for _, tenant := range m.tenants(ctx) {
		if tenant.Spec.Permissions[permission] {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
		}
	}
	return requests
}

// grantToTenants maps a grant to the Tenants whose people it may be about: the one whose place it lies
// in and, where that is a partner's, its customers.
func (m mapper) grantToTenants(ctx context.Context, object client.Object) []reconcile.Request {
	grant := object.(*v1alpha1.TenantAccessGrant)
	namespace := &corev1.Namespace{}
	if err := m.reader.Get(ctx, client.ObjectKey{Name: grant.Namespace}, namespace); err != nil {
		return nil
	}
	requests := toOwner(ctx, namespace)
	isAdmin := grant.Spec.Role == v1alpha1.RoleOwner || grant.Spec.Role == v1alpha1.RoleAdmin
	if len(requests) == 0 || grant.Spec.Tenants == nil && !isAdmin && !m.syncsStaff(ctx, grant.Namespace) {
		return requests
	}
	for _, child := range m.tenants(ctx, client.InNamespace(grant.Namespace)) {
		if grant.Spec.Tenants == nil || access.Selects(grant.Spec.Tenants, child) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(child)})
		}
	}
	return requests
}

// syncsStaff says whether a sync in a namespace brings the partner's staff to its customers.
func (m mapper) syncsStaff(ctx context.Context, namespace string) bool {
	list := &v1alpha1.MasterTenantSyncList{}
	if err := m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return true // to look once too often is no harm
	}
	return slices.ContainsFunc(list.Items, func(sync v1alpha1.MasterTenantSync) bool { return tenancy.Carries(&sync, v1alpha1.SyncUsers) })
}

// keeperToTenants maps a grant that got a seat to the same, where there are fewer by now: it keeps its own, and they may
// have been looked at before it said so.
func (m mapper) keeperToTenants(ctx context.Context, object client.Object) []reconcile.Request {
	grant := object.(*v1alpha1.TenantAccessGrant)
	for _, owner := range m.ownerOf(ctx, grant.Namespace) {
		tenant := &v1alpha1.Tenant{}
		if err := m.reader.Get(ctx, owner.NamespacedName, tenant); err != nil {
			continue // gone, and nobody is let in
		}
		if tenant.Status.Effective != nil && (seatsOf(tenant) < grant.Status.Seats || tenant.Status.ObservedGeneration != tenant.Generation) {
			return m.grantToTenants(ctx, grant)
		}
	}
	return nil
}

// toGrants maps a Tenant to the grants in its place.
func (m mapper) toGrants(ctx context.Context, object client.Object) []reconcile.Request {
	place := object.(*v1alpha1.Tenant).Status.Namespace
	if place == "" {
		return nil
	}
	return m.grants(ctx, place, func(*v1alpha1.TenantAccessGrant) bool { return true })
}

// toDelegations maps a Tenant to the delegations beside it.
func (m mapper) toDelegations(ctx context.Context, object client.Object) []reconcile.Request {
	return m.grants(ctx, object.GetNamespace(), func(grant *v1alpha1.TenantAccessGrant) bool { return grant.Spec.Tenants != nil })
}

// toSiblings maps a grant to those beside it that wait for its seat, or are of the same subject.
func (m mapper) toSiblings(ctx context.Context, object client.Object) []reconcile.Request {
	grant := object.(*v1alpha1.TenantAccessGrant)
	return m.grants(ctx, grant.Namespace, func(other *v1alpha1.TenantAccessGrant) bool {
		if other.Name == grant.Name {
			return false
		}
		active := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionActive)
		return active != nil && active.Reason == v1alpha1.ReasonNoSeat || other.Spec.Tenants != nil && other.Spec.Subject == grant.Spec.Subject
	})
}

func (m mapper) grants(ctx context.Context, namespace string, which func(*v1alpha1.TenantAccessGrant) bool) []reconcile.Request {
	list := &v1alpha1.TenantAccessGrantList{}
	if err := m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing grants to look at again")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if which(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
