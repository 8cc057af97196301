// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
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
