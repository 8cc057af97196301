// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// launchShell launches a shell script, ends it with the test and waits for its first line.
func launchShell(t *testing.T, script string) *process {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	p, err := launch("/bin/sh", []string{"/bin/sh", "-c", script}, dir, log, filepath.Join(dir, "record"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if err := p.kill(ctx); err != nil {
			t.Error(err)
		}
	})
	for {
		data, err := os.ReadFile(log)
		if err == nil && bytes.Contains(data, []byte("\n")) {
			break
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			t.Fatal("the script has written nothing")
		}
	}
	if recorded := loadProcess(filepath.Join(dir, "record")); !recorded.runs("/bin/sh", p.Command) {
		t.Fatalf("the record is %+v", recorded)
	}
	return p
}

func TestAProcessEndsWhenAsked(t *testing.T) {
	p := launchShell(t, "echo started; while :; do sleep 0.05; done")
	if killed, err := p.end(t.Context(), 10*time.Second); killed || err != nil {
		t.Errorf("killed %v, error %v", killed, err)
	}
	if p.alive() {
		t.Error("it is still alive")
	}
}

func TestAProcessThatDoesNotEndIsKilled(t *testing.T) {
	p := launchShell(t, "trap '' TERM; echo started; while :; do sleep 0.05; done")
	if killed, err := p.end(t.Context(), 100*time.Millisecond); !killed || err != nil {
		t.Errorf("killed %v, error %v", killed, err)
	}
	if p.alive() {
		t.Error("it is still alive")
	}
}

func TestAProcessHasASessionOfItsOwn(t *testing.T) {
	p := launchShell(t, "echo started; while :; do sleep 0.05; done")
	if group, err := syscall.Getpgid(p.PID); group != p.PID {
		t.Errorf("process %d is in group %d (%v)", p.PID, group, err)
	}
}

func TestAProcessThatOnlyBearsThePidIsNeitherAliveNorSignalled(t *testing.T) {
	other := launchShell(t, "echo started; while :; do sleep 0.05; done")
	stale := &process{PID: other.PID, Identity: "another boot/1", Command: []string{"etcd"}}
	if stale.alive() {
		t.Error("it passes for alive")
	}
	if killed, err := stale.end(t.Context(), time.Second); killed || err != nil {
		t.Errorf("killed %v, error %v", killed, err)
	}
	if !other.alive() {
		t.Error("the other process was ended")
	}
}

func TestAZombieIsNotAlive(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "exit 0")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for identity(cmd.Process.Pid) != "" {
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			t.Fatal("a process that nobody has waited for passes for alive")
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestAMissingOrDamagedRecordIsNoProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "etcd.json")
	if loadProcess(path).alive() {
		t.Error("a missing record passes for a process")
	}
	if err := os.WriteFile(path, []byte(`{"pid": `), 0o600); err != nil {
		t.Fatal(err)
	}
	if loadProcess(path).alive() {
		t.Error("a damaged record passes for a process")
	}
}

func TestComponentsInheritNoProxyAndNoKubeconfig(t *testing.T) {
	got := componentEnv([]string{"PATH=/bin", "HTTPS_PROXY=http://proxy", "KUBECONFIG=x", "GOGC=50", "ETCD_NAME=x"})
	if want := []string{"PATH=/bin", "GOGC=50"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheLogTailIsOfThisRunAndBeginsAtAPanic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("panic: old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, start, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct{ written, tail string }{
		{"one\ntwo\nthree\n", "two\nthree"},
		{"panic: new\nstack\nmore stack\n", "panic: new\nstack"},
	} {
		if _, err := file.WriteString(c.written); err != nil {
			t.Fatal(err)
		}
		if got := logTail(path, start, 2); got != c.tail {
			t.Errorf("got %q, want %q", got, c.tail)
		}
	}
}

func TestALargeLogIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", logLimit+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	file, start, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if aside, err := os.Stat(path + ".1"); start != 0 || err != nil || aside.Size() != logLimit+1 {
		t.Errorf("the new run starts at %d, the old log: %v", start, err)
	}
}
