// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command localplane runs a real Kubernetes control plane on the loopback of this machine: etcd,
// kube-apiserver, kube-controller-manager and, if asked for, kube-scheduler, all built from Go
// modules. It needs neither containers nor downloads other than modules. README.md tells more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `localplane runs a local Kubernetes control plane.

Usage: localplane VERB [flags]

  build              build Kubernetes, unless this version is built already
  up                 bring the plane up, or repair what of it has died; builds if need be
  down               stop it; its state stays
  clean              stop it and remove its state
  status             show its processes; exit code 1 unless all of them run
  stop COMPONENT     stop one of etcd, kube-apiserver, kube-controller-manager, kube-scheduler
  start COMPONENT    start it again and wait until it is ready
  restart COMPONENT  both

Flags:
`

// errUsage marks errors that a look at the usage text resolves; they end with exit code 2.
var errUsage = errors.New("run `localplane help` for the usage")

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	if err == nil {
		return
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "localplane: interrupted; the next `up` goes on from here")
		os.Exit(130)
	}
	fmt.Fprintf(os.Stderr, "localplane: %v\n", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// run carries out one command line. Results go to stdout, progress to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		printUsage(stdout)
		return nil
	}
	if err != nil {
		return err
	}
	if opts.verb == "build" {
		binary, err := build(ctx, stderr, opts.verbose)
		if err == nil {
			fmt.Fprintln(stdout, binary)
		}
		return err
	}
	p, err := newPlane(opts, stderr)
	if err != nil {
		return err
	}
	switch opts.verb {
	case "up":
		return p.up(ctx, opts)
	case "down":
		return p.locked(ctx, p.down)
	case "clean":
		return p.locked(ctx, p.clean)
	case "status":
		return p.status(ctx, stdout)
	case "stop":
		return p.locked(ctx, func(ctx context.Context) error { return p.stopOne(ctx, opts.component, opts.kill) })
	case "start":
		return p.locked(ctx, func(ctx context.Context) error { return p.startOne(ctx, opts.component) })
	default:
		return p.locked(ctx, func(ctx context.Context) error { return p.restartOne(ctx, opts.component, opts.kill) })
	}
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, usage)
	flags := newFlagSet(&options{})
	flags.SetOutput(w)
	flags.PrintDefaults()
}
