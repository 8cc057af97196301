// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// up brings the plane to what the options and its state ask for: it starts what does not run,
// starts anew what runs with other flags or of another build, and leaves the rest alone.
func (p *plane) up(ctx context.Context, o *options) error {
	binary, err := build(ctx, p.out, p.verbose)
	if err != nil {
		return err
	}
	return p.locked(ctx, func(ctx context.Context) error {
		started := time.Now()
		s, err := p.prepare(o, binary)
		if err != nil {
			return err
		}
		changed, err := p.bringUp(ctx, s)
		if err != nil {
			return err
		}
		// Only now, so that flags that a component does not know are not in the next up's way.
		if err := s.save(p.path()); err != nil {
			return err
		}
		verb := "is up already"
		if changed {
			verb = fmt.Sprintf("is up after %.1f s", time.Since(started).Seconds())
		}
		p.say("%s: Kubernetes %s at %s; export KUBECONFIG=%s", verb, s.Kubernetes, s.url(apiserver), p.path("kubeconfig"))
		return nil
	})
}

// bringUp returns whether there was anything to do.
func (p *plane) bringUp(ctx context.Context, s *state) (changed bool, err error) {
	probe, err := newProbe(p.layout, s)
	if err != nil {
		return false, err
	}
	wanted := components
	if !s.Scheduler {
		wanted = slices.DeleteFunc(slices.Clone(components), func(name string) bool { return name == scheduler })
	}
	if changed, err = p.stopOutdated(ctx, s, wanted); err != nil {
		return false, err
	}
	if err := p.checkPorts(s, wanted); err != nil {
		return false, err
	}
	for _, component := range wanted {
		if proc := loadProcess(p.record(component)); proc.alive() {
			if err := p.await(ctx, component, proc, probe.ready); err != nil {
				return false, err
			}
			continue
		}
		changed = true
		if err := p.startComponent(ctx, s, probe, component); err != nil {
			return false, err
		}
	}
	if !changed {
		return false, nil
	}
	return true, p.proveControllerManager(ctx, probe)
}

// stopOutdated ends what is not wanted any more, or not in the way it runs; last started first.
func (p *plane) stopOutdated(ctx context.Context, s *state, wanted []string) (stopped bool, err error) {
	for _, component := range slices.Backward(components) {
		proc := loadProcess(p.record(component))
		binary, err := os.Readlink(p.program(component))
		if err != nil {
			return stopped, err
		}
		if !proc.alive() || slices.Contains(wanted, component) && proc.runs(binary, command(p.layout, s, component)) {
			continue
		}
		if err := p.stopComponent(ctx, component, false); err != nil {
			return stopped, err
		}
		stopped = true
	}
	return stopped, nil
}

// startComponent starts a component that does not run, and waits until it is ready.
func (p *plane) startComponent(ctx context.Context, s *state, probe *probe, component string) error {
	if err := p.checkPorts(s, []string{component}); err != nil {
		return err
	}
	binary, err := os.Readlink(p.program(component))
	if err != nil {
		return err
	}
	words := command(p.layout, s, component)
	if p.verbose {
		p.say("%s", strings.Join(words, " "))
	}
	started := time.Now()
	proc, err := launch(binary, words, p.path(), p.log(component), p.record(component))
	if err != nil {
		return fmt.Errorf("start %s: %w", component, err)
	}
	if err := p.await(ctx, component, proc, probe.ready); err != nil {
		return err
	}
	p.say("%s is ready after %.1f s (pid %d)", component, time.Since(started).Seconds(), proc.PID)
	return nil
}

// checkPorts returns an error if a component that is to be started would find its port taken.
func (p *plane) checkPorts(s *state, wanted []string) error {
	for _, component := range wanted {
		if loadProcess(p.record(component)).alive() {
			continue
		}
		for _, name := range portsOf(component) {
			if err := portFree(s.Ports[name]); err != nil {
				return fmt.Errorf("plane %s: %s can't start: %w. Every plane keeps its ports. Either end that process "+
					"(`ss -ltnp 'sport = :%d'` names it) or give the plane other ports, and with them an empty state, by `%s`",
					p.name, component, err, s.Ports[name], p.makeTarget("clean"))
			}
		}
	}
	return nil
}

// proveControllerManager returns once the controller manager has been seen to work.
func (p *plane) proveControllerManager(ctx context.Context, probe *probe) error {
	proc := loadProcess(p.record(controllerManager))
	removed := false
	return p.await(ctx, controllerManager, proc, func(ctx context.Context, _ string) error {
		if !removed {
			if err := probe.removeSpare(ctx); err != nil {
				return err
			}
			removed = true
		}
		return probe.restored(ctx)
	})
}

// await polls check until it returns nil. Its error shows the end of the component's log.
func (p *plane) await(ctx context.Context, component string, proc *process, check func(context.Context, string) error) error {
	bounded, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	for {
		err := check(bounded, component)
		if err == nil {
			return nil
		}
		if !proc.alive() {
			return p.failure(component, proc, errors.New("it ended"))
		}
		if pause(bounded, 50*time.Millisecond) == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return p.failure(component, proc, fmt.Errorf("it is not ready after %s: %w", p.timeout, err))
	}
}

func (p *plane) failure(component string, proc *process, cause error) error {
	start := int64(0)
	if proc != nil {
		start = proc.LogStart
	}
	return fmt.Errorf("plane %s: %s does not work: %w. The end of %s:\n%s\nIf the cause is in the plane's state, `%s` removes that",
		p.name, component, cause, relative(p.log(component)), logTail(p.log(component), start, 15), p.makeTarget("clean"))
}

// relative shortens a path below the current directory.
func relative(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}
