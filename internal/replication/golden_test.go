// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

var update = flag.Bool("update", false, "write testdata/*/golden.yaml instead of comparing with it")

// scenario is a testdata/*/in.yaml.
type scenario struct {
	Sync      *v1alpha1.MasterTenantSync `json:"sync"`
	Tenant    *v1alpha1.Tenant           `json:"tenant"`
	Source    map[string]any             `json:"source"`
	TakenOver bool                       `json:"takenOver"`
}

func TestACopyIsAsInItsGoldenFile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/in.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			golden := filepath.Join(filepath.Dir(file), "golden.yaml")
			got := rendered(t, file)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v: go test ./internal/replication -update writes it", err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got); if it should be so, go test ./internal/replication -update:\n%s", golden, diff)
			}
		})
	}
}

// rendered is the copy that a scenario makes.
func rendered(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s scenario
	if err := yaml.UnmarshalStrict(data, &s); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	text, err := yaml.Marshal(s.Source)
	if err != nil {
		t.Fatal(err)
	}
	object := read(t, string(text))
	before := object.DeepCopy()
	source := rules.Read(object)
	if source.Refusal != "" {
		t.Fatalf("refused: %s", source.Refusal)
	}
	wanted := replication.Wanted(source, s.Sync, s.Tenant, s.Tenant.Namespace+"-"+s.Tenant.Name, desired.OwnerLabels(s.Tenant))
	made, err := wanted.Object(s.TakenOver)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, object); diff != "" {
		t.Errorf("making the copy changed the source:\n%s", diff)
	}
	expectToBeIdle(t, s, source, made)
	out, err := yaml.Marshal(made.Object)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expectToBeIdle says that a copy that was made is not written again, seeds aside, which are not looked at again.
func expectToBeIdle(t *testing.T, s scenario, source *replication.Source, made *unstructured.Unstructured) {
	t.Helper()
	labels := desired.OwnerLabels(s.Tenant)
	place := replication.Place{
		Labels: labels,
		Wanted: []replication.Copy{replication.Wanted(source, s.Sync, s.Tenant, made.GetNamespace(), labels)},
		Held:   []replication.Held{replication.Observe(made)},
	}
	if actions := replication.Actions(s.Sync, place); len(actions) > 0 {
		t.Errorf("once written, %v", actions)
	}
}
