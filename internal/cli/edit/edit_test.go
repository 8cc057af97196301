// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package edit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// parse an object from YAML.
func parse(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		t.Fatal(err)
	}
	return object
}

// tenant whose managed fields are given, as YAML.
func tenant(t *testing.T, managed string) *unstructured.Unstructured {
	t.Helper()
	object := parse(t, `
apiVersion: tenantry.io/v1alpha1
kind: Tenant
metadata: {name: cybercorp, namespace: acme, uid: u-1, resourceVersion: "7"}
spec: {displayName: CyberCorp Ltd, suspend: true, limits: {agents: 30, disk: 50Gi}, planRef: {name: gold}, partner: {emailDomains: [a.example, b.example]}}
`)
	entries := parse(t, "managed: "+managed).Object["managed"]
	if err := unstructured.SetNestedField(object.Object, entries, "metadata", "managedFields"); err != nil {
		t.Fatal(err)
	}
	return object
}

const (
	byPlugin = `{manager: kubectl-tenant, operation: Apply, apiVersion: tenantry.io/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:suspend": {}, "f:limits": {"f:agents": {}}}}}`
	byHand   = `{manager: kubectl-edit, operation: Update, apiVersion: tenantry.io/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:suspend": {}, "f:planRef": {".": {}, "f:name": {}}}}}`
	byFile   = `{manager: kubectl-client-side-apply, operation: Update, apiVersion: tenantry.io/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:displayName": {}}}}`
	byOther  = `{manager: terraform, operation: Apply, apiVersion: tenantry.io/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:limits": {"f:disk": {}}}}}`
	byStatus = `{manager: tenantry, operation: Apply, subresource: status, apiVersion: tenantry.io/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:suspend": {}}}}`
)

