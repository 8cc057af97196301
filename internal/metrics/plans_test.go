// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var november = clocktesting.NewFakePassiveClock(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))

// on is a Tenant of a plan in a partner's place, that uses and may use so many seats and bytes.
func on(namespace, plan string, usage v1alpha1.Usage, agents int32, disk string) v1alpha1.Tenant {
	t := tenant("Active", "Ready")
	t.Namespace, t.Status.Plan, t.Status.Usage = namespace, plan, &usage
	t.Status.Effective = &v1alpha1.Effective{Agents: &v1alpha1.EffectiveCount{Value: agents}, Disk: &v1alpha1.EffectiveQuantity{Value: resource.MustParse(disk)}}
	return t
}

// waits is a Tenant that asks for a plan, and for which there is no capacity.
func waits(namespace, plan string) v1alpha1.Tenant {
	t := tenant("Pending", "CapacityExhausted")
	t.Namespace, t.Spec.PlanRef = namespace, &v1alpha1.LocalReference{Name: plan}
	t.Status.Conditions = append(t.Status.Conditions, metav1.Condition{Type: "LicenseReady", Reason: "CapacityExhausted"})
	return t
}

func plan(namespace, name string, spec v1alpha1.LicensePlanSpec) v1alpha1.LicensePlan {
	return v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: spec}
}

// values of one metric, by namespace and plan.
func values(t *testing.T, plans *Plans, name string) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(plans)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, sample := range family.GetMetric() {
			found[sample.GetLabel()[0].GetValue()+"/"+sample.GetLabel()[1].GetValue()] = sample.GetGauge().GetValue()
		}
	}
	return found
}

func TestWhatTenantsUseIsSummedUpByPlan(t *testing.T) {
	gib := resource.MustParse("1Gi")
	perAsset := v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAsset, Included: &v1alpha1.Included{Assets: new(int32(100))}, AlertAt: new(int32(50))}
	perScan := v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerScan, Included: &v1alpha1.Included{Scans: new(int32(10))}}
	plans := NewPlans(cached{
		tenants: []v1alpha1.Tenant{
			on("acme", "assets", v1alpha1.Usage{Agents: 2, Assets: 49}, 10, "5Gi"),
			on("acme", "assets", v1alpha1.Usage{Agents: 3, Assets: 50, Disk: &gib}, 10, "5Gi"),
			on("acme", "assets", v1alpha1.Usage{Assets: 101}, 1, "0"),
			waits("acme", "assets"),
			on("other", "assets", v1alpha1.Usage{Agents: 1, Assets: 5}, 1, "1Gi"),
			on("acme", "scans", v1alpha1.Usage{Scans: 8, Period: "2026-11"}, 1, "0"),
			on("acme", "scans", v1alpha1.Usage{Scans: 10, Period: "2026-10"}, 1, "0"),
			on("acme", "", v1alpha1.Usage{Agents: 4}, 4, "0"),
			tenant("", ""),
		},
		plans: []v1alpha1.LicensePlan{plan("acme", "assets", perAsset), plan("acme", "scans", perScan), plan("acme", "nobody", perScan)},
	}, november)
	for name, want := range map[string]map[string]float64{
		"tenantry_plan_tenants":               {"acme/assets": 4, "acme/scans": 2, "other/assets": 1, "acme/": 1, "/": 1},
		"tenantry_plan_waiting_tenants":       {"acme/assets": 1},
		"tenantry_plan_near_limit_tenants":    {"acme/assets": 2, "acme/scans": 1},
		"tenantry_plan_limit_reached_tenants": {"acme/assets": 1},
		"tenantry_plan_agents_used":           {"acme/assets": 5, "other/assets": 1, "acme/": 4},
		"tenantry_plan_agents_allocated":      {"acme/assets": 21, "acme/scans": 2, "other/assets": 1, "acme/": 4},
		"tenantry_plan_assets":                {"acme/assets": 200, "other/assets": 5},
		"tenantry_plan_disk_used_bytes":       {"acme/assets": 1 << 30},
		"tenantry_plan_disk_allocated_bytes":  {"acme/assets": 10 << 30, "other/assets": 1 << 30},
	} {
		for _, of := range []string{"acme/assets", "acme/scans", "acme/nobody", "other/assets", "acme/", "/"} {
			want[of] += 0
		}
		if diff := cmp.Diff(want, values(t, plans, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlansOfACacheThatCantBeReadLeaveTheOtherMetricsAlone(t *testing.T) {
	if n := testutil.CollectAndCount(NewPlans(cached{err: errors.New("not started")}, november)); n != 0 {
		t.Errorf("%d samples", n)
	}
}

func TestMetricsOfPlansAreNamedAsPrometheusAsks(t *testing.T) {
	problems, err := testutil.CollectAndLint(NewPlans(cached{tenants: []v1alpha1.Tenant{waits("acme", "assets")}}, november))
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestPlansAreServedWhileThisProcessLeads(t *testing.T) {
	plans := NewPlans(cached{tenants: []v1alpha1.Tenant{waits("acme", "assets")}}, november)
	registry := prometheus.NewRegistry()
	plans.registry = registry
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := plans.Start(ctx); err != nil || !plans.NeedLeaderElection() {
		t.Errorf("%v; several managers would count the same Tenants: %v", err, !plans.NeedLeaderElection())
	}
	if n, err := testutil.GatherAndCount(registry); n != 0 || err != nil {
		t.Errorf("%d samples after the end, %v", n, err)
	}
}

func BenchmarkAScrapeOf10000Tenants(b *testing.B) {
	cache := cached{plans: []v1alpha1.LicensePlan{plan("acme", "assets", v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAsset, Included: &v1alpha1.Included{Assets: new(int32(100))}})}}
	for range 10_000 {
		cache.tenants = append(cache.tenants, on("acme", "assets", v1alpha1.Usage{Agents: 1, Assets: 95}, 10, "5Gi"))
	}
	plans := NewPlans(cache, november)
	b.ReportAllocs()
	for b.Loop() {
		plans.sum(cache.tenants, cache.plans)
	}
}
