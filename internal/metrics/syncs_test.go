// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// syncAt is a sync in acme's place that has come so far.
func syncAt(name string, progress *v1alpha1.SyncProgress, stalled bool) v1alpha1.MasterTenantSync {
	sync := v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: name}}
	sync.Status.Progress = progress
	if stalled {
		sync.Status.Conditions = []metav1.Condition{{Type: "Stalled", Status: metav1.ConditionTrue}}
	}
	return sync
}

func TestSyncsTellHowFarTheyHaveCome(t *testing.T) {
	syncs := NewSyncs(cached{syncs: []v1alpha1.MasterTenantSync{
		syncAt("baseline", &v1alpha1.SyncProgress{Total: 10, Current: 6, Failed: 1, Pending: 3}, false),
		syncAt("halted", &v1alpha1.SyncProgress{Total: 2, Failed: 2}, true),
		syncAt("new", nil, false),
	}})
	want := `
# HELP tenantry_sync_current_targets Tenants that are as the master.
# TYPE tenantry_sync_current_targets gauge
tenantry_sync_current_targets{namespace="acme",sync="baseline"} 6
tenantry_sync_current_targets{namespace="acme",sync="halted"} 0
# HELP tenantry_sync_failed_targets Tenants that could not be made as the master.
# TYPE tenantry_sync_failed_targets gauge
tenantry_sync_failed_targets{namespace="acme",sync="baseline"} 1
tenantry_sync_failed_targets{namespace="acme",sync="halted"} 2
# HELP tenantry_sync_pending_targets Tenants that wait for their turn, or are being written to.
# TYPE tenantry_sync_pending_targets gauge
tenantry_sync_pending_targets{namespace="acme",sync="baseline"} 3
tenantry_sync_pending_targets{namespace="acme",sync="halted"} 0
# HELP tenantry_sync_stalled 1 for a sync that waits for a person, else 0.
# TYPE tenantry_sync_stalled gauge
tenantry_sync_stalled{namespace="acme",sync="baseline"} 0
tenantry_sync_stalled{namespace="acme",sync="halted"} 1
tenantry_sync_stalled{namespace="acme",sync="new"} 0
# HELP tenantry_sync_targets Tenants that the sync copies to.
# TYPE tenantry_sync_targets gauge
tenantry_sync_targets{namespace="acme",sync="baseline"} 10
tenantry_sync_targets{namespace="acme",sync="halted"} 2
`
	if err := testutil.CollectAndCompare(syncs, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.CollectAndLint(syncs); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestSyncsOfACacheThatCantBeReadLeaveTheOtherMetricsAlone(t *testing.T) {
	if n := testutil.CollectAndCount(NewSyncs(cached{err: errors.New("not started")})); n != 0 {
		t.Errorf("%d samples", n)
	}
}
