// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/directory"
)

// gathering is the pause between an event and the look at a directory, in which all events of its subject
// come together: of a thousand customers that change at once, a technician's directory is made a few times.
const gathering = time.Second

// setup watches what says who is let in where, and what was made of it.
func (r *DirectoryReconciler) setup(mgr ctrl.Manager, cfg *configv1alpha1.Configuration) error {
	related := mapper{reader: mgr.GetClient()}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("directory").
		Watches(&v1alpha1.TenantAccessGrant{}, gathered(toDirectory), builder.WithPredicates(letsInOrDid())).
		Watches(&v1alpha1.Tenant{}, gathered(related.tenantToDirectories), builder.WithPredicates(bearsOnDirectories())).
		WithOptions(options(cfg.Workers))
	for _, object := range []client.Object{&corev1.ConfigMap{}, &rbacv1.Role{}, &rbacv1.RoleBinding{}} {
		b = b.Watches(object, gathered(objectToDirectory), builder.WithPredicates(ofDirectories()))
	}
	return b.Complete(r)
}

// gathered asks for what an object is mapped to, after the pause. Of a change, the object as it was is
// mapped too.
func gathered(toRequests handler.MapFunc) handler.EventHandler {
	return gatheredFor(gathering, toRequests)
}

// letsInOrDid lets the events of grants through that letsInOrOut does, and at the start all: no other event
// would tell of a grant that was made while the operator was down.
func letsInOrDid() predicate.Predicate {
	return predicate.Or(letsInOrOut(), initial())
}

// initial lets through what is there at the start.
func initial() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc:  func(e event.CreateEvent) bool { return e.IsInInitialList },
		UpdateFunc:  func(event.UpdateEvent) bool { return false },
		DeleteFunc:  func(event.DeleteEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
	}
}

// bearsOnDirectories lets a Tenant's events through that change who is let in, or what a directory says of
// it. At the start every grant asks for its subject's. That a partner above is closed or open again shows
// in the phase of all beneath it.
func bearsOnDirectories() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(e event.CreateEvent) bool { return !e.IsInInitialList },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Tenant), e.ObjectNew.(*v1alpha1.Tenant)
			return before.UID != after.UID ||
				before.Generation != after.Generation ||
				(before.DeletionTimestamp == nil) != (after.DeletionTimestamp == nil) ||
				!maps.Equal(before.Labels, after.Labels) ||
				before.Status.Phase != after.Status.Phase ||
				before.Status.Namespace != after.Status.Namespace ||
				before.Status.SuperAdmin != after.Status.SuperAdmin ||
				!slices.Equal(before.Status.Hosts, after.Status.Hosts)
		},
	}
}

// ofDirectories lets events of what directories are made of through, of its creation too: it may be of
// somebody who lost all grants while the operator was down, or made by a manager that leads no more.
func ofDirectories() predicate.Predicate {
	return predicate.NewPredicateFuncs(func(object client.Object) bool {
		return strings.HasPrefix(object.GetNamespace(), directory.NamespacePrefix)
	})
}

// toDirectory maps a grant to the directory of its subject.
func toDirectory(_ context.Context, object client.Object) []reconcile.Request {
	subject := access.SubjectOf(object.(*v1alpha1.TenantAccessGrant))
	if !directory.Has(subject.Kind) {
		return nil
	}
	return requestDirectory(directory.KeyOf(subject))
}

// objectToDirectory maps what was made to the directory that it is of.
func objectToDirectory(_ context.Context, object client.Object) []reconcile.Request {
	return requestDirectory(directory.KeyOfObject(object.GetNamespace(), object.GetName()))
}

func requestDirectory(key directory.Key) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: key.Namespace, Name: key.Hash}}}
}

// tenantToDirectories maps a Tenant to the directories of all who have a grant in its place, and of all to
// whom it is delegated.
func (m mapper) tenantToDirectories(ctx context.Context, object client.Object) []reconcile.Request {
	tenant := object.(*v1alpha1.Tenant)
	requests := m.directories(ctx, tenant.Namespace, func(grant *v1alpha1.TenantAccessGrant) bool {
		return grant.Spec.Tenants != nil && access.Selects(grant.Spec.Tenants, tenant)
	})
	if place := tenant.Status.Namespace; place != "" {
		requests = append(requests, m.directories(ctx, place, func(*v1alpha1.TenantAccessGrant) bool { return true })...)
	}
	return requests
}

func (m mapper) directories(ctx context.Context, namespace string, which func(*v1alpha1.TenantAccessGrant) bool) []reconcile.Request {
	list := &v1alpha1.TenantAccessGrantList{}
	if err := m.reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Listing grants whose subjects' directories are to be looked at again")
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if which(&list.Items[i]) {
			requests = append(requests, toDirectory(ctx, &list.Items[i])...)
		}
	}
	return requests
}
