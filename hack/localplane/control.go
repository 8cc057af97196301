// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// down ends all processes: first what talks to the API server, then that, and etcd last. Without
// etcd an API server hangs for minutes before it ends.
func (p *plane) down(ctx context.Context) error {
	stopped := false
	for _, component := range slices.Backward(components) {
		if !loadProcess(p.record(component)).alive() {
			continue
		}
		stopped = true
		if err := p.stopComponent(ctx, component, false); err != nil {
			return err
		}
	}
	if stopped {
		p.say("is down")
	} else {
		p.say("was not running")
	}
	return nil
}

// clean takes the plane down and removes what localplane has made in its directory, and the
// directory itself if nothing else is in it.
func (p *plane) clean(ctx context.Context) error {
	if _, err := os.Stat(p.path()); errors.Is(err, fs.ErrNotExist) {
		p.say("nothing to remove")
		return nil
	}
	if err := p.down(ctx); err != nil {
		return err
	}
	for _, name := range []string{"etcd", "certs", "logs", "run", "k8s", "kubeconfig", "state.json"} {
		if err := os.RemoveAll(p.path(name)); err != nil {
			return err
		}
	}
	if err := os.Remove(p.path()); err != nil {
		return fmt.Errorf("the state is removed, but %s holds other files: %w", p.path(), err)
	}
	p.say("its state is removed")
	return nil
}

// stopComponent ends a running component and waits for it.
func (p *plane) stopComponent(ctx context.Context, component string, kill bool) error {
	proc := loadProcess(p.record(component))
	if !proc.alive() {
		return nil
	}
	if kill {
		if err := proc.kill(ctx); err != nil {
			return err
		}
		p.say("%s is killed", component)
		return nil
	}
	grace := graceOf[component]
	if component == apiserver && !loadProcess(p.record(etcd)).alive() {
		grace = time.Second // it could not end in any time
	}
	started := time.Now()
	killed, err := proc.end(ctx, grace)
	if err != nil {
		return fmt.Errorf("stop %s: %w", component, err)
	}
	if killed {
		p.say("%s had not ended after %s and is killed", component, grace)
		return nil
	}
	p.say("%s is stopped after %.1f s", component, time.Since(started).Seconds())
	return nil
}

// stopOne is the verb stop.
func (p *plane) stopOne(ctx context.Context, component string, kill bool) error {
	if _, err := p.load(); err != nil {
		return err
	}
	if !loadProcess(p.record(component)).alive() {
		p.say("%s was not running", component)
		return nil
	}
	return p.stopComponent(ctx, component, kill)
}

// startOne is the verb start.
func (p *plane) startOne(ctx context.Context, component string) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	if loadProcess(p.record(component)).alive() {
		p.say("%s runs already", component)
		return nil
	}
	if needed := p.missing(component); needed != "" {
		return fmt.Errorf("plane %s: %s needs %s, which does not run: start that first, or all with `%s`",
			p.name, component, needed, p.makeTarget("up"))
	}
	probe, err := newProbe(p.layout, s)
	if err != nil {
		return err
	}
	if err := p.startComponent(ctx, s, probe, component); err != nil {
		return err
	}
	return p.awaitRunning(ctx, probe)
}

// missing is what a component needs and does not run; empty if it has all.
func (p *plane) missing(component string) string {
	for _, needed := range needs[component] {
		if !loadProcess(p.record(needed)).alive() {
			return needed
		}
	}
	return ""
}

// awaitRunning returns once all that runs, and has what it needs, is ready: what uses a component needs a
// moment to find it again.
func (p *plane) awaitRunning(ctx context.Context, probe *probe) error {
	for _, component := range components {
		proc := loadProcess(p.record(component))
		if !proc.alive() || p.missing(component) != "" {
			continue
		}
		if err := p.await(ctx, component, proc, probe.ready); err != nil {
			return err
		}
		if component != controllerManager {
			continue
		}
		if err := p.proveControllerManager(ctx, probe); err != nil {
			return err
		}
	}
	return nil
}

// restartOne is the verb restart.
func (p *plane) restartOne(ctx context.Context, component string, kill bool) error {
	if err := p.stopOne(ctx, component, kill); err != nil {
		return err
	}
	return p.startOne(ctx, component)
}