func TestFieldsAreWrittenAsTheirManagersAllow(t *testing.T) {
	suspend, resume := Set(true, "spec", "suspend"), Unset("spec", "suspend")
	for name, test := range map[string]struct {
		managed string
		fields  []Field
		want    types.PatchType
		spec    string
	}{
		"applied alone":                          {managed: `[]`, fields: []Field{suspend}, want: types.ApplyPatchType, spec: `{suspend: true}`},
		"with what was declared before":          {managed: "[" + byPlugin + "]", fields: []Field{Set("gold", "spec", "planRef", "name")}, want: types.ApplyPatchType, spec: `{suspend: true, limits: {agents: 30}, planRef: {name: gold}}`},
		"with another value than before":         {managed: "[" + byPlugin + "]", fields: []Field{Set(int64(9), "spec", "limits", "agents")}, want: types.ApplyPatchType, spec: `{suspend: true, limits: {agents: 9}}`},
		"taken away by leaving it out":           {managed: "[" + byPlugin + "," + byStatus + "]", fields: []Field{resume}, want: types.ApplyPatchType, spec: `{limits: {agents: 30}}`},
		"with what holds it":                     {managed: "[" + byPlugin + "]", fields: []Field{Unset("spec", "limits", "agents")}, want: types.ApplyPatchType, spec: `{suspend: true}`},
		"taken away where another set it too":    {managed: "[" + byPlugin + "," + byHand + "]", fields: []Field{resume}, want: types.MergePatchType, spec: `{suspend: null}`},
		"with something inside set by another":   {managed: "[" + byHand + "]", fields: []Field{Unset("spec", "planRef"), suspend}, want: types.MergePatchType, spec: `{planRef: null, suspend: true}`},
		"nothing of a list but the whole of it":  {managed: `[{manager: kubectl-tenant, operation: Apply, fieldsV1: {"f:spec": {"f:partner": {"f:emailDomains": {"v:\"a.example\"": {}}}}}}]`, fields: []Field{suspend}, want: types.ApplyPatchType, spec: `{suspend: true, partner: {emailDomains: [a.example, b.example]}}`},
		"and nothing that was declared and went": {managed: `[{manager: kubectl-tenant, operation: Apply, fieldsV1: {"f:spec": {"f:region": {}}}}]`, fields: []Field{suspend}, want: types.ApplyPatchType, spec: `{suspend: true}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := For(tenant(t, test.managed), test.fields)
			if err != nil {
				t.Fatal(err)
			}
			if got.Type != test.want {
				t.Errorf("got a patch of type %s, want %s", got.Type, test.want)
			}
			if diff := cmp.Diff(parse(t, "spec: "+test.spec).Object["spec"], got.Body["spec"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			metadata := map[string]any{"name": "cybercorp", "namespace": "acme", "uid": "u-1", "resourceVersion": "7"}
			if diff := cmp.Diff(metadata, got.Body["metadata"]); diff != "" {
				t.Errorf("not of the object that was read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsAsWantedIsNotPending(t *testing.T) {
	for name, test := range map[string]struct {
		field Field
		want  bool
	}{
		"as wanted":                 {field: Set(true, "spec", "suspend")},
		"another value":             {field: Set("free", "spec", "planRef", "name"), want: true},
		"a number as wanted":        {field: Set(int64(30), "spec", "limits", "agents")},
		"not there":                 {field: Set("eu", "spec", "region"), want: true},
		"there, and not to be":      {field: Unset("spec", "suspend"), want: true},
		"not there, and not to be":  {field: Unset("spec", "portal", "active")},
		"in what holds no fields":   {field: Set("x", "spec", "displayName", "short"), want: true},
		"false, as good as none":    {field: Unset("spec", "no").Meaning(false)},
		"false, which is something": {field: Unset("spec", "no").Meaning(true), want: true},
		"none, as good as wanted":   {field: Set(false, "spec", "region").Meaning(false)},
	} {
		t.Run(name, func(t *testing.T) {
			object := tenant(t, `[]`)
			object.Object["spec"].(map[string]any)["no"] = false
			if got := len(Pending(object, []Field{test.field})) > 0; got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestFieldsAreThoseOfWhichAManifestSaysSomething(t *testing.T) {
	got := map[string]any{}
	for _, field := range FieldsOf(parse(t, `{metadata: {name: a, labels: {tenantry.io/sync: content}}, spec: {suspend: true, partner: {}, limits: {agents: 3}, list: [{a: b}]}, status: {phase: Active}}`)) {
		got[strings.Join(field.Path, " ")] = field.Value
	}
	want := map[string]any{
		"metadata labels tenantry.io/sync": "content", "spec suspend": true, "spec partner": map[string]any{}, "spec limits agents": int64(3), "spec list": []any{map[string]any{"a": "b"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAPreviewLeavesTheObjectAsItIs(t *testing.T) {
	object := tenant(t, `[]`)
	preview, err := Preview(object, []Field{Unset("spec", "limits", "agents"), Unset("spec", "limits", "disk"), Unset("spec", "suspend"), Set("free", "spec", "planRef", "name")})
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `spec: {displayName: CyberCorp Ltd, planRef: {name: free}, partner: {emailDomains: [a.example, b.example]}}`).Object["spec"]
	if diff := cmp.Diff(want, preview.Object["spec"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(tenant(t, `[]`), object); diff != "" {
		t.Errorf("the object changed:\n%s", diff)
	}
	if _, err := Preview(object, []Field{Set("x", "spec", "displayName", "short")}); err == nil {
		t.Error("wrote into a text")
	}
}

func TestWhatAFileDeclaresIsItsOwn(t *testing.T) {
	for name, test := range map[string]struct {
		managed string
		path    []string
		by      string
	}{
		"set by hand":                 {managed: byHand, path: []string{"spec", "suspend"}},
		"declared by the plugin":      {managed: byPlugin, path: []string{"spec", "suspend"}},
		"in a file, by kubectl apply": {managed: byFile, path: []string{"spec", "displayName"}, by: "kubectl-client-side-apply"},
		"applied by another":          {managed: byOther, path: []string{"spec", "limits", "disk"}, by: "terraform"},
		"something in it is":          {managed: byOther, path: []string{"spec", "limits"}, by: "terraform"},
		"something beside it is":      {managed: byOther, path: []string{"spec", "limits", "agents"}},
	} {
		t.Run(name, func(t *testing.T) {
			path, by := Declared(tenant(t, "["+test.managed+"]"), []Field{Set("x", test.path...)})
			if by != test.by || (by != "") != (cmp.Diff(test.path, path) == "") {
				t.Errorf("got %q, by %q", path, by)
			}
		})
	}
}

func TestToolsAreKnownByTheirMarks(t *testing.T) {
	for name, test := range map[string]struct{ metadata, want string }{
		"nobody's":             {metadata: `{labels: {tier: gold}}`},
		"Argo CD's, tracked":   {metadata: `{annotations: {argocd.argoproj.io/tracking-id: "customers:tenantry.io/Tenant:acme/cybercorp"}}`, want: `Argo CD (application "customers")`},
		"Argo CD's, labelled":  {metadata: `{labels: {argocd.argoproj.io/instance: customers}}`, want: `Argo CD (application "customers")`},
		"a Flux Kustomization": {metadata: `{labels: {kustomize.toolkit.fluxcd.io/name: apps}}`, want: `Flux (Kustomization "apps")`},
		"a Flux HelmRelease":   {metadata: `{labels: {helm.toolkit.fluxcd.io/name: apps}, annotations: {meta.helm.sh/release-name: apps}}`, want: `Flux (HelmRelease "apps")`},
		"a Helm release":       {metadata: `{annotations: {meta.helm.sh/release-name: apps}}`, want: `Helm (release "apps")`},
		"by its field manager": {metadata: `{managedFields: [{manager: argocd-controller, operation: Apply}]}`, want: "Argo CD"},
		"its health alone":     {metadata: `{managedFields: [{manager: kustomize-controller, operation: Apply, subresource: status}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Tool(parse(t, "metadata: "+test.metadata)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAManifestHoldsWhatBelongsInGit(t *testing.T) {
	object := parse(t, `
apiVersion: tenantry.io/v1alpha1
kind: Tenant
metadata:
  name: cybercorp
  namespace: acme
  uid: u-1
  resourceVersion: "7"
  generation: 3
  finalizers: [tenantry.io/cleanup]
  labels: {tier: gold, argocd.argoproj.io/instance: customers}
  annotations:
    tenantry.io/created-by: pat
    tenantry.io/purge: cybercorp
    argocd.argoproj.io/sync-options: Prune=false
    argocd.argoproj.io/tracking-id: "customers:"
    kubectl.kubernetes.io/last-applied-configuration: "{}"
  managedFields: [{manager: kubectl-edit}]
spec: {suspend: true}
status: {phase: Active}
`)
	want := parse(t, `
apiVersion: tenantry.io/v1alpha1
kind: Tenant
metadata:
  name: cybercorp
  namespace: acme
  labels: {tier: gold}
  annotations: {tenantry.io/purge: cybercorp, argocd.argoproj.io/sync-options: Prune=false}
spec: {suspend: true}
`)
	if diff := cmp.Diff(want, Manifest(object)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
