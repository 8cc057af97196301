// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Routed says whether the tenant's host leads anywhere: not while it is closed, its portal is
// switched off, or the host is another's.
func Routed(in Inputs) bool {
	return !in.Closed() && in.Tenant.PortalActive() && in.Host.Held
}

// SecureHost is the custom host, while requests for it may be served: it is the tenant's, and its
// certificate is good. Empty if there is none.
func SecureHost(in Inputs) string {
	if in.Custom == nil || !in.Custom.Claim.Held || in.Custom.Insecure != nil {
		return ""
	}
	return string(in.Tenant.Spec.Domain.Custom.Host)
}

// CertificateSecret is the name of the Secret with the custom host's certificate.
func CertificateSecret(custom *v1alpha1.CustomDomain) string {
	if custom.CertificateRef != nil {
		return custom.CertificateRef.Name
	}
	return IssuedSecretName
}

// routedHosts are the hosts that the route serves, the subdomain's first.
func routedHosts(in Inputs) []string {
	hosts := []string{Host(in)}
	if secure := SecureHost(in); secure != "" {
		hosts = append(hosts, secure)
	}
	return slices.Compact(hosts)
}

// portalIngress routes the tenant's hosts to its portal.
func portalIngress(in Inputs) *apply.Intent {
	edge := in.Config.Edge
	if !Routed(in) || edge.Type != configv1alpha1.EdgeIngress {
		return nil
	}
	ingress := &networkingv1.Ingress{ObjectMeta: objectMeta(in, PortalName)}
	for _, host := range routedHosts(in) {
		ingress.Spec.Rules = append(ingress.Spec.Rules, ingressRule(host))
	}
	ingress.Annotations = maps.Clone(edge.Ingress.Annotations)
	intent := &apply.Intent{Object: ingress}
	if edge.Ingress.ClassName != "" {
		ingress.Spec.IngressClassName = new(edge.Ingress.ClassName)
	} else {
		// The API server puts the cluster's default class in.
		intent.ServerFields = [][]string{{"spec", "ingressClassName"}}
	}
	ingress.Spec.TLS = ingressTLS(in)
	return intent
}

func ingressRule(host string) networkingv1.IngressRule {
	return networkingv1.IngressRule{
		Host: host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{
				Path:     "/",
				PathType: new(networkingv1.PathTypePrefix),
				Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
					Name: PortalName,
					Port: networkingv1.ServiceBackendPort{Name: portPortal},
				}},
			}},
		}},
	}
}

// ingressTLS has the custom host's own certificate, whatever the scheme of the subdomains.
func ingressTLS(in Inputs) []networkingv1.IngressTLS {
	var blocks []networkingv1.IngressTLS
	if edge := in.Config.Edge; edge.Scheme == configv1alpha1.SchemeHTTPS {
		blocks = append(blocks, networkingv1.IngressTLS{Hosts: []string{Host(in)}, SecretName: edge.Ingress.TLS.SecretName})
	}
	if host := SecureHost(in); host != "" {
		blocks = append(blocks, networkingv1.IngressTLS{Hosts: []string{host}, SecretName: CertificateSecret(in.Tenant.Spec.Domain.Custom)})
	}
	return blocks
}
