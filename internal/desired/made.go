// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Made are all objects that For ever asks for in the tenant's place and may later not, the way in first, by their
// kinds, names and labels alone. It is known of each tenant without a look at its place. Bindings are not among
// them: those of permissions bear names that others give.
func Made(in Inputs) []client.Object {
	return append(MadeEntry(in),
		named(in, &corev1.ConfigMap{}, SettingsName),
		named(in, &corev1.ConfigMap{}, BrandName),
		named(in, &corev1.LimitRange{}, LimitRangeName),
		named(in, &networkingv1.NetworkPolicy{}, NetworkPolicyName),
		named(in, &corev1.ResourceQuota{}, QuotaName),
		named(in, &corev1.ResourceQuota{}, SuspendedName),
		named(in, &v1alpha1.TenantAccessGrant{}, AdminGrantName),
		named(in, &certmanagerv1.Certificate{}, PortalName),
	)
}

// MadeEntry are those of Made that are taken away from a tenant that is closed.
func MadeEntry(in Inputs) []client.Object {
	return append(MadeRoutes(in), named(in, &corev1.Service{}, PortalName))
}

// MadeRoutes are those of Made that lead requests in, by the edge that is configured and by a former one.
func MadeRoutes(in Inputs) []client.Object {
	return []client.Object{
		named(in, &networkingv1.Ingress{}, PortalName),
		named(in, &gatewayv1.HTTPRoute{}, PortalName),
		named(in, &gatewayv1.ListenerSet{}, PortalName),
	}
}

func named(in Inputs, object client.Object, name string) client.Object {
	meta := objectMeta(in, name)
	object.SetName(meta.Name)
	object.SetNamespace(meta.Namespace)
	object.SetLabels(meta.Labels)
	return object
}

// Ownership tells what is Tenantry's: by label, and a namespace by its Tenant's UID too.
func Ownership() apply.Ownership {
	return apply.Ownership{
		Prefix:      v1alpha1.Prefix,
		Labels:      []string{v1alpha1.LabelManaged, v1alpha1.LabelTenant, v1alpha1.LabelParent},
		Annotations: []string{v1alpha1.AnnotationTenantUID},
	}
}
