// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The status of a Tenant", func() {
	const active = `{"status":{"phase":"Active"}}`

	It("is written by the operator", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		tenant(ctx, k8sClient, t)
		Expect(operator().Status().Patch(ctx, t, mergePatch(active))).To(Succeed())
		Expect(t.Status.Phase).To(BeEquivalentTo("Active"))
	})

	It("is written by nobody else", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		tenant(ctx, k8sClient, t)
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Status().Patch(ctx, t, mergePatch(active))).To(beForbiddenBy("tenantry-status"))
			Expect(c.Status().Update(ctx, t)).To(beForbiddenBy("tenantry-status"))
			Expect(serverSideApplyStatus(ctx, c, t)).To(beForbiddenBy("tenantry-status"))
		}
	})

	It("does not come with a new Tenant", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		t.Status.Phase = "Active"
		tenant(ctx, k8sClient, t)
		Expect(t.Status.Phase).To(BeEmpty())
	})
})

func serverSideApplyStatus(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
	body := `{"apiVersion":"tenantry.io/v1alpha1","kind":"Tenant","metadata":{"name":"` + t.Name + `"},"status":{"phase":"Active"}}`
	return c.Status().Patch(ctx, t, client.RawPatch("application/apply-patch+yaml", []byte(body)), client.FieldOwner("api-test"), client.ForceOwnership)
}

var _ = Describe("The status of an access grant", func() {
	It("is written by the operator alone, as that of every kind", func(ctx SpecContext) {
		grant := objectOf("TenantAccessGrant", newNamespace(ctx), map[string]any{
			"subject": map[string]any{"kind": "User", "name": "jdoe@example.com"}, "role": "Viewer",
		})
		Expect(k8sClient.Create(ctx, grant)).To(Succeed())
		Expect(k8sClient.Status().Patch(ctx, grant, mergePatch(`{"status":{"observedGeneration":1}}`))).To(beForbiddenBy("tenantry-status"))
	})
})

var _ = Describe("The status of an asset inventory", func() {
	const cheap = `{"status":{"observedGeneration":1,"assets":1,"unique":1,"counted":0}}`

	It("is written by the operator alone: what is counted is paid for", func(ctx SpecContext) {
		made := inventory.with(asset("Domain", "a.example"))
		made.SetNamespace(place(ctx).Name)
		Expect(k8sClient.Create(ctx, made)).To(Succeed())
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Status().Patch(ctx, made, mergePatch(cheap))).To(beForbiddenBy("tenantry-status"))
		}
		Expect(operator().Status().Patch(ctx, made, mergePatch(cheap))).To(Succeed())
	})

	It("does not come with a new one", func(ctx SpecContext) {
		made := objectOf("AssetInventory", newNamespace(ctx), map[string]any{"assets": []any{map[string]any{"type": "Domain", "value": "a.example"}}})
		Expect(unstructured.SetNestedField(made.Object, int64(0), "status", "counted")).To(Succeed())
		Expect(k8sClient.Create(ctx, made)).To(Succeed())
		_, found, err := unstructured.NestedInt64(made.Object, "status", "counted")
		Expect(err).NotTo(HaveOccurred())
		Expect(found).To(BeFalse())
	})
})

var _ = Describe("The status of a quota", func() {
	newQuota := func(namespace string) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own"},
			Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"configmaps": resource.MustParse("5")}},
		}
	}
	const raised = `{"status":{"hard":{"configmaps":"500"},"used":{"configmaps":"0"}}}`

	It("is written by nobody in a tenant's place, whoever made the quota", func(ctx SpecContext) {
		quota := newQuota(place(ctx).Name)
		Expect(k8sClient.Create(ctx, quota)).To(Succeed())
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Status().Patch(ctx, quota, mergePatch(raised))).To(beForbiddenBy("tenantry-quota-status"))
		}
	})

	It("is left to RBAC elsewhere", func(ctx SpecContext) {
		quota := newQuota(newNamespace(ctx))
		Expect(k8sClient.Create(ctx, quota)).To(Succeed())
		Expect(k8sClient.Status().Patch(ctx, quota, mergePatch(raised))).To(Succeed())
	})
})
