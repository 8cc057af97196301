// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A tenant's pod with users of its own", func() {
	restricted := func(ctx SpecContext) string {
		GinkgoHelper()
		namespace := place(ctx)
		Expect(operator().Patch(ctx, namespace, mergePatch(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`))).To(Succeed())
		return withAccount(ctx, namespace.Name)
	}
	own := func(namespace string) *corev1.Pod {
		pod := harness.Pod(namespace, "web")
		pod.Spec.HostUsers = new(false)
		first := pod.Spec.Containers[0].DeepCopy()
		first.Name = "first"
		pod.Spec.InitContainers = []corev1.Container{*first}
		return pod
	}

	DescribeTable("is not root", func(ctx SpecContext, offend func(*corev1.PodSpec), field string) {
		strict, lax := restricted(ctx), withAccount(ctx, place(ctx).Name)
		for _, c := range []client.Client{As(person(ctx, everything)), k8sClient, exempt()} {
			Expect(c.Create(ctx, own(strict), client.DryRunAll)).To(Succeed(), "its legal twin")
			root := own(strict)
			offend(&root.Spec)
			Expect(c.Create(ctx, root.DeepCopy(), client.DryRunAll)).To(And(beForbiddenBy("tenantry-pod-users"), MatchError(ContainSubstring(field))))
			root.Namespace = lax
			Expect(c.Create(ctx, root, client.DryRunAll)).To(Succeed(), "where root is allowed")
		}
	},
		Entry("for saying nothing", func(spec *corev1.PodSpec) { spec.SecurityContext.RunAsNonRoot = nil }, "runAsNonRoot"),
		Entry("in a container", func(spec *corev1.PodSpec) { spec.Containers[0].SecurityContext.RunAsNonRoot = new(false) }, "runAsNonRoot"),
		Entry("in an init container", func(spec *corev1.PodSpec) { spec.InitContainers[0].SecurityContext.RunAsNonRoot = new(false) }, "runAsNonRoot"),
		Entry("by number", func(spec *corev1.PodSpec) { spec.SecurityContext.RunAsUser = new(int64(0)) }, "runAsUser"),
		Entry("by number in a container", func(spec *corev1.PodSpec) { spec.Containers[0].SecurityContext.RunAsUser = new(int64(0)) }, "runAsUser"),
		Entry("by number in an init container", func(spec *corev1.PodSpec) { spec.InitContainers[0].SecurityContext.RunAsUser = new(int64(0)) }, "runAsUser"),
	)
})
