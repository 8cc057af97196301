// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

func TestOnlyTheContextLeadsAboveACustomersPlace(t *testing.T) {
	context := testCluster(t)
	flag := testCluster(t, func(f *genericclioptions.ConfigFlags) { f.Namespace = new("acme-cybercorp") })
	for _, resource := range []schema.GroupVersionResource{tenants, retained, licensePlans, profiles, syncs, priceLists} {
		for what, meant := range map[string]cluster{"-n": flag, "PARENT/": context.in("acme"), "a selector that writes": context.exactly()} {
			if meant.upward(resource) {
				t.Errorf("%s are looked for above what %s names", resource.Resource, what)
			}
		}
		if !context.upward(resource) {
			t.Errorf("%s lie beside Tenants, and are not found from a customer's place", resource.Resource)
		}
	}
	for _, resource := range []schema.GroupVersionResource{grants, schedules, volumes} {
		if context.upward(resource) {
			t.Errorf("%s of the place above are taken for those of the place", resource.Resource)
		}
	}
}

func TestATenantIsMadeBesideTheOneOfTheContext(t *testing.T) {
	for name, test := range map[string]struct {
		labels map[string]string
		// forbidden says that the caller may not read namespaces, and lists that they may list tenants in the place.
		forbidden, lists bool
		flag             string
		want             string
	}{
		"in a customer's place":                                  {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: "acme"}, want: "acme"},
		"in a customer's place, by -n":                           {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: "acme"}, flag: "acme-cybercorp", want: "acme-cybercorp"},
		"in a partner's place":                                   {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelPartner: "true", v1alpha1.LabelParent: "msp"}, want: "default"},
		"in a namespace that is no one":                          {want: "default"},
		"in a customer's place, where one may read no namespace": {forbidden: true, want: "acme"},
		"in a partner's place, where one may read no namespace":  {forbidden: true, lists: true, want: "default"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				var answer any = corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Labels: test.labels}}
				switch {
				case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
					answer = authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: test.lists}}
				case strings.HasSuffix(r.URL.Path, "/configmaps/"+desired.SettingsName):
					answer = corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.LabelManaged: "true"}}, Data: map[string]string{"parent": "acme"}}
				case test.forbidden:
					w.WriteHeader(http.StatusForbidden)
					answer = metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden, Code: http.StatusForbidden}
				}
				_ = json.NewEncoder(w).Encode(answer)
			}))
			defer server.Close()
			cluster := testCluster(t, func(f *genericclioptions.ConfigFlags) { f.APIServer, f.Namespace = &server.URL, &test.flag })
			if got, err := cluster.beside(t.Context()); err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestNamesAreReadFromMetadataAlone(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Query().Get("limit") != "500" || !strings.Contains(r.Header.Get("Accept"), "as=PartialObjectMetadataList") {
			t.Errorf("%s %s, which accepts %s", r.Method, r.URL, r.Header.Get("Accept"))
		}
		list := metav1.PartialObjectMetadataList{
			TypeMeta: metav1.TypeMeta{APIVersion: "meta.k8s.io/v1", Kind: "PartialObjectMetadataList"},
			Items:    []metav1.PartialObjectMetadata{{ObjectMeta: metav1.ObjectMeta{Name: "cybercorp"}}, {ObjectMeta: metav1.ObjectMeta{Name: "cyberdyne"}}},
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	}))
	defer server.Close()
	cluster := testCluster(t, func(f *genericclioptions.ConfigFlags) { f.APIServer, f.Namespace = &server.URL, new("acme") })
	if err := cluster.missing(t.Context(), tenants, "acme", "cyb"); codeOf(err) != exitNotFound || err.Error() != `no tenant "cyb" in namespace acme; did you mean cybercorp, cyberdyne?` {
		t.Errorf("got %v", err)
	}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	if names, _ := cluster.completeNames(tenants, 2)(cmd, []string{"cybercorp"}, "cyb"); !slices.Equal(names, []string{"cyberdyne"}) {
		t.Errorf("Tab offers %v", names)
	}
}
