// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/test/harness"
)

// hijack is a request on a namespace, by one of the ways to write one.
type hijack func(ctx SpecContext, as client.Client, namespace *corev1.Namespace) error

// byPatch, byStatus and byFinalize write metadata the three ways that the API server knows.
func byPatch(body string) hijack {
	return func(ctx SpecContext, as client.Client, namespace *corev1.Namespace) error {
		return as.Patch(ctx, namespace, merge(body))
	}
}

func byStatus(body string) hijack {
	return func(ctx SpecContext, as client.Client, namespace *corev1.Namespace) error {
		return as.Status().Patch(ctx, namespace, merge(body))
	}
}

func byFinalize(change func(*corev1.Namespace)) hijack {
	return func(ctx SpecContext, as client.Client, namespace *corev1.Namespace) error {
		change(namespace)
		return as.SubResource("finalize").Update(ctx, namespace)
	}
}

func byDelete(ctx SpecContext, as client.Client, namespace *corev1.Namespace) error {
	return as.Delete(ctx, namespace, client.DryRunAll)
}

const (
	ownedByAnother = `{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"evil","uid":"5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}]}}`
	harmless       = `{"metadata":{"labels":{"team":"blue"}}}`
)

func label(key, value string) func(*corev1.Namespace) {
	return func(n *corev1.Namespace) {
		if n.Labels == nil {
			n.Labels = map[string]string{}
		}
		n.Labels[key] = value
	}
}

// namespaceAttacks are takings of namespaces that became known as capsule's CVE-2022-46167 (the owner
// reference dropped), CVE-2024-39690 (an owner reference put on any namespace), CVE-2025-55205 (labels
// put on any namespace) and GHSA-2ww6-hf35-mfjm (the same by subresources).
func namespaceAttacks(target func() *victim) {
	for _, by := range []struct {
		who   string
		actor func(*victim) client.Client
	}{
		{"a cluster admin", func(*victim) client.Client { return admin }},
		{"a namespace admin", func(v *victim) client.Client { return v.namespaceAdmin }},
	} {
		DescribeTable("a tenant's namespace is not taken by "+by.who, func(ctx SpecContext, attack, twin hijack) {
			v := target()
			as := by.actor(v)
			before := placeOf(ctx, v.tenant)
			Expect(attack(ctx, as, before.DeepCopy())).To(refusedByPolicy())
			Expect(placeOf(ctx, v.tenant)).To(Equal(before))
			if twin != nil {
				Expect(twin(ctx, as, refreshed(ctx, v.plain))).To(Succeed())
			}
		},
			Entry("by its owner reference (CVE-2022-46167)", byPatch(ownedByAnother), byPatch(ownedByAnother)),
			Entry("by dropping what says whose it is", byPatch(`{"metadata":{"labels":null,"annotations":null}}`), byPatch(`{"metadata":{"annotations":null}}`)),
			Entry("by naming another tenant", byPatch(`{"metadata":{"labels":{"tenantry.io/tenant":"evil"}}}`), byPatch(harmless)),
			Entry("by injecting labels (CVE-2025-55205)", byPatch(harmless), byPatch(harmless)),
			Entry("by letting privileged pods in", byPatch(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`),
				byPatch(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)),
			Entry("by its status (GHSA-2ww6-hf35-mfjm)", byStatus(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`), byStatus(harmless)),
			Entry("by an owner reference in its status (GHSA-2ww6-hf35-mfjm)", byStatus(ownedByAnother), byStatus(ownedByAnother)),
			Entry("by its finalizers (GHSA-2ww6-hf35-mfjm)", byFinalize(label("tenantry.io/managed", "false")), byFinalize(label("team", "red"))),
			Entry("by ending it unfinished", byFinalize(func(n *corev1.Namespace) { n.Spec.Finalizers = nil }), nil),
			Entry("by deleting it", hijack(byDelete), hijack(byDelete)),
		)

		DescribeTable("a namespace that is nobody's place is not made one by "+by.who, func(ctx SpecContext, attack, twin hijack) {
			v := target()
			as := by.actor(v)
			before := refreshed(ctx, v.plain)
			Expect(attack(ctx, as, before.DeepCopy())).To(refusedByPolicy())
			Expect(refreshed(ctx, v.plain)).To(Equal(before))
			Expect(twin(ctx, as, before)).To(Succeed())
		},
			Entry("by labels (CVE-2025-55205)", byPatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`), byPatch(harmless)),
			Entry("by labels and an owner reference (CVE-2024-39690)", byPatch(`{"metadata":{"labels":{"tenantry.io/tenant":"evil"},"ownerReferences":[{"apiVersion":"tenantry.io/v1alpha1","kind":"Tenant","name":"evil","uid":"5e8c5d0e-0c53-4ce9-9d8b-6d4f3a2b1c0d"}]}}`), byPatch(harmless)),
			Entry("by an annotation", byPatch(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"evil"}}}`), byPatch(`{"metadata":{"annotations":{"note":"mine"}}}`)),
			Entry("by its status (GHSA-2ww6-hf35-mfjm)", byStatus(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`), byStatus(harmless)),
			Entry("by its finalizers (GHSA-2ww6-hf35-mfjm)", byFinalize(label("tenantry.io/managed", "true")), byFinalize(label("team", "green"))),
		)
	}

	It("a namespace is not made as a place by anybody else", func(ctx SpecContext) {
		forged := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: harness.UniqueName("forged"), Labels: map[string]string{"tenantry.io/managed": "true"}}}
		Expect(admin.Create(ctx, forged)).To(refusedByPolicy())
		forged.Labels = map[string]string{"team": "blue"}
		Expect(admin.Create(ctx, forged)).To(Succeed())
		Expect(admin.Delete(ctx, forged)).To(Succeed())
	})
}

func refreshed(ctx SpecContext, namespace *corev1.Namespace) *corev1.Namespace {
	GinkgoHelper()
	now := &corev1.Namespace{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(namespace), now)).To(Succeed())
	return now
}
