// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/desired"
)

// access decides who is let into the place, by the grants in it and in the partner's above it.
func (l *Loader) access(ctx context.Context, in *desired.Inputs) error {
	place, err := l.accessPlace(ctx, *in)
	if err != nil {
		return err
	}
	if place.IsPartners() {
		in.Seats = int64(place.Taken())
	}
	inputs := access.Inputs{Place: place, Permitted: desired.Permissions(*in), Now: l.Clock.Now()}
	if inputs.Permissions, err = l.permissions(ctx, inputs.Permitted); err != nil {
		return err
	}
	if inputs.Parent, err = l.accessParent(ctx, *in); err != nil {
		return err
	}
	users, err := l.Reaching(ctx, in.Tenant, v1alpha1.SyncUsers)
	if err != nil {
		return err
	}
	inputs.StaffSynced = len(users) > 0
	in.Bindings, in.AccessEnds = access.Bindings(inputs), nextEnd(access.Entries(inputs))
	return nil
}

// accessParent is the place of the partner above the tenant, with the grants in it; nil for a root.
func (l *Loader) accessParent(ctx context.Context, in desired.Inputs) (*access.Place, error) {
	if len(in.Ancestors) == 0 {
		return nil, nil //nolint:nilnil // a root has none
	}
	parent, above := in.Ancestors[0], in.Above()
	grants, err := l.grants(ctx, in.Tenant.Namespace, parent)
	place := access.Place{
		Tenant:    parent,
		Namespace: in.Tenant.Namespace,
		Closed:    above.Closed(),
		Grants:    grants,
	}.WithSeats(int(*desired.Limits(above).Agents))
	return &place, err
}

// accessPlace is the tenant's own place, with the grants in it.
func (l *Loader) accessPlace(ctx context.Context, in desired.Inputs) (access.Place, error) {
	namespace := desired.NamespaceName(in)
	grants, err := l.grants(ctx, namespace, in.Tenant)
	return access.Place{
		Tenant:     in.Tenant,
		Namespace:  namespace,
		SuperAdmin: desired.SuperAdmin(in),
		Closed:     in.Closed(),
		Grants:     grants,
	}.WithSeats(int(*desired.Limits(in).Agents)), err
}

// grants in a tenant's place, the cache's own: they must not be changed. That of a first administrator whom the
// tenant names no more counts for nothing, though it is deleted only later. To wait until the cache has all grants
// that the operator writes anywhere would keep tenants waiting for each other: that one has changed wakes who it
// is about, once the cache has it.
func (l *Loader) grants(ctx context.Context, namespace string, tenant *v1alpha1.Tenant) ([]*v1alpha1.TenantAccessGrant, error) {
	list := &v1alpha1.TenantAccessGrantList{}
	if err := l.Reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency); err != nil {
		return nil, fmt.Errorf("listing the grants in namespace %q: %w", namespace, err)
	}
	var grants []*v1alpha1.TenantAccessGrant
	for i := range list.Items {
		if list.Items[i].DeletionTimestamp == nil && !desired.Superseded(tenant, &list.Items[i]) {
			grants = append(grants, &list.Items[i])
		}
	}
	return grants, nil
}

// permissions are the ClusterRoles of the permissions that a tenant has.
func (l *Loader) permissions(ctx context.Context, permitted map[string]bool) ([]access.PermissionRole, error) {
	var found []access.PermissionRole
	for permission, has := range permitted {
		if !has {
			continue
		}
		list := &rbacv1.ClusterRoleList{}
		if err := l.Reader.List(ctx, list, client.MatchingLabels{v1alpha1.LabelPermission: permission}, client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing the ClusterRoles of permission %q: %w", permission, err)
		}
		for i := range list.Items {
			found = append(found, access.PermissionRoleOf(list.Items[i].ObjectMeta))
		}
	}
	return found, nil
}

// nextEnd is when the first of the ways in ends; zero if none does.
func nextEnd(entries []access.Entry) time.Time {
	var next time.Time
	for _, entry := range entries {
		if !entry.Until.IsZero() && (next.IsZero() || entry.Until.Before(next)) {
			next = entry.Until
		}
	}
	return next
}

// LoadGrant reads what decides about a grant: the place that it lies in. False says that it lies in none.
func (l *Loader) LoadGrant(ctx context.Context, grant *v1alpha1.TenantAccessGrant) (access.Place, bool, error) {
	namespace := &corev1.Namespace{}
	if err := l.Reader.Get(ctx, client.ObjectKey{Name: grant.Namespace}, namespace); err != nil {
		return access.Place{}, false, client.IgnoreNotFound(err)
	}
	owner, kind, err := ownerOf(ctx, l.Reader, grant.Namespace)
	if err != nil || kind != desired.ParentKnown {
		return access.Place{}, false, err
	}
	in, err := l.load(ctx, owner, l.ancestors, l.ancestorPlans, l.place, l.license)
	if err != nil {
		return access.Place{}, false, err
	}
	place, err := l.accessPlace(ctx, in)
	return place, err == nil, err
}

// Delegated counts the customers of a partner that a delegation picks.
func (l *Loader) Delegated(ctx context.Context, grant *v1alpha1.TenantAccessGrant) (int, error) {
	list := &v1alpha1.TenantList{}
	if err := l.Reader.List(ctx, list, client.InNamespace(grant.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return 0, fmt.Errorf("listing the tenants in namespace %q: %w", grant.Namespace, err)
	}
	picked := 0
	for i := range list.Items {
		if access.Selects(grant.Spec.Tenants, &list.Items[i]) {
			picked++
		}
	}
	return picked, nil
}
