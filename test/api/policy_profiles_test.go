// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("A WhiteLabelProfile that tenants bear", func() {
	const policy = "tenantry-profiles-in-use"
	// borne is a profile of which the operator says how many tenants bear it.
	borne := func(ctx SpecContext, tenants string) *v1alpha1.WhiteLabelProfile {
		GinkgoHelper()
		profile := &v1alpha1.WhiteLabelProfile{ObjectMeta: metav1.ObjectMeta{Namespace: newNamespace(ctx), Name: "house"}}
		Expect(k8sClient.Create(ctx, profile)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(exempt().Delete(ctx, profile.DeepCopy()))).To(Succeed())
		})
		Expect(operator().Status().Patch(ctx, profile, mergePatch(`{"status":{"tenants":`+tenants+`}}`))).To(Succeed())
		return profile
	}

	It("is deleted by nobody, and can be changed all the same", func(ctx SpecContext) {
		profile := borne(ctx, "1")
		for _, c := range []client.Client{k8sClient, As(person(ctx, everything, override)), As(lordOf(ctx, profile.Namespace))} {
			Expect(c.Delete(ctx, profile.DeepCopy())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("the profile is in use: give the tenants that bear it another brand"))))
			Expect(c.DeleteAllOf(ctx, &v1alpha1.WhiteLabelProfile{}, client.InNamespace(profile.Namespace))).To(beForbiddenBy(policy))
		}
		Expect(As(lordOf(ctx, profile.Namespace)).Patch(ctx, profile, mergePatch(`{"spec":{"companyName":"Acme"}}`))).To(Succeed())
	})

	DescribeTable("is deleted when none does", func(ctx SpecContext, tenants string) {
		profile := borne(ctx, tenants)
		Expect(As(lordOf(ctx, profile.Namespace)).Delete(ctx, profile)).To(Succeed())
	},
		Entry("any more", "0"),
		Entry("as far as is known", "null"),
	)

	It("goes with its namespace", func(ctx SpecContext) {
		profile := borne(ctx, "1")
		Expect(As(namespaceController, "system:serviceaccounts", "system:serviceaccounts:kube-system", "system:masters").Delete(ctx, profile)).To(Succeed())
	})
})
