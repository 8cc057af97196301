// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Names of the objects in every tenant's place.
const (
	SettingsName      = "tenantry"
	BrandName         = "brand"
	AdminSecretName   = "tenant-admin"
	LimitRangeName    = "tenantry"
	NetworkPolicyName = "tenantry"
	QuotaName         = "tenantry"
	SuspendedName     = "suspended"
	PortalName        = "portal"
	// IssuedSecretName is the Secret that cert-manager keeps for a custom host with an issuer.
	IssuedSecretName = "portal-tls"
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

// Host is the subdomain's host: <sub>.<domain> below a partner that has a domain of its own, else
// <sub>-<partner's sub> and so on upwards, under the next such domain or the base domain.
func Host(in Inputs) string {
	var above []string
	domain := in.Config.BaseDomain
	for i, ancestor := range in.Ancestors {
		if i < len(in.PartnerDomains) && in.PartnerDomains[i] != "" {
			domain = in.PartnerDomains[i]
			break
		}
		above = append(above, subdomain(ancestor))
	}
	return hostLabel(subdomain(in.Tenant), above) + "." + domain
}

// hostLabel is a tenant's own label and its partners', one DNS label in all. Where that is too long
// the tenant's own is cut: whose customer it is, nobody can push out of the name.
func hostLabel(own string, above []string) string {
	whole := strings.Join(append([]string{own}, above...), "-")
	suffix := strings.TrimPrefix(whole, own)
	room := maxLabel - len(suffix) - len("-") - hashLength
	if len(whole) <= maxLabel || room < 1 {
		return fitLabel(whole)
	}
	return strings.TrimRight(own[:min(room, len(own))], "-") + "-" + hash(whole) + suffix
}

// Orphaned says that a host lies neither under the base domain nor under the domain of a partner above
// the tenant: whose it was has given it up. It is not known of a tenant above which one is gone.
func Orphaned(in Inputs, host string) bool {
	return in.Parent == ParentKnown && !slices.ContainsFunc(append(slices.Clone(in.PartnerDomains), in.Config.BaseDomain), func(domain string) bool {
		return domain != "" && strings.HasSuffix(host, "."+domain)
	})
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

// hashLength is that of a hash in a name that was cut: 64 bits, which nobody finds a second name for.
const hashLength = 16

// fitLabel cuts a name to a DNS label's length; a hash of the whole keeps it unique.
func fitLabel(name string) string {
	if len(name) <= maxLabel {
		return name
	}
	return strings.TrimRight(name[:maxLabel-hashLength-1], "-") + "-" + hash(name)
}

func hash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:hashLength]
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
