// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// scrapePatience is how long a scrape waits for the cache.
const scrapePatience = time.Second

// Tenants counts Tenants by phase and by the reason of their Ready condition, at each scrape, from
// the cache. Add it to a manager: it then serves while this process leads, so that several managers
// don't count the same Tenants twice.
type Tenants struct {
	led
	reader client.Reader
	desc   *prometheus.Desc
}

// NewTenants counts the Tenants that reader, a cache, holds.
func NewTenants(reader client.Reader) *Tenants {
	t := &Tenants{
		reader: reader,
		desc: prometheus.NewDesc("tenantry_tenants",
			"Tenants by phase and by the reason of their Ready condition.", []string{"phase", "reason"}, nil),
	}
	t.led = led{registry: metrics.Registry, collector: t}
	return t
}

// Describe implements prometheus.Collector.
func (t *Tenants) Describe(descs chan<- *prometheus.Desc) { descs <- t.desc }

// Collect implements prometheus.Collector. A cache that can't be read gives no sample, and leaves the
// other metrics of the scrape alone.
func (t *Tenants) Collect(samples chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	list := &v1alpha1.TenantList{}
	if err := t.reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
		return
	}
	for state, n := range count(list.Items) {
		samples <- prometheus.MustNewConstMetric(t.desc, prometheus.GaugeValue, float64(n), state.phase, state.reason)
	}
}

// state is the labels of one sample.
type state struct{ phase, reason string }

func count(tenants []v1alpha1.Tenant) map[state]int {
	counts := map[state]int{}
	for i := range tenants {
		counts[stateOf(&tenants[i])]++
	}
	return counts
}

// stateOf takes a Tenant that nobody has looked at yet for one that is pending.
func stateOf(tenant *v1alpha1.Tenant) state {
	found := state{phase: string(tenant.Status.Phase)}
	if found.phase == "" {
		found.phase = string(v1alpha1.PhasePending)
	}
	if ready := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		found.reason = ready.Reason
	}
	return found
}
