// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// attack is one way to change a namespace, tried as c's user.
type attack func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error

func merging(body string) attack {
	return func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
		return c.Patch(ctx, ns, mergePatch(body))
	}
}

func mergingStatus(body string) attack {
	return func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
		return c.Status().Patch(ctx, ns, mergePatch(body))
	}
}

func updating(change func(*corev1.Namespace)) attack {
	return func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
		change(ns)
		return c.Update(ctx, ns)
	}
}

func finalizing(change func(*corev1.Namespace)) attack {
	return func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
		change(ns)
		return c.SubResource("finalize").Update(ctx, ns)
	}
}

func applying(metadata map[string]any) attack {
	return func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
		metadata["name"] = ns.Name
		return serverSideApply(ctx, c, ns, map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
	}
}

const ownerReference = `{"apiVersion":"tenantry.io/v1alpha1","kind":"Tenant","name":"evil","uid":"0e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}`

var _ = Describe("A tenant's place", Ordered, func() {
	var (
		guarded *corev1.Namespace
		// Everybody who is not the operator, whatever RBAC lets them do.
		others map[string]client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		guarded = place(ctx)
		others = map[string]client.Client{
			"the cluster's administrator":     k8sClient,
			"a person with every usual right": As(person(ctx, everything)),
			"a person who may override":       As(person(ctx, everything, override)),
		}
	})

	DescribeTable("is changed by nobody but the operator",
		func(ctx SpecContext, try attack) {
			for who, c := range others {
				By("trying as " + who)
				Expect(try(ctx, c, guarded.DeepCopy())).To(beForbiddenBy("tenantry-managed-namespaces"))
				after := &corev1.Namespace{}
				Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(guarded), after)).To(Succeed())
				Expect(after.ResourceVersion).To(Equal(guarded.ResourceVersion))
			}
		},
		Entry("not by deleting it", attack(func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
			return c.Delete(ctx, ns)
		})),
		Entry("not by deleting it with its dependents first", attack(func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
			return c.Delete(ctx, ns, client.PropagationPolicy(metav1.DeletePropagationForeground))
		})),
		Entry("not by a label of their own", merging(`{"metadata":{"labels":{"team":"red"}}}`)),
		Entry("not by taking the label away that guards it", merging(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`)),
		Entry("not by another value of that label", merging(`{"metadata":{"labels":{"tenantry.io/managed":"false"}}}`)),
		Entry("not by giving it to another tenant", merging(`{"metadata":{"labels":{"tenantry.io/tenant":"evil"}}}`)),
		Entry("not by another owner's uid", merging(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"evil"}}}`)),
		Entry("not by letting privileged pods in", merging(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)),
		Entry("not by a finalizer", merging(`{"metadata":{"finalizers":["example.com/stuck"]}}`)),
		Entry("not by replacing it", updating(func(ns *corev1.Namespace) { ns.Labels = nil })),
		Entry("not by server-side apply", applying(map[string]any{"labels": map[string]any{v1alpha1.LabelTenant: "evil"}})),
		Entry("not by a JSON patch", attack(func(ctx SpecContext, c client.Client, ns *corev1.Namespace) error {
			return c.Patch(ctx, ns, jsonPatch(`[{"op":"remove","path":"/metadata/labels"}]`))
		})),
		Entry("not by changing its owner references (CVE-2022-46167)", merging(`{"metadata":{"ownerReferences":[`+ownerReference+`]}}`)),
		Entry("not by injecting labels (CVE-2025-55205)", merging(`{"metadata":{"labels":{"kubernetes.io/metadata.name":"kube-system","a":"b"}}}`)),
		Entry("not by its status subresource (GHSA-2ww6-hf35-mfjm)", mergingStatus(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`)),
		Entry("not by a status alone", mergingStatus(`{"status":{"conditions":[{"type":"NamespaceContentRemaining","status":"True"}]}}`)),
		Entry("not by its finalize subresource (GHSA-2ww6-hf35-mfjm)", finalizing(func(ns *corev1.Namespace) { ns.Labels = nil })),
		Entry("not by ending it unfinished", finalizing(func(ns *corev1.Namespace) { ns.Spec.Finalizers = nil })),
	)

	It("is changed and deleted by the operator", func(ctx SpecContext) {
		ns := place(ctx)
		Expect(operator().Patch(ctx, ns, mergePatch(`{"metadata":{"labels":{"tenantry.io/region":"eu-west"}}}`))).To(Succeed())
		Expect(operator().Delete(ctx, ns)).To(Succeed())
	})

	It("tells who deletes it what to do instead", func(ctx SpecContext) {
		Expect(k8sClient.Delete(ctx, guarded)).To(MatchError(ContainSubstring("`kubectl delete tenant -n acme cybercorp`")))
	})
})

var _ = Describe("A namespace that is no tenant's place", Ordered, func() {
	var (
		plain  *corev1.Namespace
		others []client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		plain = &corev1.Namespace{}
		Expect(k8sClient.Get(ctx, client.ObjectKey{Name: newNamespace(ctx)}, plain)).To(Succeed())
		others = []client.Client{k8sClient, As(person(ctx, everything, override))}
	})

	It("is nobody's business but its owners'", func(ctx SpecContext) {
		c := As(person(ctx, everything))
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: map[string]string{"team": "blue"}}}
		Expect(c.Create(ctx, ns)).To(Succeed())
		Expect(merging(`{"metadata":{"labels":{"team":"red"},"annotations":{"a":"b"}}}`)(ctx, c, ns)).To(Succeed())
		Expect(mergingStatus(`{"metadata":{"labels":{"team":"green"}}}`)(ctx, c, ns)).To(Succeed())
		Expect(c.Delete(ctx, ns)).To(Succeed())
	})

	DescribeTable("is not made to look like one",
		func(ctx SpecContext, labels, annotations map[string]string) {
			for _, c := range others {
				ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: labels, Annotations: annotations}}
				Expect(c.Create(ctx, ns)).To(beForbiddenBy("tenantry-namespace-metadata"))
			}
		},
		Entry("by the label of what is managed", map[string]string{v1alpha1.LabelManaged: "true"}, nil),
		Entry("by another value of it", map[string]string{v1alpha1.LabelManaged: "false"}, nil),
		Entry("by a tenant's name", map[string]string{v1alpha1.LabelTenant: "cybercorp"}, nil),
		Entry("by a parent's name", map[string]string{v1alpha1.LabelParent: "acme"}, nil),
		Entry("by a region", map[string]string{v1alpha1.LabelRegion: "eu-west"}, nil),
		Entry("by a label that only begins like ours", map[string]string{"tenantry.io/anything": ""}, nil),
		Entry("by a tenant's uid", nil, map[string]string{v1alpha1.AnnotationTenantUID: "5e8c5d0e"}),
		Entry("by the end of its retention", nil, map[string]string{"tenantry.io/retained-until": "2030-01-01T00:00:00Z"}),
	)

	DescribeTable("is not made one later",
		func(ctx SpecContext, try attack) {
			for _, c := range others {
				Expect(try(ctx, c, plain.DeepCopy())).To(beForbiddenBy("tenantry-namespace-metadata"))
			}
		},
		Entry("by a label (CVE-2024-39690, CVE-2025-55205)", merging(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`)),
		Entry("by a label and an owner reference (CVE-2024-39690)", merging(`{"metadata":{"labels":{"tenantry.io/tenant":"evil"},"ownerReferences":[`+ownerReference+`]}}`)),
		Entry("by an annotation", merging(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"evil"}}}`)),
		Entry("by replacing it", updating(func(ns *corev1.Namespace) { ns.Labels = ownLabels() })),
		Entry("by server-side apply", applying(map[string]any{"labels": map[string]any{v1alpha1.LabelManaged: "true"}})),
		Entry("by its status subresource (GHSA-2ww6-hf35-mfjm)", mergingStatus(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`)),
		Entry("by its finalize subresource (GHSA-2ww6-hf35-mfjm)", finalizing(func(ns *corev1.Namespace) { ns.Labels = ownLabels() })),
	)

	It("is not made one of Kubernetes' own", func(ctx SpecContext) {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: metav1.NamespaceSystem}}
		Expect(merging(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`)(ctx, As(person(ctx, everything)), ns)).
			To(beForbiddenBy("tenantry-namespace-metadata"))
	})

	It("is not made one by somebody who only calls himself the operator", func(ctx SpecContext) {
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: newNamespace(ctx), Name: "tenantry-manager"}}
		Expect(k8sClient.Create(ctx, account)).To(Succeed())

		By("asking with a token of an account of the same name, which may do much but not impersonate")
		c := withToken(ctx, account, everything)
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: ownLabels()}}
		Expect(c.Create(ctx, ns)).To(beForbiddenBy("tenantry-namespace-metadata"))
		Expect(withTokenAs(ctx, account, operatorName).Create(ctx, ns)).To(beForbiddenByRBAC())
	})

	It("may keep what it had before Tenantry came, and lose it", func(ctx SpecContext) {
		// An account that is exempt stands in for the time before the policies.
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-", Labels: map[string]string{v1alpha1.LabelTenant: "old"}}}
		Expect(exempt().Create(ctx, ns)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, ns)).To(Succeed()) })

		Expect(merging(`{"metadata":{"labels":{"team":"red"}}}`)(ctx, k8sClient, ns)).To(Succeed())
		Expect(merging(`{"metadata":{"labels":{"tenantry.io/tenant":null}}}`)(ctx, k8sClient, ns)).To(Succeed())
		after := &corev1.Namespace{}
		Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(ns), after)).To(Succeed())
		Expect(after.Labels).NotTo(HaveKey(v1alpha1.LabelTenant))
	})
})
