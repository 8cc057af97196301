// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"cmp"
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

// Plans says what the tenants on each plan use and were given, at each scrape, from the cache. A plan is known
// by its namespace, the partner's, and its name; that of tenants without one is empty. It serves like Tenants.
type Plans struct {
	led
	reader client.Reader
	clock  clock.PassiveClock
}

// NewPlans sums up the Tenants that reader, a cache, holds. The clock says which month it is.
func NewPlans(reader client.Reader, now clock.PassiveClock) *Plans {
	p := &Plans{reader: reader, clock: now}
	p.led = led{registry: metrics.Registry, collector: p}
	return p
}

// onPlan is what the tenants on one plan use together, and were given.
type onPlan struct {
	tenants, waiting            int
	near, reached               int
	agentsUsed, agentsAllocated int64
	diskUsed, diskAllocated     int64
	assets                      int64
}

// planGauges are the metrics, each with what it reads. That they have no tenant's name keeps their number small.
var planGauges = []struct {
	desc  *prometheus.Desc
	value func(*onPlan) float64
}{
	{planDesc("tenants", "Tenants on the plan, those included that wait for its capacity."), func(o *onPlan) float64 { return float64(o.tenants) }},
	{planDesc("waiting_tenants", "Tenants that the plan, or its partner, has no capacity for, or not enough."), func(o *onPlan) float64 { return float64(o.waiting) }},
	{planDesc("near_limit_tenants", "Tenants that use as much of what the plan includes as its alertAt says, or more."), func(o *onPlan) float64 { return float64(o.near) }},
	{planDesc("limit_reached_tenants", "Tenants that use all of what the plan includes, or more."), func(o *onPlan) float64 { return float64(o.reached) }},
	{planDesc("agents_used", "Seats taken."), func(o *onPlan) float64 { return float64(o.agentsUsed) }},
	{planDesc("agents_allocated", "Seats that the tenants may take."), func(o *onPlan) float64 { return float64(o.agentsAllocated) }},
	{planDesc("disk_used_bytes", "Storage that volumes claim."), func(o *onPlan) float64 { return float64(o.diskUsed) }},
	{planDesc("disk_allocated_bytes", "Storage that volumes may claim."), func(o *onPlan) float64 { return float64(o.diskAllocated) }},
	{planDesc("assets", "Unique assets of each tenant."), func(o *onPlan) float64 { return float64(o.assets) }},
}

func planDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("tenantry_plan_"+name, help, []string{"namespace", "plan"}, nil)
}

// Describe implements prometheus.Collector.
func (p *Plans) Describe(descs chan<- *prometheus.Desc) {
	for _, gauge := range planGauges {
		descs <- gauge.desc
	}
}

// Collect implements prometheus.Collector. A cache that can't be read gives no sample, and leaves the
// other metrics of the scrape alone.
func (p *Plans) Collect(samples chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	tenants, plans := &v1alpha1.TenantList{}, &v1alpha1.LicensePlanList{}
	for _, list := range []client.ObjectList{tenants, plans} {
		if err := p.reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return
		}
	}
	for of, sum := range p.sum(tenants.Items, plans.Items) {
		for _, gauge := range planGauges {
			samples <- prometheus.MustNewConstMetric(gauge.desc, prometheus.GaugeValue, gauge.value(sum), of.Namespace, of.Name)
		}
	}
}

// sum adds up what the tenants on each plan use. A plan that nobody is on counts too.
func (p *Plans) sum(tenants []v1alpha1.Tenant, plans []v1alpha1.LicensePlan) map[client.ObjectKey]*onPlan {
	sums, known := map[client.ObjectKey]*onPlan{}, map[client.ObjectKey]*v1alpha1.LicensePlan{}
	for i := range plans {
		key := client.ObjectKeyFromObject(&plans[i])
		sums[key], known[key] = &onPlan{}, &plans[i]
	}
	for i := range tenants {
		key := planOf(&tenants[i])
		if sums[key] == nil {
			sums[key] = &onPlan{}
		}
		sums[key].add(&tenants[i])
		p.addReached(sums[key], known[key], tenants[i].Status.Usage)
	}
	return sums
}

// planOf is the plan in effect for a tenant, else the one that it asks for.
func planOf(tenant *v1alpha1.Tenant) client.ObjectKey {
	key := client.ObjectKey{Namespace: tenant.Namespace, Name: tenant.Status.Plan}
	if tenant.Spec.PlanRef != nil {
		key.Name = cmp.Or(key.Name, tenant.Spec.PlanRef.Name)
	}
	return key
}

func (o *onPlan) add(tenant *v1alpha1.Tenant) {
	o.tenants++
	licensed := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionLicenseReady)
	if licensed != nil && licensed.Reason == v1alpha1.ReasonCapacityExhausted {
		o.waiting++
	}
	if given := tenant.Status.Effective; given != nil {
		if given.Agents != nil {
			o.agentsAllocated += int64(given.Agents.Value)
		}
		if given.Disk != nil {
			o.diskAllocated += given.Disk.Value.Value()
		}
	}
	if used := tenant.Status.Usage; used != nil {
		o.agentsUsed += used.Agents
		o.assets += used.Assets
		if used.Disk != nil {
			o.diskUsed += used.Disk.Value()
		}
	}
}

// addReached counts a tenant by how much it uses now of what its plan includes.
func (p *Plans) addReached(sum *onPlan, plan *v1alpha1.LicensePlan, used *v1alpha1.Usage) {
	if plan == nil || used == nil {
		return
	}
	metered, counts := license.Meter(plan, *used, p.clock.Now())
	if !counts {
		return
	}
	if metered.Reaches(license.AlertAt(plan)) {
		sum.near++
	}
	if metered.Reaches(license.All) {
		sum.reached++
	}
}
