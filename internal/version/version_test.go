// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	"runtime/debug"
	"testing"
)

func build(settings ...debug.BuildSetting) *debug.BuildInfo {
	return &debug.BuildInfo{Main: debug.Module{Version: "v0.2.0"}, Settings: settings}
}

func TestLinkerWinsOverBuildInformation(t *testing.T) {
	info := Info{Version: "v0.1.0", Commit: "abc", Date: "2026-01-02T03:04:05Z"}
	want := info
	info.fillFrom(build(debug.BuildSetting{Key: "vcs.revision", Value: "def"}))
	if info != want {
		t.Errorf("got %v, want %v", info, want)
	}
}

func TestBuildInformationFillsTheGaps(t *testing.T) {
	var info Info
	info.fillFrom(build(
		debug.BuildSetting{Key: "vcs.revision", Value: "def"},
		debug.BuildSetting{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
		debug.BuildSetting{Key: "vcs.modified", Value: "true"},
	))
	if want := (Info{Version: "v0.2.0", Commit: "def-dirty", Date: "2026-01-02T03:04:05Z"}); info != want {
		t.Errorf("got %v, want %v", info, want)
	}
}

func TestNothingIsLeftEmpty(t *testing.T) {
	info := Get()
	for name, value := range map[string]string{
		"version": info.Version, "commit": info.Commit, "date": info.Date, "Go": info.GoVersion, "platform": info.Platform,
	} {
		if value == "" {
			t.Errorf("%s is empty", name)
		}
	}
}

func TestStringNamesAllParts(t *testing.T) {
	info := Info{Version: "v0.1.0", Commit: "abc", Date: "today", GoVersion: "go1.26.0", Platform: "linux/amd64"}
	if got, want := info.String(), "v0.1.0 (commit abc of today, go1.26.0, linux/amd64)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
