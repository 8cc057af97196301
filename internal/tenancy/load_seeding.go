// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
)

// seeding finds the syncs that a new tenant waits for. One that was Ready waits for none any more.
func (l *Loader) seeding(ctx context.Context, in *desired.Inputs) error {
	if len(in.Ancestors) == 0 || in.Tenant.DeletionTimestamp != nil || meta.IsStatusConditionTrue(in.Tenant.Status.Conditions, v1alpha1.ConditionReady) {
		return nil
	}
	list := &v1alpha1.MasterTenantSyncList{}
	if err := l.Reader.List(ctx, list, client.InNamespace(in.Tenant.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing the syncs in namespace %q: %w", in.Tenant.Namespace, err)
	}
	for i := range list.Items {
		if Awaits(in.Tenant, &list.Items[i]) {
			in.Seeding = append(in.Seeding, list.Items[i].Name)
		}
	}
	slices.Sort(in.Seeding)
	return nil
}

// Awaits says whether a tenant is to have what a sync brings before it is Ready: it is one for new tenants, is to write,
// and has neither brought all nor failed. What waits for a person's approval keeps nobody waiting.
func Awaits(tenant *v1alpha1.Tenant, sync *v1alpha1.MasterTenantSync) bool {
	spec := sync.Spec
	if spec.Trigger != v1alpha1.TriggerOnCreate || spec.Suspend || standing.Gated(spec) || sync.DeletionTimestamp != nil || !replication.IsTarget(sync, tenant) {
		return false
	}
	return !slices.ContainsFunc(tenant.Status.Syncs, func(entry v1alpha1.TenantSync) bool {
		return entry.Name == sync.Name && (entry.Reached || entry.State == v1alpha1.SyncFailed)
	})
}
