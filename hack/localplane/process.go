// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// process is a component that was started, as remembered in run/COMPONENT.json.
type process struct {
	PID      int       `json:"pid"`
	Identity string    `json:"identity"` // see identity
	Binary   string    `json:"binary"`   // what the link in k8s led to
	Command  []string  `json:"command"`
	Started  time.Time `json:"started"`
	LogStart int64     `json:"logStart"` // where in its log this run begins
}

// alive tells whether this very process still runs.
func (p *process) alive() bool {
	return p != nil && p.Identity != "" && identity(p.PID) == p.Identity
}

// runs tells whether the process is alive and was started by the same binary with the same flags.
func (p *process) runs(binary string, command []string) bool {
	return p.alive() && p.Binary == binary && slices.Equal(p.Command, command)
}

// loadProcess returns nil if there is no record, or one that can't be read.
func loadProcess(path string) *process {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	p := &process{}
	if json.Unmarshal(data, p) != nil {
		return nil
	}
	return p
}

// launch starts a command as a session of its own, so that it outlives this process and its
// terminal, and records it. Its output is appended to the log.
func launch(binary string, command []string, dir, logPath, recordPath string) (*process, error) {
	log, logStart, err := openLog(logPath)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, componentEnv(os.Environ())
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{
		PID: cmd.Process.Pid, Identity: identity(cmd.Process.Pid),
		Binary: binary, Command: command, Started: started.UTC(), LogStart: logStart,
	}
	if err := writeJSON(recordPath, p); err != nil {
		return nil, errors.Join(err, cmd.Process.Kill())
	}
	return p, cmd.Process.Release()
}

// componentEnv keeps only what tunes the Go runtime and the basics: a proxy or a KUBECONFIG of
// the caller's has no business in a control plane.
func componentEnv(environ []string) []string {
	kept := []string{"PATH", "HOME", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG", "GOTRACEBACK"}
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return !slices.Contains(kept, name)
	})
}

// end sends SIGTERM and waits; after grace it kills, and says so in its result.
func (p *process) end(ctx context.Context, grace time.Duration) (killed bool, err error) {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return false, err
	}
	bounded, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if p.wait(bounded) == nil {
		return false, nil
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return true, p.kill(ctx)
}

func (p *process) kill(ctx context.Context) error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	return p.wait(ctx)
}

// signal does nothing if the process is gone, even if another one bears its pid by now: the
// handle is taken before the identity is compared.
func (p *process) signal(sig os.Signal) error {
	handle, err := os.FindProcess(p.PID)
	if err != nil {
		return err
	}
	defer func() { _ = handle.Release() }()
	if !p.alive() {
		return nil
	}
	if err := handle.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %v to process %d: %w", sig, p.PID, err)
	}
	return nil
}

// wait returns once the process is gone.
func (p *process) wait(ctx context.Context) error {
	for p.alive() {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("process %d (%s) still runs: %w", p.PID, filepath.Base(p.Command[0]), err)
		}
	}
	return nil
}
