// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/scan"
)

// Scans counts what became of the runs of ScanSchedules.
type Scans struct {
	started  *prometheus.CounterVec
	finished *prometheus.CounterVec
	missed   prometheus.Counter
	duration *prometheus.HistogramVec
}

// Scanned is the counter of this process, in controller-runtime's registry.
var Scanned = newScans(metrics.Registry)

// durations are from a quick look to the longest that a profile may allow.
var durations = []float64{10, 30, 60, 300, 900, 1800, 3600, 2 * 3600, 6 * 3600, 24 * 3600}

func newScans(registerer prometheus.Registerer) *Scans {
	s := &Scans{
		started: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tenantry_scan_runs_started_total", Help: "Runs of ScanSchedules that were set out on, by their cause.",
		}, []string{"cause"}),
		finished: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tenantry_scan_runs_finished_total", Help: "Runs of ScanSchedules that finished and were counted, by their result.",
		}, []string{"result"}),
		missed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tenantry_scan_runs_missed_total", Help: "Runs of ScanSchedules that were due and not started, since another was started for them.",
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tenantry_scan_run_duration_seconds", Help: "How long runs of ScanSchedules took, from when their Jobs began, by their result.", Buckets: durations,
		}, []string{"result"}),
	}
	for _, cause := range scan.Causes {
		s.started.WithLabelValues(string(cause))
	}
	for _, result := range []v1alpha1.ScanResult{v1alpha1.ScanSucceeded, v1alpha1.ScanFailed} {
		s.finished.WithLabelValues(string(result))
		s.duration.WithLabelValues(string(result))
	}
	registerer.MustRegister(s.started, s.finished, s.missed, s.duration)
	return s
}

// Started counts a run that began.
func (s *Scans) Started(cause scan.Cause) { s.started.WithLabelValues(string(cause)).Inc() }

// Finished counts a run that was counted, and how long it took.
func (s *Scans) Finished(result v1alpha1.ScanResult, took time.Duration) {
	s.finished.WithLabelValues(string(result)).Inc()
	s.duration.WithLabelValues(string(result)).Observe(took.Seconds())
}

// Missed counts runs that another was started for.
func (s *Scans) Missed(runs int) { s.missed.Add(float64(runs)) }

// WaitingScans says how many schedules, in how many tenants' places, start no run since a quota is full. It serves like Tenants.
type WaitingScans struct{ led }

// NewWaitingScans asks at each scrape how many do.
func NewWaitingScans(waiting func() int) *WaitingScans {
	return &WaitingScans{led{registry: metrics.Registry, collector: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "tenantry_scan_runs_waiting_for_quota", Help: "Runs of ScanSchedules that wait in a tenant's place until a full quota there lets them, or their pods, in.",
	}, func() float64 { return float64(waiting()) })}}
}
