// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// build returns the path of the Kubernetes binary and builds it first if the cache lacks it.
// Builds at the same time don't clash: the second one waits for the first.
func build(ctx context.Context, out io.Writer, verbose bool) (string, error) {
	root, err := cacheRoot(os.Getenv)
	if err != nil {
		return "", err
	}
	key := cacheKey()
	binary := filepath.Join(root, key, "kubernetes")
	if isExecutable(binary) {
		return binary, nil
	}
	if err := os.MkdirAll(filepath.Dir(binary), 0o755); err != nil {
		return "", fmt.Errorf("%w: set TENANTRY_CACHE to a directory that can be written", err)
	}
	release, err := lockFile(ctx, filepath.Join(root, key+".lock"), func() {
		fmt.Fprintln(out, "another localplane builds Kubernetes; waiting for it")
	})
	if err != nil {
		return "", err
	}
	defer release()
	if isExecutable(binary) {
		return binary, nil
	}
	return binary, buildInto(ctx, binary, out, verbose)
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// buildInto builds in a directory beside binary and moves the result there in one step.
func buildInto(ctx context.Context, binary string, out io.Writer, verbose bool) error {
	if _, err := exec.LookPath("go"); err != nil {
		return errors.New("the go command is not in the PATH: install Go from https://go.dev/dl")
	}
	work := filepath.Join(filepath.Dir(binary), "build")
	defer os.RemoveAll(work)
	// One that was killed may have left its own.
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := writeSources(work); err != nil {
		return err
	}
	version, _, _ := kubernetesVersion()
	fmt.Fprintf(out, "building Kubernetes %s from its Go modules: once, about 10 minutes on two cores\n", version)
	origin, err := fetchOrigin(ctx, work, version)
	if err != nil {
		return err
	}
	built := filepath.Join(work, "built")
	// The flags that decide what is compiled (CGO_ENABLED, no -trimpath) are those of this project's
	// other builds: Go's cache serves them all.
	args := []string{"build", "-v", "-buildvcs=false", "-tags", "localplane", "-ldflags", linkerFlags(origin), "-o", built, "./kubernetes"}
	if verbose {
		fmt.Fprintf(out, "CGO_ENABLED=0 go %s\n", strings.Join(args, " "))
	}
	started := time.Now()
	if err := goBuild(ctx, work, args, out); err != nil {
		return fmt.Errorf("the build of Kubernetes %s failed: %w", version, err)
	}
	fmt.Fprintf(out, "built Kubernetes %s in %s: %s\n", version, time.Since(started).Round(time.Second), binary)
	return os.Rename(built, binary)
}

// goBuild runs the go command and tells every 20 seconds how far it is.
func goBuild(ctx context.Context, dir string, args []string, out io.Writer) error {
	log := &buildLog{}
	cmd := goCommand(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	started, ticker := time.Now(), time.NewTicker(20*time.Second)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return fmt.Errorf("%w\n%s", err, log.messages())
			}
			return nil
		case <-ticker.C:
			fmt.Fprintf(out, "  %s: %s\n", time.Since(started).Round(time.Second), log.progress())
		}
	}
}

// goCommand calls Go for this machine, whatever the caller cross-compiles for.
func goCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	// Interrupted, so that it removes what it has half made.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// origin is where a version of Kubernetes comes from, as far as the module proxy tells.
type origin struct {
	Time   time.Time
	Origin struct{ Hash string }
}

// fetchOrigin downloads the module k8s.io/kubernetes and reads what is known of it.
func fetchOrigin(ctx context.Context, dir, version string) (*origin, error) {
	var stdout, stderr bytes.Buffer
	cmd := goCommand(ctx, dir, "mod", "download", "-json", "k8s.io/kubernetes")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var module struct{ Info, Error string }
	if err := errors.Join(runErr, json.Unmarshal(stdout.Bytes(), &module)); err != nil || module.Error != "" {
		return nil, fmt.Errorf("the download of k8s.io/kubernetes@%s failed (is GOPROXY right?): %w %s%s", version, err, stderr.String(), module.Error)
	}
	data, err := os.ReadFile(module.Info)
	if err != nil {
		return nil, err
	}
	o := &origin{}
	return o, json.Unmarshal(data, o)
}

// linkerFlags give the binary its version: without one, clients can't parse what it says.
func linkerFlags(o *origin) string {
	version, major, minor := kubernetesVersion()
	values := []string{"gitVersion=" + version, "gitMajor=" + major, "gitMinor=" + minor, "gitTreeState=clean"}
	if !o.Time.IsZero() {
		values = append(values, "buildDate="+o.Time.UTC().Format(time.RFC3339))
	}
	if o.Origin.Hash != "" {
		values = append(values, "gitCommit="+o.Origin.Hash)
	}
	flags := []string{"-s", "-w"}
	for _, value := range values {
		flags = append(flags, "-X", "k8s.io/component-base/version."+value, "-X", "k8s.io/client-go/pkg/version."+value)
	}
	return strings.Join(flags, " ")
}
