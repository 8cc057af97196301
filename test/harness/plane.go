// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Components of a plane.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
)

// Plane is a Kubernetes control plane of one's own, for suites that break it or load it. It is run
// by bin/localplane, which `make bin/localplane` builds.
type Plane struct {
	// Name of the plane, in its kubeconfig too. Planes of the same name and Dir are the same.
	Name string
	// Dir is where the plane's directory lies; default: bin of the repository.
	Dir string
	// Set are further flags of components, COMPONENT.FLAG=VALUE.
	Set []string
}

// StartPlane brings a plane up and returns when its API server and controller manager work.
func StartPlane(ctx context.Context, plane Plane) (*Plane, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	if plane.Dir == "" {
		plane.Dir = filepath.Join(root, "bin")
	}
	var flags []string
	for _, set := range plane.Set {
		flags = append(flags, "--set", set)
	}
	return &plane, plane.run(ctx, "up", flags...)
}

// FastControllers are the flags of a controller manager that is not held up by its own request limit.
func FastControllers() []string {
	return []string{ControllerManager + ".kube-api-qps=1000", ControllerManager + ".kube-api-burst=2000"}
}

// Kubeconfig is the path of the administrator's kubeconfig.
func (p *Plane) Kubeconfig() string {
	return filepath.Join(p.dir(), "kubeconfig")
}

// Connect is ConnectTo this plane.
func (p *Plane) Connect(ctx context.Context) (*Cluster, error) {
	return ConnectTo(ctx, p.Kubeconfig())
}

// Install installs what the manager needs (hack/install.sh), and returns when the policies act.
func (p *Plane) Install(ctx context.Context) error {
	root, err := Root()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, filepath.Join(root, "hack", "install.sh"))
	command.Env = append(os.Environ(), "KUBECONFIG="+p.Kubeconfig())
	return runCommand(command)
}

// Stop stops the plane; its state stays.
func (p *Plane) Stop(ctx context.Context) error { return p.run(ctx, "down") }

// Clean stops the plane and removes its state.
func (p *Plane) Clean(ctx context.Context) error { return p.run(ctx, "clean") }

// StopComponent stops one component.
func (p *Plane) StopComponent(ctx context.Context, component string) error {
	return p.run(ctx, "stop", component)
}

// KillComponent kills one component (SIGKILL).
func (p *Plane) KillComponent(ctx context.Context, component string) error {
	return p.run(ctx, "stop", "--kill", component)
}

// StartComponent starts one component and returns when all that runs is ready.
func (p *Plane) StartComponent(ctx context.Context, component string) error {
	return p.run(ctx, "start", component)
}

// RestartComponent stops and starts one component.
func (p *Plane) RestartComponent(ctx context.Context, component string) error {
	return p.run(ctx, "restart", component)
}

func (p *Plane) dir() string { return filepath.Join(p.Dir, p.Name) }

func (p *Plane) run(ctx context.Context, verb string, arguments ...string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	driver := filepath.Join(root, "bin", "localplane")
	if _, err := os.Stat(driver); err != nil {
		return errors.New("bin/localplane is not built: run `make bin/localplane`")
	}
	command := exec.CommandContext(ctx, driver, append([]string{verb, "--dir", p.dir(), "--bin", filepath.Join(root, "bin")}, arguments...)...)
	return runCommand(command)
}

func runCommand(command *exec.Cmd) error {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w; it said:\n%s", command, err, output.String())
	}
	return nil
}

// Root is the root directory of the repository.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory: run the tests from within the repository")
		}
		dir = parent
	}
}
