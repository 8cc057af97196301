// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
)

// sources are all that Kubernetes is built from; that the driver carries them makes it
// independent of the directory it is called in.
//
//go:embed go.mod go.sum kubernetes/main.go
var sources embed.FS

var kubernetesRequirement = regexp.MustCompile(`(?m)^\s*k8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)$`)

// kubernetesVersion returns the version that go.mod requires, and its major and minor.
func kubernetesVersion() (version, major, minor string) {
	mod, err := sources.ReadFile("go.mod")
	if err != nil {
		panic(err) // embedded: can't be
	}
	match := kubernetesRequirement.FindStringSubmatch(string(mod))
	if match == nil {
		panic("go.mod requires no k8s.io/kubernetes")
	}
	return match[1], match[2], match[3]
}

// cacheKey names a build: the version for people, the digest of all that goes into it for certainty.
func cacheKey() string {
	digest := sha256.New()
	err := eachSource(func(path string, data []byte) error {
		_, err := fmt.Fprintf(digest, "%s %d\n%s", path, len(data), data)
		return err
	})
	if err != nil {
		panic(err) // embedded: can't be
	}
	version, _, _ := kubernetesVersion()
	return fmt.Sprintf("%s-%s-%s-%s", version, runtime.GOOS, runtime.GOARCH, hex.EncodeToString(digest.Sum(nil))[:12])
}

func eachSource(do func(path string, data []byte) error) error {
	return fs.WalkDir(sources, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		return do(path, data)
	})
}

// writeSources lays the embedded module out in dir.
func writeSources(dir string) error {
	return eachSource(func(path string, data []byte) error {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	})
}

// cacheRoot is where builds are kept: outside the repository, so that no `git clean` takes them.
func cacheRoot(getenv func(string) string) (string, error) {
	if dir := getenv("TENANTRY_CACHE"); dir != "" {
		dir, err := filepath.Abs(dir)
		return filepath.Join(dir, "localplane"), err
	}
	if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tenantry", "localplane"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".cache", "tenantry", "localplane"), nil
	}
	return "", errors.New("no place to keep the build of Kubernetes: set TENANTRY_CACHE to a directory")
}
