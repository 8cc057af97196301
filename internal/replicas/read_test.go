// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

var rules = replication.NewRules(&configv1alpha1.Sync{
	Kinds:       []configv1alpha1.SyncKind{{APIVersion: "v1", Kind: "ConfigMap"}},
	Annotations: []string{"example.com/team"},
})

// copied is a copy of an immutable ConfigMap, as the API server tells it.
func copied() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "immutable": true,
		"data": map[string]any{"text": strings.Repeat("much to say ", 1000)},
		"metadata": map[string]any{
			"namespace": "acme-cybercorp", "name": "alerts", "uid": "u1", "resourceVersion": "7", "generation": int64(2), "creationTimestamp": "2026-01-02T03:04:05Z",
			"labels":        map[string]any{"tenantry.io/synced-by": "baseline"},
			"annotations":   map[string]any{"tenantry.io/synced-digest": "d1"},
			"managedFields": []any{map[string]any{"manager": "tenantry"}},
		},
	}}
}

func TestACopyIsHeldAsItsMetadataAndADigest(t *testing.T) {
	want := replication.Observe(copied())
	digested, err := Digested(rules)(copied())
	if err != nil {
		t.Fatal(err)
	}
	held := digested.(*Copy)
	if diff := cmp.Diff(want, held.held(corev1.SchemeGroupVersion.WithKind("ConfigMap"))); diff != "" {
		t.Errorf("what is read of it (-whole +digested):\n%s", diff)
	}
	if held.ManagedFields != nil || held.Namespace != "acme-cybercorp" {
		t.Errorf("metadata %v", held.ObjectMeta)
	}
}

func TestOfACopyTheAnnotationsOfOthersAreNotHeld(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	for name, test := range map[string]struct {
		more    map[string]any
		kept    []string
		trimmed bool
	}{
		"none but ours":                      {nil, nil, false},
		"one that is carried":                {map[string]any{"team": "soc"}, []string{"team"}, false},
		"one that the configuration carries": {map[string]any{"example.com/team": "soc"}, []string{"example.com/team"}, false},
		"somebody else's":                    {map[string]any{"kubectl.kubernetes.io/last-applied-configuration": large, "team": "soc"}, []string{"team"}, true},
	} {
		object := copied()
		maps.Copy(object.Object["metadata"].(map[string]any)["annotations"].(map[string]any), test.more)
		digested, err := Digested(rules)(object)
		if err != nil {
			t.Fatal(err)
		}
		held := digested.(*Copy)
		if got := slices.Sorted(maps.Keys(held.GetAnnotations())); !slices.Equal(got, append(test.kept, "tenantry.io/synced-digest")) {
			t.Errorf("%s: held are %v", name, got)
		}
		if held.Trimmed != test.trimmed {
			t.Errorf("%s: trimmed %v", name, held.Trimmed)
		}
	}
}

func TestOfWhatIsMarkedNothingIsHeldThatIsNeverCarried(t *testing.T) {
	whole := copied()
	whole.Object["status"] = map[string]any{"large": true}
	whole.SetAnnotations(map[string]string{"team": "soc", "tenantry.io/substitute": "true", "kubectl.kubernetes.io/last-applied-configuration": "{}"})
	before := rules.Read(whole)
	once, err := Carried(rules)(whole)
	if err != nil {
		t.Fatal(err)
	}
	held, err := Carried(rules)(once)
	if err != nil || held != once {
		t.Fatalf("%v, %v", held, err)
	}
	marked := held.(*unstructured.Unstructured)
	if got := slices.Sorted(maps.Keys(marked.GetAnnotations())); !slices.Equal(got, []string{"team", "tenantry.io/substitute"}) {
		t.Errorf("annotations %v", got)
	}
	for _, dropped := range []string{"status", "data"} {
		if _, there := marked.Object[dropped]; there {
			t.Errorf("%s is held", dropped)
		}
	}
	if marked.GetManagedFields() != nil {
		t.Errorf("held as %v", marked.Object)
	}
	if after := rules.Read(marked); after.Version != before.Version || after.Substitute != before.Substitute {
		t.Error("it reads otherwise")
	}
}

