// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheCacheIsOutsideTheRepository(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/home/a"}, "/home/a/.cache/tenantry/localplane"},
		{map[string]string{"HOME": "/home/a", "XDG_CACHE_HOME": "/cache"}, "/cache/tenantry/localplane"},
		{map[string]string{"HOME": "/home/a", "XDG_CACHE_HOME": "not/absolute"}, "/home/a/.cache/tenantry/localplane"},
		{map[string]string{"HOME": "/home/a", "TENANTRY_CACHE": "/else"}, "/else/localplane"},
	} {
		if got, err := cacheRoot(func(name string) string { return c.env[name] }); got != c.want || err != nil {
			t.Errorf("%v: %q, %v; want %q", c.env, got, err, c.want)
		}
	}
	if _, err := cacheRoot(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "TENANTRY_CACHE") {
		t.Errorf("error %v, want one that names TENANTRY_CACHE", err)
	}
}

func TestTheBinaryBearsTheVersionOfTheModule(t *testing.T) {
	version, major, minor := kubernetesVersion()
	if !strings.HasPrefix(version, "v"+major+"."+minor+".") {
		t.Errorf("version %s, major %s, minor %s", version, major, minor)
	}
	if !strings.HasPrefix(cacheKey(), version+"-") {
		t.Errorf("the key %s does not begin with %s", cacheKey(), version)
	}
	o := &origin{Time: time.Date(2026, 9, 23, 17, 6, 22, 0, time.UTC)}
	o.Origin.Hash = "f78e72"
	flags := linkerFlags(o)
	for _, wanted := range []string{"gitVersion=" + version, "gitMinor=" + minor, "gitCommit=f78e72", "buildDate=2026-09-23T17:06:22Z"} {
		for _, module := range []string{"k8s.io/component-base/version.", "k8s.io/client-go/pkg/version."} {
			if !strings.Contains(flags, "-X "+module+wanted) {
				t.Errorf("%s%s is not in %s", module, wanted, flags)
			}
		}
	}
}

func TestTheSourcesAreLaidOutAsAModule(t *testing.T) {
	dir := t.TempDir()
	if err := writeSources(dir); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"go.mod", "go.sum", "kubernetes/main.go"} {
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(path); string(got) != string(want) || err != nil {
			t.Errorf("%s differs (%v)", path, err)
		}
	}
}

func TestTheBuildLogCountsRoutineAndKeepsErrors(t *testing.T) {
	log := &buildLog{}
	for _, chunk := range []string{
		"go: downloading k8s.io/api v0.37.1\nk8s.io/api/co", "re/v1\n",
		"# k8s.io/kubernetes/pkg/x\nx.go:3:5: undefined: y\n", "go.uber.org/zap\nno newline",
	} {
		if _, err := log.Write([]byte(chunk)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := log.messages(), "# k8s.io/kubernetes/pkg/x\nx.go:3:5: undefined: y\nno newline"; got != want {
		t.Errorf("messages %q, want %q", got, want)
	}
	if got, want := log.progress(), "1 modules downloaded, 2 packages compiled, now go.uber.org/zap"; got != want {
		t.Errorf("progress %q, want %q", got, want)
	}
}

func TestALockIsHeldByOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	release, err := lockFile(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := lockFile(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it waited until it was cancelled", err)
	}
	release()
	release, err = lockFile(t.Context(), path, func() { t.Error("it waits for a lock that was released") })
	if err != nil {
		t.Fatal(err)
	}
	release()
}
