// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator on a local Kubernetes plane of its own: JSON lines on stdout,
// progress and a table on stderr.
//
//	go run ./test/bench -n 1000
//
// Time and latency are told as ratios to a floor: a bare client that makes the same Tenants and the
// same objects by plain create, with as many workers, in rounds that alternate with the operator's.
// The objects are what internal/desired asks for, made under the operator's account, in its encoding,
// so that they pass the same admission. While the floor works no manager runs. The next one takes
// the floor's tenants over, which proves that they are as the operator makes them: the bench says so
// if it has to write to any. N tenants of the floor and N of the operator are there at the end, and
// memory, restart, idleness and the latency of one more are measured among them all.
//
//	go run ./test/bench -n 10000 -scale
//
// What a tenant costs among 1,000 is put beside what it costs among 10,000.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

// cleanupPatience is how long the plane may take to stop at the end.
const cleanupPatience = 2 * time.Minute

// options of a run.
type options struct {
	tenants int
	rounds  int
	samples int
	carried int
	idle    time.Duration
	window  time.Duration
	profile string
	only    string
	scale   bool
}

// measure takes figures. One without a name is needed by those after it, and always taken.
type measure struct {
	name string
	take func(context.Context) error
}

func main() {
	var o options
	flag.IntVar(&o.tenants, "n", 1000, "`number` of tenants")
	flag.IntVar(&o.rounds, "rounds", 5, "`number` of rounds, for each side, that they are made in")
	flag.IntVar(&o.samples, "samples", 100, "`number` of tenants that the latency of one more is taken from")
	flag.IntVar(&o.carried, "carried", 20, "`number` of objects that a sync carries to each tenant: with many tenants, fewer take less time")
	flag.DurationVar(&o.idle, "idle", time.Minute, "how long the operator is watched at rest")
	flag.DurationVar(&o.window, "window", 5*time.Minute, "how long the runs of spread are spread over")
	flag.StringVar(&o.profile, "profile", "", "`directory` that gets profiles of the manager: CPU of each round, memory at the end of the last")
	flag.StringVar(&o.only, "only", "", "`names` of what is measured, with commas between, of time-to-ready, one-more, restart, idle, promotion, plan-change, asset-change, fan-out, scans and spread; all if empty")
	flag.BoolVar(&o.scale, "scale", false, "put a tenth of the tenants and all of them side by side, without a floor")
	flag.Parse()
	ctrl.SetLogger(logr.Discard()) // client-go tells of every watch that is opened anew
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.window < time.Second {
		return fmt.Errorf("-window must be at least a second")
	}
	if o.rounds < 1 || o.tenants < o.rounds || o.samples < o.rounds {
		return fmt.Errorf("-n and -samples must be at least -rounds, which must be at least 1")
	}
	if o.carried < 1 {
		return fmt.Errorf("-carried must be at least 1")
	}
	b := &bench{options: o, report: newReport(o.tenants)}
	measures := []measure{
		{"", b.warmUp},
		{"time-to-ready", b.fill}, {"one-more", b.oneMore}, {"restart", b.restart}, {"idle", b.rest},
		{"", b.populate},
		{"promotion", b.promotion}, {"plan-change", b.changePlan}, {"asset-change", b.changeAsset}, {"fan-out", b.fanOut},
		{"scans", b.scans}, {"spread", b.spread},
	}
	if o.scale {
		measures = []measure{{"", b.emptyManager}, {"", b.scaleUp}}
	}
	chosen := strings.Split(o.only, ",")
	for _, name := range chosen {
		if !slices.ContainsFunc(measures, func(m measure) bool { return m.name == name }) {
			return fmt.Errorf("-only: nothing is called %q", name)
		}
	}
	defer func() {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupPatience)
		defer cancel()
		if cleanErr := b.close(cleanup); err == nil {
			err = cleanErr
		}
	}()
	if err := b.open(ctx); err != nil {
		return err
	}
	for _, measure := range measures {
		if o.only != "" && measure.name != "" && !slices.Contains(chosen, measure.name) {
			continue
		}
		if err := measure.take(ctx); err != nil {
			return err
		}
	}
	return b.report.print()
}
