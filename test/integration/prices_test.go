// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/pricing"
)

var _ = Describe("PriceLists", func() {
	var shop *market
	BeforeEach(func(ctx SpecContext) { shop = newMarket(ctx) })

	It("say what their plans cost and earn, in one write each, and none when nothing has changed", func(ctx SpecContext) {
		shop.plan(ctx, "standard", v1alpha1.LicensePerAsset)
		list := shop.list(ctx, "standard", prepaid(300, "2.00"))
		shop.tenant(ctx, "cybercorp", "standard", v1alpha1.Usage{Assets: 210})
		shop.tenant(ctx, "initech", "standard", v1alpha1.Usage{Assets: 175})
		shop.tenant(ctx, "other", "premium", v1alpha1.Usage{Assets: 99})
		shared.recorder.take()

		shop.look(ctx)
		Expect(shared.recorder.take()).To(HaveExactElements("patch pricelists/status standard"))
		shop.read(ctx, list)
		Expect(list.Status.Period).To(Equal("2026-11"))
		Expect(list.Status.PriceSums).To(Equal(sums(385, 300, "1540.00", "812.50", "727.50")))
		Expect(list.Status.Tenants).To(HaveExactElements(
			v1alpha1.TenantSums{Name: "cybercorp", PriceSums: sums(210, 210, "840.00", "420.00", "420.00")},
			v1alpha1.TenantSums{Name: "initech", PriceSums: sums(175, 90, "700.00", "392.50", "307.50")},
		))
		Expect(*list.Status.Partner).To(Equal(list.Status.PriceSums))
		Expect(readiness(list)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(list.Status.ObservedGeneration).To(Equal(list.Generation))

		By("looking again, and with an operator that was started since")
		shop.look(ctx)
		Expect(shared.recorder.take()).To(BeEmpty())
		restarted := newOperator(ctx)
		restarted.recorder.take()
		shop.lookAs(ctx, restarted)
		Expect(restarted.recorder.take()).To(BeEmpty())
	})

	It("speak of their own namespace's tenants and plans alone", func(ctx SpecContext) {
		rival := newMarket(ctx)
		for _, each := range []*market{shop, rival} {
			each.plan(ctx, "standard", v1alpha1.LicenseUnlimited)
		}
		ours, theirs := shop.list(ctx, "standard"), rival.list(ctx, "standard")
		stray := rival.list(ctx, "premium")
		shop.plan(ctx, "premium", v1alpha1.LicenseUnlimited)
		shop.tenant(ctx, "ours", "standard", v1alpha1.Usage{})
		rival.tenant(ctx, "theirs", "standard", v1alpha1.Usage{})
		rival.tenant(ctx, "more", "standard", v1alpha1.Usage{})

		for _, each := range []*market{shop, rival} {
			each.look(ctx)
		}
		for list, units := range map[*v1alpha1.PriceList]int64{ours: 1, theirs: 2} {
			shop.read(ctx, list)
			Expect(*list.Status.Partner.Units).To(Equal(units))
		}
		shop.read(ctx, stray)
		Expect(readiness(stray)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(stray.Status.Partner).To(BeNil())
	})

	It("wait for their plan, and go on when it is there", func(ctx SpecContext) {
		list := shop.list(ctx, "standard")
		shop.look(ctx)
		shop.read(ctx, list)
		Expect(readiness(list)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonUnresolved))
		Expect(list.Status.Units).To(BeNil())
		Expect(list.Status.Conditions).NotTo(ContainElement(HaveField("Type", v1alpha1.ConditionStalled)))

		shop.plan(ctx, "standard", v1alpha1.LicensePerAgent)
		shop.tenant(ctx, "cybercorp", "standard", v1alpha1.Usage{Agents: 2})
		shop.look(ctx)
		shop.read(ctx, list)
		Expect(readiness(list)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(list.Status.PriceSums).To(Equal(sums(2, 0, "8.00", "5.00", "3.00")))
	})

	It("of one plan are told by the oldest, and by the next when that is gone", func(ctx SpecContext) {
		shop.plan(ctx, "standard", v1alpha1.LicenseUnlimited)
		shop.tenant(ctx, "cybercorp", "standard", v1alpha1.Usage{})
		first, second := shop.list(ctx, "standard"), shop.list(ctx, "standard", called("standard-too"))
		shop.look(ctx)
		shop.read(ctx, first, second)
		Expect(readiness(first)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(readiness(second)).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonDuplicate), HaveField("Message", ContainSubstring(`"standard"`))))
		Expect(second.Status.PriceSums).To(BeZero())
		Expect(second.Status.Partner).To(BeNil())
		Expect(*first.Status.Partner.Units).To(Equal(int64(1)))

		Expect(admin.Delete(ctx, first)).To(Succeed())
		shared.catchUp(ctx, first)
		shop.look(ctx)
		shop.read(ctx, second)
		Expect(readiness(second)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
		Expect(second.Status.Conditions).To(HaveLen(1))
		Expect(*second.Status.Partner.Units).To(Equal(int64(1)))
	})

	It("add up by currency, and convert nothing", func(ctx SpecContext) {
		shop.plan(ctx, "standard", v1alpha1.LicenseUnlimited)
		shop.plan(ctx, "premium", v1alpha1.LicenseUnlimited)
		shop.plan(ctx, "japan", v1alpha1.LicenseUnlimited)
		shop.tenant(ctx, "cybercorp", "standard", v1alpha1.Usage{})
		shop.tenant(ctx, "initech", "premium", v1alpha1.Usage{})
		shop.tenant(ctx, "tanaka", "japan", v1alpha1.Usage{})
		standard, premium := shop.list(ctx, "standard"), shop.list(ctx, "premium", priced("EUR", "9.999", "1"))
		japan := shop.list(ctx, "japan", priced("JPY", "50000", "32000"))
		shop.look(ctx)
		shop.read(ctx, standard, premium, japan)
		Expect(*standard.Status.Partner).To(Equal(sums(2, 0, "13.999", "3.500", "10.499")))
		Expect(premium.Status.Partner).To(Equal(standard.Status.Partner))
		Expect(*japan.Status.Partner).To(Equal(sums(1, 0, "50000", "32000", "18000")))
	})

	It("keep what they said last when the month turns, at its very end, and count its scans no more", func(ctx SpecContext) {
		shop.plan(ctx, "scans", v1alpha1.LicensePerScan)
		list := shop.list(ctx, "scans")
		shop.tenant(ctx, "cybercorp", "scans", v1alpha1.Usage{Scans: 5, Period: "2026-11"})
		shop.clock.SetTime(time.Date(2026, 11, 30, 23, 59, 58, 0, time.UTC))
		Expect(shop.look(ctx)).To(Equal(2 * time.Second))
		november := sums(5, 0, "20.00", "12.50", "7.50")
		shop.read(ctx, list)
		Expect(list.Status.PriceSums).To(Equal(november))

		shop.clock.Step(2 * time.Second)
		Expect(shop.look(ctx)).To(Equal(31 * 24 * time.Hour))
		shop.read(ctx, list)
		Expect(list.Status.Period).To(Equal("2026-12"))
		Expect(list.Status.PriceSums).To(Equal(sums(0, 0, "0.00", "0.00", "0.00")))
		Expect(*list.Status.Previous).To(Equal(v1alpha1.PeriodSums{Period: "2026-11", PriceSums: november}))

		By("a manager whose clock is behind")
		shop.clock.SetTime(time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC))
		shared.recorder.take()
		shop.look(ctx)
		Expect(shared.recorder.take()).To(BeEmpty())
	})

	It("fit into the API server with as many tenants as they name, and the greatest prices", func(ctx SpecContext) {
		list := shop.list(ctx, "standard", priced("EUR", "999999999999.999999", "999999999999.999998"))
		var tenants []*v1alpha1.Tenant
		for i := range 2500 {
			tenant := &v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Usage: &v1alpha1.Usage{Assets: 1_000_000_000}}}
			tenant.Name = fmt.Sprintf("t%04d%s", i, strings.Repeat("x", 58))
			tenants = append(tenants, tenant)
		}
		plan := &v1alpha1.LicensePlan{Spec: v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAsset}}
		in := pricing.Inputs{Lists: []*v1alpha1.PriceList{list.DeepCopy()}, Plans: map[string]*v1alpha1.LicensePlan{"standard": plan}, Tenants: map[string][]*v1alpha1.Tenant{"standard": tenants}}
		list.Status = pricing.Statuses(in, metav1.Now())[0]
		Expect(asOperator().Status().Patch(ctx, list, client.MergeFrom(in.Lists[0]))).To(Succeed())
		Expect(list.Status.Tenants).To(HaveLen(2000))
	})

	It("are not quoted by an error, whatever the API server refuses", func(ctx SpecContext) {
		shop.plan(ctx, "standard", v1alpha1.LicenseUnlimited)
		shop.list(ctx, "standard", priced("EUR", "7351.87", "6117.29"))
		shop.tenant(ctx, "cybercorp", "standard", v1alpha1.Usage{})
		shop.clock.SetTime(time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)) // no status has room for such a year
		_, err := shop.reconcile(ctx, shared)
		Expect(err).To(MatchError(`writing the status of PriceList "standard": the API server refuses it: Invalid (422) for status.conditions[0].lastTransitionTime, status.period`))
	})
})

