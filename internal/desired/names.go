// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Names of the objects in every tenant's place.
const (
	SettingsName      = "tenantry"
	AdminSecretName   = "tenant-admin"
	LimitRangeName    = "tenantry"
	NetworkPolicyName = "tenantry"
	QuotaName         = "tenantry"
	SuspendedName     = "suspended"
	PortalName        = "portal"
)

// maxLabel is the most characters of a DNS label (RFC 1035) and so of a namespace's name.
const maxLabel = 63

// NamespaceName is the name of a tenant's own namespace: a root's bare name, else the parent's
// namespace, a dash and the name; cut, with a hash, where that is too long.
func NamespaceName(in Inputs) string {
	if in.Parent == ParentNone {
		return in.Tenant.Name
	}
	return fitLabel(in.Tenant.Namespace + "-" + in.Tenant.Name)
}

// Host is the subdomain's host: <sub>.<base domain> for a root, <sub>-<partner's sub>.<base domain> below it.
func Host(in Inputs) string {
	labels := []string{subdomain(in.Tenant)}
	for _, ancestor := range in.Ancestors {
		labels = append(labels, subdomain(ancestor))
	}
	return fitLabel(strings.Join(labels, "-")) + "." + in.Config.BaseDomain
}

// URL of a tenant's portal.
func URL(in Inputs) string {
	return in.Config.Edge.Scheme + "://" + Host(in)
}

func subdomain(tenant *v1alpha1.Tenant) string {
	if tenant.Spec.Domain != nil && tenant.Spec.Domain.Subdomain != "" {
		return tenant.Spec.Domain.Subdomain
	}
	return tenant.Name
}

// fitLabel cuts a name to a DNS label's length; a hash of the whole keeps it unique.
func fitLabel(name string) string {
	if len(name) <= maxLabel {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:8])
	return strings.TrimRight(name[:maxLabel-len(hash)-1], "-") + "-" + hash
}

// OwnerLabels are on everything that is made for a tenant.
func OwnerLabels(tenant *v1alpha1.Tenant) map[string]string {
	return map[string]string{
		v1alpha1.LabelManaged: "true",
		v1alpha1.LabelTenant:  tenant.Name,
		v1alpha1.LabelParent:  tenant.Namespace,
	}
}

// objectMeta of an object in a tenant's place.
func objectMeta(in Inputs, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name:      name,
		Namespace: NamespaceName(in),
		Labels:    OwnerLabels(in.Tenant),
	}
}
