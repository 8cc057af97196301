// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingIsAskedOfAClusterAboutFilesThatAreNotTaken: the kubeconfig's cluster is not there.
func TestNothingIsAskedOfAClusterAboutFilesThatAreNotTaken(t *testing.T) {
	hermetic(t)
	file := filepath.Join(t.TempDir(), "t.yaml")
	for text, want := range map[string]string{
		"":                            "there is no object in ",
		tenantNamed("a") + "\n---\n[": "t.yaml, document 2: ",
		"{apiVersion: v1, kind: Secret, metadata: {name: a}}":                                      "t.yaml, document 1: Secret of v1 is no kind that is imported",
		"{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: a, namespace: globex}}": "t.yaml, document 1: tenant globex/a lies in namespace globex, and acme is meant: say -n globex, or --all-namespaces",
		tenantNamed("a") + "\n---\n" + tenantNamed("a"):                                            "t.yaml, document 2: tenant acme/a is there twice, in ",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, errOut := run("import", "-f", file, "-n", "acme"); code != exitUsage || out != "" || !strings.Contains(errOut, want) {
			t.Errorf("%q: exit code %d, %s%s, want %q", text, code, out, errOut, want)
		}
	}
}

func TestWhatBecameOfObjectsIsCounted(t *testing.T) {
	results := []imported{{outcome: outcomeCreated}, {outcome: outcomeUnchanged}, {outcome: outcomeCreated}, {outcome: outcomeConfigured, err: errors.New("no")}}
	if got, want := counts(results), "2 created, 1 unchanged, 1 failed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	err := togetherImported(append(results, imported{err: &failure{code: exitRefused, err: errors.New("no")}}), "were not applied")
	if codeOf(err) != exitFailure || err.Error() != "2 of 5 objects were not applied" {
		t.Errorf("got %v", err)
	}
	if err := togetherImported(results[:3], ""); err != nil {
		t.Errorf("got %v", err)
	}
}
