// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
)

// plain fills in one text as the documentation says it: from the left, and nothing twice.
func plain(text, name, displayName, host string) string {
	var filled strings.Builder
	for text != "" {
		rest, found := "", false
		for blank, value := range map[string]string{"$(TENANT_NAME)": name, "$(TENANT_DISPLAY_NAME)": displayName, "$(TENANT_HOST)": host} {
			if after, is := strings.CutPrefix(text, blank); is {
				filled.WriteString(value)
				rest, found = after, true
			}
		}
		if !found {
			filled.WriteByte(text[0])
			rest = text[1:]
		}
		text = rest
	}
	return filled.String()
}

func FuzzSubstitutionIsPlainReplacement(f *testing.F) {
	f.Add("hello", "Initech", "initech.example.com")
	f.Add("$(TENANT_NAME)", "$(TENANT_HOST)", "h")
	f.Add("$(TENANT_DISPLAY_NAME)$(TENANT_HOST)", "$(TENANT_NAME", ")")
	f.Add("$$(TENANT_NAME) $(TENANT_NAME$(TENANT_NAME))", "", "")
	f.Add("{\"a\": \"$(TENANT_DISPLAY_NAME)\"}", "\", \"admin\": \"true", "x")
	f.Add("\xff$(TENANT_NAME)\x00", "ü", "x")
	f.Fuzz(func(t *testing.T, text, displayName, host string) {
		secret := with(configMap("feed", map[string]any{"value": base64.StdEncoding.EncodeToString([]byte(text))}), func(o *unstructured.Unstructured) {
			o.SetKind("Secret")
		})
		for _, object := range []*unstructured.Unstructured{configMap("motd", map[string]any{"value": text}), secret} {
			noted(v1alpha1.AnnotationSubstitute, "true")(object)
			tenant := newTenant("initech")
			tenant.Spec.DisplayName, tenant.Status.Hosts = v1alpha1.DisplayText(displayName), []v1alpha1.Host{v1alpha1.Host(host)}
			copied := replication.Wanted(rules.Read(object), newSync(), tenant, "acme-initech", desired.OwnerLabels(tenant))
			made, err := copied.Object(false)
			if err != nil {
				if host == "" && strings.Contains(text, "$(TENANT_HOST)") || len(text)+len(displayName)+len(host) > 1000 {
					continue
				}
				t.Fatal(err)
			}
			if displayName == "" {
				displayName = "initech"
			}
			got := made.Object["data"].(map[string]any)["value"].(string)
			if object.GetKind() == "Secret" {
				decoded, err := base64.StdEncoding.DecodeString(got)
				if err != nil {
					t.Fatal(err)
				}
				got = string(decoded)
			}
			if want := plain(text, "initech", displayName, host); got != want {
				t.Errorf("%s: %q, not %q", object.GetKind(), got, want)
			}
			if len(got) > replication.MaxContent {
				t.Errorf("%d bytes", len(got))
			}
		}
	})
}

// FuzzNoMetadataOfAToolPasses configures whatever key there is, and looks for it on the copy.
func FuzzNoMetadataOfAToolPasses(f *testing.F) {
	for _, key := range []string{"team", "example.com/tier", "tenantry.io/managed", "x.tenantry.io/y", "Tenantry.io/managed", "argocd.argoproj.io/tracking-id",
		"app.kubernetes.io/instance", "APP.kubernetes.io/Instance", "kubectl.kubernetes.io/last-applied-configuration", "meta.helm.sh/release-name",
		"kustomize.toolkit.fluxcd.io/name", "tenantry.io/synced-by", "tenantry.io/", "/tenantry.io", "tenantry.io//x", " tenantry.io/x"} {
		f.Add(key, "value")
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		greedy := replication.NewRules(&configv1alpha1.Sync{
			Kinds: []configv1alpha1.SyncKind{{APIVersion: "v1", Kind: "ConfigMap"}}, Labels: []string{key}, Annotations: []string{key},
		})
		object := configMap("motd", nil)
		noted(key, value)(object)
		if key != v1alpha1.LabelSync {
			labelled(key, value)(object)
		}
		source := greedy.Read(object)
		if source.Refusal != "" {
			return // our own labels make it a copy
		}
		tenant := newTenant("initech")
		made, err := replication.Wanted(source, newSync(), tenant, "acme-initech", desired.OwnerLabels(tenant)).Object(false)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range []map[string]string{made.GetLabels(), made.GetAnnotations()} {
			for key := range found {
				expectHarmless(t, strings.ToLower(key))
			}
		}
		labels := made.GetLabels()
		if labels[v1alpha1.LabelManaged] != "true" || labels[v1alpha1.LabelTenant] != "initech" || labels[v1alpha1.LabelSyncedBy] != "baseline" {
			t.Errorf("labels %v", labels)
		}
	})
}

// expectHarmless says that a key on a copy is ours, or no tool's.
func expectHarmless(t *testing.T, key string) {
	t.Helper()
	switch key {
	case v1alpha1.LabelManaged, v1alpha1.LabelTenant, v1alpha1.LabelParent, v1alpha1.LabelSyncedBy, v1alpha1.AnnotationSyncedDigest, v1alpha1.AnnotationSyncedFrom:
		return
	case "app.kubernetes.io/instance", "app.kubernetes.io/managed-by":
		t.Errorf("%s passed", key)
	}
	prefix, _, prefixed := strings.Cut(key, "/")
	for _, domain := range []string{"tenantry.io", "argoproj.io", "helm.sh", "fluxcd.io", "kubectl.kubernetes.io"} {
		if prefixed && (prefix == domain || strings.HasSuffix(prefix, "."+domain)) {
			t.Errorf("%s passed", key)
		}
	}
}

func FuzzADigestTellsContentsApart(f *testing.F) {
	f.Add("{}", "{\"data\": null}")
	f.Add("{\"data\": {\"a\": \"1\"}}", "{\"data\": {\"a\": 1}}")
	f.Add("{\"spec\": [1, 2]}", "{\"spec\": [12]}")
	f.Add("{\"spec\": [\"a\", \"b\"]}", "{\"spec\": [\"ab\"]}")
	f.Add("{\"spec\": {\"a\": {}}}", "{\"spec\": {\"a\": null}}")
	f.Add("{\"spec\": 1}", "{\"spec\": 1.0}")
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := &unstructured.Unstructured{}, &unstructured.Unstructured{}
		head := "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"content\": "
		if a.UnmarshalJSON([]byte(head+one+"}")) != nil || b.UnmarshalJSON([]byte(head+other+"}")) != nil {
			return
		}
		same := normalized(t, a) == normalized(t, b)
		if (replication.Digest(a) == replication.Digest(b)) != same {
			t.Errorf("%s and %s: the same is %t", one, other, same)
		}
	})
}

// normalized is the JSON of an object without what counts as absent.
func normalized(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	dropped := object.DeepCopy()
	var drop func(value any)
	drop = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, field := range value {
				if field == nil {
					delete(value, key)
				}
				drop(field)
			}
		case []any:
			for i, item := range value {
				if whole, is := item.(float64); is && whole == float64(int64(whole)) && whole < 1<<53 && whole > -1<<53 {
					value[i] = int64(whole)
				}
				drop(item)
			}
		}
	}
	drop(dropped.Object)
	switch content := dropped.Object["content"].(type) {
	case map[string]any:
		if len(content) == 0 {
			delete(dropped.Object, "content")
		}
	case []any:
		if len(content) == 0 {
			delete(dropped.Object, "content")
		}
	}
	text, err := dropped.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
