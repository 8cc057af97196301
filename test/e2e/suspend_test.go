// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var (
	beSuspended       = have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended)
	beParentSuspended = have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonParentSuspended)
)

var _ = Describe("Suspending a Tenant (F29)", func() {
	It("closes it, stops what runs and keeps the data; resuming restores exactly what was", func(ctx SpecContext) {
		tenant := root(ctx)
		before := snapshot(ctx, tenant)
		place := tenant.Status.Namespace
		Expect(admin.Create(ctx, volume(tenant, "data", "1Gi"))).To(Succeed())
		one, two := newPod(ctx, place, "one"), newPod(ctx, place, "two")

		change(ctx, tenant, suspend, beSuspended)
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseSuspended))
		Expect(message(tenant)).To(ContainSubstring("set spec.suspend to false to resume"))
		Expect(hostsOf(ctx, place)).To(BeEmpty())
		Expect(tenant.Status.Hosts).To(HaveLen(1), "nobody else gets the host")
		for _, stopped := range []*corev1.Pod{one, two} {
			Expect(admin.Get(ctx, client.ObjectKeyFromObject(stopped), stopped)).To(Satisfy(apierrors.IsNotFound))
		}
		Expect(admin.Create(ctx, harness.Pod(place, "three"))).To(MatchError(ContainSubstring("exceeded quota: suspended")))
		Expect(get(ctx, tenant, "data", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())

		change(ctx, tenant, resume, beReady())
		newPod(ctx, place, "four")
		Expect(admin.Delete(ctx, volume(tenant, "data", "1Gi"))).To(Succeed())
		Expect(admin.Delete(ctx, harness.Pod(place, "four"))).To(Succeed())
		gone(ctx, volume(tenant, "data", "1Gi"))
		await(ctx, tenant, HaveField("Status.Disk", "0/10Gi"))
		same(before, snapshot(ctx, tenant))
	})

	It("may come with the Tenant: it was never open", func(ctx SpecContext) {
		tenant := await(ctx, newRoot(ctx, suspend), beSuspended)
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(BeEmpty())
		change(ctx, tenant, resume, beReady())
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveLen(1))
	})

	It("reaches all beneath a partner, and gives each back what it was", func(ctx SpecContext) {
		distributor := partner(ctx)
		reseller := customer(ctx, distributor, "reseller", asPartner)
		open := customer(ctx, reseller, "open")
		off := customer(ctx, reseller, "off", portal(false))
		asleep := await(ctx, newTenant(ctx, reseller.Status.Namespace, "asleep", suspend), beSuspended)

		change(ctx, distributor, suspend, beSuspended)
		for _, below := range []*v1alpha1.Tenant{reseller, open, off} {
			await(ctx, below, beParentSuspended)
			Expect(message(below)).To(ContainSubstring("partner %q is suspended", distributor.Name))
			Expect(hostsOf(ctx, below.Status.Namespace)).To(BeEmpty())
			Expect(admin.Create(ctx, harness.Pod(below.Status.Namespace, "web"))).To(MatchError(ContainSubstring("exceeded quota: suspended")))
		}
		await(ctx, asleep, beSuspended)

		By("making a customer meanwhile")
		late := await(ctx, newTenant(ctx, reseller.Status.Namespace, "late"), beParentSuspended)
		Expect(hostsOf(ctx, late.Status.Namespace)).To(BeEmpty())

		change(ctx, distributor, resume, beReady())
		for _, below := range []*v1alpha1.Tenant{reseller, open, off, late} {
			await(ctx, below, beReady())
		}
		await(ctx, asleep, beSuspended)
		Expect(hostsOf(ctx, open.Status.Namespace)).To(HaveLen(1))
		Expect(hostsOf(ctx, late.Status.Namespace)).To(HaveLen(1))
		Expect(hostsOf(ctx, off.Status.Namespace)).To(BeEmpty())
		Expect(hostsOf(ctx, asleep.Status.Namespace)).To(BeEmpty())
	})

	It("reaches those beneath a partner that is at fault itself", func(ctx SpecContext) {
		distributor := partner(ctx)
		reseller := customer(ctx, distributor, "reseller", asPartner)
		below := customer(ctx, reseller, "below")
		// Somebody's own ConfigMap stands where the reseller's should.
		settings := get(ctx, reseller, "tenantry", &corev1.ConfigMap{})
		Expect(namespaceController().Patch(ctx, settings, merge(`{"metadata":{"labels":{"tenantry.io/managed":null}}}`))).To(Succeed())
		await(ctx, reseller, beStalled(v1alpha1.ReasonObjectConflict))

		change(ctx, distributor, suspend, beSuspended)
		await(ctx, below, beParentSuspended)
		Expect(hostsOf(ctx, below.Status.Namespace)).To(BeEmpty())
	})
})

var _ = Describe("The portal's switch (F41)", func() {
	It("takes the route away and nothing else, and brings it back", func(ctx SpecContext) {
		tenant := root(ctx)
		before := snapshot(ctx, tenant)
		running := newPod(ctx, tenant.Status.Namespace, "web")

		change(ctx, tenant, portal(false), beReady())
		Eventually(hostsOf).WithContext(ctx).WithArguments(tenant.Status.Namespace).Should(BeEmpty())
		Expect(tenant.Status.Hosts).To(HaveLen(1), "nobody else gets the host")
		Expect(tenant.Status.Phase).To(Equal(v1alpha1.PhaseActive))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(running), running)).To(Succeed(), "work goes on")

		change(ctx, tenant, portal(true), beReady())
		Expect(hostsOf(ctx, tenant.Status.Namespace)).To(HaveLen(1))
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Portal = nil }, beReady())
		Expect(admin.Delete(ctx, running)).To(Succeed())
		same(before, snapshot(ctx, tenant))
	})
})
