// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
)

var _ = Describe("A place that is kept without a record", func() {
	var tenant *v1alpha1.Tenant
	var record *v1alpha1.RetainedTenant
	orphaned := func(ctx SpecContext, at time.Time) (time.Duration, error) {
		GinkgoHelper()
		place := placeOf(ctx, tenant)
		shared.catchUp(ctx, place, record)
		orphans := &controller.OrphanReconciler{Client: shared.Client, Live: shared.Live, Clock: clocktesting.NewFakePassiveClock(at)}
		result, err := orphans.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(place)})
		return result.RequeueAfter, err
	}
	BeforeEach(func(ctx SpecContext) {
		tenant = root(ctx, keptFor(time.Hour))
		shared.settle(ctx, tenant)
		record = shared.retire(ctx, tenant)
	})

	It("is purged when its time is up, and its hosts are free", func(ctx SpecContext) {
		Expect(admin.Delete(ctx, record)).To(Succeed())
		gone(ctx, record)
		left, err := orphaned(ctx, record.Spec.Until.Add(-time.Minute))
		Expect(err).NotTo(HaveOccurred())
		Expect(left).To(Equal(time.Minute))
		place := placeOf(ctx, tenant)
		Expect(place.DeletionTimestamp).To(BeNil())

		_, err = orphaned(ctx, record.Spec.Until.Time)
		Expect(err).NotTo(HaveOccurred())
		gone(ctx, place)
		next := root(ctx, withSubdomain(tenant.Name))
		Eventually(func(g Gomega) {
			_ = shared.look(ctx, tenant) // as the last event of its namespace has it
			g.Expect(shared.look(ctx, next)).To(Succeed())
			g.Expect(claimedFor(ctx, host(tenant.Name))).To(Equal(client.ObjectKeyFromObject(next)))
		}).WithContext(ctx).Should(Succeed())
	})

	It("is its record's to purge while there is one", func(ctx SpecContext) {
		left, err := orphaned(ctx, record.Spec.Until.Time)
		Expect(err).NotTo(HaveOccurred())
		Expect(left).To(Equal(time.Hour))
		Expect(placeOf(ctx, tenant).DeletionTimestamp).To(BeNil())
	})

	It("is left alone once somebody took it back", func(ctx SpecContext) {
		Expect(admin.Delete(ctx, record)).To(Succeed())
		gone(ctx, record)
		restored := tenantIn(ctx, tenant.Namespace, tenant.Name, keptFor(time.Hour))
		shared.settle(ctx, restored)
		_, err := orphaned(ctx, record.Spec.Until.Time)
		Expect(err).NotTo(HaveOccurred())
		Expect(placeOf(ctx, restored).DeletionTimestamp).To(BeNil())
	})
})
