// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A Tenant that is deleted", func() {
	// exists says whether the Tenant is still there.
	exists := func(ctx SpecContext, tenant *v1alpha1.Tenant) bool {
		GinkgoHelper()
		err := admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{})
		Expect(client.IgnoreNotFound(err)).To(Succeed())
		return err == nil
	}

	It("takes its place with it, and goes when that is gone", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		place := placeOf(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.takeWrites()).To(HaveExactElements("delete rolebindings tenantry:owner", "delete ingresses portal",
			"delete namespaces "+place.GetName(), "patch tenants/status "+tenant.Name))
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonPurging))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseTerminating))

		gone(ctx, place)
		shared.catchUp(ctx, place)
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(ContainElement("get namespaces "+place.GetName()), "it is let go on the API server's own word")
		Expect(exists(ctx, tenant)).To(BeFalse())
	})

	It("waits for the rest of its place when Kubernetes has taken the quota already", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		stuck := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "stuck", Finalizers: []string{"example.com/wait"}}}
		Expect(admin.Create(ctx, stuck)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(admin.Patch(ctx, stuck, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		})
		quota := ownedKinds(tenant)["resourcequotas"]
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(shared.look(ctx, tenant)).To(Succeed())
		gone(ctx, quota)
		shared.catchUp(ctx, quota)

		Eventually(func(g Gomega) {
			g.Expect(shared.look(ctx, tenant)).To(Succeed())
			g.Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonPurging))
			g.Expect(ready(tenant).Message).To(ContainSubstring("example.com/wait"))
		}).WithContext(ctx).Should(Succeed())
	})

	It("goes at once when nothing was made for it, and leaves others' alone", func(ctx SpecContext) {
		name := harness.UniqueName("taken")
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		Expect(admin.Create(ctx, namespace)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, namespace)).To(Succeed()) })
		shared.catchUp(ctx, namespace)
		tenant := tenantIn(ctx, plainNamespace(ctx), name, asPartner)
		tenantIn(ctx, name, "somebody")
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(exists(ctx, tenant)).To(BeFalse())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)).To(Succeed())
		Expect(namespace.DeletionTimestamp).To(BeNil())
	})

	It("goes when its place is another's by now", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		place := placeOf(ctx, tenant)
		Expect(asKubernetes().Patch(ctx, place, merge(`{"metadata":{"annotations":{"tenantry.io/tenant-uid":"somebody-else"}}}`))).To(Succeed())
		shared.catchUp(ctx, place)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(exists(ctx, tenant)).To(BeFalse())
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(place), place)).To(Succeed())
		Expect(place.GetDeletionTimestamp()).To(BeNil())
		Expect(asOperator().Delete(ctx, place)).To(Succeed())
	})

	Context("and is a partner with children", func() {
		It("waits for them, closed, and never deletes them", func(ctx SpecContext) {
			parent := partner(ctx)
			shared.settle(ctx, parent)
			child := tenantIn(ctx, parent.Status.Namespace, "child")
			shared.settle(ctx, child)
			Expect(admin.Delete(ctx, parent)).To(Succeed())
			shared.catchUp(ctx, child)
			Expect(shared.look(ctx, parent)).To(Succeed())
			Expect(ready(parent)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonChildrenRemain))
			Expect(ready(parent).Message).To(ContainSubstring("1 child tenant in namespace %q must go first", parent.Status.Namespace))
			Expect(routed(ctx, parent)).To(BeFalse())

			shared.catchUp(ctx, parent)
			shared.settle(ctx, child)
			Expect(ready(child)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonParentSuspended))
			Expect(routed(ctx, child)).To(BeFalse())

			shared.recorder.take()
			Expect(shared.look(ctx, parent)).To(Succeed())
			Expect(shared.look(ctx, child)).To(Succeed())
			Expect(shared.recorder.take()).To(Or(BeEmpty(), HaveEach("patch tenants/status "+parent.Name)))
			Expect(child.DeletionTimestamp).To(BeNil())

			forceAway(ctx, child)
			Expect(shared.look(ctx, parent)).To(Succeed())
			Expect(ready(parent)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonPurging))
		})

		It("waits for one, too, that the cache does not have yet", func(ctx SpecContext) {
			parent := partner(ctx)
			place := placeOf(ctx, parent)
			Expect(admin.Delete(ctx, parent)).To(Succeed())
			shared.catchUp(ctx, parent)
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(parent), parent)).To(Succeed())
			in := shared.load(ctx, parent)
			Expect(in.Children).To(BeZero())

			// Made in the very moment between the look into the cache and the deletion.
			made := false
			shared.recorder.onRequest(func(sent request) {
				if made || sent.Resource != "namespaces" {
					return
				}
				made = true
				defer GinkgoRecover()
				tenantIn(ctx, place.Name, "late")
			})
			defer shared.recorder.onRequest(nil)
			Expect(shared.look(ctx, parent)).NotTo(Succeed())
			Expect(made).To(BeTrue())
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(place), place)).To(Succeed())
			Expect(place.DeletionTimestamp).To(BeNil())
		})
	})
})
