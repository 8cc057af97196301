// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// undeletable is the cluster of a Tenant that may be written, and not be deleted.
func undeletable(t *testing.T, tenant *unstructured.Unstructured) cluster {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		var answer any = tenant
		switch r.Method {
		case http.MethodPatch:
			written := &unstructured.Unstructured{Object: map[string]any{}}
			if err := json.NewDecoder(r.Body).Decode(&written.Object); err != nil {
				t.Error(err)
			}
			tenant.SetAnnotations(written.GetAnnotations())
		case http.MethodDelete:
			w.WriteHeader(http.StatusForbidden)
			answer = metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden, Message: "no"}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return testCluster(t, func(f *genericclioptions.ConfigFlags) { f.APIServer = new(server.URL) })
}

func TestADeletionThatFailsLeavesNoTenantToBePurged(t *testing.T) {
	for name, before := range map[string]map[string]string{"as it was": nil, "as somebody else wanted it": {v1alpha1.AnnotationPurge: "cybercorp"}} {
		t.Run(name, func(t *testing.T) {
			tenant := some(t)[2].DeepCopy()
			tenant.SetAnnotations(before)
			streams, _, _, _ := genericiooptions.NewTestIOStreams()
			o := &DeleteOptions{Name: tenant.GetName(), Purge: true, IOStreams: streams, writing: newWriting(undeletable(t, tenant))}
			if err := o.request(t.Context(), tenant.DeepCopy()); codeOf(err) != exitForbidden {
				t.Fatalf("got %v", err)
			}
			if got, want := tenant.GetAnnotations()[v1alpha1.AnnotationPurge], before[v1alpha1.AnnotationPurge]; got != want {
				t.Errorf("it is left with %s %q, and had %q", v1alpha1.AnnotationPurge, got, want)
			}
		})
	}
}
