// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const dropFinalizer = `{"metadata":{"finalizers":null}}`

var _ = Describe("The finalizer of a Tenant", func() {
	DescribeTable("is there from the beginning",
		func(ctx SpecContext, given []string, want []string) {
			t := newTenant(newNamespace(ctx), "acme")
			t.Finalizers = given
			tenant(ctx, As(person(ctx, everything)), t)
			Expect(t.Finalizers).To(Equal(want))
		},
		Entry("when none is given", nil, []string{v1alpha1.Finalizer}),
		Entry("beside others", []string{"example.com/other"}, []string{"example.com/other", v1alpha1.Finalizer}),
		Entry("once when it is given", []string{v1alpha1.Finalizer}, []string{v1alpha1.Finalizer}),
	)

	DescribeTable("stays while the Tenant is wanted",
		func(ctx SpecContext, change func(SpecContext, client.Client, *v1alpha1.Tenant) error) {
			for _, c := range []client.Client{As(person(ctx, everything)), k8sClient, operator()} {
				t := newTenant(newNamespace(ctx), "acme")
				tenant(ctx, k8sClient, t)
				if err := change(ctx, c, t); err != nil { // RBAC keeps the operator from some of these
					Expect(err).To(beForbiddenByRBAC())
				}
				last := &v1alpha1.Tenant{}
				Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(t), last)).To(Succeed())
				Expect(last.Finalizers).To(ContainElement(v1alpha1.Finalizer))
				Expect(last.DeletionTimestamp).To(BeNil())
			}
		},
		Entry("when a patch drops all finalizers", func(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
			return c.Patch(ctx, t, mergePatch(dropFinalizer))
		}),
		Entry("when a patch puts another in its place", func(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
			return c.Patch(ctx, t, mergePatch(`{"metadata":{"finalizers":["example.com/other"]}}`))
		}),
		Entry("when a JSON patch removes it", func(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
			return c.Patch(ctx, t, jsonPatch(`[{"op":"remove","path":"/metadata/finalizers/0"}]`))
		}),
		Entry("when kubectl replace leaves it out", func(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
			replacement := newTenant(t.Namespace, t.Name)
			replacement.ResourceVersion = t.ResourceVersion
			return c.Update(ctx, replacement)
		}),
		Entry("when server-side apply gives it up", func(ctx SpecContext, c client.Client, t *v1alpha1.Tenant) error {
			metadata := map[string]any{"name": t.Name, "namespace": t.Namespace, "finalizers": []any{v1alpha1.Finalizer}}
			intent := map[string]any{"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Tenant", "metadata": metadata}
			if err := serverSideApply(ctx, c, t.DeepCopy(), intent); err != nil {
				return err
			}
			delete(metadata, "finalizers")
			return serverSideApply(ctx, c, t.DeepCopy(), intent)
		}),
	)

	Context("of a Tenant that is being deleted", func() {
		deleted := func(ctx SpecContext) *v1alpha1.Tenant {
			GinkgoHelper()
			t := newTenant(newNamespace(ctx), "acme")
			t.Finalizers = []string{"example.com/other"}
			tenant(ctx, k8sClient, t)
			Expect(k8sClient.Delete(ctx, t)).To(Succeed())
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(t), t)).To(Succeed())
			return t
		}

		It("is not taken away by people, who learn why", func(ctx SpecContext) {
			t := deleted(ctx)
			c := As(person(ctx, everything))
			Expect(c.Patch(ctx, t, mergePatch(dropFinalizer))).To(And(
				beForbiddenBy("tenantry-finalizer"), MatchError(ContainSubstring("needs verb override"))))
			t.Finalizers = []string{"example.com/other"}
			Expect(c.Update(ctx, t)).To(beForbiddenBy("tenantry-finalizer"))
		})
		It("is not taken away by who has every right in the namespace alone, as a partner may in its own", func(ctx SpecContext) {
			t := deleted(ctx)
			Expect(As(lordOf(ctx, t.Namespace)).Patch(ctx, t, mergePatch(dropFinalizer))).To(beForbiddenBy("tenantry-finalizer"))
		})
		It("lets people change what else there is", func(ctx SpecContext) {
			t := deleted(ctx)
			Expect(As(person(ctx, everything)).Patch(ctx, t, mergePatch(
				`{"metadata":{"annotations":{"team":"red"},"finalizers":["tenantry.io/cleanup"]}}`))).To(Succeed())
		})
		It("is taken away by the operator", func(ctx SpecContext) {
			t := deleted(ctx)
			Expect(operator().Patch(ctx, t, mergePatch(dropFinalizer))).To(Succeed())
			Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(t), t)).To(Satisfy(apierrors.IsNotFound))
		})
		It("is taken away by who may override", func(ctx SpecContext) {
			Expect(As(person(ctx, everything, override)).Patch(ctx, deleted(ctx), mergePatch(dropFinalizer))).To(Succeed())
		})
		It("is left alone by the garbage collector, which removes its own", func(ctx SpecContext) {
			t := newTenant(newNamespace(ctx), "acme")
			tenant(ctx, k8sClient, t)
			Expect(k8sClient.Delete(ctx, t, client.PropagationPolicy(metav1.DeletePropagationForeground))).To(Succeed())
			Eventually(func() ([]string, error) {
				err := k8sClient.Get(ctx, client.ObjectKeyFromObject(t), t)
				return t.Finalizers, err
			}).WithContext(ctx).WithTimeout(eventualTimeout).Should(ConsistOf(v1alpha1.Finalizer))
		})
	})
})
