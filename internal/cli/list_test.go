// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/tenantry/tenantry/internal/directory"
)

// noon of the day that the tests take it to be.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// some tenants of two partners, in no order.
func some(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	return objectsOf(t, "tenants.yaml")
}

// objectsOf a file in testdata.
func objectsOf(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for document := range strings.SplitSeq(string(data), "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	return objects
}

func TestTenantsAreShown(t *testing.T) {
	listed, strange := arrange(some(t), "", false)
	if len(strange) > 0 {
		t.Fatal(strange)
	}
	for name, columns := range map[string][]column[listedTenant]{
		"list":          tenantColumns(columnsFor{now: atNoon}),
		"list-all-wide": tenantColumns(columnsFor{all: true, wide: true, now: atNoon}),
		"list-here":     marked(tenantColumns(columnsFor{now: atNoon}), "acme-cybercorp"),
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := printTable(&out, columns, listed, look{headings: true}); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.String())
		})
	}
}

func TestTenantsAreSorted(t *testing.T) {
	for name, test := range map[string]struct {
		by      string
		reverse bool
		limit   int
		want    []string
	}{
		"by namespace and name":      {want: []string{"cybercorp", "initech", "vandelay", "umbrella"}},
		"the other way":              {reverse: true, want: []string{"umbrella", "vandelay", "initech", "cybercorp"}},
		"by name":                    {by: "name", want: []string{"cybercorp", "initech", "umbrella", "vandelay"}},
		"by status, the same as was": {by: "status", want: []string{"umbrella", "cybercorp", "vandelay", "initech"}},
		"by plan, none first":        {by: "plan", want: []string{"vandelay", "umbrella", "cybercorp", "initech"}},
		"by agents, most first":      {by: "agents", want: []string{"cybercorp", "initech", "vandelay", "umbrella"}},
		"by age, latest first":       {by: "age", want: []string{"vandelay", "initech", "cybercorp", "umbrella"}},
		"by activity, latest first":  {by: "activity", want: []string{"cybercorp", "umbrella", "initech", "vandelay"}},
		"the two latest":             {by: "age", limit: 2, want: []string{"vandelay", "initech"}},
		"more than there are":        {limit: 9, want: []string{"cybercorp", "initech", "vandelay", "umbrella"}},
	} {
		t.Run(name, func(t *testing.T) {
			listed, _ := arrange(some(t), test.by, test.reverse)
			var got []string
			for _, tenant := range atMost(listed, test.limit) {
				got = append(got, tenant.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTenantsInWhichNothingHappens(t *testing.T) {
	for ago, want := range map[time.Duration][]string{
		2 * time.Minute:      {"cybercorp", "initech", "umbrella"},
		time.Hour:            {"initech", "umbrella"},
		7 * 24 * time.Hour:   {"umbrella"},
		366 * 24 * time.Hour: nil,
	} {
		listed, _ := arrange(some(t), "", false)
		var got []string
		for _, tenant := range inactive(listed, noon.Add(-ago)) {
			got = append(got, tenant.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("for %s (-want +got):\n%s", ago, diff)
		}
	}
}

func TestATenantThatNobodyUnderstandsIsListedByName(t *testing.T) {
	strange := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"namespace": "acme", "name": "strange"}, "spec": "all"}}
	listed, warnings := arrange(append(some(t), strange), "name", false)
	if len(warnings) != 1 || !strings.Contains(warnings[0].Error(), "acme/strange") {
		t.Errorf("warned of %v", warnings)
	}
	var out strings.Builder
	if err := printTable(&out, tenantColumns(columnsFor{now: atNoon}), listed, look{headings: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "list-strange", out.String())
}

func TestTheServerFilters(t *testing.T) {
	for name, test := range map[string]struct {
		statuses, plans, want []string
	}{
		"nothing":             {want: []string{""}},
		"a status":            {statuses: []string{"Active"}, want: []string{"status.phase=Active"}},
		"two statuses, twice": {statuses: []string{"Suspended", "Active", "Active"}, want: []string{"status.phase=Active", "status.phase=Suspended"}},
		"a plan":              {plans: []string{"gold"}, want: []string{"spec.planRef.name=gold"}},
		"what is no plan":     {plans: []string{"=gold"}, want: []string{`spec.planRef.name=\=gold`}},
		"statuses of plans": {statuses: []string{"Active"}, plans: []string{"gold", "free"},
			want: []string{"spec.planRef.name=free,status.phase=Active", "spec.planRef.name=gold,status.phase=Active"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fieldSelectors(test.statuses, test.plans)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestADirectoryIsShown(t *testing.T) {
	tomorrow := noon.Add(20 * time.Hour)
	entries := []directory.Entry{
		{Tenant: "cybercorp", Parent: "acme", Namespace: "acme-cybercorp", DisplayName: "CyberCorp Ltd", Role: "Admin", Host: "cybercorp-acme.tenantry.example"},
		{Tenant: "evil", Parent: "acme", Namespace: "acme-evil", DisplayName: "\x1b[2Jgone", Role: "Viewer", ExpiresAt: &tomorrow},
	}
	var out strings.Builder
	if err := printTable(&out, entryColumns(noon), entries, look{headings: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "list-directory", out.String())
}

func TestEveryOrderIsOffered(t *testing.T) {
	if got := orders.names(); !slices.Equal(got, []string{"activity", "age", "agents", "name", "plan", "status"}) {
		t.Errorf("got %q", got)
	}
}
