// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// soon is what an operator that has nothing left to do now comes back later than.
const soon = 10 * time.Second

// operatorAt starts an operator whose clock stands.
func operatorAt(ctx SpecContext, clock *clocktesting.FakePassiveClock) *operator {
	GinkgoHelper()
	o := newOperator(ctx)
	o.Loader.Clock, o.Reporter.Clock = clock, clock
	return o
}

// planIn makes a LicensePlan. When the spec ends it goes, whoever is on it.
func planIn(ctx SpecContext, namespace, name string, spec v1alpha1.LicensePlanSpec) *v1alpha1.LicensePlan {
	GinkgoHelper()
	if spec.Model == "" {
		spec.Model = v1alpha1.LicenseUnlimited
	}
	plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
	Expect(admin.Create(ctx, plan)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(asKubernetes().Delete(ctx, plan))).To(Succeed())
		Expect(client.IgnoreNotFound(asKubernetes().Patch(ctx, plan, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	})
	return plan
}

// changePlan updates a plan as its author would.
func changePlan(ctx SpecContext, plan *v1alpha1.LicensePlan, change func(*v1alpha1.LicensePlanSpec)) {
	GinkgoHelper()
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(plan), plan)).To(Succeed())
	before := plan.DeepCopy()
	change(&plan.Spec)
	Expect(admin.Patch(ctx, plan, client.MergeFrom(before))).To(Succeed())
}

// lookAtPlan reconciles a plan once, and brings it up to date where it is there still.
func (o *operator) lookAtPlan(ctx SpecContext, plan *v1alpha1.LicensePlan) {
	GinkgoHelper()
	o.catchUpWith(ctx, plan.Namespace)
	plans := &controller.LicensePlanReconciler{Client: o.Client, Loader: o.Loader, Clock: o.Loader.Clock}
	_, err := plans.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(plan)})
	Expect(err).NotTo(HaveOccurred())
	Expect(client.IgnoreNotFound(admin.Get(ctx, client.ObjectKeyFromObject(plan), plan))).To(Succeed())
}

// account looks once at who holds how much in a namespace.
func (o *operator) account(ctx SpecContext, namespace string) reconcile.Result {
	GinkgoHelper()
	o.catchUpWith(ctx, namespace)
	DeferCleanup(func(ctx SpecContext) {
		books := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenancy.CapacityNamespace, Name: namespace}}
		Expect(client.IgnoreNotFound(asOperator().Delete(ctx, books))).To(Succeed())
	})
	books := &controller.CapacityReconciler{Client: o.Client, Live: o.Live, Loader: o.Loader}
	result, err := books.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKey{Name: namespace}})
	Expect(err).NotTo(HaveOccurred())
	return result
}

// catchUpWith waits until the operator's caches have what decides about the capacity of a namespace: what lies in it,
// the quotas of the tenants there, and their books.
func (o *operator) catchUpWith(ctx SpecContext, namespace string) {
	GinkgoHelper()
	tenants, records, plans := &v1alpha1.TenantList{}, &v1alpha1.RetainedTenantList{}, &v1alpha1.LicensePlanList{}
	for _, list := range []client.ObjectList{tenants, records, plans} {
		Expect(admin.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
	}
	objects := []client.Object{booksObject(namespace)}
	for i := range tenants.Items {
		objects = append(objects, &tenants.Items[i])
		if place := tenants.Items[i].Status.Namespace; place != "" {
			objects = append(objects, booksObject(place), quotaIn(place))
		}
	}
	for i := range records.Items {
		objects = append(objects, &records.Items[i])
	}
	for i := range plans.Items {
		objects = append(objects, &plans.Items[i])
	}
	Eventually(func(g Gomega) {
		cached := &v1alpha1.TenantList{}
		g.Expect(o.Client.List(ctx, cached, client.InNamespace(namespace))).To(Succeed())
		g.Expect(cached.Items).To(HaveLen(len(tenants.Items)))
	}).WithContext(ctx).Should(Succeed())
	o.catchUp(ctx, objects...)
}

func booksObject(namespace string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: tenancy.CapacityNamespace, Name: namespace}}
}

