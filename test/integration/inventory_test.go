// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
)

var _ = Describe("The assets of a tenant", func() {
	var place string
	var counter *controller.InventoryReconciler
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		tenant = root(ctx)
		shared.settle(ctx, tenant)
		place = tenant.Status.Namespace
		counter = controller.NewInventoryReconciler(shared.TenantReconciler, clock.RealClock{})
	})
	// look has a reconciler look at the place once, on the present view of all its inventories, and says
	// which requests that took.
	lookWith := func(ctx SpecContext, r *controller.InventoryReconciler) ([]string, ctrl.Result, error) {
		GinkgoHelper()
		list := &v1alpha1.AssetInventoryList{}
		Expect(admin.List(ctx, list, client.InNamespace(place))).To(Succeed())
		for i := range list.Items {
			shared.catchUp(ctx, &list.Items[i])
		}
		shared.recorder.take()
		result, err := r.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKey{Name: place}})
		return shared.recorder.take(), result, err
	}
	look := func(ctx SpecContext) []string {
		GinkgoHelper()
		requests, result, err := lookWith(ctx, counter)
		Expect(err).NotTo(HaveOccurred())
		Expect(result).To(BeZero())
		return requests
	}
	restarted := func() { counter = controller.NewInventoryReconciler(shared.TenantReconciler, clock.RealClock{}) }
	const read = "list assetinventories"

	It("are counted once each, in the oldest inventory that names them", func(ctx SpecContext) {
		first := inventoryIn(ctx, place, "first", "a.example", "B.example.")
		second := inventoryIn(ctx, place, "second", "b.example", "c.example", "C.EXAMPLE", "-.example")
		Expect(look(ctx)).To(ConsistOf(read, "patch assetinventories/status first", "patch assetinventories/status second"))

		Expect(counts(ctx, first)).To(Equal([]int32{2, 2, 2}))
		Expect(readyOf(first)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(counts(ctx, second)).To(Equal([]int32{4, 2, 1}))
		Expect(readyOf(second)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvalidAssets))
		Expect(meta.IsStatusConditionTrue(second.Status.Conditions, v1alpha1.ConditionStalled)).To(BeTrue())
		Expect(second.Status.Invalid).To(HaveExactElements(And(HaveField("Index", BeEquivalentTo(3)), HaveField("Message", ContainSubstring("hyphen")))))
		Expect(second.Status.ObservedGeneration).To(Equal(second.Generation))
	})

	It("cost no request while nothing changes, and after a restart one where inventories depend on each other, and no write", func(ctx SpecContext) {
		first := inventoryIn(ctx, place, "first", "a.example")
		look(ctx)
		Expect(look(ctx)).To(BeEmpty())
		restarted()
		Expect(look(ctx)).To(BeEmpty())

		inventoryIn(ctx, place, "second", "A.example")
		Expect(look(ctx)).To(ConsistOf(read, "patch assetinventories/status second"))
		Expect(look(ctx)).To(BeEmpty())
		restarted()
		Expect(look(ctx)).To(ConsistOf(read))
		Expect(look(ctx)).To(BeEmpty())

		list(ctx, first, "a.example", "A.Example", "a.example.")
		Expect(look(ctx)).To(ConsistOf(read, "patch assetinventories/status first"))
		Expect(counts(ctx, first)).To(Equal([]int32{3, 1, 1}))
	})

	It("count in the next oldest inventory when one goes, also while the operator is down", func(ctx SpecContext) {
		inventories := []*v1alpha1.AssetInventory{
			inventoryIn(ctx, place, "first", "a.example", "b.example"), inventoryIn(ctx, place, "second", "a.example"), inventoryIn(ctx, place, "third", "A.example", "B.example"),
		}
		look(ctx)
		Expect(counts(ctx, inventories[1])).To(Equal([]int32{1, 1, 0}))
		Expect(counts(ctx, inventories[2])).To(Equal([]int32{2, 2, 0}))

		Expect(admin.Delete(ctx, inventories[0])).To(Succeed())
		shared.catchUp(ctx, inventories[0])
		counter.Gone(place)
		Expect(look(ctx)).To(ConsistOf(read, "patch assetinventories/status second", "patch assetinventories/status third"))
		Expect(counts(ctx, inventories[1])).To(Equal([]int32{1, 1, 1}))
		Expect(counts(ctx, inventories[2])).To(Equal([]int32{2, 2, 1}))

		Expect(admin.Delete(ctx, inventories[1])).To(Succeed())
		shared.catchUp(ctx, inventories[1])
		restarted()
		Expect(look(ctx)).To(ConsistOf(read, "patch assetinventories/status third"))
		Expect(counts(ctx, inventories[2])).To(Equal([]int32{2, 2, 2}))
	})

	It("are what they were counted to be, whenever the operator dies", func(ctx SpecContext) {
		first, second := inventoryIn(ctx, place, "first", "a.example"), inventoryIn(ctx, place, "second", "b.example")
		third := inventoryIn(ctx, place, "third", "c.example", "d.example")
		look(ctx)
		list(ctx, first, "b.example", "c.example") // a is nobody's any more, and those are not second's and third's
		for written := range 3 {
			left := written
			shared.recorder.onRefuse(func(request request) bool {
				if request.Verb == "patch" && request.Resource == "assetinventories" {
					left--
				}
				return left < 0
			})
			_, _, err := lookWith(ctx, counter)
			shared.recorder.onRefuse(nil)
			if written < 1 {
				Expect(err).To(HaveOccurred())
			}
			restarted()
		}
		look(ctx)
		Expect([][]int32{counts(ctx, first), counts(ctx, second), counts(ctx, third)}).To(Equal([][]int32{{2, 2, 2}, {1, 1, 0}, {2, 2, 1}}))
	})

	It("are read in pieces, and not kept in memory", func(ctx SpecContext) {
		var values []string
		for i := range 2000 {
			values = append(values, fmt.Sprintf("host-%d.example", i/2))
		}
		for i := range 6 {
			inventoryIn(ctx, place, fmt.Sprintf("inventory-%d", i), values...)
		}
		requests := look(ctx)
		Expect(requests[:2]).To(HaveExactElements(read, read))
		Expect(requests).To(HaveLen(2 + 6))
		for i := range 6 {
			cached := &v1alpha1.AssetInventory{}
			Expect(shared.Client.Get(ctx, client.ObjectKey{Namespace: place, Name: fmt.Sprintf("inventory-%d", i)}, cached)).To(Succeed())
			Expect(cached.Spec.Assets).To(BeEmpty())
			Expect(cached.Status.Unique).To(HaveValue(BeEquivalentTo(1000)))
			if i > 0 {
				Expect(cached.Status.Counted).To(HaveValue(BeZero()))
			}
		}
	})

	It("are the tenant's usage, which is written only when it changes", func(ctx SpecContext) {
		first := inventoryIn(ctx, place, "first", "a.example", "b.example")
		inventoryIn(ctx, place, "second", "b.example", "c.example")
		look(ctx)
		shared.settle(ctx, tenant)
		Expect(tenant.Status.Usage).To(HaveValue(HaveField("Assets", BeEquivalentTo(3))))
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(BeEmpty())

		list(ctx, first, "b.example")
		look(ctx)
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(HaveExactElements("patch tenants/status " + tenant.Name))
		Expect(tenant.Status.Usage).To(HaveValue(HaveField("Assets", BeEquivalentTo(2))))

		list(ctx, first, "a.example") // b is second's now: as many as before
		look(ctx)
		Expect(admin.DeleteAllOf(ctx, &v1alpha1.AssetInventory{}, client.InNamespace(place))).To(Succeed())
		shared.catchUp(ctx, first, &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "second"}})
		Expect(look(ctx)).To(BeEmpty())
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(ptr.Deref(tenant.Status.Usage, v1alpha1.Usage{}).Assets).To(BeZero())
	})

	It("are counted at a bounded pace for one place", func(ctx SpecContext) {
		hands := clocktesting.NewFakeClock(time.Now())
		r := controller.NewInventoryReconciler(shared.TenantReconciler, hands)
		inventoryIn(ctx, place, "first", "a.example")
		shared.recorder.onRefuse(func(request request) bool { return request.Verb == "patch" && request.Resource == "assetinventories" })
		DeferCleanup(func() { shared.recorder.onRefuse(nil) })
		for range 60 {
			_, _, err := lookWith(ctx, r)
			Expect(err).To(HaveOccurred())
		}
		requests, result, err := lookWith(ctx, r)
		Expect(err).NotTo(HaveOccurred())
		Expect(requests).To(BeEmpty())
		Expect(result.RequeueAfter).To(BeNumerically("~", 5*time.Second, time.Second))
		shared.recorder.onRefuse(nil)
		hands.Step(result.RequeueAfter)
		requests, _, err = lookWith(ctx, r)
		Expect(err).NotTo(HaveOccurred())
		Expect(requests).To(ConsistOf(read, "patch assetinventories/status first"))
	})

	It("lie in a tenant's place, and elsewhere are not even read", func(ctx SpecContext) {
		place = home
		lost := inventoryIn(ctx, home, "lost", "a.example")
		Expect(look(ctx)).To(ConsistOf("patch assetinventories/status lost"))
		Expect(counts(ctx, lost)).To(BeEmpty())
		Expect(readyOf(lost)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNotAPlace))
		Expect(look(ctx)).To(BeEmpty())
	})
})

