// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	// settlePatience is how long the manager may take to look at every tenant once.
	settlePatience = 10 * time.Minute
	// settleTick is how often it is asked whether it has.
	settleTick = 100 * time.Millisecond
	// controllerName is the label of the metrics of the controller that looks at tenants.
	controllerName = "tenant"
)

// process is a running manager.
type process struct {
	*harness.Manager
	pprof string
}

// startManager starts a manager and returns when it has looked at every tenant. Via is a proxy to
// reach the API server through; nil: straight.
func (b *bench) startManager(ctx context.Context, via *harness.Proxy) error {
	if err := b.launch(ctx, via); err != nil {
		return err
	}
	if err := b.manager.settled(ctx, b.made); err != nil {
		return err
	}
	_, err := b.awaitReady(ctx)
	return err
}

// launch starts a manager.
func (b *bench) launch(ctx context.Context, via *harness.Proxy) error {
	pprof, err := freeAddress()
	if err != nil {
		return err
	}
	running, err := harness.StartManager(ctx, harness.ManagerOptions{
		Cluster: b.cluster,
		Via:     via,
		Configure: func(c *configv1alpha1.Configuration) {
			c.PProf.BindAddress, c.Scans.Profiles = pprof, scanProfiles()
		},
	})
	if err != nil {
		return err
	}
	b.manager = &process{Manager: running, pprof: "http://" + pprof + "/debug/pprof/"}
	return nil
}

// awaitReady waits until all tenants are Ready, and says when the last of them became so.
func (b *bench) awaitReady(ctx context.Context) (time.Time, error) {
	last, err := b.arrivals.await(ctx, b.made)
	if err != nil {
		err = fmt.Errorf("%w; the manager's last lines:\n%s", err, b.manager.Tail(10))
	}
	return last, err
}

// stopManager ends the manager and removes its files.
func (b *bench) stopManager(ctx context.Context) error {
	stopping := b.manager
	b.manager = nil
	if err := stopping.Terminate(ctx); err != nil {
		return err
	}
	return stopping.forget()
}

// settled waits until the manager has looked at that many tenants, and none of its controllers has anything left to do: what
// they do after a start is not what is measured next.
func (p *process) settled(ctx context.Context, tenants int) error {
	ctx, cancel := context.WithTimeout(ctx, settlePatience)
	defer cancel()
	if err := p.Leading(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(settleTick)
	defer tick.Stop()
	for {
		metrics, err := p.Metrics(ctx)
		if err != nil {
			return fmt.Errorf("waiting for the manager to settle: %w; its last lines:\n%s", err, p.Tail(10))
		}
		looked := metrics.Sum("controller_runtime_reconcile_total", "controller", controllerName)
		busy := metrics.Sum("workqueue_depth") + metrics.Sum("controller_runtime_active_workers")
		if busy == 0 && int(looked) >= tenants {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the manager has not settled: it looked %v times at %d tenants, %v wait: %w", looked, tenants, busy, ctx.Err())
		case <-tick.C:
		}
	}
}

// get reads one of the manager's profiles.
func (p *process) get(ctx context.Context, profile string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.pprof+profile, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("profiling the manager: %w", err)
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

func (p *process) kill() {
	if p != nil {
		p.Kill()
		_ = p.forget()
	}
}

func (p *process) forget() error { return os.RemoveAll(filepath.Dir(p.LogFile)) }

// freeAddress of the loopback that nobody listens on.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// counted are the manager's requests since it started, leases aside.
type counted struct{ all, writes float64 }

// requests counts by the manager's own metrics. Watches are opened when it starts and before the
// first count; the lease is the one object that it updates as a whole.
func (p *process) requests(ctx context.Context) (counted, error) {
	metrics, err := p.Metrics(ctx)
	if err != nil {
		return counted{}, err
	}
	sum := func(method string) float64 { return metrics.Sum("rest_client_requests_total", "method", method) }
	writes := sum(http.MethodPost) + sum(http.MethodPatch) + sum(http.MethodDelete)
	return counted{all: writes + sum(http.MethodGet), writes: writes}, nil
}
