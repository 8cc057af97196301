// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/tenancy"
)

func TestForWhichSyncsANewTenantWaits(t *testing.T) {
	made := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	entry := func(entry v1alpha1.TenantSync) func(*v1alpha1.Tenant, *v1alpha1.MasterTenantSync) {
		return func(tenant *v1alpha1.Tenant, _ *v1alpha1.MasterTenantSync) {
			tenant.Status.Syncs = []v1alpha1.TenantSync{entry}
		}
	}
	spec := func(change func(*v1alpha1.MasterTenantSyncSpec)) func(*v1alpha1.Tenant, *v1alpha1.MasterTenantSync) {
		return func(_ *v1alpha1.Tenant, sync *v1alpha1.MasterTenantSync) { change(&sync.Spec) }
	}
	for name, test := range map[string]struct {
		when func(*v1alpha1.Tenant, *v1alpha1.MasterTenantSync)
		want bool
	}{
		"one for new tenants":              {func(*v1alpha1.Tenant, *v1alpha1.MasterTenantSync) {}, true},
		"one that waits for its turn":      {entry(v1alpha1.TenantSync{Name: "seed", State: v1alpha1.SyncPending}), true},
		"one that has brought all":         {entry(v1alpha1.TenantSync{Name: "seed", Reached: true}), false},
		"one that failed":                  {entry(v1alpha1.TenantSync{Name: "seed", State: v1alpha1.SyncFailed}), false},
		"one for all, at any time":         {spec(func(s *v1alpha1.MasterTenantSyncSpec) { s.Trigger = v1alpha1.TriggerContinuous }), false},
		"one that is suspended":            {spec(func(s *v1alpha1.MasterTenantSyncSpec) { s.Suspend = true }), false},
		"one that plans":                   {spec(func(s *v1alpha1.MasterTenantSyncSpec) { s.Mode = v1alpha1.SyncPlan }), false},
		"one that waits to be approved of": {spec(func(s *v1alpha1.MasterTenantSyncSpec) { s.ApprovedPlan = "sha256:aaaa" }), false},
		"one for others": {spec(func(s *v1alpha1.MasterTenantSyncSpec) {
			s.Targets = &v1alpha1.SyncTargets{Names: []v1alpha1.TenantName{"initech"}}
		}), false},
		"one that was made later": {func(_ *v1alpha1.Tenant, sync *v1alpha1.MasterTenantSync) {
			sync.CreationTimestamp = metav1.NewTime(made.Add(time.Hour))
		}, false},
		"one that goes": {func(_ *v1alpha1.Tenant, sync *v1alpha1.MasterTenantSync) {
			sync.DeletionTimestamp = &metav1.Time{Time: made}
		}, false},
	} {
		tenant := &v1alpha1.Tenant{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "cybercorp", CreationTimestamp: metav1.NewTime(made)}}
		sync := &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "seed", CreationTimestamp: metav1.NewTime(made)}}
		sync.Spec.Trigger = v1alpha1.TriggerOnCreate
		test.when(tenant, sync)
		if got := tenancy.Awaits(tenant, sync); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
