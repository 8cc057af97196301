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
	"github.com/tenantry/tenantry/internal/license"
)

// Loader reads what decides about a tenant.
type Loader struct {
	// Reader of Tenants, RetainedTenants, Namespaces and claims; the manager's is its cache.
	Reader client.Reader
	// Secrets reads from the API server, one by one: the certificates of custom hosts, the pictures of brands and
	// partners' mail servers.
	Secrets client.Reader
	// Config of the operator.
	Config *configv1alpha1.Configuration
	// Roots that the certificates of custom hosts must lead to; nil takes the system's.
	Roots *x509.CertPool
	// Clock says whether a certificate is valid now.
	Clock clock.PassiveClock
	// Hosts says who holds which subdomain's host.
	Hosts *Hosts
	// Shelf holds the books of capacity.
	Shelf *Shelf
	// Looks holds what brands look like.
	Looks *Looks
}

// Load reads everything that decides what the tenant should have. It claims the tenant's host.
func (l *Loader) Load(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Inputs, error) {
	return l.load(ctx, tenant, l.ancestors, l.ancestorPlans, l.partnerDomains, l.place, l.license, l.children, l.assets, l.scanned, l.access, l.host, l.custom, l.certificate, l.domain, l.brand, l.seeding)
}

// LoadDomains reads what decides about the domains of the tenant's own, and nothing else.
func (l *Loader) LoadDomains(ctx context.Context, tenant *v1alpha1.Tenant) (desired.Inputs, error) {
	return l.load(ctx, tenant, l.ancestors, l.ancestorPlans, l.partnerDomains, l.place, l.license, l.custom, l.domain)
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
	key, uid := ownerKey(namespace)
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

// PartnerOf is the partner whose place a namespace is, as a reader has it; nil if there is none, or it goes.
func PartnerOf(ctx context.Context, reader client.Reader, namespace string) (*v1alpha1.Tenant, error) {
	owner, _, err := ownerOf(ctx, reader, namespace)
	if owner == nil || err != nil || owner.Spec.Partner == nil || owner.DeletionTimestamp != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return owner, nil
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

// Placed looks again at the tenant's place, which was made since.
func (l *Loader) Placed(ctx context.Context, in *desired.Inputs) error { return l.place(ctx, in) }

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
		in.PlaceUID, in.PlaceGoing = namespace.UID, namespace.DeletionTimestamp != nil
		in.FormerSuperAdmin = namespace.Annotations[v1alpha1.AnnotationFormerSuperAdmin]
		in.License.Trials = license.ParseTrials(namespace.Annotations[v1alpha1.AnnotationTrial])
		return nil
	}
	if namespace.DeletionTimestamp != nil {
		return nil
	}
	in.License.Trials = license.ParseTrials(namespace.Annotations[v1alpha1.AnnotationTrial])
	record, err := recordOf(ctx, l.Reader, client.ObjectKeyFromObject(in.Tenant), uid)
	in.Kept = &desired.Kept{
		UID:        uid,
		Version:    namespace.ResourceVersion,
		Creator:    namespace.Annotations[v1alpha1.AnnotationCreatedBy],
		SuperAdmin: namespace.Annotations[v1alpha1.AnnotationSuperAdmin],
		Region:     namespace.Labels[v1alpha1.LabelRegion],
		Record:     record,
	}
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
	return inPlace(ctx, reader, namespace)
}

// inPlace counts the tenants in a namespace, there or kept.
func inPlace(ctx context.Context, reader client.Reader, namespace string) (int, error) {
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
