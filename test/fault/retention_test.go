// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// long is a retention that no spec sees the end of.
const long = time.Hour

// keepFor says how long a tenant's place outlives it, if the Tenant is still there.
func (s site) keepFor(ctx context.Context, key client.ObjectKey, retention time.Duration) error {
	return client.IgnoreNotFound(s.change(ctx, key, func(tenant *v1alpha1.Tenant) {
		tenant.Spec.RetainFor = &metav1.Duration{Duration: retention}
	}))
}

// retire deletes a tenant whose place is to be kept. It may be told so again and again.
func (s site) retire(ctx context.Context, key client.ObjectKey) error {
	return first(s.keepFor(ctx, key, long), s.remove(ctx, key))
}

// retained returns an error until a tenant is no more, and the operator says that its place is kept.
func (s site) retained(ctx context.Context, key client.ObjectKey) error {
	if err := s.gone(ctx, key); err != nil {
		return err
	}
	record := &v1alpha1.RetainedTenant{}
	if err := s.Client.Get(ctx, key, record); err != nil {
		return err
	}
	if record.Status.ObservedGeneration != record.Generation || !meta.IsStatusConditionTrue(record.Status.Conditions, v1alpha1.ConditionReady) {
		return fmt.Errorf("the place of tenant %s is not kept yet: %v", key, record.Status.Conditions)
	}
	return nil
}

// forgotten returns an error until nothing says any more that a tenant's place is kept.
func (s site) forgotten(ctx context.Context, key client.ObjectKey) error {
	err := s.Client.Get(ctx, key, &v1alpha1.RetainedTenant{})
	if err == nil {
		return fmt.Errorf("the record of tenant %s is still there", key)
	}
	return client.IgnoreNotFound(err)
}

// wish has something done with a place that is kept, if it is still there.
func (s site) wish(ctx context.Context, key client.ObjectKey, action v1alpha1.RetainedAction) error {
	record := &v1alpha1.RetainedTenant{}
	if err := s.Client.Get(ctx, key, record); err != nil {
		return client.IgnoreNotFound(err)
	}
	before := record.DeepCopy()
	record.Spec.Action = action
	return s.Client.Patch(ctx, record, client.MergeFrom(before))
}

// purge deletes a tenant with all that is kept of it.
func (s site) purge(ctx context.Context, key client.ObjectKey) error {
	err := s.change(ctx, key, func(tenant *v1alpha1.Tenant) {
		metav1.SetMetaDataAnnotation(&tenant.ObjectMeta, v1alpha1.AnnotationPurge, tenant.Name)
	})
	return first(client.IgnoreNotFound(err), s.remove(ctx, key), s.wish(ctx, key, v1alpha1.ActionPurge))
}

// purged returns an error until a tenant is no more, and nothing is kept of it.
func (s site) purged(ctx context.Context, key client.ObjectKey) error {
	return first(s.gone(ctx, key), s.forgotten(ctx, key))
}

// back returns an error until a tenant works again in the place that was kept.
func (s site) back(ctx context.Context, key client.ObjectKey) error {
	return first(s.inPhase(ctx, key, v1alpha1.PhaseActive), s.forgotten(ctx, key))
}

// retentions are what users ask for when places outlive their tenants.
func retentions() []operation {
	return []operation{
		{
			name:  "keeps a deleted tenant's place",
			given: keeping,
			when:  func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then:  func(ctx context.Context, f family) error { return f.retained(ctx, f.child) },
			keeps: true,
		},
		{
			name:  "gives a place back to who makes the tenant again",
			given: retired,
			when:  func(ctx context.Context, f family) error { return f.createCustomer(ctx) },
			then:  func(ctx context.Context, f family) error { return f.back(ctx, f.child) },
			keeps: true,
		},
		{
			name:  "restores a tenant because its record says so",
			given: retired,
			when:  func(ctx context.Context, f family) error { return f.wish(ctx, f.child, v1alpha1.ActionRestore) },
			then:  func(ctx context.Context, f family) error { return f.back(ctx, f.child) },
			keeps: true,
		},
		{
			name:  "purges a place because its record says so",
			given: retired,
			when:  func(ctx context.Context, f family) error { return f.wish(ctx, f.child, v1alpha1.ActionPurge) },
			then:  func(ctx context.Context, f family) error { return f.purged(ctx, f.child) },
		},
		{
			name: "keeps the place of a partner that has a customer",
			given: func(ctx context.Context, f family) error {
				return first(active(ctx, f), f.keepFor(ctx, f.partner, long), inPhases(ctx, f, v1alpha1.PhaseActive))
			},
			when: func(ctx context.Context, f family) error { return f.remove(ctx, f.partner) },
			then: func(ctx context.Context, f family) error {
				return first(f.retained(ctx, f.partner), f.inPhase(ctx, f.child, v1alpha1.PhaseSuspended))
			},
			keeps: true,
		},
	}
}

// keeping is a family whose customer's place outlives it.
func keeping(ctx context.Context, f family) error {
	return first(active(ctx, f), f.keepFor(ctx, f.child, long), inPhases(ctx, f, v1alpha1.PhaseActive))
}

// retired is a family whose customer was deleted, and its place kept.
func retired(ctx context.Context, f family) error {
	err := f.Client.Get(ctx, f.child, &v1alpha1.RetainedTenant{})
	if err == nil {
		return f.retained(ctx, f.child)
	}
	if !apierrors.IsNotFound(err) {
		return err
	}
	return first(keeping(ctx, f), f.retire(ctx, f.child), f.retained(ctx, f.child))
}