// market is a namespace with plans, prices and tenants, of which nothing is made but their objects.
type market struct {
	namespace string
	clock     *clocktesting.FakeClock
	made      []client.Object
}

func newMarket(ctx SpecContext) *market {
	GinkgoHelper()
	return &market{namespace: plainNamespace(ctx), clock: clocktesting.NewFakeClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
}

// reconcile looks at the market's PriceLists, on a view that is not older than the spec's.
func (m *market) reconcile(ctx SpecContext, o *operator) (time.Duration, error) {
	GinkgoHelper()
	o.catchUp(ctx, m.made...)
	prices := &controller.PriceListReconciler{Client: o.Client, Loader: o.Loader, Clock: m.clock}
	result, err := prices.Reconcile(ctx, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: m.namespace}})
	return result.RequeueAfter, err
}

// lookAs is a look that succeeds, by an operator; it returns how long until the next.
func (m *market) lookAs(ctx SpecContext, o *operator) time.Duration {
	GinkgoHelper()
	next, err := m.reconcile(ctx, o)
	Expect(err).NotTo(HaveOccurred())
	return next
}

func (m *market) look(ctx SpecContext) time.Duration {
	GinkgoHelper()
	return m.lookAs(ctx, shared)
}

func (m *market) plan(ctx SpecContext, name string, model v1alpha1.LicenseModel) {
	GinkgoHelper()
	m.make(ctx, &v1alpha1.LicensePlan{ObjectMeta: m.named(name), Spec: v1alpha1.LicensePlanSpec{Model: model}})
}

