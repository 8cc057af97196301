// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/internal/cli/files"
)

func TestFilesAreWrittenOverByForceAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "customers")
	in := func(name string) string { return filepath.Join(path, name) }
	folders := func(text string) []folder {
		return []folder{{path: path, files: []files.File{{Path: "tenants/a.yaml", Data: []byte(text)}, {Path: "tenants/b.yaml", Data: []byte("b")}}}}
	}
	written, same, err := writeFolders(folders("a"), false)
	if diff := cmp.Diff([]string{in("tenants/a.yaml"), in("tenants/b.yaml")}, written); diff != "" || same != 0 || err != nil {
		t.Errorf("%d as they were, %v (-want +got):\n%s", same, err, diff)
	}
	if written, same, err := writeFolders(folders("a"), false); len(written) > 0 || same != 2 || err != nil {
		t.Errorf("again: %v written, %d as they were, %v", written, same, err)
	}
	if err := os.Remove(in("tenants/b.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := writeFolders(folders("other"), false); codeOf(err) != exitConflict || !strings.Contains(err.Error(), in("tenants/a.yaml")+" would be written over") {
		t.Errorf("over another: %v", err)
	}
	if _, err := os.Stat(in("tenants/b.yaml")); err == nil {
		t.Error("one was written, though another was not to be")
	}
	if written, same, err := writeFolders(folders("other"), true); len(written) != 2 || same != 0 || err != nil {
		t.Errorf("forced: %v written, %d as they were, %v", written, same, err)
	}
	if text, err := os.ReadFile(in("tenants/a.yaml")); err != nil || string(text) != "other" {
		t.Errorf("forced: %q, %v", text, err)
	}
}

func TestNoFileIsWrittenElsewhere(t *testing.T) {
	inside, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(inside, "tenants")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../a.yaml", "tenants/a.yaml"} {
		if _, _, err := writeFolders([]folder{{path: inside, files: []files.File{{Path: name, Data: []byte("a")}}}}, true); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if found, err := os.ReadDir(outside); err != nil || len(found) > 0 {
		t.Errorf("outside is %v, %v", found, err)
	}
}

func TestFilesOfADirectoryAreRead(t *testing.T) {
	path := t.TempDir()
	for name, text := range map[string]string{
		"b/tenant.yaml": tenantNamed("a"), "a.json": tenantNamed("b"), "a.yml": tenantNamed("c"), "README.md": "no", ".git/config.yaml": "no", ".hidden.yaml": "no",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(path, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	documents, err := readDocuments(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, document := range documents {
		names = append(names, document.Object.GetName())
	}
	if diff := cmp.Diff([]string{"b", "c", "a"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if documents, err := readDocuments(strings.NewReader(tenantNamed("a")), "-"); err != nil || documents[0].Where() != "standard input, document 1" {
		t.Errorf("got %v, %v", documents, err)
	}
	if _, err := readDocuments(nil, filepath.Join(path, "none")); err == nil {
		t.Error("read what is not there")
	}
}

func tenantNamed(name string) string {
	return `{"apiVersion": "tenantry.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "` + name + `"}}`
}

func TestFilesOfWhatIsGoneAreNamed(t *testing.T) {
	path := t.TempDir()
	write := func(names ...string) folder {
		t.Helper()
		one := folder{path: path}
		for _, name := range names {
			one.files = append(one.files, files.File{Path: name, Data: []byte("a")})
		}
		if _, _, err := writeFolders([]folder{one}, true); err != nil {
			t.Fatal(err)
		}
		return one
	}
	write("tenants/acme/tenant-hooli.yaml", "tenants/gone/tenant-x.yaml", "README.md", "notes/todo.yaml")
	others, err := write("tenants/acme/tenant-cybercorp.yaml").strangers()
	want := []string{filepath.Join(path, "tenants", "acme", "tenant-hooli.yaml"), filepath.Join(path, "tenants", "gone", "tenant-x.yaml")}
	if err != nil || !slices.Equal(others, want) {
		t.Errorf("named are %v: %v", others, err)
	}
	if others, err := write("tenants/acme/tenant-hooli.yaml", "tenants/acme/tenant-cybercorp.yaml", "tenants/gone/tenant-x.yaml").strangers(); len(others) > 0 || err != nil {
		t.Errorf("named are %v: %v", others, err)
	}
}
