// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// All the ways in which people and Git write a Tenant, and write it again.
var _ = Describe("A Tenant that is written", func() {
	const pat, robot = "pat@acme.example", "system:serviceaccount:argocd:argocd-application-controller"
	manifest := func(namespace, name, displayName string) string {
		return fmt.Sprintf("apiVersion: tenantry.io/v1alpha1\nkind: Tenant\nmetadata: {name: %s, namespace: %s}\nspec: {displayName: %s}\n",
			name, namespace, displayName)
	}
	as := func(user string, arguments ...string) []string {
		return append(arguments, "-f", "-", "--as", user, "--as-group", "system:masters")
	}

	DescribeTable("keeps its finalizer and its creator,", func(ctx SpecContext, first, again []string) {
		namespace, name := platform(ctx), harness.UniqueName("root")
		_, err := kubectl(ctx, manifest(namespace, name, "First"), as(pat, first...)...)
		Expect(err).NotTo(HaveOccurred())
		tenant := await(ctx, named(namespace, name), beReady())
		Expect(tenant.Status.SuperAdmin).To(Equal(pat), "who made it, and nobody else was named")

		_, err = kubectl(ctx, manifest(namespace, name, "Again"), as(robot, again...)...)
		Expect(err).NotTo(HaveOccurred())
		await(ctx, tenant, beReady())
		Expect(tenant).To(And(
			HaveField("Spec.DisplayName", v1alpha1.DisplayText("Again")),
			HaveField("Finalizers", HaveExactElements(v1alpha1.Finalizer)),
			HaveField("Annotations", HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, pat)),
			HaveField("OwnerReferences", BeEmpty()),
			HaveField("Status.SuperAdmin", pat),
		))
	},
		Entry("by client-side apply", []string{"apply"}, []string{"apply"}),
		Entry("by server-side apply", []string{"apply", "--server-side"}, []string{"apply", "--server-side", "--field-manager=argocd", "--force-conflicts"}),
		Entry("by client-side apply, then server-side", []string{"apply"}, []string{"apply", "--server-side", "--force-conflicts"}),
		Entry("by create, then replace", []string{"create"}, []string{"replace"}),
		Entry("by create, then apply", []string{"create"}, []string{"apply"}),
	)

	It("is left as it was written: the operator adds nothing to its spec and metadata", func(ctx SpecContext) {
		namespace, name := platform(ctx), harness.UniqueName("root")
		apply(ctx, manifest(namespace, name, "Mine"))
		tenant := await(ctx, named(namespace, name), beReady())
		Expect(tenant.Generation).To(BeEquivalentTo(1))
		Expect(tenant.Labels).To(BeEmpty())
		said, err := kubectl(ctx, manifest(namespace, name, "Mine"), "apply", "--server-side", "--force-conflicts", "-f", "-")
		Expect(err).NotTo(HaveOccurred())
		Expect(said).To(ContainSubstring("serverside-applied"))
		diff, err := kubectl(ctx, manifest(namespace, name, "Mine"), "diff", "--server-side", "--force-conflicts", "-f", "-")
		Expect(err).NotTo(HaveOccurred(), diff)
		Expect(diff).To(BeEmpty())
	})

	It("has a person for its super admin: a machine's children have their parent's", func(ctx SpecContext) {
		namespace, name := platform(ctx), harness.UniqueName("root")
		_, err := kubectl(ctx, fmt.Sprintf("apiVersion: tenantry.io/v1alpha1\nkind: Tenant\nmetadata: {name: %s, namespace: %s}\nspec: {partner: {}}\n", name, namespace), as(pat, "apply")...)
		Expect(err).NotTo(HaveOccurred())
		await(ctx, named(namespace, name), beReady())
		_, err = kubectl(ctx, manifest(name, "child", "Child"), as(robot, "apply")...)
		Expect(err).NotTo(HaveOccurred())
		child := await(ctx, named(name, "child"), beReady())
		Expect(child.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, robot))
		Expect(child.Status.SuperAdmin).To(Equal(pat))
	})
})
