// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package files

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with testdata/<name>.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), `go test ./internal/cli/files -update` takes it:\n%s", path, diff)
	}
}

// objects of a text in YAML.
func objects(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	documents, err := Parse("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	for _, document := range documents {
		objects = append(objects, document.Object)
	}
	return objects
}

// one object of ours, as NAMESPACE/NAME.
func one(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	namespace, name, _ := strings.Cut(name, "/")
	return objects(t, "{apiVersion: tenantry.io/v1alpha1, kind: "+kind+", metadata: {namespace: "+namespace+", name: "+name+"}}")[0]
}

func TestWhatIsReferredToComesFirst(t *testing.T) {
	for name, test := range map[string]struct {
		given, want []string
		// in says in which of the given Tenants' places what lies.
		in map[string]string
	}{
		"plans and brands, tenants, what speaks of them": {
			given: []string{"TenantAccessGrant acme/tech", "MasterTenantSync acme/base", "Tenant acme/cybercorp", "WhiteLabelProfile acme/dark", "LicensePlan acme/gold", "Tenant acme/beta"},
			want:  []string{"LicensePlan acme/gold", "WhiteLabelProfile acme/dark", "Tenant acme/beta", "Tenant acme/cybercorp", "MasterTenantSync acme/base", "TenantAccessGrant acme/tech"},
		},
		"parents before children, and each before what lies in its place": {
			given: []string{"TenantAccessGrant acme-cybercorp/kim", "LicensePlan acme/gold", "Tenant acme/cybercorp", "Tenant platform/acme"},
			want:  []string{"Tenant platform/acme", "LicensePlan acme/gold", "Tenant acme/cybercorp", "TenantAccessGrant acme-cybercorp/kim"},
			in: map[string]string{
				"LicensePlan acme/gold": "Tenant platform/acme", "Tenant acme/cybercorp": "Tenant platform/acme", "TenantAccessGrant acme-cybercorp/kim": "Tenant acme/cybercorp",
			},
		},
		"names that go round in a circle": {
			given: []string{"Tenant b/a", "Tenant a/b", "Tenant c/c"},
			want:  []string{"Tenant c/c", "Tenant a/b", "Tenant b/a"},
			in:    map[string]string{"Tenant b/a": "Tenant a/b", "Tenant a/b": "Tenant b/a"},
		},
		"a place whose name is cut": {
			given: []string{"TenantAccessGrant acme-a123456789012345678901234567890123456789012-f3f4e9ba6ffabd7c/kim"},
			want:  []string{"TenantAccessGrant acme-a123456789012345678901234567890123456789012-f3f4e9ba6ffabd7c/kim"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var given []*unstructured.Unstructured
			for _, text := range test.given {
				kind, name, _ := strings.Cut(text, " ")
				given = append(given, one(t, kind, name))
			}
			say := func(object *unstructured.Unstructured) string {
				return object.GetKind() + " " + object.GetNamespace() + "/" + object.GetName()
			}
			var got []string
			var in map[string]string
			for _, step := range Arrange(given) {
				got = append(got, say(step.Object))
				if step.In != nil {
					if in == nil {
						in = map[string]string{}
					}
					in[say(step.Object)] = say(step.In)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.in, in); diff != "" {
				t.Errorf("places (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyKindsThatPeopleWriteAreImported(t *testing.T) {
	for text, want := range map[string]string{
		"{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: a}}":              "tenants",
		"{apiVersion: tenantry.io/v1alpha1, kind: AssetInventory, metadata: {name: a}}":      "assetinventories",
		"{apiVersion: tenantry.io/v1alpha1, kind: RetainedTenant, metadata: {name: a}}":      "",
		"{apiVersion: tenantry.io/v2, kind: Tenant, metadata: {name: a}}":                    "",
		"{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}}": "",
		"{apiVersion: v1, kind: Secret, metadata: {name: a}}":                                "",
	} {
		resource, err := ResourceOf(objects(t, text)[0])
		if resource.Resource != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", text, resource.Resource, err)
		}
	}
}

func TestFilesHoldObjects(t *testing.T) {
	const tenant = "{apiVersion: tenantry.io/v1alpha1, kind: Tenant, metadata: {name: a}}"
	for name, test := range map[string]struct {
		text  string
		want  []string
		fails string
	}{
		"one":                     {text: tenant, want: []string{"t.yaml, document 1"}},
		"nothing":                 {text: "# nothing\n"},
		"some":                    {text: "---\n" + tenant + "\n---\n# nothing\n---\n" + tenant, want: []string{"t.yaml, document 1", "t.yaml, document 3"}},
		"a list":                  {text: "{apiVersion: v1, kind: List, items: [" + tenant + ", " + tenant + "]}", want: []string{"t.yaml, document 1", "t.yaml, document 1"}},
		"JSON":                    {text: `{"apiVersion": "tenantry.io/v1alpha1", "kind": "Tenant", "metadata": {"name": "a"}}`, want: []string{"t.yaml, document 1"}},
		"no YAML":                 {text: tenant + "\n---\na: [", fails: "t.yaml, document 2: "},
		"a field that is twice":   {text: "{apiVersion: v1, kind: Tenant, kind: Tenant}", fails: "t.yaml, document 1: "},
		"no object":               {text: "secret", fails: "t.yaml, document 1: an object has an apiVersion, a kind and a metadata.name"},
		"an object without kind":  {text: "{metadata: {name: a}}", fails: "t.yaml, document 1: an object has"},
		"an object without name":  {text: "{apiVersion: v1, kind: Tenant}", fails: "t.yaml, document 1: an object has"},
		"a list of what is none":  {text: "{apiVersion: v1, kind: List, items: [a]}", fails: "t.yaml, document 1: an object has"},
		"a list in it without it": {text: "{apiVersion: v1, kind: List, items: [{kind: Tenant}]}", fails: "t.yaml, document 1: an object has"},
	} {
		t.Run(name, func(t *testing.T) {
			documents, err := Parse("t.yaml", []byte(test.text))
			if (err == nil) != (test.fails == "") || err != nil && !strings.HasPrefix(err.Error(), test.fails) {
				t.Fatalf("got %v, want %q", err, test.fails)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("it shows what is in the file: %v", err)
			}
			var got []string
			for _, document := range documents {
				got = append(got, document.Where())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const live = `
apiVersion: tenantry.io/v1alpha1
kind: Tenant
metadata: {namespace: acme, name: cybercorp, uid: u-1, resourceVersion: "7", generation: 3, creationTimestamp: "2026-01-01T00:00:00Z", finalizers: [tenantry.io/cleanup], labels: {tier: gold}, annotations: {tenantry.io/created-by: pat}}
spec: {displayName: CyberCorp, partner: {}, admin: {username: kim, invitation: {resend: "1"}}, restoreFrom: {uid: u-0}, domain: {custom: {host: a.example, certificateRef: {name: tls}}}}
status: {phase: Active}
---
apiVersion: tenantry.io/v1alpha1
kind: MasterTenantSync
metadata: {namespace: acme, name: base}
spec: {run: "1", approvedPlan: abc, rollout: {resume: "2"}, categories: [Content]}
---
apiVersion: tenantry.io/v1alpha1
kind: WhiteLabelProfile
metadata: {namespace: acme, name: dark, annotations: {tenantry.io/default: "true", argocd.argoproj.io/sync-wave: "-5"}}
spec: {smtpSecretRef: {name: smtp}, logo: {configMapKeyRef: {name: files, key: logo}}, favicon: {configMapKeyRef: {name: files, key: icon}}}
---
apiVersion: tenantry.io/v1alpha1
kind: TenantAccessGrant
metadata: {namespace: acme-cybercorp, name: lee.cybercorp.example}
spec: {subject: {kind: User, name: lee}, role: Viewer, invitation: {resend: "3"}}
`

// exported are the objects above, as they are exported.
func exported(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, object := range objects(t, live) {
		one, err := Exported(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func TestAnExportIsAFileForEachObject(t *testing.T) {
	layout, err := Layout(exported(t))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range layout {
		text.WriteString("=== " + file.Path + "\n" + string(file.Data))
	}
	golden(t, "layout.golden", text.String())
	if _, err := Layout(objects(t, "{apiVersion: v1, kind: Secret, metadata: {name: a}}")); err == nil {
		t.Error("a Secret is laid out")
	}
}

func TestGitOpsToolsApplyStageByStage(t *testing.T) {
	source := Source{Repository: "https://git.acme.example/customers.git", Path: "clusters/eu-1"}
	argocd, err := ArgoCD("acme", source)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "argocd.golden", string(argocd))
	flux, err := Flux("acme", Source{Repository: "customers", Path: "."}, exported(t))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "flux.golden", string(flux))
	some, err := Flux("acme", source, objects(t, live)[:1])
	if err != nil || strings.Contains(string(some), "dependsOn") || strings.Contains(string(some), string(stagePeople)) {
		t.Errorf("of tenants alone (%v):\n%s", err, some)
	}

	all := exported(t)
	InWaves(all)
	got := map[string]string{}
	for _, object := range all {
		got[object.GetKind()] = object.GetAnnotations()[syncWave]
	}
	want := map[string]string{"Tenant": "", "MasterTenantSync": "1", "WhiteLabelProfile": "-5", "TenantAccessGrant": "1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatIsNotExportedIsNamed(t *testing.T) {
	got := map[string][]string{}
	for _, object := range objects(t, live) {
		got[object.GetKind()] = Needs(object)
	}
	want := map[string][]string{"Tenant": {"Secret tls"}, "WhiteLabelProfile": {"Secret smtp", "ConfigMap files"}, "MasterTenantSync": nil, "TenantAccessGrant": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for labels, want := range map[string]bool{"{tier: gold}": false, `{tenantry.io/managed: "true"}`: true, "{tenantry.io/synced-by: base}": true} {
		if got := MadeByOthers(objects(t, "{apiVersion: v1, kind: Tenant, metadata: {name: a, labels: "+labels+"}}")[0]); got != want {
			t.Errorf("%s: made by others: %v", labels, got)
		}
	}
}
