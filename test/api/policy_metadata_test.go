// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The name of a root tenant", func() {
	It("holds no dash, whoever gives it", func(ctx SpecContext) {
		ns := newNamespace(ctx)
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override))} {
			Expect(c.Create(ctx, newTenant(ns, "acme-corp"))).To(And(
				beInvalidFor("tenantry-root-names"), MatchError(ContainSubstring("metadata.name"))))
		}
	})
	It("does not get one by being generated", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "")
		t.GenerateName = "acme-"
		Expect(k8sClient.Create(ctx, t)).To(beInvalidFor("tenantry-root-names"))
		t.GenerateName = "acme"
		tenant(ctx, k8sClient, t)
	})
	It("is not judged again when the tenant changes", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		tenant(ctx, k8sClient, t)
		Expect(k8sClient.Patch(ctx, t, mergePatch(`{"spec":{"displayName":"Acme"}}`))).To(Succeed())
	})
	It("is a matter of roots alone: a child's may hold dashes", func(ctx SpecContext) {
		tenant(ctx, k8sClient, newTenant(place(ctx).Name, "cyber-corp"))
	})
})

var _ = Describe("The marks by which the operator knows its own", func() {
	DescribeTable("are not for people to put on a Tenant",
		func(ctx SpecContext, metadata string) {
			for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override, administer("acme")))} {
				t := newTenant(newNamespace(ctx), "acme")
				Expect(json.Unmarshal([]byte(metadata), &t.ObjectMeta)).To(Succeed())
				Expect(c.Create(ctx, t)).To(beInvalidFor("tenantry-reserved-metadata"))

				t.Labels, t.Annotations = nil, nil
				tenant(ctx, c, t)
				Expect(c.Patch(ctx, t, mergePatch(`{"metadata":`+metadata+`}`))).To(beInvalidFor("tenantry-reserved-metadata"))
			}
		},
		Entry("not a tenant's name", `{"labels":{"tenantry.io/tenant":"x"}}`),
		Entry("not a parent's name", `{"labels":{"tenantry.io/parent":"x"}}`),
		Entry("not a tenant's uid", `{"annotations":{"tenantry.io/tenant-uid":"x"}}`),
		Entry("not the end of a retention", `{"annotations":{"tenantry.io/retained-until":"2030-01-01T00:00:00Z"}}`),
	)

	It("are the operator's to put there, and then they stay while others write", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		tenant(ctx, k8sClient, t)
		Expect(operator().Patch(ctx, t, mergePatch(`{"metadata":{"labels":{"tenantry.io/tenant":"x"}}}`))).To(Succeed())
		Expect(k8sClient.Patch(ctx, t, mergePatch(`{"metadata":{"labels":{"tier":"gold"}}}`))).To(Succeed())
		Expect(k8sClient.Patch(ctx, t, mergePatch(`{"metadata":{"labels":{"tenantry.io/tenant":"y"}}}`))).To(beInvalidFor("tenantry-reserved-metadata"))
	})

	It("leave other labels and annotations to people", func(ctx SpecContext) {
		t := newTenant(newNamespace(ctx), "acme")
		t.Labels = map[string]string{"tier": "gold", v1alpha1.LabelSync: "content"}
		t.Annotations = map[string]string{v1alpha1.AnnotationDefault: "true"}
		tenant(ctx, As(person(ctx, everything)), t)
	})
})
