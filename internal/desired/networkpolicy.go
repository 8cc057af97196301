// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tenantry/tenantry/internal/apply"
)

// networkPolicy keeps the tenant's pods among themselves: in come the tenant's own and the edge's,
// out go the tenant's own, DNS and what is configured.
func networkPolicy(in Inputs) *apply.Intent {
	sameTenant := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}}
	egress := []networkingv1.NetworkPolicyEgressRule{
		{To: []networkingv1.NetworkPolicyPeer{sameTenant}},
		dnsRule(in),
	}
	if cidrs := in.Config.Network.EgressCIDRs; len(cidrs) > 0 {
		var peers []networkingv1.NetworkPolicyPeer
		for i := range cidrs {
			peers = append(peers, networkingv1.NetworkPolicyPeer{IPBlock: cidrs[i].DeepCopy()})
		}
		egress = append(egress, networkingv1.NetworkPolicyEgressRule{To: peers})
	}
	return &apply.Intent{Object: &networkingv1.NetworkPolicy{
		ObjectMeta: objectMeta(in, NetworkPolicyName),
		Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{
				{From: []networkingv1.NetworkPolicyPeer{sameTenant}},
				{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: inNamespace(in.Config.Edge.Namespace)}}},
			},
			Egress: egress,
		},
	}}
}

func dnsRule(in Inputs) networkingv1.NetworkPolicyEgressRule {
	dns := in.Config.Network.DNS
	rule := networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{{
		NamespaceSelector: inNamespace(dns.Namespace),
		PodSelector:       &metav1.LabelSelector{MatchLabels: maps.Clone(dns.PodSelector)},
	}}}
	for _, port := range dns.Ports {
		for _, protocol := range []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolTCP} {
			rule.Ports = append(rule.Ports, networkingv1.NetworkPolicyPort{
				Protocol: new(protocol),
				Port:     new(intstr.FromInt32(port)),
			})
		}
	}
	return rule
}

func inNamespace(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}
}
