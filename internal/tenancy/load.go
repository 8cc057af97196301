// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tenancy reads the world around one tenant.
package tenancy

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// Loader reads what decides about a tenant.
type Loader struct {
	// Reader of Tenants and Namespaces; the manager's is its cache.
	Reader client.Reader
	// Config of the operator.
	Config *configv1alpha1.Configuration
	// Hosts says who holds which host.
	Hosts *Hosts
}

// Load reads everything that decides what the tenant should have. It claims the tenant's host.
func (l *Loader) Load(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Inputs, error) {
	in := desired.Inputs{Tenant: tenant, Config: l.Config}
	var err error
	if in.Parent, in.Ancestors, err = l.ancestors(ctx, tenant); err != nil {
		return in, err
	}
	if in.Children, err = Children(ctx, l.Reader, in); err != nil {
		return in, err
	}
	in.Host, err = l.claimHost(ctx, in)
	return in, err
}

// ancestors are the partners above a tenant, the nearest first. Where one of them is gone, so is
// the parent: whoever is lost, all beneath are closed.
func (l *Loader) ancestors(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Parent, []*v1alpha1.Tenant, error) {
	var above []*v1alpha1.Tenant
	namespace := tenant.Namespace
	for range desired.MaxDepth + 1 {
		parent, kind, err := ownerOf(ctx, l.Reader, namespace)
		if err != nil {
			return desired.ParentGone, nil, err
		}
		if kind != desired.ParentKnown {
			if kind == desired.ParentNone && len(above) > 0 {
				kind = desired.ParentKnown
			}
			return kind, above, nil
		}
		above = append(above, parent)
		namespace = parent.Namespace
	}
	return desired.ParentTooDeep, above, nil
}

// ownerOf is the tenant whose place a namespace is. A namespace is a place by its label, and a
// certain tenant's by the UID that is written on it.
func ownerOf(ctx context.Context, reader client.Reader, name string) (*v1alpha1.Tenant, desired.Parent, error) {
	namespace := &corev1.Namespace{}
	if err := reader.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		return nil, desired.ParentGone, fmt.Errorf("reading namespace %q: %w", name, err)
	}
	if namespace.Labels[v1alpha1.LabelManaged] != "true" {
		return nil, desired.ParentNone, nil
	}
	tenant := &v1alpha1.Tenant{}
	err := reader.Get(ctx, client.ObjectKey{
		Namespace: namespace.Labels[v1alpha1.LabelParent],
		Name:      namespace.Labels[v1alpha1.LabelTenant],
	}, tenant)
	switch {
	case apierrors.IsNotFound(err):
		return nil, desired.ParentGone, nil
	case err != nil:
		return nil, desired.ParentGone, fmt.Errorf("reading the tenant of namespace %q: %w", name, err)
	case string(tenant.UID) != namespace.Annotations[v1alpha1.AnnotationTenantUID]:
		return nil, desired.ParentGone, nil
	}
	return tenant, desired.ParentKnown, nil
}

// Children counts the tenants in a tenant's own place. Only a tenant that is going is asked for them.
func Children(ctx context.Context, reader client.Reader, in desired.Inputs) (int, error) {
	if in.Tenant.DeletionTimestamp == nil {
		return 0, nil
	}
	namespace := desired.NamespaceName(in)
	owner, kind, err := ownerOf(ctx, reader, namespace)
	if apierrors.IsNotFound(err) || err == nil && (kind != desired.ParentKnown || owner.UID != in.Tenant.UID) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	list := &v1alpha1.TenantList{}
	if err := reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return 0, fmt.Errorf("listing the children in namespace %q: %w", namespace, err)
	}
	return len(list.Items), nil
}

// claimHost asks for the tenant's host.
func (l *Loader) claimHost(ctx context.Context, in desired.Inputs) (desired.HostClaim, error) {
	if desired.Refuse(in) != nil || desired.Reserved(in) != "" {
		return desired.HostClaim{}, nil
	}
	host, claim := desired.Host(in), ClaimOf(in.Tenant)
	holder, held := l.Hosts.Ask(host, claim)
	if !held {
		list := &v1alpha1.TenantList{}
		if err := l.Reader.List(ctx, list, client.MatchingFields{IndexHosts: host}, client.UnsafeDisableDeepCopy); err != nil {
			return desired.HostClaim{}, fmt.Errorf("looking up who holds host %q: %w", host, err)
		}
		holder = l.Hosts.Claim(host, claim, claims(list.Items))
	}
	return desired.HostClaim{
		Held:            holder == claim.Tenant,
		HolderNamespace: holder.Namespace,
		HolderName:      holder.Name,
	}, nil
}

func claims(tenants []v1alpha1.Tenant) []Claim {
	made := make([]Claim, 0, len(tenants))
	for i := range tenants {
		made = append(made, ClaimOf(&tenants[i]))
	}
	return made
}
