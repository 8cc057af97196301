// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/test/harness"
)

// amongOwnPods lets all pods of the place talk to each other.
func amongOwnPods() networkingv1.NetworkPolicySpec {
	own := []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}
	return networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
		Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: own}},
		Egress:      []networkingv1.NetworkPolicyEgressRule{{To: own}},
	}
}

// What the NetworkPolicies say is looked at, and that nobody can add to it. That the cluster's network
// keeps them is the network's matter.
func denyOtherTenantsConnections(ctx SpecContext, p *person) {
	isolates := &networkingv1.NetworkPolicy{}
	Expect(p.Get(ctx, client.ObjectKey{Namespace: p.place, Name: "tenantry"}, isolates)).To(Succeed())
	Expect(isolates.Spec.PodSelector).To(Equal(metav1.LabelSelector{}), "it is for all pods")
	Expect(isolates.Spec.PolicyTypes).To(ConsistOf(networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress))
	policies := &networkingv1.NetworkPolicyList{}
	Expect(p.List(ctx, policies, client.InNamespace(p.place))).To(Succeed())
	for _, policy := range policies.Items {
		for _, rule := range policy.Spec.Ingress {
			Expect(rule.From).NotTo(BeEmpty(), "a rule without peers is for all the world")
			Expect(rule.From).To(HaveEach(Satisfy(noTenants)))
		}
		for _, rule := range policy.Spec.Egress {
			Expect(rule.To).NotTo(BeEmpty(), "a rule without peers is for all the world")
			Expect(rule.To).To(HaveEach(Satisfy(noTenants)))
		}
	}
	own := &networkingv1.NetworkPolicy{ObjectMeta: p.object(), Spec: amongOwnPods()}
	p.make(ctx, own)
	for _, peers := range [][]networkingv1.NetworkPolicyPeer{
		nil,
		{{NamespaceSelector: &metav1.LabelSelector{}}},
		{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: world.sibling.Status.Namespace}}, PodSelector: &metav1.LabelSelector{}}},
		{{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8"}}},
	} {
		for _, open := range []func(*networkingv1.NetworkPolicySpec){
			func(spec *networkingv1.NetworkPolicySpec) { spec.Ingress[0].From = peers },
			func(spec *networkingv1.NetworkPolicySpec) { spec.Egress[0].To = peers },
		} {
			opened := own.DeepCopy()
			open(&opened.Spec)
			Expect(p.Update(ctx, opened)).To(refusedBy("tenantry-network-policies"), "%v", peers)
			made := &networkingv1.NetworkPolicy{ObjectMeta: p.object(), Spec: opened.Spec}
			Expect(p.Create(ctx, made)).To(refusedBy("tenantry-network-policies"), "%v", peers)
		}
	}
}

// noTenants says that a peer is of the place itself, or of a namespace by name that is nobody's place.
func noTenants(peer networkingv1.NetworkPolicyPeer) bool {
	if peer.IPBlock != nil {
		return false
	}
	if peer.NamespaceSelector == nil {
		return true
	}
	name := peer.NamespaceSelector.MatchLabels[corev1.LabelMetadataName]
	for _, place := range []string{world.sibling.Status.Namespace, world.partner.Status.Namespace, world.otherPartner.Status.Namespace} {
		if name == "" || name == place {
			return false
		}
	}
	return true
}

func requireReclaimDelete(ctx SpecContext, p *person) {
	class := func(reclaim corev1.PersistentVolumeReclaimPolicy) *storagev1.StorageClass {
		made := &storagev1.StorageClass{
			ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("class")}, Provisioner: "provisioner.example", ReclaimPolicy: &reclaim,
		}
		Expect(admin.Create(ctx, made)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, made)).To(Succeed()) })
		return made
	}
	keeps, goes := class(corev1.PersistentVolumeReclaimRetain), class(corev1.PersistentVolumeReclaimDelete)
	// A class is known to the policy a moment after it was made.
	Eventually(func() error { return p.Create(ctx, claim(p, &keeps.Name), client.DryRunAll) }).WithContext(ctx).Should(refusedBy("tenantry-storage-classes"))
	Expect(p.Create(ctx, claim(p, &keeps.Name))).To(refusedBy("tenantry-storage-classes"))
	p.make(ctx, claim(p, &goes.Name))
	undecided := claim(p, nil)
	p.make(ctx, undecided)
	Expect(p.Patch(ctx, undecided.DeepCopy(), merge(`{"spec":{"storageClassName":"`+keeps.Name+`"}}`))).To(refusedBy("tenantry-storage-classes"))
	Expect(p.Patch(ctx, undecided, merge(`{"spec":{"storageClassName":"`+goes.Name+`"}}`))).To(Succeed())
}

func blockExistingVolumes(ctx SpecContext, p *person) {
	named := claim(p, nil)
	named.Spec.VolumeName = "somebodys"
	Expect(p.Create(ctx, named)).To(refusedBy("tenantry-volume-claims"))
	own := claim(p, nil)
	p.make(ctx, own)
	Expect(p.Patch(ctx, own, merge(`{"spec":{"volumeName":"somebodys"}}`))).To(refusedBy("tenantry-volume-claims"))
	for _, verb := range []string{"get", "list", "create", "update", "patch", "delete"} {
		Expect(cluster.May(ctx, p.name, verb, "persistentvolumes", "")).To(BeFalse(), verb)
	}
}
