// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// ClaimNamespace is where claims of hosts lie.
const ClaimNamespace = "tenantry-hosts"

// Keys of a claim's data.
const (
	// ClaimKind is what the host is to the tenant: one of the kinds below.
	ClaimKind = "kind"
	// ClaimPlace is the namespace that the host leads into.
	ClaimPlace = "namespace"
)

// What a host is to the tenant that holds it.
const (
	// ClaimSubdomain: a host under the base domain or a partner's.
	ClaimSubdomain = "Subdomain"
	// ClaimCustom: a host of the customer's own.
	ClaimCustom = "Custom"
	// ClaimPartner: the domain under which a partner's children get their hosts.
	ClaimPartner = "Partner"
)

// claims hold what the tenant has got: nobody else can make an object of the same name. A host that is
// two things to a tenant has one claim, and what was proven counts.
func claims(in Inputs) []apply.Intent {
	wanted := []Domain{}
	if in.Host.Held {
		wanted = append(wanted, Domain{Name: Host(in), Kind: ClaimSubdomain})
	}
	for _, domain := range Domains(in.Tenant) {
		if !holds(in, domain) {
			continue
		}
		if same := slices.IndexFunc(wanted, func(d Domain) bool { return d.Name == domain.Name }); same >= 0 {
			wanted[same] = domain
			continue
		}
		wanted = append(wanted, domain)
	}
	var claims []apply.Intent
	for _, domain := range wanted {
		claims = append(claims, Claim(in, domain.Name, domain.Kind))
	}
	return claims
}

// Domain is a domain that a tenant wants for its own.
type Domain struct {
	// Name in DNS.
	Name string
	// Kind is that of its claim.
	Kind string
}

// Domains are those that a tenant wants for its own; each must be proven.
func Domains(tenant *v1alpha1.Tenant) []Domain {
	var wanted []Domain
	if tenant.Spec.Domain != nil && tenant.Spec.Domain.Custom != nil {
		wanted = append(wanted, Domain{Name: string(tenant.Spec.Domain.Custom.Host), Kind: ClaimCustom})
	}
	if tenant.Spec.Partner != nil && tenant.Spec.Partner.Domain != "" {
		wanted = append(wanted, Domain{Name: string(tenant.Spec.Partner.Domain), Kind: ClaimPartner})
	}
	return wanted
}

// Unclaimed are the domains that the tenant wants and does not hold.
func Unclaimed(in Inputs) []Domain {
	return slices.DeleteFunc(Domains(in.Tenant), func(d Domain) bool { return holds(in, d) })
}

func holds(in Inputs, domain Domain) bool {
	if domain.Kind == ClaimCustom {
		return in.Custom != nil && in.Custom.Claim.Held
	}
	return in.Domain != nil && in.Domain.Held
}

// Asked are the hosts and domains that the tenant asks for, held or not.
func Asked(in Inputs) []string {
	asked := []string{Host(in)}
	for _, domain := range Domains(in.Tenant) {
		asked = append(asked, domain.Name)
	}
	return asked
}

// Claim is the object that says who holds a host; its name is the host.
func Claim(in Inputs, host, kind string) apply.Intent {
	return apply.Intent{Object: &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:        host,
			Namespace:   ClaimNamespace,
			Labels:      OwnerLabels(in.Tenant),
			Annotations: map[string]string{v1alpha1.AnnotationTenantUID: string(in.Tenant.UID)},
		},
		Data: map[string]string{ClaimKind: kind, ClaimPlace: NamespaceName(in)},
	}}
}

// Hosts that the tenant holds for its place, the subdomain's first. Its own routes may name them, a
// custom host that is not secure too: an issuer may ask for proof by HTTP (RFC 8555, section 8.3) first.
func Hosts(in Inputs) []string {
	var hosts []string
	if in.Host.Held {
		hosts = append(hosts, Host(in))
	}
	if in.Custom != nil && in.Custom.Claim.Held {
		hosts = append(hosts, string(in.Tenant.Spec.Domain.Custom.Host))
	}
	return slices.Compact(hosts)
}
