// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// plane is one control plane: a directory, and the processes that work in it.
type plane struct {
	layout
	name    string
	bin     string // gets the link kubectl
	timeout time.Duration
	verbose bool
	out     io.Writer
}

func newPlane(o *options, out io.Writer) (*plane, error) {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return nil, err
	}
	return &plane{
		layout: layout(dir), name: filepath.Base(dir), bin: bin,
		timeout: o.timeout, verbose: o.verbose, out: out,
	}, nil
}

func (p *plane) say(format string, args ...any) {
	fmt.Fprintf(p.out, "plane %s: %s\n", p.name, fmt.Sprintf(format, args...))
}

// locked runs what changes the plane, one such thing at a time. The lock is beside the
// directory, which may come and go meanwhile.
func (p *plane) locked(ctx context.Context, change func(context.Context) error) error {
	parent := filepath.Dir(p.path())
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	release, err := lockFile(ctx, filepath.Join(parent, "."+p.name+".lock"), func() {
		p.say("another localplane is at work on it; waiting")
	})
	if err != nil {
		return err
	}
	defer release()
	return change(ctx)
}

// load reads the state of a plane that was up before, and says what to do if that can't be used.
func (p *plane) load() (*state, error) {
	version, _, _ := kubernetesVersion()
	s, err := loadState(p.path(), version)
	switch {
	case errors.Is(err, errUnusable):
		return nil, fmt.Errorf("plane %s: %w: remove it with `%s`", p.name, err, p.makeTarget("clean"))
	case errors.Is(err, errNoPlane):
		return nil, fmt.Errorf("%w in %s: make one with `%s`", err, p.path(), p.makeTarget("up"))
	}
	return s, err
}

// makeTarget names the command that does something to this plane.
func (p *plane) makeTarget(verb string) string {
	if filepath.Dir(p.path()) == p.bin {
		return fmt.Sprintf("make plane-%s PLANE=%s", verb, p.name)
	}
	return fmt.Sprintf("localplane %s --dir %s", verb, p.path())
}

// prepare makes everything that a plane needs before its first process: state, certificates,
// kubeconfigs, links. What is there is kept.
func (p *plane) prepare(o *options, binary string) (*state, error) {
	s, err := p.load()
	fresh := errors.Is(err, errNoPlane)
	if fresh {
		s, err = newState()
	}
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"", "certs", "etcd", "k8s", "logs", "run"} {
		if err := os.MkdirAll(p.path(dir), 0o700); err != nil {
			return nil, err
		}
	}
	if fresh {
		if err := s.save(p.path()); err != nil {
			return nil, err
		}
	}
	s.take(o)
	if err := ensureCertificates(p.path("certs")); err != nil {
		return nil, err
	}
	if err := p.ensureKubeconfigs(s.url(apiserver)); err != nil {
		return nil, err
	}
	return s, p.ensureLinks(binary)
}

func newState() (*state, error) {
	version, _, _ := kubernetesVersion()
	ports, err := choosePorts(portNames)
	return &state{Layout: stateLayout, Kubernetes: version, Ports: ports}, err
}

func (p *plane) ensureKubeconfigs(server string) error {
	certs := p.path("certs")
	return errors.Join(
		ensureKubeconfig(p.path("kubeconfig"), certs, adminCertificate, p.name, server),
		ensureKubeconfig(p.kubeconfigOf(controllerManager), certs, controllerManager, p.name, server),
		ensureKubeconfig(p.kubeconfigOf(scheduler), certs, scheduler, p.name, server),
	)
}

// ensureLinks makes the names by which the one binary is called.
func (p *plane) ensureLinks(binary string) error {
	if err := os.MkdirAll(p.bin, 0o755); err != nil {
		return err
	}
	links := []string{filepath.Join(p.bin, "kubectl"), p.program("kubectl")}
	for _, component := range components {
		links = append(links, p.program(component))
	}
	for _, link := range links {
		if err := ensureLink(binary, link); err != nil {
			return err
		}
	}
	return nil
}

// ensureLink replaces a link in one step, as another plane's up may use it meanwhile.
func ensureLink(target, link string) error {
	if current, err := os.Readlink(link); err == nil && current == target {
		return nil
	}
	fresh := fmt.Sprintf("%s.%d", link, os.Getpid())
	if err := os.Symlink(target, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, link)
}
