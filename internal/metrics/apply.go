// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package metrics is what Tenantry tells Prometheus. No metric has a label per tenant.
package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// Apply counts what became of the objects that were applied and pruned.
type Apply struct {
	total *prometheus.CounterVec
}

// Applied is the counter of this process, in controller-runtime's registry.
var Applied = newApply(metrics.Registry)

func newApply(registerer prometheus.Registerer) *Apply {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tenantry_apply_total",
		Help: "Objects that were written or refused, by kind and outcome (created, patched, deleted, conflict, failed).",
	}, []string{"kind", "outcome"})
	registerer.MustRegister(total)
	return &Apply{total: total}
}

// Observe counts one object.
func (a *Apply) Observe(kind, outcome string) {
	a.total.WithLabelValues(kind, outcome).Inc()
}