// list makes the PriceList of a plan, with its name.
func (m *market) list(ctx SpecContext, plan string, change ...func(*v1alpha1.PriceList)) *v1alpha1.PriceList {
	GinkgoHelper()
	list := &v1alpha1.PriceList{ObjectMeta: m.named(plan), Spec: v1alpha1.PriceListSpec{PlanRef: v1alpha1.LocalReference{Name: plan}}}
	for _, change := range append([]func(*v1alpha1.PriceList){priced("EUR", "4.00", "2.50")}, change...) {
		change(list)
	}
	m.make(ctx, list)
	return list
}

// tenant makes a Tenant that is on a plan and uses something of it, as the operator would say.
func (m *market) tenant(ctx SpecContext, name, plan string, usage v1alpha1.Usage) {
	GinkgoHelper()
	tenant := tenantIn(ctx, m.namespace, name)
	before := tenant.DeepCopy()
	tenant.Status.Plan, tenant.Status.Usage = plan, &usage
	Expect(asOperator().Status().Patch(ctx, tenant, client.MergeFrom(before))).To(Succeed())
	m.made = append(m.made, tenant)
}

// make makes an object that goes when the spec ends, whatever holds it.
func (m *market) make(ctx SpecContext, object client.Object) {
	GinkgoHelper()
	Expect(admin.Create(ctx, object)).To(Succeed())
	m.made = append(m.made, object)
	DeferCleanup(func(ctx SpecContext) {
		Expect(client.IgnoreNotFound(admin.Delete(ctx, object))).To(Succeed())
		Expect(client.IgnoreNotFound(admin.Patch(ctx, object, merge(`{"metadata":{"finalizers":null}}`)))).To(Succeed())
	})
}

func (m *market) named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: m.namespace, Name: name}
}

// read brings PriceLists up to date.
func (m *market) read(ctx SpecContext, lists ...*v1alpha1.PriceList) {
	GinkgoHelper()
	for _, list := range lists {
		now := &v1alpha1.PriceList{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(list), now)).To(Succeed())
		now.DeepCopyInto(list)
	}
}

func priced(currency string, endUser, unit v1alpha1.Price) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) {
		l.Spec.Currency, l.Spec.EndUserPrice, l.Spec.UnitCost = currency, endUser, unit
	}
}

func prepaid(units int32, cost v1alpha1.Price) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) { l.Spec.Prepaid, l.Spec.PrepaidUnitCost = &units, cost }
}

func called(name string) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) { l.Name = name }
}

func sums(units, prepaid int64, revenue, cost, margin v1alpha1.Amount) v1alpha1.PriceSums {
	return v1alpha1.PriceSums{Units: &units, PrepaidUnits: &prepaid, Revenue: revenue, Cost: cost, Margin: margin}
}

// readiness is the Ready condition of a PriceList: the first.
func readiness(list *v1alpha1.PriceList) metav1.Condition { return list.Status.Conditions[0] }
