// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// now is in November, and epoch is when the first of the tenants and lists was made.
var (
	now   = metav1.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	epoch = metav1.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// made is the metadata of an object of some age in hours since the epoch.
func made(name string, hours int) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "acme", Name: name, Generation: 3, CreationTimestamp: metav1.NewTime(epoch.Add(time.Duration(hours) * time.Hour))}
}

func listOf(name, plan string, change ...func(*v1alpha1.PriceList)) *v1alpha1.PriceList {
	list := &v1alpha1.PriceList{ObjectMeta: made(name, 0), Spec: v1alpha1.PriceListSpec{
		PlanRef: v1alpha1.LocalReference{Name: plan}, Currency: "EUR", EndUserPrice: "4.00", UnitCost: "2.50",
	}}
	for _, change := range change {
		change(list)
	}
	return list
}

func prepaid(units int32, cost v1alpha1.Price) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) { l.Spec.Prepaid, l.Spec.PrepaidUnitCost = &units, cost }
}

func in(currency string, endUser, unit v1alpha1.Price) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) {
		l.Spec.Currency, l.Spec.EndUserPrice, l.Spec.UnitCost = currency, endUser, unit
	}
}

func madeAfter(hours int) func(*v1alpha1.PriceList) {
	return func(l *v1alpha1.PriceList) { l.CreationTimestamp = made("", hours).CreationTimestamp }
}

// using is a tenant with so many assets, made so many hours after the epoch.
func using(name string, hours int, assets int64) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{ObjectMeta: made(name, hours), Status: v1alpha1.TenantStatus{Usage: &v1alpha1.Usage{Assets: assets}}}
}

// world is one plan, PerAsset, with tenants on it.
func world(lists []*v1alpha1.PriceList, tenants ...*v1alpha1.Tenant) Inputs {
	return Inputs{
		Lists:   lists,
		Plans:   map[string]*v1alpha1.LicensePlan{"standard": planOf("standard", v1alpha1.LicensePerAsset)},
		Tenants: map[string][]*v1alpha1.Tenant{"standard": tenants},
	}
}

func planOf(name string, model v1alpha1.LicenseModel) *v1alpha1.LicensePlan {
	return &v1alpha1.LicensePlan{ObjectMeta: made(name, 0), Spec: v1alpha1.LicensePlanSpec{Model: model}}
}

// only is the status of the only list.
func only(t *testing.T, in Inputs) v1alpha1.PriceListStatus {
	t.Helper()
	statuses := Statuses(in, now)
	if len(statuses) != 1 {
		t.Fatalf("%d statuses", len(statuses))
	}
	return statuses[0]
}

// said are sums as a status says them.
func said(units, prepaid int64, revenue, cost, margin v1alpha1.Amount) v1alpha1.PriceSums {
	return v1alpha1.PriceSums{Units: &units, PrepaidUnits: &prepaid, Revenue: revenue, Cost: cost, Margin: margin}
}
