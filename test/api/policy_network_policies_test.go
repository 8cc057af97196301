// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("A NetworkPolicy in a tenant's place", Ordered, func() {
	const policy = "tenantry-network-policies"
	var (
		namespace          string
		c, lord, overrider client.Client
	)
	all, web := &metav1.LabelSelector{}, &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	world := &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}
	own := networkingv1.NetworkPolicyPeer{PodSelector: web}
	// rules returns a policy of one rule each way, between the place's own pods and these.
	rules := func(namespace string, direction networkingv1.PolicyType, peers ...networkingv1.NetworkPolicyPeer) *networkingv1.NetworkPolicy {
		obj := &networkingv1.NetworkPolicy{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"},
			Spec: networkingv1.NetworkPolicySpec{
				Ingress: []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{own}}},
				Egress:  []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{own}}},
			},
		}
		if direction == networkingv1.PolicyTypeIngress {
			obj.Spec.Ingress = append(obj.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: peers})
		} else {
			obj.Spec.Egress = append(obj.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: peers})
		}
		return obj
	}
	fields := map[networkingv1.PolicyType]string{
		networkingv1.PolicyTypeIngress: "spec.ingress: ", networkingv1.PolicyTypeEgress: "spec.egress: ",
	}
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		c, overrider, lord = As(person(ctx, everything)), As(person(ctx, everything, override)), As(lordOf(ctx, namespace))
	})

	DescribeTable("opens no way to others, as policies add up:",
		func(ctx SpecContext, peers ...networkingv1.NetworkPolicyPeer) {
			elsewhere := newNamespace(ctx)
			for direction, field := range fields {
				plain := rules(namespace, direction, own)
				Expect(c.Create(ctx, plain)).To(Succeed())
				open := rules(namespace, direction, peers...)
				for _, as := range []client.Client{c, lord} {
					other := open.DeepCopy()
					other.Name = "other"
					Expect(as.Create(ctx, other)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(field))))
					open.ResourceVersion = plain.ResourceVersion
					Expect(as.Update(ctx, open.DeepCopy())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(field))))
				}
				for _, as := range []client.Client{overrider, k8sClient, exempt()} {
					Expect(as.Update(ctx, open.DeepCopy(), client.DryRunAll)).To(Succeed())
				}
				Expect(c.Create(ctx, rules(elsewhere, direction, peers...), client.DryRunAll)).To(Succeed(), "elsewhere it may")
				Expect(c.Delete(ctx, plain)).To(Succeed())
			}
		},
		Entry("not to everybody, by a rule that names nobody"),
		Entry("not to all namespaces", networkingv1.NetworkPolicyPeer{NamespaceSelector: all}),
		Entry("not to some pods of all namespaces", networkingv1.NetworkPolicyPeer{NamespaceSelector: all, PodSelector: web}),
		Entry("not to the place itself by its namespace's labels, which others have too", networkingv1.NetworkPolicyPeer{NamespaceSelector: web, PodSelector: all}),
		Entry("not to the world", networkingv1.NetworkPolicyPeer{IPBlock: world}),
		Entry("not to one beside the place's own", own, networkingv1.NetworkPolicyPeer{IPBlock: world}),
	)

	DescribeTable("holds the place's pods apart:", func(ctx SpecContext, peers ...networkingv1.NetworkPolicyPeer) {
		for direction := range fields {
			for _, as := range []client.Client{c, lord} {
				Expect(as.Create(ctx, rules(namespace, direction, peers...), client.DryRunAll)).To(Succeed())
			}
		}
	},
		Entry("some of them", own),
		Entry("all of them", networkingv1.NetworkPolicyPeer{PodSelector: all}),
	)

	It("lets nobody through when it has no rules", func(ctx SpecContext) {
		closed := rules(namespace, networkingv1.PolicyTypeIngress)
		closed.Spec = networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{
			networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress,
		}}
		Expect(lord.Create(ctx, closed, client.DryRunAll)).To(Succeed())
	})

	It("that was there before may be labelled, put right and deleted by anybody", func(ctx SpecContext) {
		old := rules(namespace, networkingv1.PolicyTypeEgress)
		old.Finalizers = []string{"example.com/held"}
		Expect(exempt().Create(ctx, old)).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"metadata":{"labels":{"a":"b"},"finalizers":null}}`))).To(Succeed())
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"podSelector":{"matchLabels":{"app":"web"}}}}`))).To(beForbiddenBy(policy))
		Expect(c.Patch(ctx, old, mergePatch(`{"spec":{"egress":null}}`))).To(Succeed())
		Expect(c.Delete(ctx, old)).To(Succeed())
	})
})
