// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package domain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantry/tenantry/internal/domain"
)

func TestRootsAreThoseOfTheBundle(t *testing.T) {
	first, second := newScene(t), newScene(t)
	roots, err := domain.Roots(slices.Concat([]byte("# ours\n"), bundle(first.root), []byte("\n# theirs\n"), bundle(second.root)))
	if err != nil {
		t.Fatal(err)
	}
	if !roots.Equal(pool(first.root, second.root)) {
		t.Error("they are others")
	}
	first.roots = roots
	if verdict := check(first); !verdict.Secure() {
		t.Errorf("%+v", verdict)
	}
}

func TestRootsAreRefused(t *testing.T) {
	s := newScene(t)
	for _, test := range []struct {
		name   string
		bundle []byte
		says   []string
	}{
		{"of an empty file", []byte{}, []string{"no PEM certificate", "give a file with at least one"}},
		{"of a file of something else", []byte("apiVersion: v1\n"), []string{"no PEM certificate"}},
		{"of a file with a private key", keyPEM(t, s.rootKey), []string{"block 1", "take the block out"}},
		{"of a file that is cut", bundle(s.root, s.root)[:len(bundle(s.root))+100], []string{"block 2", "mend the PEM file"}},
		{"of a file without DER", []byte("-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n"), []string{"certificate 1 can't be parsed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			roots, err := domain.Roots(test.bundle)
			if err == nil || roots != nil {
				t.Fatalf("got %v, %v", roots, err)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestRootsWithoutABundleAreTheSystems(t *testing.T) {
	// The system's roots are read once, so this runs in what the machine has: some, or an error.
	roots, err := domain.Roots(nil)
	switch {
	case err != nil && !strings.Contains(err.Error(), "give a PEM file with roots"):
		t.Errorf("%q does not say what to do", err)
	case err == nil && roots.Equal(pool()):
		t.Error("there are none, and no error")
	}
}
