// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// withSecret is a sync that carries Secret feed, which holds a value.
func withSecret(value string) (*v1alpha1.MasterTenantSync, *unstructured.Unstructured) {
	sync := newSync(func(s *v1alpha1.MasterTenantSync) {
		s.Spec = v1alpha1.MasterTenantSyncSpec{Resources: []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "Secret", Names: []v1alpha1.ObjectName{"feed"}}}}
	})
	object := with(configMap("feed", map[string]any{"key": base64.StdEncoding.EncodeToString([]byte(value))}), func(o *unstructured.Unstructured) {
		o.SetKind("Secret")
		o.Object["type"] = "Opaque"
	})
	return sync, object
}

// traces are all texts that tell a value, or let somebody try out whether it is one.
func traces(value string, object *unstructured.Unstructured) []string {
	data := []byte(value)
	whole, err := json.Marshal(object.Object["data"])
	if err != nil {
		panic(err)
	}
	found := []string{value, base64.StdEncoding.EncodeToString(data), hex.EncodeToString(data), replication.Digest(object)}
	for _, content := range [][]byte{data, []byte(base64.StdEncoding.EncodeToString(data)), whole} {
		for _, sum := range [][]byte{sum256(content), sumMD5(content), sumSHA1(content)} {
			found = append(found, hex.EncodeToString(sum)[:16], base64.StdEncoding.EncodeToString(sum)[:12])
		}
	}
	return found
}

func sum256(data []byte) []byte  { sum := sha256.Sum256(data); return sum[:] }
func sumMD5(data []byte) []byte  { sum := md5.Sum(data); return sum[:] }
func sumSHA1(data []byte) []byte { sum := sha1.Sum(data); return sum[:] }

func TestNothingThatIsToldOfASecretTellsItsValues(t *testing.T) {
	t.Parallel()
	const value = "s3cr3t-$(TENANT_NAME)-v4lue"
	for _, substitute := range []string{"false", "true"} {
		sync, object := withSecret(value)
		noted(v1alpha1.AnnotationSubstitute, substitute)(object)
		site := newSite("initech")
		selection := sourcesOf(sync, object)
		source := selection.Sources[0]
		place := site.place(sync, selection.Sources)
		actions := replication.Actions(sync, place)
		made, err := actions[0].Object()
		if err != nil {
			t.Fatal(err)
		}
		plan := replication.Summarize("r1", []replication.TenantActions{{Name: "initech", UID: "1", Actions: actions}})
		pins, err := plan.Pins.Encode()
		if err != nil {
			t.Fatal(err)
		}
		metadata, err := json.Marshal(made.Object["metadata"])
		if err != nil {
			t.Fatal(err)
		}
		refused := rules.Read(with(object, labelled(v1alpha1.LabelManaged, "true")))
		large := with(object, func(o *unstructured.Unstructured) {
			o.Object["data"].(map[string]any)["key"] = base64.StdEncoding.EncodeToString([]byte(strings.Repeat(value, 100_000)))
		})
		summary, err := json.Marshal(plan.Summary)
		if err != nil {
			t.Fatal(err)
		}
		told := fmt.Sprintln(source, *source, selection, place.Wanted, place.Wanted[0], actions, actions[0], source.Version, actions[0].Version,
			string(summary), string(pins), string(metadata), refused.Refusal, rules.Read(large).Refusal, replication.Revision(sync, selection.Sources))
		told += fmt.Sprintf("%+v %#v %+v %#v %+v %#v", source, source, place.Wanted[0], place.Wanted, actions, actions[0])
		for _, trace := range append(traces(value, object), traces(strings.ReplaceAll(value, "$(TENANT_NAME)", "initech"), made)...) {
			if strings.Contains(told, trace) {
				t.Errorf("%q is told", trace)
			}
		}
	}
}

func TestASecretsVersionIsItsOwnAndNotItsValues(t *testing.T) {
	t.Parallel()
	_, object := withSecret("one")
	_, twin := withSecret("another")
	if rules.Read(object).Version != rules.Read(twin).Version {
		t.Error("the version of a Secret depends on its values")
	}
	for name, change := range map[string]func(*unstructured.Unstructured){
		"another resource version": func(o *unstructured.Unstructured) { o.SetResourceVersion("8") },
		"another object":           func(o *unstructured.Unstructured) { o.SetUID("new") },
		"another place":            func(o *unstructured.Unstructured) { o.SetNamespace("acme-golden") },
	} {
		if rules.Read(with(object, change)).Version == rules.Read(object).Version {
			t.Errorf("%s has the same version", name)
		}
	}
}

func TestWhatBecomesOfASecretsCopy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		substitute bool
		source     func(*unstructured.Unstructured)
		copied     func(*unstructured.Unstructured)
		report     bool
		want       string
	}{
		"nothing happened":                  {},
		"nothing happened to one filled in": {substitute: true},
		"the master changed": {source: func(o *unstructured.Unstructured) {
			o.SetResourceVersion("8")
			o.Object["data"] = map[string]any{"key": "Yg=="}
		}, want: "update Secret/feed"},
		"the master has another type":                 {source: func(o *unstructured.Unstructured) { o.SetUID("new"); o.Object["type"] = "kubernetes.io/basic-auth" }, want: "replace Secret/feed"},
		"somebody changed a value":                    {copied: func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"key": "Yg=="} }, want: "update Secret/feed"},
		"somebody changed a value that was filled in": {substitute: true, copied: func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"key": "Yg=="} }, want: "update Secret/feed"},
		"somebody changed a value, which is told":     {report: true, copied: func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"key": "Yg=="} }, want: "report Secret/feed"},
	} {
		sync, object := withSecret("one for $(TENANT_NAME)")
		if tc.substitute {
			noted(v1alpha1.AnnotationSubstitute, "true")(object)
		}
		site := newSite("initech")
		settle(t, site, sync, sourcesOf(sync, object))
		if tc.copied != nil {
			for _, stored := range site.objects {
				site.put(with(stored, tc.copied))
			}
		}
		if tc.source != nil {
			tc.source(object)
		}
		if tc.report {
			report(sync)
		}
		if got := verbs(replication.Actions(sync, site.place(sync, sourcesOf(sync, object).Sources))); got != tc.want {
			t.Errorf("%s: %q, not %q", name, got, tc.want)
		}
	}
}
