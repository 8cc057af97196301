// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func TestPricesHearOfATenant(t *testing.T) {
	on := func(plan string, change ...func(*v1alpha1.Tenant)) *v1alpha1.Tenant {
		tenant := &v1alpha1.Tenant{}
		tenant.UID, tenant.Status.Plan = "one", plan
		for _, change := range change {
			change(tenant)
		}
		return tenant
	}
	uses := func(usage v1alpha1.Usage) func(*v1alpha1.Tenant) {
		return func(t *v1alpha1.Tenant) { t.Status.Usage = &usage }
	}
	disk := resource.MustParse("1Gi")
	for name, test := range map[string]struct {
		before, after *v1alpha1.Tenant
		want          bool
	}{
		"that gets a plan":                     {on(""), on("standard"), true},
		"that changes plans":                   {on("standard"), on("premium"), true},
		"that leaves its plan":                 {on("standard"), on(""), true},
		"that uses a seat":                     {on("standard"), on("standard", uses(v1alpha1.Usage{Agents: 1})), true},
		"that uses an asset":                   {on("standard"), on("standard", uses(v1alpha1.Usage{Assets: 1})), true},
		"that has a scan":                      {on("standard"), on("standard", uses(v1alpha1.Usage{Scans: 1, Period: "2026-11"})), true},
		"whose month turns":                    {on("standard", uses(v1alpha1.Usage{Scans: 1, Period: "2026-10"})), on("standard", uses(v1alpha1.Usage{Scans: 1, Period: "2026-11"})), true},
		"that is another of its name":          {on("standard"), on("standard", func(t *v1alpha1.Tenant) { t.UID = "two" }), true},
		"but not that it uses disk":            {on("standard"), on("standard", uses(v1alpha1.Usage{Disk: &disk})), false},
		"but not that something else is of it": {on("standard"), on("standard", func(t *v1alpha1.Tenant) { t.Status.Phase, t.Generation = v1alpha1.PhaseSuspended, 2 }), false},
		"but not of one without a plan":        {on(""), on("", uses(v1alpha1.Usage{Agents: 1})), false},
	} {
		if got := bearsOnPrices().Update(event.UpdateEvent{ObjectOld: test.before, ObjectNew: test.after}); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	for _, tenant := range []*v1alpha1.Tenant{on("standard"), on("")} {
		bears := tenant.Status.Plan != ""
		if got := bearsOnPrices().Delete(event.DeleteEvent{Object: tenant}); got != bears {
			t.Errorf("that goes, of plan %q: %t", tenant.Status.Plan, got)
		}
		if got := bearsOnPrices().Create(event.CreateEvent{Object: tenant}); got != bears {
			t.Errorf("that comes, of plan %q: %t", tenant.Status.Plan, got)
		}
		if bearsOnPrices().Create(event.CreateEvent{Object: tenant, IsInInitialList: true}) {
			t.Errorf("that is there at the start, of plan %q", tenant.Status.Plan)
		}
	}
}

func TestPricesAreLookedAtByNamespace(t *testing.T) {
	list := &v1alpha1.PriceList{}
	list.Namespace, list.Name = "acme", "standard"
	requests := toPrices(t.Context(), list)
	if len(requests) != 1 || requests[0].Namespace != "acme" || requests[0].Name != "" {
		t.Errorf("%v", requests)
	}
}
