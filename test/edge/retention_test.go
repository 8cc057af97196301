// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edge

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
)

func kept(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} }

// lose deletes a Tenant by mistake, and returns when it is gone.
func lose(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	Expect(admin.Delete(ctx, tenant.DeepCopy())).To(Succeed())
	Eventually(func() error {
		return admin.Get(ctx, client.ObjectKeyFromObject(tenant), &v1alpha1.Tenant{})
	}).WithContext(ctx).Should(Satisfy(apierrors.IsNotFound))
}

// anew is a Tenant as its creator makes it again.
func anew(tenant *v1alpha1.Tenant) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: tenant.Name, Labels: tenant.Labels}, Spec: tenant.Spec}
}

var _ = Describe("The host of a deleted tenant whose place is kept", Ordered, ContinueOnFailure, func() {
	operate(func(*configv1alpha1.Configuration) {})

	It("leads nowhere, and to the same portal when its creator makes the Tenant again (F21)", func(ctx SpecContext) {
		tenant := root(ctx, kept)
		leadsTo(ctx, hostOf(tenant), tenant)
		lose(ctx, tenant)
		leadsNowhere(ctx, hostOf(tenant))

		again := anew(tenant)
		kept(again)
		Expect(admin.Create(ctx, again)).To(Succeed())
		await(ctx, again, v1alpha1.PhaseActive)
		leadsTo(ctx, hostOf(tenant), again)
	})

	It("leads nowhere for a kept partner's customers, and back with it (F21)", func(ctx SpecContext) {
		partner := root(ctx, asPartner, kept)
		tenant := customer(ctx, partner, "below")
		leadsTo(ctx, hostOf(tenant), tenant)
		lose(ctx, partner)
		leadsNowhere(ctx, hostOf(tenant))

		record := &v1alpha1.RetainedTenant{ObjectMeta: metav1.ObjectMeta{Namespace: partner.Namespace, Name: partner.Name}}
		restore := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"action":"Restore"}}`))
		Expect(admin.Patch(ctx, record, restore)).To(Succeed())
		leadsTo(ctx, hostOf(tenant), tenant)
		leadsTo(ctx, hostOf(partner), partner)
	})

	It("is not another tenant's meanwhile", func(ctx SpecContext) {
		tenant, taker := root(ctx, kept), root(ctx)
		lose(ctx, tenant)
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(taker), taker)).To(Succeed())
		before := taker.DeepCopy()
		subdomain(tenant.Name)(taker)
		Expect(admin.Patch(ctx, taker, client.MergeFrom(before))).To(Succeed())
		leadsNowhere(ctx, hostOf(before))
		leadsNowhere(ctx, hostOf(tenant))

		again := anew(tenant)
		Expect(admin.Create(ctx, again)).To(Succeed())
		await(ctx, again, v1alpha1.PhaseActive)
		leadsTo(ctx, hostOf(tenant), again)
	})
})
