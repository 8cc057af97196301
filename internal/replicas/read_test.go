// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/tenantry/tenantry/internal/replication"
)

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
	digested, err := Digested(copied())
	if err != nil {
		t.Fatal(err)
	}
	held := digested.(*unstructured.Unstructured)
	if diff := cmp.Diff(want, heldOf(corev1.SchemeGroupVersion.WithKind("ConfigMap"), held)); diff != "" {
		t.Errorf("what is read of it (-whole +digested):\n%s", diff)
	}
	for _, dropped := range []string{"data", "immutable"} {
		if _, there := held.Object[dropped]; there {
			t.Errorf("%s is held", dropped)
		}
	}
	if held.GetManagedFields() != nil || held.GetNamespace() != "acme-cybercorp" {
		t.Errorf("metadata %v", held.Object["metadata"])
	}
}

func TestADigestIsNotDigestedAgain(t *testing.T) {
	once, err := Digested(copied())
	if err != nil {
		t.Fatal(err)
	}
	twice, err := Digested(once)
	if err != nil || twice != once {
		t.Errorf("%v, %v", twice, err)
	}
}

func TestWhatIsNoObjectStaysAsItIs(t *testing.T) {
	if same, err := Digested("gone"); same != "gone" || err != nil {
		t.Errorf("%v, %v", same, err)
	}
}
