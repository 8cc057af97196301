// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

func TestWhomASyncReaches(t *testing.T) {
	t.Parallel()
	labelled := func(name, tier string) *v1alpha1.Tenant {
		tenant := newTenant(name)
		tenant.Labels = map[string]string{"tier": tier}
		return tenant
	}
	going, elsewhere, older, together := newTenant("going"), newTenant("elsewhere"), newTenant("older"), newTenant("together")
	going.DeletionTimestamp = &metav1.Time{Time: made}
	elsewhere.Namespace = "umbrella"
	older.CreationTimestamp = metav1.NewTime(made.Add(-time.Second))
	together.CreationTimestamp = metav1.NewTime(made)
	tenants := []*v1alpha1.Tenant{labelled("zeta", "gold"), labelled("golden", "gold"), labelled("alpha", "silver"), going, elsewhere, older, together}
	gold := &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"}}
	named := func(names ...v1alpha1.TenantName) []v1alpha1.TenantName { return names }
	for name, tc := range map[string]struct {
		spec v1alpha1.MasterTenantSyncSpec
		want string
	}{
		"all children by default":               {want: "alpha golden older together zeta"},
		"not the master":                        {v1alpha1.MasterTenantSyncSpec{MasterRef: &v1alpha1.TenantReference{Name: "golden"}}, "alpha older together zeta"},
		"those that are named":                  {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Names: named("zeta", "alpha", "nobody", "elsewhere", "going")}}, "alpha zeta"},
		"those that are selected":               {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Selector: gold}}, "golden zeta"},
		"all by an empty selector":              {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Selector: &v1alpha1.LabelSelector{}}}, "alpha golden older together zeta"},
		"not those that are excluded":           {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Exclude: &v1alpha1.Selection{Selector: gold}}}, "alpha older together"},
		"not those that are named and excluded": {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Names: named("zeta", "alpha"), Exclude: &v1alpha1.Selection{Names: named("zeta")}}}, "alpha"},
		"new ones alone":                        {v1alpha1.MasterTenantSyncSpec{Trigger: v1alpha1.TriggerOnCreate}, "alpha golden together zeta"},
		"nobody by a selector that can't be": {v1alpha1.MasterTenantSyncSpec{Targets: &v1alpha1.SyncTargets{Selector: &v1alpha1.LabelSelector{
			MatchExpressions: []v1alpha1.LabelSelectorRequirement{{Key: "tier", Operator: "Near"}}}}}, ""},
	} {
		sync := newSync(func(s *v1alpha1.MasterTenantSync) { s.Spec = tc.spec })
		var names []string
		for _, target := range replication.Targets(sync, tenants) {
			names = append(names, target.Name)
			if !replication.IsTarget(sync, target) {
				t.Errorf("%s: %s is a target, and is not", name, target.Name)
			}
		}
		if got := strings.Join(names, " "); got != tc.want {
			t.Errorf("%s: %q, not %q", name, got, tc.want)
		}
	}
}

func TestWhoIsInTheCanary(t *testing.T) {
	t.Parallel()
	tenant := newTenant("initech")
	tenant.Labels = map[string]string{"canary": "yes"}
	selected := &v1alpha1.LabelSelector{MatchLabels: map[string]v1alpha1.LabelValue{"canary": "yes"}}
	for name, tc := range map[string]struct {
		rollout *v1alpha1.Rollout
		want    bool
	}{
		"nobody without a rollout": {nil, false},
		"nobody without a canary":  {&v1alpha1.Rollout{}, false},
		"who is named":             {&v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"initech"}}}, true},
		"who is selected":          {&v1alpha1.Rollout{Canary: &v1alpha1.Canary{Selector: selected}}, true},
		"nobody else":              {&v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"cybercorp"}}}, false},
	} {
		if got := replication.InCanary(tc.rollout, tenant); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestNamesOfTenantsThatAreNotThere(t *testing.T) {
	t.Parallel()
	sync := newSync(func(s *v1alpha1.MasterTenantSync) {
		s.Spec.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"b", "gone", "a"}, Exclude: &v1alpha1.Selection{Names: []v1alpha1.TenantName{"mistyped", "gone"}}}
		s.Spec.Rollout = &v1alpha1.Rollout{Canary: &v1alpha1.Canary{Names: []v1alpha1.TenantName{"b", "never"}}}
	})
	if got := strings.Join(replication.Absent(sync, []*v1alpha1.Tenant{newTenant("a"), newTenant("b")}), " "); got != "gone mistyped never" {
		t.Errorf("%q", got)
	}
	if got := replication.Absent(newSync(), nil); len(got) > 0 {
		t.Errorf("a sync that names nobody: %v", got)
	}
}
