// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	"github.com/google/go-cmp/cmp"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// namespaceController acts as Kubernetes' own, whom the policies exempt.
func namespaceController() client.Client {
	GinkgoHelper()
	c, err := cluster.As("system:serviceaccount:kube-system:namespace-controller", "system:serviceaccounts:kube-system", "system:masters")
	Expect(err).NotTo(HaveOccurred())
	return c
}

var _ = Describe("Deleting a Tenant (F21)", func() {
	It("purges its place with all data, and leaves its siblings and its parent alone", func(ctx SpecContext) {
		parent := partner(ctx)
		tenant, sibling := customer(ctx, parent, "leaving"), customer(ctx, parent, "staying")
		others := snapshot(ctx, parent, sibling)
		delete(others.Objects, "Tenant "+tenant.Namespace+"/"+tenant.Name)
		place := placeOf(ctx, tenant)
		Expect(admin.Create(ctx, volume(tenant, "data", "1Gi"))).To(Succeed())
		newPod(ctx, place.Name, "web")

		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		gone(ctx, tenant)
		gone(ctx, place)
		same(others, snapshot(ctx, parent, sibling))

		By("making it again under the same name")
		again := customer(ctx, parent, "leaving")
		Expect(placeOf(ctx, again).UID).NotTo(Equal(place.UID))
	})

	It("says what it waits for", func(ctx SpecContext) {
		tenant := root(ctx)
		place := placeOf(ctx, tenant)
		Expect(namespaceController().Patch(ctx, place, merge(`{"metadata":{"finalizers":["example.com/wait"]}}`))).To(Succeed())
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		await(ctx, tenant, have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPurging))
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseTerminating))
		Expect(message(tenant)).To(ContainSubstring("namespace %q is being deleted with everything in it", place.Name))
		Expect(namespaceController().Patch(ctx, place, merge(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		gone(ctx, tenant)
	})

	It("waits for a partner's children, closed, and never deletes them", func(ctx SpecContext) {
		parent := partner(ctx)
		one, two := customer(ctx, parent, "one"), customer(ctx, parent, "two")
		Expect(admin.Delete(ctx, parent)).To(Succeed())
		await(ctx, parent, have(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonChildrenRemain))
		Expect(message(parent)).To(ContainSubstring("2 child tenants in namespace %q must go first", parent.Status.Namespace))
		Expect(parent.Status.Phase).To(Equal(v1alpha1.PhaseTerminating))
		Expect(hostsOf(ctx, parent.Status.Namespace)).To(BeEmpty())
		for _, child := range []*v1alpha1.Tenant{one, two} {
			await(ctx, child, beParentSuspended)
			Expect(hostsOf(ctx, child.Status.Namespace)).To(BeEmpty())
		}
		Eventually(quiet(calm)).WithContext(ctx).Should(Succeed(), "what other specs began has ended, and this waits")

		Expect(admin.Delete(ctx, one)).To(Succeed())
		gone(ctx, one)
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(two), two)).To(Succeed())
			g.Expect(two.DeletionTimestamp).To(BeNil())
			g.Expect(placeOf(ctx, two).DeletionTimestamp).To(BeNil())
		}).WithContext(ctx).Should(Succeed())
		Expect(admin.Delete(ctx, two)).To(Succeed())
		gone(ctx, parent)
	})

	It("gives way to its children's deletion when all is deleted at once", func(ctx SpecContext) {
		parent := partner(ctx)
		reseller := customer(ctx, parent, "reseller", asPartner)
		end := customer(ctx, reseller, "end")
		for _, tenant := range []*v1alpha1.Tenant{parent, reseller, end} {
			Expect(admin.Delete(ctx, tenant)).To(Succeed())
		}
		for _, tenant := range []*v1alpha1.Tenant{end, reseller, parent} {
			gone(ctx, tenant)
		}
	})

	It("is quick where nothing was made, and touches nothing", func(ctx SpecContext) {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: platform(ctx)}}
		stuck := await(ctx, newTenant(ctx, home, namespace.Name), beStalled(v1alpha1.ReasonNamespaceConflict))
		Expect(admin.Delete(ctx, stuck)).To(Succeed())
		gone(ctx, stuck)
		Expect(refreshed(ctx, namespace).DeletionTimestamp).To(BeNil())
	})

	It("is undone by making it again at once: the new one gets its place when the old is gone", func(ctx SpecContext) {
		tenant := root(ctx)
		former := placeOf(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		gone(ctx, tenant)
		again := await(ctx, newTenant(ctx, tenant.Namespace, tenant.Name), beReady())
		Expect(placeOf(ctx, again).UID).NotTo(Equal(former.UID))
	})
})

