// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// claimNamespace is where the operator writes down who has which host.
const claimNamespace = "tenantry-hosts"

// claimAttacks are on the hosts themselves: to take one, to keep one from others, or to free one. The
// attacker is a partner who may write ConfigMaps in the whole cluster, which is more than a partner may.
func claimAttacks(target func() *victim) {
	// forged is a claim of a host for the attacker's place.
	forged := func(v *victim, namespace, host string) *corev1.ConfigMap {
		return &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: host},
			Data:       map[string]string{"kind": "Custom", "namespace": v.plain.Name},
		}
	}

	It("nobody claims a host in the operator's stead", func(ctx SpecContext) {
		v, host := target(), newHost()
		as := configMapWriter(ctx)
		Expect(as.Create(ctx, forged(v, claimNamespace, host))).To(refusedBy("tenantry-hosts"))
		marked := forged(v, claimNamespace, host)
		marked.Labels = map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelTenant: v.tenant.Name, v1alpha1.LabelParent: v.tenant.Namespace}
		Expect(as.Create(ctx, marked)).To(refusedBy("tenantry-owned-objects"))
		Expect(v.placeLord.Create(ctx, forged(v, claimNamespace, host))).To(Satisfy(apierrors.IsForbidden))
		Expect(claimOf(ctx, host).Name).To(BeEmpty())
		for _, who := range []client.Client{as, v.placeLord} {
			elsewhere := forged(v, v.plain.Name, host)
			Expect(who.Create(ctx, elsewhere)).To(Succeed(), "elsewhere it is no claim")
			Expect(who.Delete(ctx, elsewhere)).To(Succeed())
		}
	})

	It("nobody changes, frees or blocks a host that is a tenant's", func(ctx SpecContext) {
		v := target()
		as := configMapWriter(ctx)
		claim := claimOf(ctx, string(v.tenant.Status.Hosts[0]))
		Expect(claim.Data).To(HaveKeyWithValue("namespace", v.tenant.Status.Namespace))
		for _, lie := range []string{
			`{"data":{"namespace":"` + v.plain.Name + `"}}`,
			`{"data":null}`,
			`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"evil"}}}`,
			`{"metadata":{"labels":{"tenantry.io/tenant":"evil"}}}`,
			`{"metadata":{"labels":null}}`,
			`{"metadata":{"finalizers":["example.com/stuck"]}}`,
			ownedByAnother,
		} {
			Expect(as.Patch(ctx, claim.DeepCopy(), merge(lie))).To(refusedBy("tenantry-owned-objects"), lie)
		}
		Expect(as.Delete(ctx, claim.DeepCopy())).To(refusedBy("tenantry-owned-objects"))
		Expect(as.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(claimNamespace), client.MatchingLabels(claim.Labels))).To(refusedBy("tenantry-owned-objects"))
		Expect(claimOf(ctx, claim.Name)).To(Equal(claim))

		elsewhere := forged(v, v.plain.Name, harness.UniqueName("claim"))
		Expect(as.Create(ctx, elsewhere)).To(Succeed())
		Expect(as.Patch(ctx, elsewhere, merge(`{"data":{"namespace":"mine"}}`))).To(Succeed())
		Expect(as.Delete(ctx, elsewhere)).To(Succeed())
	})
}

// configMapWriter may write ConfigMaps in the whole cluster, and has none of Tenantry's own verbs.
func configMapWriter(ctx SpecContext) client.Client {
	GinkgoHelper()
	name := harness.UniqueName("partner") + "@acme.example"
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("e2e-")},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: clusterRole(ctx,
			rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"*"}})},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
	}
	Expect(admin.Create(ctx, binding)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, binding)).To(Succeed()) })
	as, err := cluster.As(name)
	Expect(err).NotTo(HaveOccurred())
	Eventually(func() error { return as.List(ctx, &corev1.ConfigMapList{}) }).WithContext(ctx).Should(Succeed(), "RBAC knows the binding")
	return as
}