func TestADigestIsNotDigestedAgain(t *testing.T) {
	once, err := Digested(rules)(copied())
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Digested(rules)(once)
	if err != nil || twice != once {
		t.Errorf("%v, %v", twice, err)
	}
}

func TestWhatIsNoObjectStaysAsItIs(t *testing.T) {
	for _, transform := range []toolscache.TransformFunc{Digested(rules), Carried(rules)} {
		if same, err := transform("gone"); same != "gone" || err != nil {
			t.Errorf("%v, %v", same, err)
		}
	}
}

func TestWhatIsTheSameInManyCopiesIsHeldOnce(t *testing.T) {
	digest := Digested(rules)
	made := func(namespace, name, note string) *Copy {
		object := copied()
		object.SetNamespace(namespace)
		object.SetName(name)
		object.SetLabels(map[string]string{"tenantry.io/synced-by": "baseline", "tenantry.io/tenant": namespace})
		object.SetAnnotations(map[string]string{"tenantry.io/synced-digest": note})
		held, err := digest(object)
		if err != nil {
			t.Fatal(err)
		}
		return held.(*Copy)
	}
	one, beside, elsewhere := made("acme-a", "alerts", "d1"), made("acme-a", "filters", "d2"), made("acme-b", "alerts", "d1")
	same := func(x, y map[string]string) bool { return reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer() }
	if !same(one.Labels, beside.Labels) || same(one.Labels, elsewhere.Labels) {
		t.Error("the labels of a tenant's copies are not held once")
	}
	if !same(one.Annotations, elsewhere.Annotations) || same(one.Annotations, beside.Annotations) {
		t.Error("what is said of one of the master's objects is not held once")
	}
}

// A sync that is going is let go when it has no copies any more.
func TestCopiesThatWereNotReadYetAreNotMissing(t *testing.T) {
	kind := corev1.SchemeGroupVersion.WithKind("ConfigMap")
	informer := toolscache.NewSharedIndexInformer(&toolscache.ListWatch{}, ObjectOf(kind), 0, toolscache.Indexers{indexSync: bySync})
	stores := &Stores{Kinds: []schema.GroupVersionKind{kind}, copies: map[schema.GroupVersionKind]toolscache.SharedIndexInformer{kind: informer}}
	if held, err := stores.CopiesOf(t.Context(), client.ObjectKey{Namespace: "acme", Name: "baseline"}); !errors.Is(err, errUnread) {
		t.Errorf("got %v, %v", held, err)
	}
}

func TestManyKindsMayBeReadAtOnce(t *testing.T) {
	digest := Digested(rules)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				held, err := digest(copied())
				if err != nil || held.(*Copy).Labels["tenantry.io/synced-by"] != "baseline" {
					t.Errorf("%v, %v", held, err)
				}
			}
		})
	}
	group.Wait()
}

// What is written is known again by type, name, UID and version when a watch tells of it.
func TestAWriteIsToldOfAsTheWatchTellsOfIt(t *testing.T) {
	held, err := Digested(rules)(copied())
	if err != nil {
		t.Fatal(err)
	}
	watched := held.(*Copy)
	for _, told := range []*Copy{writing(copied()), written(copied())} {
		if client.ObjectKeyFromObject(told) != client.ObjectKeyFromObject(watched) {
			t.Errorf("%s/%s is written, and %s/%s watched", told.Namespace, told.Name, watched.Namespace, watched.Name)
		}
	}
	if answer := written(copied()); answer.UID != watched.UID || answer.ResourceVersion != watched.ResourceVersion {
		t.Errorf("version %s of %s is written, and %s of %s watched", answer.ResourceVersion, answer.UID, watched.ResourceVersion, watched.UID)
	}
}

func TestACopyOfACopyIsItsOwn(t *testing.T) {
	held, err := Digested(rules)(copied())
	if err != nil {
		t.Fatal(err)
	}
	other := held.(*Copy).DeepCopyObject().(*Copy)
	if diff := cmp.Diff(held, other); diff != "" {
		t.Errorf("-held +copied:\n%s", diff)
	}
	other.Labels["tenantry.io/synced-by"] = "another"
	if held.(*Copy).Labels["tenantry.io/synced-by"] != "baseline" {
		t.Error("what is held was changed by its copy")
	}
}
