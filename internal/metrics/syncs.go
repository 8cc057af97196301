// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Syncs says how far each MasterTenantSync has come, at each scrape, from what their statuses in the cache say. It serves
// like Tenants.
type Syncs struct {
	led
	reader client.Reader
}

// NewSyncs tells of the MasterTenantSyncs that reader, a cache, holds.
func NewSyncs(reader client.Reader) *Syncs {
	s := &Syncs{reader: reader}
	s.led = led{registry: metrics.Registry, collector: s}
	return s
}

// syncGauges are the metrics, each with what it reads. That they have no tenant's name keeps their number small.
var syncGauges = []struct {
	desc  *prometheus.Desc
	value func(v1alpha1.SyncProgress) int32
}{
	{syncDesc("targets", "Tenants that the sync copies to."), func(p v1alpha1.SyncProgress) int32 { return p.Total }},
	{syncDesc("current_targets", "Tenants that are as the master."), func(p v1alpha1.SyncProgress) int32 { return p.Current }},
	{syncDesc("pending_targets", "Tenants that wait for their turn, or are being written to."), func(p v1alpha1.SyncProgress) int32 { return p.Pending }},
	{syncDesc("failed_targets", "Tenants that could not be made as the master."), func(p v1alpha1.SyncProgress) int32 { return p.Failed }},
}

var syncStalled = syncDesc("stalled", "1 for a sync that waits for a person, else 0.")

func syncDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("tenantry_sync_"+name, help, []string{"namespace", "sync"}, nil)
}

// Describe implements prometheus.Collector.
func (s *Syncs) Describe(descs chan<- *prometheus.Desc) {
	for _, gauge := range syncGauges {
		descs <- gauge.desc
	}
	descs <- syncStalled
}

// Collect implements prometheus.Collector. A cache that can't be read gives no sample, and leaves the other metrics of the
// scrape alone; of a sync that was not looked at yet there is no progress.
func (s *Syncs) Collect(samples chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapePatience)
	defer cancel()
	syncs := &v1alpha1.MasterTenantSyncList{}
	if err := s.reader.List(ctx, syncs, client.UnsafeDisableDeepCopy); err != nil {
		return
	}
	for i := range syncs.Items {
		sync := &syncs.Items[i]
		stalled := 0.0
		if meta.IsStatusConditionTrue(sync.Status.Conditions, v1alpha1.ConditionStalled) {
			stalled = 1
		}
		samples <- prometheus.MustNewConstMetric(syncStalled, prometheus.GaugeValue, stalled, sync.Namespace, sync.Name)
		if sync.Status.Progress == nil {
			continue
		}
		for _, gauge := range syncGauges {
			samples <- prometheus.MustNewConstMetric(gauge.desc, prometheus.GaugeValue, float64(gauge.value(*sync.Status.Progress)), sync.Namespace, sync.Name)
		}
	}
}
