// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AddressOff is the bind address that turns an endpoint off.
const AddressOff = "0"

// NoClientLimit is the value of client.qps that sets no limit on the client's side.
const NoClientLimit = -1

// LeaderElection lets one of several managers work, and another take over.
type LeaderElection struct {
	// enabled must be true wherever more than one manager may run, be it during an update.
	// Never nil once defaulted. Default: true.
	Enabled *bool `json:"enabled,omitempty"`
	// namespace of the Lease. Default: tenantry-system.
	Namespace string `json:"namespace,omitempty"`
	// name of the Lease. Default: tenantry-manager.
	Name string `json:"name,omitempty"`
	// leaseDuration is how long the others wait for a leader that has gone without a word; one that
	// ends in order releases its lease at once. At least 1s. Default: 15s.
	LeaseDuration metav1.Duration `json:"leaseDuration,omitempty"`
	// renewDeadline is how long the leader tries to renew before it ends; less than leaseDuration.
	// Default: 10s.
	RenewDeadline metav1.Duration `json:"renewDeadline,omitempty"`
	// retryPeriod is the time between two tries; renewDeadline is more than 1.2 times as long.
	// Default: 2s.
	RetryPeriod metav1.Duration `json:"retryPeriod,omitempty"`
}

// Client is how fast the manager may send requests to the API server.
type Client struct {
	// qps is the number of requests a second; -1 sets no limit on the client's side and leaves it to
	// the API server's priority and fairness. Default: -1.
	QPS float32 `json:"qps,omitempty"`
	// burst is the number of requests that may be sent at once before qps holds. Default: -1, or twice
	// qps when that sets a limit.
	Burst int `json:"burst,omitempty"`
}

// Metrics is the Prometheus endpoint, /metrics: plain HTTP, no authentication; it names no tenant.
type Metrics struct {
	// bindAddress is host:port, or "0" for off. Default: 127.0.0.1:8080.
	BindAddress string `json:"bindAddress,omitempty"`
}

// Health is the endpoint for probes, /healthz and /readyz.
type Health struct {
	// bindAddress is host:port, or "0" for off. Default: :8081.
	BindAddress string `json:"bindAddress,omitempty"`
}

// PProf is the endpoint of Go's profiler, /debug/pprof/.
type PProf struct {
	// bindAddress is host:port of a loopback address, or "0" for off: a profile shows what is in
	// memory. Default: 0.
	BindAddress string `json:"bindAddress,omitempty"`
}

// Levels and formats of the log.
const (
	LogDebug = "debug"
	LogInfo  = "info"
	LogWarn  = "warn"
	LogError = "error"

	LogJSON = "json"
	LogText = "text"
)

// Logging is what the manager writes to its standard error.
type Logging struct {
	// level is the least that is written: debug, info, warn or error. Default: info.
	Level string `json:"level,omitempty"`
	// format of a line: json, or text for people. Default: json.
	Format string `json:"format,omitempty"`
}
