// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package version says which build of Tenantry this is.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Set by the linker, as in
//
//	go build -ldflags "-X github.com/tenantry/tenantry/internal/version.Version=v0.1.0"
//
// What the linker did not set comes from the build information that Go itself records.
var (
	// Version is the release, such as v0.1.0.
	Version string
	// Commit is the full hash of the Git commit.
	Commit string
	// Date of the commit, RFC 3339 in UTC: the same commit gives the same binary.
	Date string
)

// Unknown is what a build does not know of itself.
const Unknown = "unknown"

// Info describes a build.
type Info struct {
	// Version is the release, such as v0.1.0, or what Go knows of the module.
	Version string `json:"version"`
	// Commit is the full hash of the Git commit, with "-dirty" when the tree differed from it.
	Commit string `json:"commit"`
	// Date of the commit, RFC 3339.
	Date string `json:"date"`
	// GoVersion is the version of the compiler.
	GoVersion string `json:"goVersion"`
	// Platform is <operating system>/<architecture>.
	Platform string `json:"platform"`
}

// Get describes the running binary.
func Get() Info {
	info := Info{
		Version:   Version,
		Commit:    Commit,
		Date:      Date,
		GoVersion: runtime.Version(),
		Platform:  runtime.GOOS + "/" + runtime.GOARCH,
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		info.fillFrom(build)
	}
	info.fill(Unknown, Unknown, Unknown)
	return info
}

// String is one line for people and for the manager's log.
func (i Info) String() string {
	return fmt.Sprintf("%s (commit %s of %s, %s, %s)", i.Version, i.Commit, i.Date, i.GoVersion, i.Platform)
}

func (i *Info) fillFrom(build *debug.BuildInfo) {
	settings := map[string]string{}
	for _, setting := range build.Settings {
		settings[setting.Key] = setting.Value
	}
	commit := settings["vcs.revision"]
	if commit != "" && settings["vcs.modified"] == "true" {
		commit += "-dirty"
	}
	i.fill(build.Main.Version, commit, settings["vcs.time"])
}

// fill sets what is still empty.
func (i *Info) fill(version, commit, date string) {
	for _, field := range []struct {
		value *string
		to    string
	}{{&i.Version, version}, {&i.Commit, commit}, {&i.Date, date}} {
		if *field.value == "" {
			*field.value = field.to
		}
	}
}
