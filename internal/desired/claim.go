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

// claims hold what the tenant has got: nobody else can make an object of the same name.
func claims(in Inputs) []apply.Intent {
	var held []apply.Intent
	if in.Host.Held {
		held = append(held, Claim(in, Host(in), ClaimSubdomain))
	}
	if in.Custom != nil && in.Custom.Claim.Held {
		held = append(held, Claim(in, string(in.Tenant.Spec.Domain.Custom.Host), ClaimCustom))
	}
	if in.Domain != nil && in.Domain.Held {
		held = append(held, Claim(in, string(in.Tenant.Spec.Partner.Domain), ClaimPartner))
	}
	return held
}

// Domain is a domain that a tenant wants for its own.
type Domain struct {
	// Name in DNS.
	Name string
	// Kind is ClaimCustom or ClaimPartner.
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
	return slices.DeleteFunc(Domains(in.Tenant), func(d Domain) bool {
		if d.Kind == ClaimCustom {
			return in.Custom != nil && in.Custom.Claim.Held
		}
		return in.Domain != nil && in.Domain.Held
	})
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

// Hosts are those that lead into the place, the subdomain's first.
func Hosts(in Inputs) []string {
	var hosts []string
	if in.Host.Held {
		hosts = append(hosts, Host(in))
	}
	if in.Custom != nil && in.Custom.Claim.Held {
		hosts = append(hosts, string(in.Tenant.Spec.Domain.Custom.Host))
	}
	return hosts
}
