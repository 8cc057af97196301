// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
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
		flag   string
		want   string
	}{
		"in a customer's place":         {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: "acme"}, want: "acme"},
		"in a customer's place, by -n":  {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: "acme"}, flag: "acme-cybercorp", want: "acme-cybercorp"},
		"in a partner's place":          {labels: map[string]string{v1alpha1.LabelManaged: "true", v1alpha1.LabelPartner: "true", v1alpha1.LabelParent: "msp"}, want: "default"},
		"in a namespace that is no one": {want: "default"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Labels: test.labels}})
			}))
			defer server.Close()
			cluster := testCluster(t, func(f *genericclioptions.ConfigFlags) { f.APIServer, f.Namespace = &server.URL, &test.flag })
			if got, err := cluster.beside(t.Context()); err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}
