// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestCompletionScriptsAskThePlugin(t *testing.T) {
	hermetic(t)
	for shell := range shells {
		t.Run(shell, func(t *testing.T) {
			code, out, errOut := run("completion", shell)
			if code != exitOK || errOut != "" {
				t.Fatalf("exit code %d: %s", code, errOut)
			}
			if !strings.Contains(out, executable) || !strings.Contains(out, "__complete") {
				t.Errorf("the script does not ask %s:\n%s", executable, out)
			}
		})
	}
}

func TestBashCompletionScriptParses(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal("bash is needed to check its script: ", err)
	}
	_, script, _ := run("completion", "bash")
	command := exec.Command(bash, "-n")
	command.Stdin = strings.NewReader(script)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestInstallWritesAnExecutableThatAsksKubectl(t *testing.T) {
	dir := t.TempDir()
	code, out, errOut := run("completion", "install", "--dir", dir)
	if code != exitOK || out != "" {
		t.Fatalf("exit code %d, output %q: %s", code, out, errOut)
	}
	if !strings.Contains(errOut, "is not in PATH") {
		t.Errorf("no word about PATH: %s", errOut)
	}
	fakeKubectl(t, dir)
	got, err := exec.Command(filepath.Join(dir, completer), "version", "").Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := "<tenant><__complete><version><>"; strings.TrimSpace(string(got)) != want {
		t.Errorf("kubectl was called with %s, want %s", got, want)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestInstallGoesBesideThePluginInPATH(t *testing.T) {
	dir := t.TempDir()
	writeExecutable(t, filepath.Join(dir, executable), "#!/bin/sh\n")
	t.Setenv("PATH", dir)
	code, _, errOut := run("completion", "install")
	if want := "Wrote " + filepath.Join(dir, completer) + "\n"; code != exitOK || errOut != want {
		t.Errorf("exit code %d, said %q, want %q", code, errOut, want)
	}
}

func TestInstallKeepsWhatSomebodyElsePutThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, completer)
	writeExecutable(t, path, "theirs")

	code, _, errOut := run("completion", "install", "--dir", dir)
	if code != exitFailure || !strings.Contains(errOut, "hint: kubectl tenant completion install --force") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	if got := read(t, path); got != "theirs" {
		t.Errorf("it was replaced by %q", got)
	}
	if code, _, errOut := run("completion", "install", "--dir", dir, "--force"); code != exitOK {
		t.Errorf("with --force: exit code %d: %s", code, errOut)
	}
	if got := read(t, path); got != completerScript {
		t.Errorf("with --force it holds %q", got)
	}
}

func TestInstallCanBeRepeated(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		if code, _, errOut := run("completion", "install", "--dir", dir); code != exitOK {
			t.Fatalf("exit code %d: %s", code, errOut)
		}
	}
}

func TestInstallSaysWhatToDoWhereItMayNotWrite(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	code, _, errOut := run("completion", "install", "--dir", absent)
	if code != exitFailure || !strings.Contains(errOut, "--dir") {
		t.Errorf("exit code %d: %s", code, errOut)
	}
}

// fakeKubectl puts a kubectl in PATH that prints its arguments.
func fakeKubectl(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Fatal("this test is written for a POSIX shell")
	}
	writeExecutable(t, filepath.Join(dir, "kubectl"), "#!/bin/sh\nfor a in \"$@\"; do printf '<%s>' \"$a\"; done\n")
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func writeExecutable(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
