// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Command kubectl_complete-tenant is what kubectl asks for completions of `kubectl tenant`. It hands
// its arguments to the plugin's own completion and ends with the plugin's exit code.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

func main() {
	arguments := append([]string{"tenant", "__complete"}, os.Args[1:]...)
	command := exec.Command("kubectl", arguments...) //nolint:gosec // kubectl completes what the caller typed
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		os.Exit(ended.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
