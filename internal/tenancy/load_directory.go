// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/directory"
)

// LoadDirectory reads which tenants a subject may enter by its grants, which are all that it has, and when
// the first of these ways in ends; zero if none does.
func (l *Loader) LoadDirectory(ctx context.Context, subject access.Subject, grants []*v1alpha1.TenantAccessGrant) ([]directory.Entry, time.Time, error) {
	reached, err := l.reached(ctx, grants)
	if err != nil {
		return nil, time.Time{}, err
	}
	var entries []directory.Entry
	var ways []access.Entry
	parents := map[string]*access.Place{} // most customers of a technician have one partner
	for tenant := range maps.Values(reached) {
		way, in, err := l.way(ctx, subject, tenant, parents)
		if apierrors.IsNotFound(err) {
			continue // a namespace on its way goes, or is on its way; either changes the Tenant
		}
		if err != nil {
			return nil, time.Time{}, err
		}
		if way != nil {
			entries, ways = append(entries, directoryEntry(in, *way)), append(ways, *way)
		}
	}
	return entries, nextEnd(ways), nil
}

// reached are the tenants that grants speak of: those in whose places they lie and those that they pick.
func (l *Loader) reached(ctx context.Context, grants []*v1alpha1.TenantAccessGrant) (map[client.ObjectKey]*v1alpha1.Tenant, error) {
	reached := map[client.ObjectKey]*v1alpha1.Tenant{}
	for _, grant := range grants {
		if grant.Spec.Tenants == nil {
			owner, kind, err := ownerOf(ctx, l.Reader, grant.Namespace)
			if client.IgnoreNotFound(err) != nil {
				return nil, err
			}
			if kind == desired.ParentKnown {
				reached[client.ObjectKeyFromObject(owner)] = owner
			}
			continue
		}
		list := &v1alpha1.TenantList{}
		if err := l.Reader.List(ctx, list, client.InNamespace(grant.Namespace), client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing the tenants in namespace %q: %w", grant.Namespace, err)
		}
		for i := range list.Items {
			if access.Selects(grant.Spec.Tenants, &list.Items[i]) {
				reached[client.ObjectKeyFromObject(&list.Items[i])] = &list.Items[i]
			}
		}
	}
	return reached, nil
}

// way is a subject's way into a tenant's place, as its directory tells it; nil if it has none, or there is
// no place.
func (l *Loader) way(ctx context.Context, subject access.Subject, tenant *v1alpha1.Tenant, parents map[string]*access.Place) (*access.Entry, desired.Inputs, error) {
	in, err := l.load(ctx, tenant, l.ancestors, l.ancestorPlans, l.place, l.license)
	if err != nil || desired.Refuse(in) != nil || in.PlaceUID == "" || in.PlaceGoing {
		return nil, in, err
	}
	place, err := l.accessPlace(ctx, in)
	if err != nil {
		return nil, in, err
	}
	parent, known := parents[tenant.Namespace]
	if !known {
		if parent, err = l.accessParent(ctx, in); err != nil {
			return nil, in, err
		}
		parents[tenant.Namespace] = parent
	}
	entry, listed := access.Listed(access.Inputs{Place: place, Parent: parent, Now: l.Clock.Now()}, subject)
	if !listed {
		return nil, in, nil
	}
	return &entry, in, nil
}

func directoryEntry(in desired.Inputs, way access.Entry) directory.Entry {
	entry := directory.Entry{
		Tenant:      in.Tenant.Name,
		Parent:      in.Tenant.Namespace,
		Namespace:   desired.NamespaceName(in),
		DisplayName: cmp.Or(string(in.Tenant.Spec.DisplayName), in.Tenant.Name),
		Role:        way.Role,
	}
	if len(in.Tenant.Status.Hosts) > 0 {
		entry.Host = string(in.Tenant.Status.Hosts[0])
	}
	if !way.Until.IsZero() {
		entry.ExpiresAt = &way.Until
	}
	return entry
}

// IndexSubject finds the grants of a subject, by the hash that names its directory.
const IndexSubject = "subject"

// SubjectHash is that hash; nothing for a grant whose subject has no directory.
func SubjectHash(object client.Object) []string {
	subject := access.SubjectOf(object.(*v1alpha1.TenantAccessGrant))
	if !directory.Has(subject.Kind) {
		return nil
	}
	return []string{directory.KeyOf(subject).Hash}
}

// IndexDirectory finds the shards of a subject's directory, by the hash that names it.
const IndexDirectory = "directory"

// ShardOf is that hash; nothing for a ConfigMap that is no shard.
func ShardOf(object client.Object) []string {
	if _, shard := object.GetLabels()[v1alpha1.LabelDirectory]; !shard {
		return nil
	}
	return []string{directory.KeyOfObject(object.GetNamespace(), object.GetName()).Hash}
}
