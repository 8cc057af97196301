// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pricing decides what the plans of a partner cost and earn: exactly, in decimals, without
// rounding. It is pure. What it says is money: it goes to the status of PriceLists and nowhere else.
package pricing

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Inputs are the PriceLists of one namespace, and what they speak of. Nothing of it is changed.
type Inputs struct {
	// Lists are all PriceLists of the namespace, in any order, without those that are being deleted.
	Lists []*v1alpha1.PriceList
	// Plans by name, those that the lists speak of; nil for one that is not there.
	Plans map[string]*v1alpha1.LicensePlan
	// Tenants on each of these plans, by the plan's name.
	Tenants map[string][]*v1alpha1.Tenant
}

// Statuses of the lists, in their order. Now says which period it is, and is the time of a change of a
// condition.
func Statuses(in Inputs, now metav1.Time) []v1alpha1.PriceListStatus {
	period := in.period(now.Time)
	speaking := speakingLists(in.Lists)
	reckonings := make([]reckoning, 0, len(in.Lists))
	partner := map[string]sums{}
	for _, list := range in.Lists {
		reckoned := reckon(in, list, speaking[list.Spec.PlanRef.Name], period)
		reckonings = append(reckonings, reckoned)
		if reckoned.ready {
			partner[list.Spec.Currency] = partner[list.Spec.Currency].plus(reckoned.sums)
		}
	}
	statuses := make([]v1alpha1.PriceListStatus, 0, len(in.Lists))
	for i, list := range in.Lists {
		statuses = append(statuses, reckonings[i].status(list, partner[list.Spec.Currency], period, now))
	}
	return statuses
}

// speakingLists are, of all lists of a plan, the oldest: it alone speaks of the plan.
func speakingLists(lists []*v1alpha1.PriceList) map[string]*v1alpha1.PriceList {
	speaking := map[string]*v1alpha1.PriceList{}
	for _, list := range lists {
		plan := list.Spec.PlanRef.Name
		if first := speaking[plan]; first == nil || older(list, first) < 0 {
			speaking[plan] = list
		}
	}
	return speaking
}

// older orders objects of one kind and namespace by their age, the oldest first, then by their name.
func older(a, b metav1.Object) int {
	born, other := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(born.Compare(other.Time), cmp.Compare(a.GetName(), b.GetName()))
}

// account is what the tenants on a plan cost and earn, by name, and all together.
func account(prices prices, model v1alpha1.LicenseModel, tenants []*v1alpha1.Tenant, period string) ([]tenantSums, sums) {
	left := prices.prepaid
	all := sums{places: prices.places}
	each := make([]tenantSums, 0, len(tenants))
	for _, tenant := range slices.SortedFunc(slices.Values(tenants), func(a, b *v1alpha1.Tenant) int { return older(a, b) }) {
		units := Units(model, tenant.Status.Usage, period)
		prepaid := min(units, left)
		left -= prepaid
		own := prices.of(units, prepaid)
		each = append(each, tenantSums{name: tenant.Name, sums: own})
		all = all.plus(own)
	}
	slices.SortFunc(each, func(a, b tenantSums) int { return cmp.Compare(a.name, b.name) })
	return each, all
}

// tenantSums are those of one tenant.
type tenantSums struct {
	sums
	name string
}
