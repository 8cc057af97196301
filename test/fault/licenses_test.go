// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// The plans of families that sell something, and what they have.
const (
	standardPlan = "standard"
	premiumPlan  = "premium"
	// planSeats is what those on the standard plan may hold together: two times planLimit, and no third.
	planSeats = 13
	planLimit = 6
)

// plan makes a plan beside the family's customers.
func (f family) plan(ctx context.Context, name string, spec v1alpha1.LicensePlanSpec) error {
	plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: name}, Spec: spec}
	return client.IgnoreAlreadyExists(f.Client.Create(ctx, plan))
}

// replan changes a plan.
func (f family) replan(ctx context.Context, name string, change func(*v1alpha1.LicensePlanSpec)) error {
	plan := &v1alpha1.LicensePlan{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.partner.Name, Name: name}, plan); err != nil {
		return err
	}
	before := plan.DeepCopy()
	change(&plan.Spec)
	return f.Client.Patch(ctx, plan, client.MergeFrom(before))
}

// sold returns an error until so many seats of a plan are given away, and so many tenants wait.
func (f family) sold(ctx context.Context, name string, seats, waiting int32) error {
	plan := &v1alpha1.LicensePlan{}
	if err := f.Client.Get(ctx, client.ObjectKey{Namespace: f.partner.Name, Name: name}, plan); err != nil {
		return err
	}
	if status := plan.Status; status.Allocated == nil || *status.Allocated.Agents != seats || *status.Waiting != waiting {
		return fmt.Errorf("plan %s says %+v", name, status)
	}
	return nil
}

// vendor is a family whose partner sells two plans, and has no customer.
func vendor(ctx context.Context, f family) error {
	if err := first(f.createPartner(ctx), f.inPhase(ctx, f.partner, v1alpha1.PhaseActive)); err != nil {
		return err
	}
	partner := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, f.partner, partner); err != nil {
		return err
	}
	if partner.Spec.Partner.Capacity == nil {
		if err := f.change(ctx, f.partner, func(tenant *v1alpha1.Tenant) {
			tenant.Spec.Partner.Capacity = &v1alpha1.Capacity{Tenants: new(int32(3)), Agents: new(int32(20))}
		}); err != nil {
			return err
		}
	}
	return first(
		f.plan(ctx, standardPlan, v1alpha1.LicensePlanSpec{
			Model:       v1alpha1.LicensePerAgent,
			Limits:      &v1alpha1.Limits{Agents: new(int32(planLimit))},
			Capacity:    &v1alpha1.Capacity{Agents: new(int32(planSeats))},
			Permissions: map[string]bool{"Contact": true},
		}),
		f.plan(ctx, premiumPlan, v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Limits: &v1alpha1.Limits{Agents: new(int32(8))}}),
		f.inPhase(ctx, f.partner, v1alpha1.PhaseActive), f.sold(ctx, standardPlan, 0, 0))
}

// youngest of the customers by who waits longest: of those made in the same second, the last by name.
func youngest(f family) client.ObjectKey { return f.siblings()[0] }

// buy makes the three customers on the standard plan, in the order of their names.
func buy(ctx context.Context, f family) error {
	for _, key := range []client.ObjectKey{f.child, f.siblings()[1], f.siblings()[0]} {
		customer := customerTenant(key)
		customer.Spec.Limits = nil
		customer.Spec.PlanRef = &v1alpha1.LocalReference{Name: standardPlan}
		if err := f.Client.Create(ctx, customer); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// holders returns an error until all customers but one are active, and that one waits; with seats taken in all.
func (f family) holders(ctx context.Context, seats int32, waiting ...client.ObjectKey) error {
	for _, key := range append([]client.ObjectKey{f.child}, f.siblings()...) {
		phase := v1alpha1.PhaseActive
		for _, other := range waiting {
			if other == key {
				phase = v1alpha1.PhasePending
			}
		}
		if err := f.inPhase(ctx, key, phase); err != nil {
			return err
		}
	}
	return first(f.sold(ctx, standardPlan, seats, int32(len(waiting))), f.told(ctx, int32(len(waiting))))
}

// told returns an error until the partner says how many wait.
func (f family) told(ctx context.Context, waiting int32) error {
	partner := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, f.partner, partner); err != nil {
		return err
	}
	if capacity := partner.Status.Capacity; capacity == nil || *capacity.Waiting != waiting {
		return fmt.Errorf("the partner says %+v", capacity)
	}
	return nil
}

// soldOut is a family of which the youngest customer waits for a share.
func soldOut(ctx context.Context, f family) error {
	if err := f.Client.Get(ctx, f.child, &v1alpha1.Tenant{}); apierrors.IsNotFound(err) {
		if err := vendor(ctx, f); err != nil {
			return err
		}
	}
	return first(buy(ctx, f), f.holders(ctx, 2*planLimit, youngest(f)))
}

// fewer has the first customer ask for less than it has.
func fewer(ctx context.Context, f family) error {
	return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.Limits = &v1alpha1.Limits{Agents: new(int32(1))} })
}

// isOn returns an error until a customer is on a plan.
func (f family) isOn(ctx context.Context, key client.ObjectKey, plan string) error {
	tenant := &v1alpha1.Tenant{}
	if err := f.Client.Get(ctx, key, tenant); err != nil {
		return err
	}
	if tenant.Status.Plan != plan || !meta.IsStatusConditionTrue(tenant.Status.Conditions, v1alpha1.ConditionLicenseReady) {
		return fmt.Errorf("tenant %s is on plan %q", key, tenant.Status.Plan)
	}
	return f.inPhase(ctx, key, v1alpha1.PhaseActive)
}

// licensings are what users ask for when they sell.
func licensings() []operation {
	return []operation{
		{
			name:  "gives two of three customers their share of a plan",
			given: vendor,
			when:  buy,
			then:  func(ctx context.Context, f family) error { return f.holders(ctx, 2*planLimit, youngest(f)) },
			keeps: true,
		},
		{
			name:  "gives what a customer wants no more to who waits for it",
			given: soldOut,
			when:  fewer,
			then:  func(ctx context.Context, f family) error { return f.holders(ctx, planLimit+planLimit+1) },
			keeps: true,
		},
		{
			name:  "moves a customer to another plan",
			given: soldOut,
			when: func(ctx context.Context, f family) error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.PlanRef.Name = premiumPlan })
			},
			then: func(ctx context.Context, f family) error {
				return first(f.isOn(ctx, f.child, premiumPlan), f.holders(ctx, 2*planLimit))
			},
			keeps: true,
		},
		{
			name:  "gives all customers on a plan other limits",
			given: soldOut,
			when: func(ctx context.Context, f family) error {
				return f.replan(ctx, standardPlan, func(spec *v1alpha1.LicensePlanSpec) { spec.Limits.Agents = new(int32(4)) })
			},
			then:  func(ctx context.Context, f family) error { return f.holders(ctx, 12) },
			keeps: true,
		},
	}
}

// changesOfLicenses are those about shares.
func changesOfLicenses() []changeOfMind {
	return []changeOfMind{{
		operation{name: "takes a share back", given: soldOut, when: fewer, then: licensings()[1].then},
		step{
			when: func(ctx context.Context, f family) error {
				return f.change(ctx, f.child, func(tenant *v1alpha1.Tenant) { tenant.Spec.Limits = nil })
			},
			// It wants back what another has by now.
			then: func(ctx context.Context, f family) error {
				return first(f.inPhase(ctx, f.child, v1alpha1.PhaseDegraded), f.sold(ctx, standardPlan, planLimit+planLimit+1, 1), f.told(ctx, 1))
			},
		},
		1,
	}}
}
