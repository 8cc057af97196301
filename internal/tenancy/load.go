// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tenancy reads the world around one tenant.
package tenancy

import (
	"context"
	"crypto/x509"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

// Loader reads what decides about a tenant.
type Loader struct {
	// Reader of Tenants, RetainedTenants, Namespaces and claims; the manager's is its cache.
	Reader client.Reader
	// Secrets reads the certificates of custom hosts, one by one, from the API server.
	Secrets client.Reader
	// Config of the operator.
	Config *configv1alpha1.Configuration
	// Roots that the certificates of custom hosts must lead to; nil takes the system's.
	Roots *x509.CertPool
	// Clock says whether a certificate is valid now.
	Clock clock.PassiveClock
	// Hosts says who holds which subdomain's host.
	Hosts *Hosts
}

// Load reads everything that decides what the tenant should have. It claims the tenant's host.
func (l *Loader) Load(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Inputs, error) {
	return l.load(ctx, tenant, l.ancestors, l.partnerDomains, l.place, l.children, l.host, l.custom, l.certificate, l.domain)
}

// LoadDomains reads what decides about the domains of the tenant's own, and nothing else.
func (l *Loader) LoadDomains(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Inputs, error) {
	return l.load(ctx, tenant, l.ancestors, l.partnerDomains, l.place, l.custom, l.domain)
}

func (l *Loader) load(ctx context.Context, tenant *v1alpha1.Tenant, steps ...func(context.Context, *desired.Inputs) error) (desired.Inputs, error) {
	in := desired.Inputs{Tenant: tenant, Config: l.Config}
	for _, step := range steps {
		if err := step(ctx, &in); err != nil {
			return in, err
		}
	}
	return in, nil
}

// children counts those of a tenant that is going; no other is asked for them.
func (l *Loader) children(ctx context.Context, in *desired.Inputs) (err error) {
	if in.Tenant.DeletionTimestamp != nil {
		in.Children, err = Children(ctx, l.Reader, *in)
	}
	return err
}

// ancestors are the partners above a tenant, the nearest first. Where one of them is gone, so is
// the parent: whoever is lost, all beneath are closed.
func (l *Loader) ancestors(ctx context.Context, in *desired.Inputs) error {
	namespace := in.Tenant.Namespace
	for range desired.MaxDepth + 1 {
		parent, kind, err := ownerOf(ctx, l.Reader, namespace)
		if err != nil {
			return err
		}
		if kind != desired.ParentKnown {
			if kind == desired.ParentNone && len(in.Ancestors) > 0 {
				kind = desired.ParentKnown
			}
			in.Parent = kind
			return nil
		}
		in.Ancestors = append(in.Ancestors, parent)
		namespace = parent.Namespace
	}
	in.Parent = desired.ParentTooDeep
	return nil
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
	key := client.ObjectKey{Namespace: namespace.Labels[v1alpha1.LabelParent], Name: namespace.Labels[v1alpha1.LabelTenant]}
	uid := namespace.Annotations[v1alpha1.AnnotationTenantUID]
	tenant := &v1alpha1.Tenant{}
	err := reader.Get(ctx, key, tenant)
	if client.IgnoreNotFound(err) != nil {
		return nil, desired.ParentGone, fmt.Errorf("reading the tenant of namespace %q: %w", name, err)
	}
	if err == nil && string(tenant.UID) == uid {
		return tenant, desired.ParentKnown, nil
	}
	record, err := recordOf(ctx, reader, key, uid)
	if record == nil || err != nil {
		return nil, desired.ParentGone, err
	}
	return desired.Former(record), desired.ParentKnown, nil
}

// recordOf is the record of a deleted tenant of that name and UID; nil if there is none.
func recordOf(ctx context.Context, reader client.Reader, key client.ObjectKey, uid string) (*v1alpha1.RetainedTenant, error) {
	record := &v1alpha1.RetainedTenant{}
	if err := client.IgnoreNotFound(reader.Get(ctx, key, record)); err != nil {
		return nil, fmt.Errorf("reading retained tenant %q in namespace %q: %w", key.Name, key.Namespace, err)
	}
	if uid == "" || record.Spec.UID != uid {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	return record, nil
}

// place looks at the namespace of the tenant's name: it may be its own, or be kept of a former tenant.
func (l *Loader) place(ctx context.Context, in *desired.Inputs) error {
	namespace := &corev1.Namespace{}
	name := desired.NamespaceName(*in)
	if err := l.Reader.Get(ctx, client.ObjectKey{Name: name}, namespace); err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("reading namespace %q: %w", name, err)
	}
	for label, value := range desired.OwnerLabels(in.Tenant) {
		if namespace.Labels[label] != value {
			return nil
		}
	}
	uid := namespace.Annotations[v1alpha1.AnnotationTenantUID]
	if uid == string(in.Tenant.UID) {
		in.PlaceUID, in.FormerSuperAdmin = namespace.UID, namespace.Annotations[v1alpha1.AnnotationSuperAdmin]
		return nil
	}
	if namespace.DeletionTimestamp != nil {
		return nil
	}
	record, err := recordOf(ctx, l.Reader, client.ObjectKeyFromObject(in.Tenant), uid)
	in.Kept = &desired.Kept{UID: uid, Creator: namespace.Annotations[v1alpha1.AnnotationCreatedBy], Record: record}
	return err
}

// Children counts the tenants in a tenant's own place, there or kept.
func Children(ctx context.Context, reader client.Reader, in desired.Inputs) (int, error) {
	namespace := desired.NamespaceName(in)
	owner, kind, err := ownerOf(ctx, reader, namespace)
	if apierrors.IsNotFound(err) || err == nil && (kind != desired.ParentKnown || owner.UID != in.Tenant.UID) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	tenants, records := &v1alpha1.TenantList{}, &v1alpha1.RetainedTenantList{}
	for _, list := range []client.ObjectList{tenants, records} {
		if err := reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
			return 0, fmt.Errorf("listing the children in namespace %q: %w", namespace, err)
		}
	}
	there := make(map[string]bool, len(tenants.Items))
	for i := range tenants.Items {
		there[tenants.Items[i].Name] = true
	}
	for i := range records.Items {
		there[records.Items[i].Name] = true
	}
	return len(there), nil
}
