// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// led serves a collector while this process leads, so that several managers don't count the same objects
// twice: add it to a manager.
type led struct {
	registry  prometheus.Registerer
	collector prometheus.Collector
}

// Start implements manager.Runnable: the metrics are there until ctx ends.
func (l *led) Start(ctx context.Context) error {
	if err := l.registry.Register(l.collector); err != nil {
		return fmt.Errorf("registering the metrics of %T: %w", l.collector, err)
	}
	<-ctx.Done()
	l.registry.Unregister(l.collector)
	return nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (l *led) NeedLeaderElection() bool { return true }