// inventoryIn makes an inventory of names; it goes when the spec ends.
func inventoryIn(ctx SpecContext, namespace, name string, values ...string) *v1alpha1.AssetInventory {
	GinkgoHelper()
	made := &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.AssetInventorySpec{Assets: domains(values)}}
	Expect(admin.Create(ctx, made)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(admin.Delete(ctx, made))).To(Succeed()) })
	return made
}

// list has an inventory list other names.
func list(ctx SpecContext, inventory *v1alpha1.AssetInventory, values ...string) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(inventory), inventory)).To(Succeed())
	inventory.Spec.Assets = domains(values)
	Expect(admin.Update(ctx, inventory)).To(Succeed())
}

func domains(values []string) []v1alpha1.Asset {
	var listed []v1alpha1.Asset
	for _, value := range values {
		listed = append(listed, v1alpha1.Asset{Type: v1alpha1.AssetDomain, Value: v1alpha1.AssetValue(value)})
	}
	return listed
}

// counts are how many assets an inventory has, how many of them are unique, and how many count; none
// where nothing is counted. It brings the inventory up to date.
func counts(ctx SpecContext, inventory *v1alpha1.AssetInventory) []int32 {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(inventory), inventory)).To(Succeed())
	var counts []int32
	for _, count := range []*int32{inventory.Status.Assets, inventory.Status.Unique, inventory.Status.Counted} {
		if count != nil {
			counts = append(counts, *count)
		}
	}
	return counts
}

func readyOf(inventory *v1alpha1.AssetInventory) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(inventory.Status.Conditions, v1alpha1.ConditionReady), metav1.Condition{})
}
