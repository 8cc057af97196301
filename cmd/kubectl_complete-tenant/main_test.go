// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// asMain makes the test's binary behave as the command itself.
const asMain = "KUBECTL_COMPLETE_TENANT_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// complete runs the command with a kubectl in PATH that is the given shell script.
func complete(t *testing.T, kubectl string, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte("#!/bin/sh\n"+kubectl), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, args...)
	command.Env = []string{asMain + "=1", "PATH=" + dir}
	out, err := command.Output()
	return string(out), err
}

func TestArgumentsGoToThePluginAsTheyAre(t *testing.T) {
	out, err := complete(t, `for a in "$@"; do printf '<%s>' "$a"; done`, "list", "--plan", "a b", "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "<tenant><__complete><list><--plan><a b><>"; out != want {
		t.Errorf("kubectl was called with %s, want %s", out, want)
	}
}

func TestExitCodeIsThePlugins(t *testing.T) {
	_, err := complete(t, "exit 3")
	var ended *exec.ExitError
	if !errors.As(err, &ended) || ended.ExitCode() != 3 {
		t.Errorf("got %v", err)
	}
}
