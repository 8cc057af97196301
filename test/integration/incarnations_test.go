// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

// Two Tenants of one name are two Tenants: what one has, the other neither has nor gives up.
var _ = Describe("Tenants of one name, one after the other", func() {
	It("leave a kept host alone that was another's, when they are refused and deleted", func(ctx SpecContext) {
		subdomain := harness.UniqueName("kept")
		tenant := root(ctx, keptFor(time.Hour), withSubdomain(subdomain))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		rival := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, rival)
		Expect(ready(rival)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))

		stranger := as(ctx, "stranger@else.example", again(record))
		Expect(shared.look(ctx, stranger)).To(Succeed())
		Expect(ready(stranger)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
		Expect(admin.Delete(ctx, stranger)).To(Succeed())
		Expect(shared.look(ctx, stranger)).To(Succeed())
		gone(ctx, stranger)

		shared.settle(ctx, rival)
		Expect(ready(rival)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
		Expect(claimedFor(ctx, host(subdomain))).To(Equal(client.ObjectKeyFromObject(tenant)))
	})

	It("leave kept hosts of a customer's own alone", func(ctx SpecContext) {
		unproven := newOperator(ctx, withoutProof)
		name := v1alpha1.Host(harness.UniqueName("support") + ".customer.example")
		tenant := root(ctx, keptFor(time.Hour), withCustom(name))
		unproven.settle(ctx, tenant)
		unproven.prove(ctx, tenant)
		unproven.settle(ctx, tenant)
		record := unproven.retire(ctx, tenant)

		stranger := as(ctx, "stranger@else.example", again(record))
		Expect(unproven.look(ctx, stranger)).To(Succeed())
		Expect(admin.Delete(ctx, stranger)).To(Succeed())
		Expect(unproven.look(ctx, stranger)).To(Succeed())
		gone(ctx, stranger)
		Expect(claimedFor(ctx, name)).To(Equal(client.ObjectKeyFromObject(tenant)))
		Expect(claimedFor(ctx, tenant.Status.Hosts[0])).To(Equal(client.ObjectKeyFromObject(tenant)))
	})

	It("keep their hosts where a purge comes too late", func(ctx SpecContext) {
		subdomain := harness.UniqueName("late")
		tenant := root(ctx, keptFor(time.Hour), withSubdomain(subdomain))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		rival := root(ctx, withSubdomain(subdomain))
		shared.settle(ctx, rival)
		restored := tenantIn(ctx, tenant.Namespace, tenant.Name, keptFor(time.Hour), withSubdomain(subdomain))
		shared.catchUp(ctx, restored)

		keeper := &controller.RetainedTenantReconciler{Tenants: shared.TenantReconciler, Clock: clocktesting.NewFakePassiveClock(record.Spec.Until.Time)}
		shared.recorder.onRequest(func(request) {
			shared.recorder.onRequest(nil)
			defer GinkgoRecover()
			Eventually(func(g Gomega) {
				_ = shared.look(ctx, restored)
				g.Expect(placeOf(ctx, tenant).Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(restored.UID)))
			}).WithContext(ctx).Should(Succeed())
			shared.catchUp(ctx, placeOf(ctx, tenant))
		})
		_, _ = keeper.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(record)})
		shared.recorder.onRequest(nil)
		shared.settle(ctx, rival)
		shared.settle(ctx, restored)
		Expect(ready(restored)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(ready(rival)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonHostConflict))
	})

	It("take no place back that began to go meanwhile", func(ctx SpecContext) {
		busy := newOperator(ctx)
		recorded := events.NewFakeRecorder(100)
		busy.Reporter.Events = recorded
		tenant := root(ctx, keptFor(time.Hour))
		busy.settle(ctx, tenant)
		busy.retire(ctx, tenant)
		restored := tenantIn(ctx, tenant.Namespace, tenant.Name, keptFor(time.Hour))
		busy.catchUp(ctx, restored)
		stuck := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: "stuck", Finalizers: []string{"example.com/wait"}}}
		Expect(admin.Create(ctx, stuck)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) {
			Expect(admin.Patch(ctx, stuck, merge(`{"metadata":{"finalizers":null}}`))).To(Succeed())
		})
		busy.recorder.onRequest(func(request) {
			busy.recorder.onRequest(nil)
			defer GinkgoRecover()
			place := placeOf(ctx, tenant)
			Expect(asOperator().Delete(ctx, place)).To(Succeed())
			busy.catchUp(ctx, place)
		})
		Expect(busy.look(ctx, restored)).NotTo(Succeed())
		Expect(placeOf(ctx, tenant).Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(tenant.UID)))
		close(recorded.Events)
		for event := range recorded.Events {
			Expect(event).NotTo(ContainSubstring(v1alpha1.ReasonRestored))
		}
	})

	It("name no other super admin of a kept place, nor lie in another region, where its record is gone", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour), func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "sam@acme.example" })
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		Expect(admin.Delete(ctx, record)).To(Succeed())
		gone(ctx, record)
		shared.catchUp(ctx, record, placeOf(ctx, tenant))
		from := func(t *v1alpha1.Tenant) { t.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: record.Spec.UID} }
		other := as(ctx, "other@acme.example", again(record, from, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "other@acme.example" }))
		Expect(shared.look(ctx, other)).To(Succeed())
		Expect(ready(other)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonRetained))
		Expect(ready(other).Message).To(ContainSubstring("sam@acme.example"))
		change(ctx, other, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = "" })
		shared.settle(ctx, other)
		Expect(other.Status.SuperAdmin).To(Equal("sam@acme.example"))
	})

	It("get a new place where the kept one is purged before it is restored", func(ctx SpecContext) {
		tenant := root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		record := shared.retire(ctx, tenant)
		place := placeOf(ctx, tenant)
		Expect(asKubernetes().Delete(ctx, place)).To(Succeed())
		Expect(admin.Patch(ctx, record, merge(`{"spec":{"action":"Restore"}}`))).To(Succeed())
		gone(ctx, place)
		Eventually(func(g Gomega) {
			_, _ = shared.lookAfter(ctx, record.DeepCopy(), time.Now())
			g.Expect(apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(record), &v1alpha1.RetainedTenant{}))).To(BeTrue())
		}).WithContext(ctx).Should(Succeed(), "the record speaks of nothing")
		again := tenantIn(ctx, tenant.Namespace, tenant.Name)
		shared.settle(ctx, again)
		Expect(ready(again)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})

