// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
)

// status prints what runs. Its error says that not all does.
func (p *plane) status(ctx context.Context, out io.Writer) error {
	s, err := p.load()
	if err != nil {
		return err
	}
	probe, err := newProbe(p.layout, s)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tSTATE\tPID\tPORT\tMEMORY\tLOG")
	down := 0
	for _, component := range components {
		proc := loadProcess(p.record(component))
		if component == scheduler && !s.Scheduler && !proc.alive() {
			continue
		}
		condition, pid, memory := "not running", "-", "-"
		if proc.alive() {
			pid = fmt.Sprint(proc.PID)
			memory = fmt.Sprintf("%d MiB", residentMemory(proc.PID)>>20)
			condition = "ready"
			if err := probe.ready(ctx, component); err != nil {
				condition = "not ready"
			}
		}
		if condition != "ready" {
			down++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", component, condition, pid, s.Ports[component], memory, relative(p.log(component)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "Kubernetes %s at %s, KUBECONFIG=%s\n", s.Kubernetes, s.url(apiserver), p.path("kubeconfig"))
	if down > 0 {
		return fmt.Errorf("plane %s: %d component(s) not ready: `%s` repairs that", p.name, down, p.makeTarget("up"))
	}
	return nil
}
