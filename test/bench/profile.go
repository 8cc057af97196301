// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// profileSeconds is how long a CPU profile takes, from the start of a round.
const profileSeconds = 5

// profileCPU begins to profile the manager, if profiles are asked for. The function that it returns
// waits for the profile.
func (b *bench) profileCPU(ctx context.Context) (wait func()) {
	if b.profile == "" {
		return func() {}
	}
	done := make(chan error, 1)
	b.profiles++
	name := fmt.Sprintf("cpu-%02d-%06d.pprof", b.profiles, b.made)
	go func() { done <- b.saveProfile(ctx, fmt.Sprintf("profile?seconds=%d", profileSeconds), name) }()
	return func() {
		if err := <-done; err != nil {
			progress("note: no profile %s: %v", name, err)
		}
	}
}

func (b *bench) saveProfile(ctx context.Context, profile, name string) error {
	data, err := b.manager.get(ctx, profile)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.profile, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.profile, name), data, 0o600)
}