func quotaIn(place string) *corev1.ResourceQuota {
	return &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: desired.QuotaName}}
}

// booksOf are the books of a namespace as they are now.
func booksOf(ctx SpecContext, namespace string) license.Books {
	GinkgoHelper()
	object := booksObject(namespace)
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
	books, err := tenancy.ReadBooks(object)
	Expect(err).NotTo(HaveOccurred())
	return books.Books
}

// unbooked says that there are no books of a namespace.
func unbooked(ctx SpecContext, namespace string) bool {
	GinkgoHelper()
	err := admin.Get(ctx, client.ObjectKeyFromObject(booksObject(namespace)), booksObject(namespace))
	Expect(client.IgnoreNotFound(err)).To(Succeed())
	return err != nil
}

// run looks at namespaces and Tenants, again and again in that order, until what is expected is so and nothing is left
// to do soon.
func (o *operator) run(ctx SpecContext, namespaces []string, tenants []*v1alpha1.Tenant, expected func(Gomega)) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		var results []reconcile.Result
		for _, namespace := range namespaces {
			results = append(results, o.account(ctx, namespace))
		}
		for _, tenant := range tenants {
			result, err := o.reconcile(ctx, tenant)
			g.Expect(err).NotTo(HaveOccurred())
			results = append(results, result)
		}
		for _, result := range results {
			g.Expect(result.RequeueAfter).To(Or(BeZero(), BeNumerically(">", soon)))
		}
		expected(g)
	}).WithContext(ctx).Should(Succeed())
}

// onPlan puts a Tenant on a plan.
func onPlan(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: name} }
}

// seats is what a Tenant or a plan says of its seats.
func seats(agents int32) *v1alpha1.Limits { return &v1alpha1.Limits{Agents: &agents} }

func withSeats(agents int32) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Limits = seats(agents) }
}

// agentsCapacity limits the seats, and nothing else.
func agentsCapacity(agents int32) *v1alpha1.Capacity { return &v1alpha1.Capacity{Agents: &agents} }

// withCapacity makes a Tenant a partner whose children may hold that together; of nil, whatever they ask for.
func withCapacity(capacity *v1alpha1.Capacity) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Partner = &v1alpha1.Partner{Capacity: capacity} }
}

// exhausted succeeds for a Tenant that waits for capacity.
func exhausted() OmegaMatcher {
	return WithTransform(ready, haveReason(metav1.ConditionFalse, v1alpha1.ReasonCapacityExhausted))
}

func isReady() OmegaMatcher {
	return WithTransform(ready, haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
}

// enforcedSeats are those of a tenant's quota.
func enforcedSeats(ctx SpecContext, tenant *v1alpha1.Tenant) int64 {
	GinkgoHelper()
	quota := quotaIn(tenant.Status.Namespace)
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(quota), quota)).To(Succeed())
	hard := quota.Spec.Hard[desired.ResourceAgents]
	return hard.Value()
}

// fill takes seats of a tenant, and returns when they are counted.
func fill(ctx SpecContext, tenant *v1alpha1.Tenant, agents int) {
	GinkgoHelper()
	for range agents {
		grant := &v1alpha1.TenantAccessGrant{
			ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, GenerateName: "agent-"},
			Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: "agent@example.com"}, Role: v1alpha1.RoleViewer},
		}
		Expect(admin.Create(ctx, grant)).To(Succeed())
	}
	Eventually(func(g Gomega) {
		quota := quotaIn(tenant.Status.Namespace)
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(quota), quota)).To(Succeed())
		used := quota.Status.Used[desired.ResourceAgents]
		g.Expect(used.Cmp(*resource.NewQuantity(int64(agents), resource.DecimalSI))).To(BeNumerically(">=", 0))
	}).WithContext(ctx).Should(Succeed())
}
