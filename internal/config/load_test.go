// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package config

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/yaml"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// example is the file that `make run` and the manifests use.
const example = "../../config/manager/config.yaml"

const minimal = `apiVersion: config.tenantry.io/v1alpha1
kind: Configuration
baseDomain: tenantry.example
`

func TestExampleEqualsTheDefaults(t *testing.T) {
	got, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Decode([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asMap(t, want), asMap(t, got)); diff != "" {
		t.Errorf("%s (-defaults +file):\n%s", example, diff)
	}
}

func TestExampleShowsEveryDefault(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := yaml.Unmarshal(data, &shown); err != nil {
		t.Fatal(err)
	}
	defaults, err := Decode([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range missingKeys(asMap(t, defaults), shown, "") {
		t.Errorf("%s does not show %s", example, missing)
	}
}

func TestDecodeTakesJSONAndOneYAMLDocument(t *testing.T) {
	for name, document := range map[string]string{
		"JSON":                         `{"apiVersion": "config.tenantry.io/v1alpha1", "kind": "Configuration", "baseDomain": "tenantry.example"}`,
		"YAML":                         minimal,
		"a comment in front":           "# ours\n---\n" + minimal,
		"nothing behind the separator": "---\n" + minimal + "---\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Decode([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			if c.BaseDomain != "tenantry.example" || c.Workers != 16 {
				t.Errorf("base domain %q, workers %d", c.BaseDomain, c.Workers)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		document string
		hints    []string
	}{
		"nothing":                     {"", []string{"it must begin with apiVersion: config.tenantry.io/v1alpha1 and kind: Configuration"}},
		"another kind of object":      {"apiVersion: v1\nkind: ConfigMap\n", []string{"it must begin with", `no kind "ConfigMap"`}},
		"another version":             {strings.Replace(minimal, "v1alpha1", "v2", 1), []string{"it must begin with", "v2"}},
		"an unknown field":            {minimal + "edge: {colour: red}\n", []string{`unknown field "edge.colour"`}},
		"a field of a later version":  {minimal + "feeds: {url: feeds.example}\n", []string{`unknown field "feeds"`}},
		"a field in another case":     {minimal + "Workers: 3\n", []string{`unknown field "Workers"`}},
		"a field given twice":         {minimal + "baseDomain: other.example\n", []string{`key "baseDomain" already set`}},
		"two documents":               {minimal + "---\n" + minimal, []string{"several YAML documents"}},
		"a value of the wrong type":   {minimal + "workers: many\n", []string{"workers:", "string"}},
		"several unreadable values":   {minimal + "limits: {disk: much}\nretainFor: 3d\n", []string{"limits.disk: quantities", "retainFor: time: unknown unit"}},
		"several invalid values":      {minimal + "workers: 999\nretainFor: 9999h\n", []string{"workers: Invalid value", "retainFor: Invalid value"}},
		"an unknown and an invalid":   {minimal + "limits: {seats: 3}\nworkers: 999\n", []string{`unknown field "limits.seats"`, "workers: Invalid value"}},
		"given twice, and an invalid": {minimal + "baseDomain: other.example\nworkers: 999\n", []string{`line 4: key "baseDomain" already set`, "workers: Invalid value"}},
		"null in place of a quantity": {minimal + "quota: {cpu: null}\n", []string{"quota[cpu]"}},
		"what is no YAML":             {"a: b: c", []string{"mapping values are not allowed"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(tc.document))
			if err == nil {
				t.Fatal("accepted")
			}
			for _, hint := range tc.hints {
				if !strings.Contains(err.Error(), hint) {
					t.Errorf("%q does not contain %q", err, hint)
				}
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent.yaml")
	if _, err := Load(absent); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), absent) {
		t.Errorf("absent: %v", err)
	}
	invalid := filepath.Join(t.TempDir(), "invalid.yaml")
	if err := os.WriteFile(invalid, []byte("kind: Configuration"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(invalid); err == nil || !strings.Contains(err.Error(), invalid) {
		t.Errorf("invalid: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(minimal + "network: {egressCIDRs: [{cidr: '::/0'}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		again := c.DeepCopy()
		configv1alpha1.SetDefaults(again)
		if errs := configv1alpha1.Validate(again); len(errs) > 0 {
			t.Errorf("accepted, and then refused: %v", errs)
		}
	})
}

func asMap(t *testing.T, c *configv1alpha1.Configuration) map[string]any {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// missingKeys are the paths in want that have no counterpart in got.
func missingKeys(want, got map[string]any, path string) []string {
	var missing []string
	for key, value := range want {
		path := path + "." + key
		if _, ok := got[key]; !ok {
			missing = append(missing, path)
			continue
		}
		branch, isBranch := value.(map[string]any)
		shown, isShown := got[key].(map[string]any)
		if isBranch && isShown {
			missing = append(missing, missingKeys(branch, shown, path)...)
		}
	}
	return missing
}
