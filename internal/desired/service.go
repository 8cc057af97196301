// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// portPortal is the name of the portal Service's port.
const portPortal = "http"

// portalService is what the route sends requests to: the tenant's own pods, or one backend for all. That
// one answers whether the tenant is closed or not, and no route of the tenant's own may reach it then.
func portalService(in Inputs) *apply.Intent {
	portal := in.Config.Portal
	if portal.ExternalName != "" && !Routed(in) {
		return nil
	}
	// Defaults of the API server are spelt out: the spec is compared exactly.
	service := &corev1.Service{
		ObjectMeta: objectMeta(in, PortalName),
		Spec: corev1.ServiceSpec{
			SessionAffinity: corev1.ServiceAffinityNone,
			Ports: []corev1.ServicePort{{
				Name:       portPortal,
				Protocol:   corev1.ProtocolTCP,
				Port:       portal.Port,
				TargetPort: portal.TargetPort,
			}},
		},
	}
	if portal.ExternalName != "" {
		service.Spec.Type = corev1.ServiceTypeExternalName
		service.Spec.ExternalName = portal.ExternalName
		// For an ExternalName the API server defaults the target port to the port itself.
		service.Spec.Ports[0].TargetPort.IntVal = portal.Port
	} else {
		service.Spec.Type = corev1.ServiceTypeClusterIP
		service.Spec.Selector = maps.Clone(portal.Selector)
		service.Spec.InternalTrafficPolicy = new(corev1.ServiceInternalTrafficPolicyCluster)
	}
	return &apply.Intent{
		Object: service,
		ServerFields: [][]string{
			{"spec", "clusterIP"},
			{"spec", "clusterIPs"},
			{"spec", "ipFamilies"},
			{"spec", "ipFamilyPolicy"},
		},
	}
}