var _ = Describe("A host that nobody is left to give up", func() {
	It("is free, where it is a customer's own", func(ctx SpecContext) {
		first := newOperator(ctx, withoutProof)
		name := v1alpha1.Host(harness.UniqueName("support") + ".customer.example")
		holder := root(ctx, withCustom(name))
		first.settle(ctx, holder)
		first.prove(ctx, holder)
		place := placeOf(ctx, holder)
		forceAway(ctx, holder)
		Expect(asKubernetes().Delete(ctx, place)).To(Succeed())
		gone(ctx, place)

		next := root(ctx, withCustom(name))
		restarted := newOperator(ctx, withoutProof)
		restarted.settle(ctx, next)
		restarted.prove(ctx, next)
		Expect(claimedFor(ctx, name)).To(Equal(client.ObjectKeyFromObject(next)))
	})

	It("is one claim where it is two things to a tenant", func(ctx SpecContext) {
		unproven := newOperator(ctx, withoutProof)
		subdomain := harness.UniqueName("both")
		parent := partner(ctx)
		unproven.settle(ctx, parent)
		domain := harness.UniqueName("corp") + ".example"
		name := v1alpha1.Host(subdomain + "." + domain)
		child := tenantIn(ctx, parent.Status.Namespace, harness.UniqueName("child"), withSubdomain(subdomain), withCustom(name))
		unproven.settle(ctx, child)
		unproven.prove(ctx, child)
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Partner.Domain = v1alpha1.Host(domain) })
		unproven.settle(ctx, parent)
		unproven.prove(ctx, parent)
		unproven.settle(ctx, parent)
		unproven.settle(ctx, child)
		Expect(child.Status.Hosts).To(HaveExactElements(name))
		unproven.recorder.take()
		Expect(unproven.look(ctx, child)).To(Succeed())
		Expect(unproven.recorder.take()).To(HaveExactElements("get secrets tls"), "nothing is left to write")
	})
})

// withoutProof takes domains for proven.
func withoutProof(c *configv1alpha1.Configuration) { c.Domains.Proof = configv1alpha1.ProofNone }

// withCustom asks for a host of the customer's own, and leaves the subdomain as it is.
func withCustom(name v1alpha1.Host) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) {
		if t.Spec.Domain == nil {
			t.Spec.Domain = &v1alpha1.Domain{}
		}
		t.Spec.Domain.Custom = &v1alpha1.CustomDomain{Host: name, CertificateRef: &v1alpha1.LocalReference{Name: "tls"}}
	}
}

// prove has the domains of a Tenant looked for until it holds them.
func (o *operator) prove(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	domains := controller.NewDomainReconciler(o.TenantReconciler)
	Eventually(func(g Gomega) {
		o.catchUp(ctx, tenant, placeOf(ctx, tenant))
		_, err := domains.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
		g.Expect(err).NotTo(HaveOccurred())
		for _, wanted := range desired.Domains(tenant) {
			claim := &corev1.ConfigMap{}
			g.Expect(o.Client.Get(ctx, client.ObjectKey{Namespace: desired.ClaimNamespace, Name: wanted.Name}, claim)).To(Succeed())
			g.Expect(claim.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationTenantUID, string(tenant.UID)))
		}
	}).WithContext(ctx).Should(Succeed())
}
