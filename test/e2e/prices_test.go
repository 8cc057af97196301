// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("The margin", func() {
	It("is seen by customer, by plan and in all, and follows what is used, in few writes (F34)", func(ctx SpecContext) {
		boss := harness.UniqueName("boss")
		acme := partner(ctx, func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = boss })
		place := acme.Status.Namespace
		Eventually(may).WithArguments(ctx, boss, "create", "pricelists.tenantry.io", place).Within(inTime).Should(BeTrue())
		as, err := cluster.As(boss)
		Expect(err).NotTo(HaveOccurred())
		for _, plan := range []string{"standard", "premium"} {
			sellsByAgent(ctx, place, plan)
		}
		first, second, third := customer(ctx, acme, "first", seats), customer(ctx, acme, "second", seats), customer(ctx, acme, "third", seats)
		for tenant, plan := range map[*v1alpha1.Tenant]string{first: "standard", second: "standard", third: "premium"} {
			putOn(ctx, tenant, plan)
		}
		takeSeats(ctx, first, 2)
		takeSeats(ctx, second, 2)
		takeSeats(ctx, third, 1)

		standard := priceList(place, "standard", "4.00", "2.50")
		standard.Spec.Prepaid, standard.Spec.PrepaidUnitCost = new(int32(3)), "2.00"
		premium := priceList(place, "premium", "9.995", "1")
		Expect(as.Create(ctx, standard)).To(Succeed())
		Expect(as.Create(ctx, premium)).To(Succeed())
		Eventually(seen).WithArguments(ctx, as, standard).WithContext(ctx).Should(Equal(
			`standard 4 units, 3 prepaid: 16.00 - 8.50 = 7.50 | first 2, 2: 8.00 - 4.00 = 4.00 | second 2, 1: 8.00 - 4.50 = 3.50 | partner 5, 3: 25.995 - 9.500 = 16.495`))
		Eventually(seen).WithArguments(ctx, as, premium).WithContext(ctx).Should(HaveSuffix(`| partner 5, 3: 25.995 - 9.500 = 16.495`))

		By("more seats taken, one by one, and one given up")
		proxy.Forget()
		seats := takeSeats(ctx, second, 8)
		Expect(admin.Delete(ctx, seats[0])).To(Succeed())
		Eventually(seen).WithArguments(ctx, as, standard).WithContext(ctx).Should(HavePrefix(`standard 11 units, 3 prepaid: 44.00 - 26.00 = 18.00 |`))
		Eventually(seen).WithArguments(ctx, as, premium).WithContext(ctx).Should(HaveSuffix(`| partner 12, 3: 53.995 - 27.000 = 26.995`))
		written := slices.DeleteFunc(proxy.Requests(), func(r harness.Request) bool { return r.Resource != "pricelists" || r.Verb != "patch" })
		Expect(len(written)).To(BeNumerically("<", 9), "a write for each seat")
		Eventually(harness.Quiet).WithContext(ctx).WithArguments(proxy, calm).Should(Succeed()) // others come to rest meanwhile
	})
})

// seats that a customer may have.
func seats(t *v1alpha1.Tenant) { t.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(20))} }

// sellsByAgent makes a plan that counts seats.
func sellsByAgent(ctx SpecContext, place, plan string) {
	GinkgoHelper()
	Expect(admin.Create(ctx, &v1alpha1.LicensePlan{
		ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: plan},
		Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAgent},
	})).To(Succeed())
}

// putOn puts a Tenant on a plan, and returns when it is.
func putOn(ctx SpecContext, tenant *v1alpha1.Tenant, plan string) {
	GinkgoHelper()
	Expect(admin.Patch(ctx, tenantOf(tenant), merge(`{"spec":{"planRef":{"name":"`+plan+`"}}}`))).To(Succeed())
	Eventually(func(g Gomega) {
		now := tenantOf(tenant)
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(now), now)).To(Succeed())
		g.Expect(now.Status.Plan).To(Equal(plan))
	}).WithContext(ctx).Should(Succeed())
}

// takeSeats of a customer's, and more.
func takeSeats(ctx SpecContext, tenant *v1alpha1.Tenant, count int) []*v1alpha1.TenantAccessGrant {
	GinkgoHelper()
	var taken []*v1alpha1.TenantAccessGrant
	for range count {
		taken = append(taken, newGrant(ctx, tenant.Status.Namespace, harness.UniqueName("agent"), v1alpha1.RoleViewer))
	}
	return taken
}

func priceList(place, plan string, endUser, unit v1alpha1.Price) *v1alpha1.PriceList {
	return &v1alpha1.PriceList{
		ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: plan},
		Spec:       v1alpha1.PriceListSpec{PlanRef: v1alpha1.LocalReference{Name: plan}, Currency: "EUR", EndUserPrice: endUser, UnitCost: unit},
	}
}

// seen is what somebody reads of a PriceList.
func seen(ctx SpecContext, as client.Client, list *v1alpha1.PriceList) (string, error) {
	now := &v1alpha1.PriceList{}
	if err := as.Get(ctx, client.ObjectKeyFromObject(list), now); err != nil {
		return "", err
	}
	if !meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionReady) {
		return "not Ready", nil
	}
	text := fmt.Sprintf("%s %d units, %d prepaid: %s", now.Name, *now.Status.Units, *now.Status.PrepaidUnits, margin(now.Status.PriceSums))
	for _, tenant := range now.Status.Tenants {
		text += fmt.Sprintf(" | %s %d, %d: %s", tenant.Name, *tenant.Units, *tenant.PrepaidUnits, margin(tenant.PriceSums))
	}
	partner := *now.Status.Partner
	return text + fmt.Sprintf(" | partner %d, %d: %s", *partner.Units, *partner.PrepaidUnits, margin(partner)), nil
}

func margin(sums v1alpha1.PriceSums) string {
	return fmt.Sprintf("%s - %s = %s", sums.Revenue, sums.Cost, sums.Margin)
}
