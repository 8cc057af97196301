// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"

	networkingv1 "k8s.io/api/networking/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Routed says whether the tenant's host leads anywhere: not while it is closed, its portal is
// switched off, or the host is another's.
func Routed(in Inputs) bool {
	return !in.Closed() && in.Tenant.PortalActive() && in.Host.Held
}

// portalIngress routes the tenant's host to its portal.
func portalIngress(in Inputs) *apply.Intent {
	if !Routed(in) {
		return nil
	}
	host, edge := Host(in), in.Config.Edge
	ingress := &networkingv1.Ingress{
		ObjectMeta: objectMeta(in, PortalName),
		Spec: networkingv1.IngressSpec{
			Rules: []networkingv1.IngressRule{{
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
			}},
		},
	}
	ingress.Annotations = maps.Clone(edge.Ingress.Annotations)
	intent := &apply.Intent{Object: ingress}
	if edge.Ingress.ClassName != "" {
		ingress.Spec.IngressClassName = new(edge.Ingress.ClassName)
	} else {
		// The API server puts the cluster's default class in.
		intent.ServerFields = [][]string{{"spec", "ingressClassName"}}
	}
	if edge.Scheme == configv1alpha1.SchemeHTTPS {
		ingress.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{host}, SecretName: edge.Ingress.TLS.SecretName}}
	}
	return intent
}
