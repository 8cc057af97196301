// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// operation is something that a user asks for and the operator does in several writes.
type operation struct {
	// name of the operation, as in "survives being killed while it <name>".
	name string
	// given brings a family to where the operation begins; no fault happens meanwhile. It is tried
	// until it succeeds.
	given func(context.Context, family) error
	// when asks for the operation.
	when func(context.Context, family) error
	// then returns an error until the operation is complete, in a run without faults.
	then func(context.Context, family) error
	// keeps says that the operation leaves what a tenant has as it is.
	keeps bool
}

func operations() []operation {
	return []operation{
		{
			name:  "creates a tenant",
			given: func(context.Context, family) error { return nil },
			when:  func(ctx context.Context, f family) error { return f.createPartner(ctx) },
			then:  func(ctx context.Context, f family) error { return f.inPhase(ctx, f.partner, v1alpha1.PhaseActive) },
			keeps: true,
		},
		{
			name:  "suspends a tenant",
			given: active,
			when:  func(ctx context.Context, f family) error { return f.suspend(ctx, f.child, true) },
			then:  func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseSuspended) },
			keeps: true,
		},
		{
			name:  "suspends a partner and its customer",
			given: active,
			when:  func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, true) },
			then:  func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseSuspended) },
			keeps: true,
		},
		{
			name:  "resumes a tenant",
			given: suspended,
			when:  func(ctx context.Context, f family) error { return f.suspend(ctx, f.partner, false) },
			then:  func(ctx context.Context, f family) error { return inPhases(ctx, f, v1alpha1.PhaseActive) },
			keeps: true,
		},
		{
			name:  "moves a tenant to another host and raises its limits",
			given: active,
			when:  moveHost,
			then:  func(ctx context.Context, f family) error { return f.inPhase(ctx, f.child, v1alpha1.PhaseActive) },
			keeps: true,
		},
		{
			name:  "deletes a tenant",
			given: active,
			when:  func(ctx context.Context, f family) error { return f.remove(ctx, f.child) },
			then:  func(ctx context.Context, f family) error { return f.gone(ctx, f.child) },
		},
		{
			name:  "deletes a partner after its customer",
			given: active,
			when:  func(ctx context.Context, f family) error { return f.remove(ctx, f.partner, f.child) },
			then:  func(ctx context.Context, f family) error { return first(f.gone(ctx, f.child), f.gone(ctx, f.partner)) },
		},
	}
}

func active(ctx context.Context, f family) error {
	return first(f.createPartner(ctx), f.createCustomer(ctx), inPhases(ctx, f, v1alpha1.PhaseActive))
}

func suspended(ctx context.Context, f family) error {
	return first(f.createPartner(ctx), f.createCustomer(ctx), f.suspend(ctx, f.partner, true), inPhases(ctx, f, v1alpha1.PhaseSuspended))
}

func inPhases(ctx context.Context, f family, phase v1alpha1.TenantPhase) error {
	return first(f.inPhase(ctx, f.partner, phase), f.inPhase(ctx, f.child, phase))
}

func moveHost(ctx context.Context, f family) error {
	return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) {
		tenant.Spec.Domain = &v1alpha1.Domain{Subdomain: "moved"}
		tenant.Spec.Limits.Agents = new(int32(7))
	})
}
