// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"fmt"
	"time"
)

// WriteCounter counts the operator's writes: a Proxy exactly, a Manager by its own metrics.
type WriteCounter interface {
	Writes(ctx context.Context) (int, error)
}

// Quiet watches for d and returns an error if the operator wrote anything in that time.
func Quiet(ctx context.Context, counter WriteCounter, d time.Duration) error {
	before, err := counter.Writes(ctx)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
	}
	after, err := counter.Writes(ctx)
	if err != nil || after == before {
		return err
	}
	err = fmt.Errorf("the operator wrote %d times in %s of rest", after-before, d)
	if proxy, ok := counter.(*Proxy); ok {
		var writes []string
		for _, request := range proxy.Requests() {
			if request.Writes() {
				writes = append(writes, request.String())
			}
		}
		err = fmt.Errorf("%w: %q", err, writes[min(before, len(writes)):])
	}
	return err
}

// Writes that the manager has made, leases aside, by its own count: the lease is the one object that
// it updates as a whole.
func (m *Manager) Writes(ctx context.Context) (int, error) {
	metrics, err := m.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	var writes float64
	for _, method := range []string{"POST", "PATCH", "DELETE"} {
		writes += metrics.Sum("rest_client_requests_total", "method", method)
	}
	return int(writes), nil
}
