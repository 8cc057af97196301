// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tenantry/tenantry/test/harness"
)

const (
	// clockTick is the unit of CPU time in /proc, the same on every Linux that Go runs on.
	clockTick = 10 * time.Millisecond

	// The plane is at rest when it uses less than quietShare of one core for quietTicks in a row.
	quietTick     = 250 * time.Millisecond
	quietTicks    = 3
	quietShare    = 0.2
	quietPatience = time.Minute
)

// planeUsage reads what a plane's processes use. On systems without /proc it is always nought.
type planeUsage []int

// newPlaneUsage finds the processes of the plane in dir.
func newPlaneUsage(dir string) (planeUsage, error) {
	var pids planeUsage
	for _, component := range []string{harness.Etcd, harness.APIServer, harness.ControllerManager} {
		data, err := os.ReadFile(filepath.Join(dir, "run", component+".json"))
		if err != nil {
			return nil, err
		}
		var record struct {
			PID int `json:"pid"`
		}
		if err := json.Unmarshal(data, &record); err != nil {
			return nil, fmt.Errorf("reading the pid of %s: %w", component, err)
		}
		pids = append(pids, record.PID)
	}
	return pids, nil
}

// cpu is what the plane has used since it started.
func (u planeUsage) cpu() time.Duration {
	var sum time.Duration
	for _, pid := range u {
		sum += cpuOf(pid)
	}
	return sum
}

// quiet waits until the plane has done what it does by itself after others' writes, so that one
// round does not pay for another's.
func (u planeUsage) quiet(ctx context.Context) {
	deadline := time.Now().Add(quietPatience)
	tick := time.NewTicker(quietTick)
	defer tick.Stop()
	for calm, before := 0, u.cpu(); calm < quietTicks; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		after := u.cpu()
		if calm++; float64(after-before) > quietShare*float64(quietTick) {
			calm = 0
		}
		before = after
		if time.Now().After(deadline) {
			progress("note: the plane is not at rest after %s; going on", quietPatience)
			return
		}
	}
}

// cpuOf is the CPU time, user's and system's, that a process has used.
func cpuOf(pid int) time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field is the program's name in parentheses, which may hold spaces.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	const user, system = 11, 12
	var ticks int64
	for _, field := range []int{user, system} {
		n, err := strconv.ParseInt(string(fields[field]), 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick
}

// residentOf is the resident memory of a process in KiB.
func residentOf(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory is measured on Linux only: %w", err)
	}
	for line := range bytes.Lines(data) {
		if value, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			return strconv.Atoi(string(bytes.Fields(value)[0]))
		}
	}
	return 0, fmt.Errorf("process %d has no resident memory: it has ended", pid)
}
