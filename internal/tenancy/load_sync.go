// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// Master is the place that a sync copies from.
type Master struct {
	// Tenant whose place it is; nil if there is none that can be a master.
	Tenant *v1alpha1.Tenant
	// Namespace of the place.
	Namespace string
	// Partner whose sync it is.
	Partner *v1alpha1.Tenant
	// Reason and Message say why there is none, and what to do.
	Reason, Message string
}

// LoadMaster reads whose place a sync copies from. It must not be one that others than the partner's can write to: what
// lies there goes to all.
func (l *Loader) LoadMaster(ctx context.Context, sync *v1alpha1.MasterTenantSync) (Master, error) {
	partner, err := PartnerOf(ctx, l.Reader, sync.Namespace)
	if err != nil {
		return Master{}, err
	}
	if partner == nil {
		return Master{Reason: v1alpha1.ReasonNotAPlace,
			Message: fmt.Sprintf("namespace %q is no partner's place: a sync lies in the place of the partner whose customers it copies to", sync.Namespace)}, nil
	}
	if sync.Spec.MasterRef == nil {
		return Master{Tenant: partner, Namespace: sync.Namespace, Partner: partner}, nil
	}
	name := string(sync.Spec.MasterRef.Name)
	tenant := &v1alpha1.Tenant{}
	err = l.Reader.Get(ctx, client.ObjectKey{Namespace: sync.Namespace, Name: name}, tenant)
	if apierrors.IsNotFound(err) {
		return noMaster("there is no Tenant %q in namespace %q: make it, or name another", name, sync.Namespace), nil
	}
	if err != nil {
		return Master{}, fmt.Errorf("reading the master %q: %w", name, err)
	}
	namespace, err := l.PlaceOf(ctx, tenant)
	switch {
	case err != nil:
		return Master{}, err
	case tenant.DeletionTimestamp != nil:
		return noMaster("Tenant %q is being deleted: name another", name), nil
	case tenant.Spec.Partner != nil:
		return noMaster("Tenant %q is a partner, whose own staff could write what all others get: name one without spec.partner", name), nil
	case tenant.Spec.CustomerAccess != "" && tenant.Spec.CustomerAccess != v1alpha1.CustomerAccessDisabled:
		return noMaster("Tenant %q lets its own people in, who could write what all others get: set its spec.customerAccess to Disabled, or name another", name), nil
	case namespace == "":
		return noMaster("the place of Tenant %q is not there yet", name), nil
	}
	return Master{Tenant: tenant, Namespace: namespace, Partner: partner}, nil
}

func noMaster(format string, arguments ...any) Master {
	return Master{Reason: v1alpha1.ReasonNoMaster, Message: "spec.masterRef: " + fmt.Sprintf(format, arguments...)}
}

// PlaceOf is the namespace of a tenant's place, once it is there and the tenant's for certain; else empty.
func (l *Loader) PlaceOf(ctx context.Context, tenant *v1alpha1.Tenant) (string, error) {
	name := tenant.Status.Namespace
	if name == "" {
		return "", nil
	}
	namespace := &corev1.Namespace{}
	err := l.Reader.Get(ctx, client.ObjectKey{Name: name}, namespace)
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading namespace %q: %w", name, err)
	}
	for label, value := range desired.OwnerLabels(tenant) {
		if namespace.Labels[label] != value {
			return "", nil
		}
	}
	if namespace.Annotations[v1alpha1.AnnotationTenantUID] != string(tenant.UID) || namespace.DeletionTimestamp != nil {
		return "", nil
	}
	return name, nil
}

// ChildrenIn are the Tenants in a namespace, the cache's own: they must not be changed.
func (l *Loader) ChildrenIn(ctx context.Context, namespace string) ([]*v1alpha1.Tenant, error) {
	list := &v1alpha1.TenantList{}
	if err := l.Reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing the tenants in namespace %q: %w", namespace, err)
	}
	tenants := make([]*v1alpha1.Tenant, len(list.Items))
	for i := range list.Items {
		tenants[i] = &list.Items[i]
	}
	return tenants, nil
}

// Carries says whether a sync carries a category.
func Carries(sync *v1alpha1.MasterTenantSync, category v1alpha1.SyncCategory) bool {
	return slices.Contains(sync.Spec.Categories, category)
}

// Reaching are the syncs that have brought a category to a tenant in its turn, and go on to, sorted by name.
func (l *Loader) Reaching(ctx context.Context, tenant *v1alpha1.Tenant, category v1alpha1.SyncCategory) ([]*v1alpha1.MasterTenantSync, error) {
	var reaching []*v1alpha1.MasterTenantSync
	for _, entry := range tenant.Status.Syncs {
		if !slices.Contains(entry.Categories, category) {
			continue
		}
		sync := &v1alpha1.MasterTenantSync{}
		err := l.Reader.Get(ctx, client.ObjectKey{Namespace: tenant.Namespace, Name: entry.Name}, sync)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading sync %q: %w", entry.Name, err)
		}
		if sync.DeletionTimestamp == nil && Carries(sync, category) && replication.IsTarget(sync, tenant) {
			reaching = append(reaching, sync)
		}
	}
	return reaching, nil
}
