// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// identity returns what tells a process from every other one that ever bore its pid: the moment
// of its start. It is empty if no process of that pid runs; a zombie does not run.
func identity(pid int) string {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	status, started, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || strings.HasPrefix(status, "Z") {
		return ""
	}
	return strings.TrimSpace(started)
}

// residentMemory returns the memory in bytes that a process holds, or 0 if that can't be told.
func residentMemory(pid int) int64 {
	var kilobytes int64
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(out), &kilobytes); err != nil {
		return 0
	}
	return kilobytes * 1024
}
