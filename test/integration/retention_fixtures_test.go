// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
)

// keptFor makes a Tenant's place outlive it.
func keptFor(retention time.Duration) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.RetainFor = &metav1.Duration{Duration: retention} }
}

// retire deletes a Tenant whose place is kept, and returns the record.
func (o *operator) retire(ctx SpecContext, tenant *v1alpha1.Tenant) *v1alpha1.RetainedTenant {
	GinkgoHelper()
	Expect(admin.Delete(ctx, tenant)).To(Succeed())
	Expect(o.look(ctx, tenant)).To(Succeed())
	gone(ctx, tenant)
	record := recordOf(ctx, tenant)
	o.catchUp(ctx, tenant, record)
	return record
}

func recordOf(ctx SpecContext, tenant *v1alpha1.Tenant) *v1alpha1.RetainedTenant {
	GinkgoHelper()
	record := &v1alpha1.RetainedTenant{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), record)).To(Succeed())
	return record
}

// lookAfter reconciles a record once, at a time, and brings it up to date where it is there still.
func (o *operator) lookAfter(ctx SpecContext, record *v1alpha1.RetainedTenant, at time.Time) (reconcile.Result, error) {
	GinkgoHelper()
	o.catchUp(ctx, record)
	keeper := &controller.RetainedTenantReconciler{Tenants: o.TenantReconciler, Clock: clocktesting.NewFakePassiveClock(at)}
	result, err := keeper.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(record)})
	Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKeyFromObject(record), record))).To(Succeed())
	return result, err
}

// purged reconciles a record until it and the place are gone.
func (o *operator) purged(ctx SpecContext, record *v1alpha1.RetainedTenant, at time.Time) {
	GinkgoHelper()
	place := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: record.Spec.Namespace}}
	Eventually(func(g Gomega) {
		_, err := o.lookAfter(ctx, record, at)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(record), &v1alpha1.RetainedTenant{})).NotTo(Succeed())
	}).WithContext(ctx).Should(Succeed())
	gone(ctx, place)
	gone(ctx, record)
}

// as makes a Tenant in the name of another person, who may do everything.
func as(ctx SpecContext, user string, tenant *v1alpha1.Tenant) *v1alpha1.Tenant {
	GinkgoHelper()
	person, err := cluster.As(user, "system:masters")
	Expect(err).NotTo(HaveOccurred())
	Expect(person.Create(ctx, tenant)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(admin.Delete(ctx, tenant))).To(Succeed())
	})
	return tenant
}

func again(of *v1alpha1.RetainedTenant, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
	tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: of.Namespace, Name: of.Name}}
	for _, c := range change {
		c(tenant)
	}
	return tenant
}
