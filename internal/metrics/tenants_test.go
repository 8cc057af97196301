// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// cached is a cache of Tenants and LicensePlans, or one that can't be read.
type cached struct {
	client.Reader
	tenants []v1alpha1.Tenant
	plans   []v1alpha1.LicensePlan
	syncs   []v1alpha1.MasterTenantSync
	err     error
}

func (c cached) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch list := list.(type) {
	case *v1alpha1.TenantList:
		list.Items = c.tenants
	case *v1alpha1.LicensePlanList:
		list.Items = c.plans
	case *v1alpha1.MasterTenantSyncList:
		list.Items = c.syncs
	}
	return c.err
}

func tenant(phase v1alpha1.TenantPhase, reason string) v1alpha1.Tenant {
	t := v1alpha1.Tenant{Status: v1alpha1.TenantStatus{Phase: phase}}
	if reason != "" {
		t.Status.Conditions = []metav1.Condition{{Type: "AccessReady", Reason: "NoGrants"}, {Type: "Ready", Reason: reason}}
	}
	return t
}

func TestTenantsAreCountedByPhaseAndReason(t *testing.T) {
	tenants := NewTenants(cached{tenants: []v1alpha1.Tenant{
		tenant("Active", "Ready"),
		tenant("Pending", "NamespaceConflict"),
		tenant("Active", "Ready"),
		tenant("", ""),
	}})
	want := `
# HELP tenantry_tenants Tenants by phase and by the reason of their Ready condition.
# TYPE tenantry_tenants gauge
tenantry_tenants{phase="Active",reason="Ready"} 2
tenantry_tenants{phase="Pending",reason=""} 1
tenantry_tenants{phase="Pending",reason="NamespaceConflict"} 1
`
	if err := testutil.CollectAndCompare(tenants, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}

func TestUnreadableCacheLeavesTheOtherMetricsAlone(t *testing.T) {
	if n := testutil.CollectAndCount(NewTenants(cached{err: errors.New("not started")})); n != 0 {
		t.Errorf("%d samples", n)
	}
}

func TestTenantsAreServedWhileThisProcessLeads(t *testing.T) {
	registry := prometheus.NewRegistry()
	tenants := NewTenants(cached{tenants: []v1alpha1.Tenant{tenant("Active", "Ready")}})
	tenants.registry = registry
	if !tenants.NeedLeaderElection() {
		t.Error("several managers would count the same Tenants")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := tenants.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if n, err := testutil.GatherAndCount(registry); n != 0 || err != nil {
		t.Errorf("%d samples after the end, %v", n, err)
	}
	if err := registry.Register(tenants); err != nil {
		t.Fatal(err)
	}
	if err := tenants.Start(t.Context()); err == nil {
		t.Error("registered twice")
	}
}

func TestApplyCountsByKindAndOutcome(t *testing.T) {
	apply := newApply(prometheus.NewRegistry())
	apply.Observe("Namespace", "created")
	apply.Observe("Namespace", "created")
	apply.Observe("Ingress", "conflict")
	want := `
# HELP tenantry_apply_total Objects that were written or refused, by kind and outcome (created, patched, deleted, conflict, failed).
# TYPE tenantry_apply_total counter
tenantry_apply_total{kind="Ingress",outcome="conflict"} 1
tenantry_apply_total{kind="Namespace",outcome="created"} 2
`
	if err := testutil.CollectAndCompare(apply.total, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
