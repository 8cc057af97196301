// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// bury deletes a customer whose place is kept, so that there is a record of it.
func (t *treasure) bury(ctx SpecContext) {
	GinkgoHelper()
	place := t.partner.Status.Namespace
	kept := customer(ctx, t.partner, "kept", func(c *v1alpha1.Tenant) { c.Spec.RetainFor = &metav1.Duration{Duration: time.Hour} })
	putOn(ctx, kept, "standard")
	takeSeats(ctx, kept, 1)
	Eventually(seen).WithArguments(ctx, t.as(boss), t.prices).WithContext(ctx).Should(ContainSubstring("| kept 1, 0: "))
	DeferCleanup(func(ctx SpecContext) { purgeRecords(ctx, place) })
	Expect(admin.Delete(ctx, tenantOf(kept))).To(Succeed())
	gone(ctx, kept)
	Eventually(seen).WithArguments(ctx, t.as(boss), t.prices).WithContext(ctx).Should(HavePrefix("standard 6 units, "))
}

// amounts that the PriceList holds, in its spec and status.
func (t *treasure) amounts(ctx SpecContext) []string {
	GinkgoHelper()
	now := &v1alpha1.PriceList{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(t.prices), now)).To(Succeed())
	amounts := []string{string(now.Spec.EndUserPrice), string(now.Spec.UnitCost), string(now.Spec.PrepaidUnitCost)}
	sums := []v1alpha1.PriceSums{now.Status.PriceSums}
	for _, tenant := range now.Status.Tenants {
		sums = append(sums, tenant.PriceSums)
	}
	if now.Status.Partner != nil {
		sums = append(sums, *now.Status.Partner)
	}
	for _, sum := range sums {
		amounts = append(amounts, string(sum.Revenue), string(sum.Cost), string(sum.Margin))
	}
	slices.Sort(amounts)
	return slices.DeleteFunc(slices.Compact(amounts), func(amount string) bool { return len(amount) < len("100.00") })
}

// everythingStored is the text of all objects of all kinds but PriceLists, by "resource namespace/name".
func everythingStored(ctx SpecContext) map[string]string {
	GinkgoHelper()
	all, err := cluster.DynamicAs("auditor", "system:masters")
	Expect(err).NotTo(HaveOccurred())
	lists, err := cluster.Clientset.Discovery().ServerPreferredResources()
	Expect(err).NotTo(HaveOccurred())
	texts := map[string]string{}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		Expect(err).NotTo(HaveOccurred())
		for _, resource := range list.APIResources {
			if !slices.Contains(resource.Verbs, "list") || resource.Name == "pricelists" {
				continue
			}
			found, err := all.Resource(version.WithResource(resource.Name)).List(ctx, metav1.ListOptions{})
			Expect(err).NotTo(HaveOccurred(), resource.Name)
			for _, object := range found.Items {
				text, err := object.MarshalJSON()
				Expect(err).NotTo(HaveOccurred())
				texts[resource.Name+" "+object.GetNamespace()+"/"+object.GetName()] = string(text)
			}
		}
	}
	return texts
}