var _ = Describe("A tenant's namespace", func() {
	It("is not deleted by hand, and says how to", func(ctx SpecContext) {
		tenant := root(ctx)
		_, err := kubectl(ctx, "", "delete", "namespace", tenant.Status.Namespace)
		Expect(err).To(MatchError(And(
			ContainSubstring("is the place of Tenant "+tenant.Name),
			ContainSubstring("kubectl delete tenant -n "+tenant.Namespace+" "+tenant.Name),
		)))
		Expect(placeOf(ctx, tenant).DeletionTimestamp).To(BeNil())
	})

	It("is made again when one of Kubernetes' own accounts deletes it", func(ctx SpecContext) {
		tenant := root(ctx)
		former := placeOf(ctx, tenant)
		Expect(namespaceController().Delete(ctx, former.DeepCopy())).To(Succeed())
		Eventually(func(g Gomega) {
			again := &corev1.Namespace{}
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(former), again)).To(Succeed())
			g.Expect(again.UID).NotTo(Equal(former.UID))
		}).WithContext(ctx).Should(Succeed())
		await(ctx, tenant, beReady())
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveExactElements(tenant.Name + ".tenantry.example"))
	})
})

var _ = Describe("What the operator made and who may override changed or deleted", func() {
	It("is put right at once, and told in an event", func(ctx SpecContext) {
		tenant := root(ctx)
		before := snapshot(ctx, tenant)
		place := tenant.Status.Namespace
		for _, arguments := range [][]string{
			{"delete", "configmap", "tenantry"},
			{"delete", "networkpolicy", "tenantry"},
			{"delete", "limitrange", "tenantry"},
			{"delete", "resourcequota", "tenantry"},
			{"delete", "ingress", "portal"},
			{"patch", "service", "portal", "-p", `{"spec":{"selector":{"app":"evil"}}}`},
			{"label", "secret", "tenant-admin", "tenantry.io/evil=yes"},
		} {
			_, err := kubectl(ctx, "", append(arguments, "-n", place)...)
			Expect(err).NotTo(HaveOccurred())
		}
		Eventually(func(g Gomega) {
			now, err := cluster.Snapshot(ctx, client.ObjectKeyFromObject(tenant))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(cmp.Diff(before.Objects, now.Objects)).To(BeEmpty())
		}).WithContext(ctx).WithPolling(time.Second).Should(Succeed())
		Expect(snapshot(ctx, tenant).Kept).To(Equal(before.Kept))
		Eventually(eventsOf).WithContext(ctx).WithArguments(tenant).Should(ContainElement(HaveField("Reason", "Repaired")))
	})
})

var _ = Describe("Somebody's own object in a place", func() {
	It("is never touched by the operator", func(ctx SpecContext) {
		tenant := root(ctx)
		own := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: harness.UniqueName("mine"), Labels: map[string]string{"app": "mine"}}}
		Expect(admin.Create(ctx, own)).To(Succeed())
		change(ctx, tenant, suspend, beSuspended)
		change(ctx, tenant, resume, beReady())
		now := get(ctx, tenant, own.Name, &corev1.ConfigMap{})
		Expect(now).To(Equal(own))
	})
})
