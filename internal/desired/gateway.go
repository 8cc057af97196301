// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// listenerCustom is the one listener of a tenant's ListenerSet.
const listenerCustom gatewayv1.SectionName = "custom"

// portalHTTPRoute routes the tenant's hosts to its portal. The defaults of the Gateway API are spelt
// out: what an intent does not name is removed.
func portalHTTPRoute(in Inputs) *apply.Intent {
	if !Routed(in) || in.Config.Edge.Type != configv1alpha1.EdgeGateway {
		return nil
	}
	route := &gatewayv1.HTTPRoute{ObjectMeta: objectMeta(in, PortalName)}
	for _, host := range routedHosts(in) {
		route.Spec.Hostnames = append(route.Spec.Hostnames, gatewayv1.Hostname(host))
	}
	route.Spec.ParentRefs = []gatewayv1.ParentReference{parentGateway(in.Config.Edge.Gateway)}
	if SecureHost(in) != "" {
		route.Spec.ParentRefs = append(route.Spec.ParentRefs, parentListenerSet())
	}
	route.Spec.Rules = []gatewayv1.HTTPRouteRule{{
		Matches: []gatewayv1.HTTPRouteMatch{{Path: &gatewayv1.HTTPPathMatch{
			Type:  new(gatewayv1.PathMatchPathPrefix),
			Value: new("/"),
		}}},
		BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{
			BackendObjectReference: gatewayv1.BackendObjectReference{
				Group: new(gatewayv1.Group("")),
				Kind:  new(gatewayv1.Kind("Service")),
				Name:  PortalName,
				Port:  new(in.Config.Portal.Port),
			},
			Weight: new(int32(1)),
		}}},
	}}
	return &apply.Intent{Object: route}
}

func parentGateway(gateway *configv1alpha1.Gateway) gatewayv1.ParentReference {
	ref := gatewayv1.ParentReference{
		Group:     new(gatewayv1.Group(gatewayv1.GroupName)),
		Kind:      new(gatewayv1.Kind("Gateway")),
		Namespace: new(gatewayv1.Namespace(gateway.Namespace)),
		Name:      gatewayv1.ObjectName(gateway.Name),
	}
	if gateway.SectionName != "" {
		ref.SectionName = new(gatewayv1.SectionName(gateway.SectionName))
	}
	return ref
}

func parentListenerSet() gatewayv1.ParentReference {
	return gatewayv1.ParentReference{
		Group:       new(gatewayv1.Group(gatewayv1.GroupName)),
		Kind:        new(gatewayv1.Kind("ListenerSet")),
		Name:        PortalName,
		SectionName: new(listenerCustom),
	}
}

// portalListenerSet has the Gateway listen for the custom host with its own certificate, which lies
// in the tenant's namespace: no ReferenceGrant, and no limit of 64 listeners on the Gateway.
func portalListenerSet(in Inputs) *apply.Intent {
	host := SecureHost(in)
	if !Routed(in) || host == "" || in.Config.Edge.Type != configv1alpha1.EdgeGateway {
		return nil
	}
	gateway := in.Config.Edge.Gateway
	return &apply.Intent{Object: &gatewayv1.ListenerSet{
		ObjectMeta: objectMeta(in, PortalName),
		Spec: gatewayv1.ListenerSetSpec{
			ParentRef: gatewayv1.ParentGatewayReference{
				Group:     new(gatewayv1.Group(gatewayv1.GroupName)),
				Kind:      new(gatewayv1.Kind("Gateway")),
				Namespace: new(gatewayv1.Namespace(gateway.Namespace)),
				Name:      gatewayv1.ObjectName(gateway.Name),
			},
			Listeners: []gatewayv1.ListenerEntry{{
				Name:     listenerCustom,
				Hostname: new(gatewayv1.Hostname(host)),
				Port:     gateway.Port,
				Protocol: gatewayv1.HTTPSProtocolType,
				TLS: &gatewayv1.ListenerTLSConfig{
					Mode: new(gatewayv1.TLSModeTerminate),
					CertificateRefs: []gatewayv1.SecretObjectReference{{
						Group: new(gatewayv1.Group("")),
						Kind:  new(gatewayv1.Kind("Secret")),
						Name:  gatewayv1.ObjectName(CertificateSecret(in.Tenant.Spec.Domain.Custom)),
					}},
				},
				AllowedRoutes: &gatewayv1.AllowedRoutes{
					Namespaces: &gatewayv1.RouteNamespaces{From: new(gatewayv1.NamespacesFromSame)},
				},
			}},
		},
	}}
}
