// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A place that is kept", func() {
	It("is closed and recorded, and the Tenant goes at once", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour), func(t *v1alpha1.Tenant) {
			t.Labels = map[string]string{"tier": "gold", "argocd.argoproj.io/instance": "a"}
		})
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)

		Expect(routed(ctx, tenant)).To(BeFalse())
		place := placeOf(ctx, tenant)
		Expect(place.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationRetainedUntil, record.Spec.Until.UTC().Format(time.RFC3339)))
		Expect(record.Spec.UID).To(BeEquivalentTo(tenant.UID))
		Expect(record.Spec.Namespace).To(Equal(place.Name))
		Expect(record.Spec.Creator).To(Equal(tenant.Annotations[v1alpha1.AnnotationCreatedBy]))
		Expect(record.Spec.SuperAdmin).To(Equal(tenant.Status.SuperAdmin))
		Expect(record.Spec.Labels).To(Equal(map[string]v1alpha1.LabelValue{"tier": "gold"}))
		Expect(record.Spec.Until.Time).To(BeTemporally("~", time.Now().Add(time.Hour), time.Minute))

		Eventually(func(g Gomega) {
			result, err := shared.lookAfter(ctx, record, time.Now())
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(result.RequeueAfter).To(BeNumerically("~", time.Hour, time.Minute))
			g.Expect(record.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", v1alpha1.ReasonRetained))))
		}).WithContext(ctx).Should(Succeed())
		shared.recorder.take()
		_, err := shared.lookAfter(ctx, record, time.Now())
		Expect(err).NotTo(HaveOccurred())
		Expect(shared.recorder.take()).To(BeEmpty(), "a kept place costs no request")
		shared.purged(ctx, record, record.Spec.Until.Time)
	})

	It("is remembered as it was, whatever is asked of the Tenant while it goes", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour), func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "As it was" })
		shared.settle(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		shared.recorder.onRequest(func(sent request) {
			if sent.String() != "patch tenants "+tenant.Name {
				return
			}
			shared.recorder.onRequest(nil)
			defer GinkgoRecover()
			Expect(admin.Patch(ctx, tenant.DeepCopy(), merge(`{"spec":{"displayName":"Something else","superAdmin":"thief@else.example"}}`))).To(Succeed())
		})
		Expect(shared.look(ctx, tenant)).NotTo(Succeed(), "the record is made, and the Tenant was changed before it could go")
		Expect(shared.look(ctx, tenant)).To(Succeed())
		gone(ctx, tenant)
		record := recordOf(ctx, tenant)
		Expect(record.Spec.Tenant.DisplayName).To(BeEquivalentTo("As it was"))
		shared.purged(ctx, record, record.Spec.Until.Time)
	})

	It("is its creator's again, as it was", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		before := owned(ctx, tenant)
		record := shared.retire(ctx, tenant)

		restored := tenantIn(ctx, tenant.Namespace, tenant.Name, keptFor(time.Hour))
		shared.settle(ctx, restored)
		Expect(ready(restored)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(restored.Status.Hosts).To(Equal(tenant.Status.Hosts))
		Expect(restored.Status.SuperAdmin).To(Equal(tenant.Status.SuperAdmin))
		for resource, object := range owned(ctx, restored) {
			if resource != "ingresses" {
				Expect(object.GetUID()).To(Equal(before[resource].GetUID()), resource)
			}
		}
		gone(ctx, record)
		place := placeOf(ctx, restored)
		Expect(place.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(restored.UID)))
		Expect(place.Annotations).NotTo(HaveKey(v1alpha1.AnnotationRetainedUntil))
		shared.recorder.take()
		Expect(shared.look(ctx, restored)).To(Succeed())
		Expect(shared.recorder.take()).To(BeEmpty())
	})

	It("is not somebody else's, until they say that they want it", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"].GetUID()
		record := shared.retire(ctx, tenant)

		thief := as(ctx, "thief@else.example", again(record))
		Expect(shared.look(ctx, thief)).To(Succeed())
		Expect(ready(thief)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
		Expect(condition(thief, v1alpha1.ConditionStalled).Status).To(Equal(metav1.ConditionTrue))
		Expect(ready(thief).Message).To(ContainSubstring(record.Spec.UID))
		Expect(thief.Status.Namespace).To(BeEmpty())
		Expect(routed(ctx, tenant)).To(BeFalse())

		change(ctx, thief, func(t *v1alpha1.Tenant) { t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: record.Spec.UID} })
		shared.settle(ctx, thief)
		Expect(ready(thief)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(owned(ctx, thief)["secrets"].GetUID()).To(Equal(secret))
		Expect(thief.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, record.Spec.Creator), "who restores it does not become its creator")
		Expect(thief.Status.SuperAdmin).To(Equal(record.Spec.SuperAdmin))
		gone(ctx, record)
	})

	It("keeps its super admin, whoever restores it", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour), func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "sam@acme.example" })
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)

		from := func(t *v1alpha1.Tenant) { t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: record.Spec.UID} }
		other := as(ctx, "other@acme.example", again(record, from, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "other@acme.example" }))
		Expect(shared.look(ctx, other)).To(Succeed())
		Expect(ready(other)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
		Expect(ready(other).Message).To(ContainSubstring("spec.superAdmin"))
		change(ctx, other, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "" })
		shared.settle(ctx, other)
		Expect(other.Status.SuperAdmin).To(Equal("sam@acme.example"))
		shared.catchUp(ctx, placeOf(ctx, other))
		change(ctx, other, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "Again" })
		shared.settle(ctx, other)
		Expect(other.Status.SuperAdmin).To(Equal("sam@acme.example"), "and stays it")
	})

	It("comes back with its Tenant when its record says Restore", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour), func(t *v1alpha1.Tenant) { t.Spec.DisplayName, t.Labels = "Cyber", map[string]string{"tier": "gold"} })
		shared.settle(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"].GetUID()
		record := shared.retire(ctx, tenant)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Restore"}}`))).To(Succeed())
		_, err := shared.lookAfter(ctx, record, record.Spec.Until.Time)
		Expect(err).NotTo(HaveOccurred())

		restored := again(record)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(restored), restored)).To(Succeed())
		shared.settle(ctx, restored)
		Expect(ready(restored)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(restored.Spec.DisplayName).To(BeEquivalentTo("Cyber"))
		Expect(restored.Labels).To(Equal(map[string]string{"tier": "gold"}))
		Expect(restored.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, record.Spec.Creator))
		Expect(owned(ctx, restored)["secrets"].GetUID()).To(Equal(secret))
		gone(ctx, record)
	})

	It("is purged when its record says Purge", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		shared.purged(ctx, record, time.Now())
	})

	It("is not kept where the annotation says so, which alone does nothing", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Annotations[v1alpha1.AnnotationPurge] = t.Name })
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		place := placeOf(ctx, tenant)
		Expect(admin.Delete(ctx, tenant)).To(Succeed())
		Expect(shared.look(ctx, tenant)).To(Succeed())
		gone(ctx, place)
	})

	It("keeps its host", func(ctx SpecContext) {
		subdomain := harness.UniqueName("kept")
		tenant := root(ctx, keptFor(time.Hour), withSubdomain(subdomain))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		other := root(ctx, withSubdomain(subdomain))
		restarted := newOperator(ctx)
		restarted.settle(ctx, other)
		Expect(ready(other)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))

		restarted.purged(ctx, record, record.Spec.Until.Time)
		Expect(restarted.woken).To(Receive(HaveField("Object.GetName()", other.Name)))
		restarted.settle(ctx, other)
		Expect(ready(other)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("is waited for by a Tenant of its name while it is being purged", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		stuck := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "stuck", Finalizers: []string{"example.com/wait"}}}
		Expect(admin.Create(ctx, stuck)).To(Succeed())
		released := func(ctx SpecContext) {
			Expect(client.IgnoreNotFound(admin.Patch(ctx, stuck, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
		}
		DeferCleanup(released)
		record := shared.retire(ctx, tenant)
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Purge"}}`))).To(Succeed())
		_, err := shared.lookAfter(ctx, record, time.Now())
		Expect(err).NotTo(HaveOccurred())
		shared.catchUp(ctx, placeOf(ctx, tenant))

		next := tenantIn(ctx, tenant.Namespace, tenant.Name)
		for len(shared.woken) > 0 {
			<-shared.woken
		}
		_ = shared.look(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict))
		Expect(ready(next).Message).To(ContainSubstring("is being deleted; the tenant is made when it is gone"))
		Expect(shared.woken).NotTo(Receive(), "it does not wake itself")

		released(ctx)
		shared.purged(ctx, record, time.Now())
		shared.settle(ctx, next)
		Expect(ready(next)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("of a partner closes its customers, waits for them when it is purged, and opens them when it is restored", func(ctx SpecContext) {
		parent := partner(ctx, keptFor(time.Hour))
		child := tenantIn(ctx, parent.Status.Namespace, "child")
		shared.settle(ctx, child)
		host := child.Status.Hosts
		record := shared.retire(ctx, parent)
		shared.settle(ctx, child)
		Expect(ready(child)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonParentSuspended))
		Expect(routed(ctx, child)).To(BeFalse())

		_, err := shared.lookAfter(ctx, record, record.Spec.Until.Time)
		Expect(err).NotTo(HaveOccurred())
		Expect(record.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", v1alpha1.ReasonChildrenRemain))))
		Expect(admin.Get(ctx, types.NamespacedName{Name: record.Spec.Namespace}, &corev1.Namespace{})).To(Succeed())

		restored := tenantIn(ctx, parent.Namespace, parent.Name, func(t *v1alpha1.Tenant) { t.Spec = *parent.Spec.DeepCopy() })
		shared.settle(ctx, restored)
		shared.catchUp(ctx, placeOf(ctx, restored))
		shared.settle(ctx, child)
		Expect(ready(child)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(child.Status.Hosts).To(Equal(host))
	})

	It("is not purged under the feet of who takes it back", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		late := newOperator(ctx) // its cache will lag behind
		late.catchUp(ctx, record)
		stale := record.DeepCopy()
		restored := tenantIn(ctx, tenant.Namespace, tenant.Name, keptFor(time.Hour))
		shared.settle(ctx, restored)

		keeper := &controller.RetainedTenantReconciler{Tenants: late.TenantReconciler, Clock: clocktesting.NewFakePassiveClock(stale.Spec.Until.Time)}
		_, _ = keeper.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(stale)})
		Expect(placeOf(ctx, restored).DeletionTimestamp).To(BeNil())
	})
})
