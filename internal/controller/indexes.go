// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// indexBlocked finds the Tenants that wait for a namespace of another owner to go.
const indexBlocked = "blocked-by-namespace"

// blockedBy are the names that a blocked Tenant's namespace may have: a root's and a child's.
func blockedBy(object client.Object) []string {
	tenant := object.(*v1alpha1.Tenant)
	ready := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason != v1alpha1.ReasonNamespaceConflict {
		return nil
	}
	return []string{
		desired.NamespaceName(desired.Inputs{Tenant: tenant, Parent: desired.ParentNone}),
		desired.NamespaceName(desired.Inputs{Tenant: tenant, Parent: desired.ParentKnown}),
	}
}

// indexDomains finds the Tenants that want a domain for their own.
const indexDomains = "domains"

// wantedDomains are the names of the domains that a Tenant wants for its own.
func wantedDomains(object client.Object) []string {
	var names []string
	for _, wanted := range desired.Domains(object.(*v1alpha1.Tenant)) {
		names = append(names, wanted.Name)
	}
	return names
}

// AddIndexes registers every index that the reconcilers read.
func AddIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	for _, index := range []struct {
		of      client.Object
		name    string
		extract client.IndexerFunc
	}{
		{&v1alpha1.Tenant{}, indexBlocked, blockedBy},
		{&v1alpha1.Tenant{}, indexDomains, wantedDomains},
		{&v1alpha1.Tenant{}, tenancy.IndexPlans, tenancy.PlansOf},
		{&v1alpha1.Tenant{}, tenancy.IndexBrand, tenancy.BrandsOf},
		{&v1alpha1.Tenant{}, tenancy.IndexCopies, tenancy.CopiedBy},
		{&v1alpha1.WhiteLabelProfile{}, tenancy.IndexDefaultBrand, tenancy.MarkedDefault},
		{&v1alpha1.TenantAccessGrant{}, tenancy.IndexSubject, tenancy.SubjectHash},
		{&corev1.ConfigMap{}, tenancy.IndexClaims, tenancy.ClaimedFor},
		{&corev1.ConfigMap{}, tenancy.IndexDirectory, tenancy.ShardOf},
		{&v1alpha1.TenantAccessGrant{}, tenancy.IndexGrantUID, tenancy.UIDOf},
		{&batchv1.Job{}, tenancy.IndexRuns, tenancy.RunOf},
	} {
		if err := indexer.IndexField(ctx, index.of, index.name, index.extract); err != nil {
			return fmt.Errorf("adding index %q of %T: %w", index.name, index.of, err)
		}
	}
	return nil
}
