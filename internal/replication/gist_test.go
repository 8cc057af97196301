// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// abridged is what is held of an object.
func abridged(object *unstructured.Unstructured) *unstructured.Unstructured {
	return rules.Abridge(object.DeepCopy())
}

func TestAnAbridgedObjectIsCarriedLikeTheWhole(t *testing.T) {
	t.Parallel()
	for name, whole := range map[string]*unstructured.Unstructured{
		"plain":                      configMap("motd", map[string]any{"text": "hello"}),
		"empty":                      configMap("motd", nil),
		"filled in":                  with(configMap("mail", map[string]any{"text": "$(TENANT_NAME): $(TENANT_HOST), $(TENANT_NAME)"}), noted(v1alpha1.AnnotationSubstitute, "true")),
		"filled in without a blank":  with(configMap("mail", map[string]any{"text": "hello"}), noted(v1alpha1.AnnotationSubstitute, "true")),
		"with binary data":           with(configMap("logo", nil), func(o *unstructured.Unstructured) { o.Object["binaryData"] = map[string]any{"logo": "aGVsbG8="} }),
		"of another kind, with more": read(t, `{apiVersion: example.com/v1, kind: Rule, spec: {limit: 3, ratio: 1.5, on: true, names: [a, null]}, status: {hits: 4}, metadata: {namespace: acme, name: rule, uid: u, labels: {tenantry.io/sync: content, team: soc}, annotations: {team: soc}}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sync, site := newSync(), newSite("initech")
			site.tenant.Status.Hosts = []v1alpha1.Host{"initech.acme.example"}
			want := replication.Actions(sync, site.place(sync, sourcesOf(sync, whole).Sources))
			short := abridged(abridged(whole))
			got := replication.Actions(sync, site.place(sync, sourcesOf(sync, short.DeepCopy()).Sources))
			if len(want) != 1 || len(got) != 1 || !want[0].Equal(got[0]) || want[0].Abridged() != nil {
				t.Fatalf("%v is to be done, and of the abridged one %v", want, got)
			}
			if object, err := got[0].Object(); err == nil {
				t.Fatalf("without the content this was made: %v", object)
			}
			source := got[0].Abridged()
			if source == nil || !source.IsOf(whole) || source.Namespace() != "acme" {
				t.Fatalf("read of another: %v", source)
			}
			object, err := got[0].With(whole).Object()
			if err != nil {
				t.Fatal(err)
			}
			wanted, err := want[0].Object()
			if diff := cmp.Diff(wanted, object); err != nil || diff != "" {
				t.Errorf("another copy is made (-of the whole +of the abridged): %v\n%s", err, diff)
			}
			if got[0].Abridged() == nil {
				t.Error("the source that all share was changed")
			}
			settle(t, site, sync, sourcesOf(sync, whole))
			if actions := replication.Actions(sync, site.place(sync, sourcesOf(sync, short).Sources)); len(actions) > 0 {
				t.Errorf("once it is there, %v", actions)
			}
		})
	}
}

func TestOfAnAbridgedObjectLittleIsHeld(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200_000)
	object := configMap("motd", map[string]any{"text": long})
	object.SetFinalizers(slices.Repeat([]string{"example.com/" + long}, 2))
	object.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "v1", Kind: "Other", Name: long, UID: "1"},
		{APIVersion: long, Kind: long, Name: long, UID: "2", Controller: new(true)}})
	notes, labels := map[string]string{"long": long, "example.com/long": long, "tenantry.io/long": long, v1alpha1.AnnotationSubstitute: long}, object.GetLabels()
	for n := range 60_000 {
		labels[fmt.Sprint("label-", n)] = "x"
	}
	object.SetLabels(labels)
	object.SetAnnotations(notes)
	object.Object["immutable"], object.Object[long] = true, long
	short := abridged(object)
	text, err := short.MarshalJSON()
	if err != nil || len(text) > 2_000 {
		t.Errorf("%d bytes are held: %v", len(text), err)
	}
	if again := rules.Abridge(short); again != short {
		t.Error("it was abridged again")
	}
}

// A kind may take any field, and so whoever may publish may write what an abridged object says.
func TestAForgedGistIsNotBelieved(t *testing.T) {
	t.Parallel()
	forged := configMap("motd", map[string]any{"text": strings.Repeat("x", replication.MaxContent+1)})
	forged.SetCreationTimestamp(metav1.NewTime(made))
	forged.Object["tenantry.io/gist"] = map[string]any{"content": "forged", "size": int64(0)}
	short := abridged(forged)
	if _, held := short.Object["data"]; held {
		t.Error("it is held whole")
	}
	for _, read := range []*unstructured.Unstructured{forged, short} {
		if source := rules.Read(read); !strings.Contains(source.Refusal, "copies hold at most") || !source.IsOf(forged) {
			t.Errorf("it is believed: %q", source.Refusal)
		}
	}
}

func TestWhatHasTooManyLabelsKeepsItsCopies(t *testing.T) {
	t.Parallel()
	sync := newSync(func(sync *v1alpha1.MasterTenantSync) {
		sync.Spec.Categories = nil
		sync.Spec.Resources = []v1alpha1.SyncResource{{APIVersion: "v1", Kind: "ConfigMap", Selector: &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"team": "soc"}}}}
	})
	object := with(configMap("motd", nil), labelled("team", "soc"))
	selection := sourcesOf(sync, abridged(object))
	if len(selection.Sources) != 1 {
		t.Fatalf("selected are %v", selection)
	}
	labels := object.GetLabels()
	for n := range 2_000 {
		labels[fmt.Sprint("label-", n)] = "x"
	}
	object.SetLabels(labels)
	for _, read := range []*unstructured.Unstructured{object, abridged(object)} {
		selection = sourcesOf(sync, read)
		if len(selection.Sources) > 0 || !selection.Refused[replication.KeyOf(object.GroupVersionKind(), "motd")] || len(selection.Problems) != 1 ||
			!strings.Contains(selection.Problems[0].Message, "its labels hold") {
			t.Errorf("selected are %v", selection)
		}
	}
}

func TestASourceIsOfOneObjectAndContent(t *testing.T) {
	t.Parallel()
	object := configMap("motd", map[string]any{"text": "hello"})
	source := rules.Read(abridged(object))
	for name, test := range map[string]struct {
		change func(*unstructured.Unstructured)
		is     bool
	}{
		"as it was":              {func(*unstructured.Unstructured) {}, true},
		"with another label":     {labelled("team", "soc"), true},
		"with another text":      {func(o *unstructured.Unstructured) { o.Object["data"] = map[string]any{"text": "evil"} }, false},
		"another of the name":    {func(o *unstructured.Unstructured) { o.SetUID("another") }, false},
		"made immutable besides": {func(o *unstructured.Unstructured) { o.Object["immutable"] = true }, false},
	} {
		changed := with(object, test.change)
		if source.IsOf(changed) != test.is {
			t.Errorf("%s: %v", name, !test.is)
		}
		if same := rules.Read(abridged(changed)).ContentKey() == source.ContentKey(); same != test.is {
			t.Errorf("%s: its content has the same key: %v", name, same)
		}
	}
}
