// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// stateLayout is raised whenever a directory made by an older localplane can't be used any more.
const stateLayout = 1

// state is what a plane remembers from one up to the next, in state.json.
type state struct {
	Layout     int            `json:"layout"`
	Kubernetes string         `json:"kubernetes"` // version that wrote etcd's data, e.g. v1.37.1
	Ports      map[string]int `json:"ports"`      // by names of portNames
	Scheduler  bool           `json:"scheduler"`
	Flags      componentFlags `json:"flags,omitempty"`
}

var (
	// errNoPlane says that a directory holds no plane yet.
	errNoPlane = errors.New("there is no plane")
	// errUnusable marks state that this version can't use; only removing it helps.
	errUnusable = errors.New("its state can't be used")
)

// loadState reads the state in dir. Its error is errNoPlane if there is none, and errUnusable if
// it is not of a plane that this version can run.
func loadState(dir, version string) (*state, error) {
	data, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		if entries, _ := os.ReadDir(filepath.Join(dir, "etcd")); len(entries) > 0 {
			return nil, fmt.Errorf("%w: etcd's data are there but state.json is missing", errUnusable)
		}
		return nil, errNoPlane
	}
	if err != nil {
		return nil, err
	}
	s := &state{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("%w: state.json: %w", errUnusable, err)
	}
	if s.Layout != stateLayout {
		return nil, fmt.Errorf("%w: its layout is %d, this localplane's is %d", errUnusable, s.Layout, stateLayout)
	}
	if minorOf(s.Kubernetes) != minorOf(version) {
		return nil, fmt.Errorf("%w: it is of Kubernetes %s, this is %s", errUnusable, s.Kubernetes, version)
	}
	for _, name := range portNames {
		if s.Ports[name] == 0 {
			return nil, fmt.Errorf("%w: state.json names no port of %s", errUnusable, name)
		}
	}
	return s, nil
}

// take applies what an up was told: what it names replaces what was remembered.
func (s *state) take(o *options) {
	if o.defaults {
		s.Flags, s.Scheduler = nil, false
	}
	if o.flags != nil {
		s.Flags = o.flags
	}
	if o.schedulerSet {
		s.Scheduler = o.scheduler
	}
}

// save writes the state into dir.
func (s *state) save(dir string) error {
	return writeJSON(filepath.Join(dir, "state.json"), s)
}

// minorOf shortens v1.37.1 to v1.37.
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 3 {
		return version
	}
	return parts[0] + "." + parts[1]
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(data, '\n'))
}

// writeFile replaces path in one step, readable by its owner only: nobody sees half a file.
func writeFile(path string, data []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(file.Name()))
	}
	return err
}
