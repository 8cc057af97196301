// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// identity returns what tells a process from every other one that ever bore its pid: the boot and
// the moment of its start. It is empty if no process of that pid runs. A zombie does not run, once
// its last thread has ended: until then the others keep its files and ports.
func identity(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field is the program's name in parentheses and may hold anything.
	end := bytes.LastIndexByte(stat, ')')
	fields := strings.Fields(string(stat[end+1:]))
	const processState, threads, startTime = 3 - 3, 20 - 3, 22 - 3
	if len(fields) <= startTime {
		return ""
	}
	ended := strings.Contains("ZX", fields[processState]) && (fields[threads] == "0" || fields[threads] == "1")
	if ended {
		return ""
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + "/" + fields[startTime]
}

// residentMemory returns the memory in bytes that a process holds, or 0 if that can't be told.
func residentMemory(pid int) int64 {
	var total, resident int64
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(data), &total, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
