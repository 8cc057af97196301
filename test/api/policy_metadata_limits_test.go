// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// many returns n keys with values of a length.
func many(n, length int) map[string]string {
	pairs := make(map[string]string, n)
	for i := range n {
		pairs[fmt.Sprintf("example.com/k%05d", i)] = strings.Repeat("v", length)
	}
	return pairs
}

func manyFinalizers(n int) []string {
	// What the spec ends with takes all of them away.
	finalizers := []string{v1alpha1.Finalizer}
	for i := range n - 1 {
		finalizers = append(finalizers, fmt.Sprintf("example.com/f%d", i))
	}
	return finalizers
}

// manyOwners are of a kind that there is not: of others the garbage collector sees that they are gone.
func manyOwners(n int, name string) []metav1.OwnerReference {
	var owners []metav1.OwnerReference
	for i := range n {
		owners = append(owners, metav1.OwnerReference{APIVersion: "example.com/v1", Kind: "Owner", Name: name, UID: types.UID(fmt.Sprintf("5e8c5d0e-0c53-4ce9-9d8b-%012d", i))})
	}
	return owners
}

var _ = Describe("The metadata of an object of ours", func() {
	const policy = "tenantry-metadata-limits"
	longKey := strings.Repeat("p", 100) + "/" + strings.Repeat("n", 28)

	DescribeTable("has no more than the operator can bear, whoever writes it",
		func(ctx SpecContext, field string, change func(*v1alpha1.Tenant)) {
			ns := newNamespace(ctx)
			for _, c := range []client.Client{As(person(ctx, everything, administer("acme"))), k8sClient} {
				t := newTenant(ns, "acme")
				change(t)
				Expect(c.Create(ctx, t, client.DryRunAll)).To(And(beInvalidFor(policy), MatchError(ContainSubstring(field+":"))))
			}
			plain := newTenant(ns, "acme")
			tenant(ctx, k8sClient, plain)
			change(plain)
			Expect(k8sClient.Update(ctx, plain)).To(And(beInvalidFor(policy), MatchError(ContainSubstring(field+":"))))
		},
		Entry("not 65 labels", "metadata.labels", func(t *v1alpha1.Tenant) { t.Labels = many(65, 1) }),
		Entry("not 60000 labels", "metadata.labels", func(t *v1alpha1.Tenant) { t.Labels = many(60000, 1) }),
		Entry("not a label with a key of 129 characters", "metadata.labels", func(t *v1alpha1.Tenant) { t.Labels = map[string]string{longKey: ""} }),
		Entry("not 65 annotations", "metadata.annotations", func(t *v1alpha1.Tenant) { t.Annotations = many(65, 1) }),
		Entry("not as many annotations as Kubernetes allows", "metadata.annotations", func(t *v1alpha1.Tenant) { t.Annotations = many(14000, 0) }),
		Entry("not annotations of more than 64 KiB", "metadata.annotations", func(t *v1alpha1.Tenant) { t.Annotations = many(64, 1007) }),
		Entry("not one of those by kubectl", "metadata.annotations", func(t *v1alpha1.Tenant) {
			t.Annotations = map[string]string{lastApplied: strings.Repeat("v", 65536)}
		}),
		Entry("not 17 finalizers", "metadata.finalizers", func(t *v1alpha1.Tenant) { t.Finalizers = manyFinalizers(17) }),
		Entry("not 17 owners", "metadata.ownerReferences", func(t *v1alpha1.Tenant) { t.OwnerReferences = manyOwners(17, "a") }),
		Entry("not an owner with a name that is none", "metadata.ownerReferences", func(t *v1alpha1.Tenant) {
			t.OwnerReferences = manyOwners(1, strings.Repeat("a", 254))
		}),
	)

	It("has as much as that", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		t.Labels = many(63, 63)
		t.Labels[longKey[1:]] = ""
		t.Annotations = many(62, 1000) // and its creator
		t.Annotations[lastApplied] = strings.Repeat("v", 1024)
		t.Finalizers = manyFinalizers(16)
		t.OwnerReferences = manyOwners(16, strings.Repeat("a", 253))
		Expect(As(person(ctx, everything)).Create(ctx, t, client.DryRunAll)).To(Succeed())
	})

	It("has kubectl's copy of a long inventory beside it", func(ctx SpecContext) {
		obj := inventory.with("{}").DeepCopy()
		obj.SetNamespace(newNamespace(ctx))
		c := As(person(ctx, everything))
		obj.SetAnnotations(map[string]string{lastApplied: strings.Repeat("v", 200000)})
		Expect(c.Create(ctx, obj, client.DryRunAll)).To(Succeed())
		obj.SetAnnotations(map[string]string{"note": strings.Repeat("v", 65536)})
		Expect(c.Create(ctx, obj, client.DryRunAll)).To(And(beInvalidFor(policy), MatchError(ContainSubstring("--server-side"))))
	})

	Context("where there was more before", Ordered, func() {
		var old *v1alpha1.Tenant
		BeforeAll(func(ctx SpecContext) {
			old = newTenant(newNamespace(ctx), "acme")
			old.Labels = many(70, 1)
			old.Labels[longKey] = ""
			old.Annotations = many(60, 1200)
			old.Finalizers = manyFinalizers(20)
			old.OwnerReferences = manyOwners(15, strings.Repeat("a", 300))
			tenant(ctx, exempt(), old)
		})

		DescribeTable("lets people go on with it", func(ctx SpecContext, change func(*v1alpha1.Tenant)) {
			changed := old.DeepCopy()
			change(changed)
			Expect(k8sClient.Update(ctx, changed, client.DryRunAll)).To(Succeed())
		},
			Entry("with another spec", func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Acme" }),
			Entry("with fewer labels", func(t *v1alpha1.Tenant) { t.Labels = many(66, 1) }),
			Entry("with other values", func(t *v1alpha1.Tenant) { t.Labels["example.com/k00000"] = "other" }),
			Entry("with few labels and the long one", func(t *v1alpha1.Tenant) { t.Labels = map[string]string{longKey: "b"} }),
			Entry("with shorter annotations", func(t *v1alpha1.Tenant) { t.Annotations["example.com/k00000"] = "" }),
			Entry("with fewer finalizers", func(t *v1alpha1.Tenant) { t.Finalizers = manyFinalizers(19) }),
			Entry("with fewer owners", func(t *v1alpha1.Tenant) { t.OwnerReferences = t.OwnerReferences[1:] }),
		)

		DescribeTable("lets nobody make it more", func(ctx SpecContext, change func(*v1alpha1.Tenant)) {
			changed := old.DeepCopy()
			change(changed)
			Expect(k8sClient.Update(ctx, changed, client.DryRunAll)).To(beInvalidFor(policy))
		},
			Entry("with a label more", func(t *v1alpha1.Tenant) { t.Labels["more"] = "" }),
			Entry("with a longer annotation", func(t *v1alpha1.Tenant) { t.Annotations["example.com/k00000"] += "more" }),
			Entry("with a finalizer more", func(t *v1alpha1.Tenant) { t.Finalizers = append(t.Finalizers, "example.com/more") }),
			Entry("with another owner like that", func(t *v1alpha1.Tenant) { t.OwnerReferences[0].Name += "more" }),
		)

		It("lets the operator and the garbage collector do their work", func(ctx SpecContext) {
			Expect(operator().Status().Patch(ctx, old.DeepCopy(), mergePatch(`{"status":{"phase":"Pending"}}`))).To(Succeed())
			for _, c := range []client.Client{operator(), exempt()} {
				changed := old.DeepCopy()
				changed.Finalizers = append(changed.Finalizers, "example.com/more")
				Expect(c.Patch(ctx, changed, client.MergeFrom(old), client.DryRunAll)).To(Succeed())
			}
		})
	})
})
