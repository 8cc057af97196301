// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func testState(t *testing.T) *state {
	t.Helper()
	ports, err := choosePorts(portNames)
	if err != nil {
		t.Fatal(err)
	}
	return &state{Layout: stateLayout, Kubernetes: "v1.37.1", Ports: ports, Scheduler: true, Flags: componentFlags{etcd: {"a": "b"}}}
}

func TestStateIsReadAsItWasSaved(t *testing.T) {
	dir, saved := t.TempDir(), testState(t)
	if err := saved.save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := loadState(dir, "v1.37.9")
	if err != nil || !reflect.DeepEqual(loaded, saved) {
		t.Errorf("got %+v, %v; want %+v", loaded, err, saved)
	}
}

func TestAnEmptyDirectoryHoldsNoPlane(t *testing.T) {
	if _, err := loadState(t.TempDir(), "v1.37.1"); !errors.Is(err, errNoPlane) {
		t.Errorf("error %v, want %v", err, errNoPlane)
	}
}

func TestStateThatCannotBeUsedIsRefusedWithTheReason(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		spoil  func(dir string, s *state) error
	}{
		"older Kubernetes": {"of Kubernetes v1.36.2", func(dir string, s *state) error {
			s.Kubernetes = "v1.36.2"
			return s.save(dir)
		}},
		"other layout": {"its layout is 0", func(dir string, s *state) error {
			s.Layout = 0
			return s.save(dir)
		}},
		"port missing": {"no port of etcd-peer", func(dir string, s *state) error {
			delete(s.Ports, etcdPeer)
			return s.save(dir)
		}},
		"damaged": {"state.json", func(dir string, _ *state) error {
			return os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600)
		}},
		"lost": {"state.json is missing", func(dir string, _ *state) error {
			return os.MkdirAll(filepath.Join(dir, "etcd", "member"), 0o700)
		}},
	} {
		dir := t.TempDir()
		if err := c.spoil(dir, testState(t)); err != nil {
			t.Fatal(err)
		}
		if _, err := loadState(dir, "v1.37.1"); !errors.Is(err, errUnusable) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.reason)
		}
	}
}

func TestUnusableStateNamesTheCommandThatRemovesIt(t *testing.T) {
	bin := t.TempDir()
	p := &plane{layout: layout(filepath.Join(bin, "dev")), name: "dev", bin: bin}
	if err := os.MkdirAll(p.path("etcd", "member"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := p.load(); err == nil || !strings.Contains(err.Error(), "`make plane-clean PLANE=dev`") {
		t.Errorf("error %v, want one that names make plane-clean PLANE=dev", err)
	}
	p.bin = t.TempDir()
	if _, err := p.load(); err == nil || !strings.Contains(err.Error(), "`localplane clean --dir "+p.path()+"`") {
		t.Errorf("error %v, want one that names localplane clean", err)
	}
}

func TestFilesAreReadableByTheirOwnerOnlyAndLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"one", "two"} {
		if err := writeFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d files, mode %v, %v; want one of mode 0600", len(entries), info.Mode(), err)
	}
}

func TestALinkIsReplacedOnlyWhenItLeadsElsewhere(t *testing.T) {
	link := filepath.Join(t.TempDir(), "kubectl")
	for _, target := range []string{"/first", "/first", "/second"} {
		if err := ensureLink(target, link); err != nil {
			t.Fatal(err)
		}
		if got, err := os.Readlink(link); got != target {
			t.Errorf("the link leads to %q (%v), want %q", got, err, target)
		}
	}
}
