// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

const (
	// planName is that of the plan which the partner's customers are on.
	planName = "bench"
	// planSeats is the plan's limit; it is raised by one and lowered again.
	planSeats = 20
)

// changePlan takes how long a plan's new limit needs to be enforced for all tenants on it. The floor is a bare
// client that writes the same quotas and settings, in rounds that alternate.
func (b *bench) changePlan(ctx context.Context) error {
	raised, err := watchTally(ctx, b.cluster, "quotas have the plan's new limit", &corev1.ResourceQuota{}, func(object client.Object) bool {
		hard := object.(*corev1.ResourceQuota).Spec.Hard[desired.ResourceAgents]
		return hard.Value() == planSeats+1
	})
	if err != nil {
		return err
	}
	var floor, operator time.Duration
	for round := range b.rounds {
		bare, err := b.timed(ctx, raised, b.tenants, func() error { return b.writeLimits(ctx, planSeats+1) })
		if err != nil {
			return err
		}
		if _, err := b.timed(ctx, raised, 0, func() error { return b.writeLimits(ctx, planSeats) }); err != nil {
			return err
		}
		if err := b.startManager(ctx, nil); err != nil {
			return err
		}
		served, err := b.timed(ctx, raised, b.tenants, func() error { return b.sellLimits(ctx, planSeats+1) })
		if err != nil {
			return err
		}
		if _, err := b.timed(ctx, raised, 0, func() error { return b.sellLimits(ctx, planSeats) }); err != nil {
			return err
		}
		b.usage.quiet(ctx)
		if err := b.stopManager(ctx); err != nil {
			return err
		}
		progress("round %d: another limit of the plan of %d tenants: floor %.2f s, operator %.2f s", round+1, b.tenants, bare.Seconds(), served.Seconds())
		floor, operator = floor+bare, operator+served
	}
	b.report.planChanged(operator/time.Duration(b.rounds), floor/time.Duration(b.rounds))
	return nil
}

// plan is the one that the partner's customers are on.
func plan(seats int32) *v1alpha1.LicensePlan {
	return &v1alpha1.LicensePlan{
		ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: planName},
		Spec:       v1alpha1.LicensePlanSpec{Model: v1alpha1.LicenseUnlimited, Limits: &v1alpha1.Limits{Agents: &seats}},
	}
}

// sellLimits changes the limit of the plan.
func (b *bench) sellLimits(ctx context.Context, seats int32) error {
	data, err := json.Marshal(map[string]any{"spec": plan(seats).Spec})
	if err != nil {
		return err
	}
	return b.cluster.Client.Patch(ctx, plan(seats), client.RawPatch(types.MergePatchType, data))
}

// writeLimits writes the quota and the settings of each customer, with as many workers as the manager has.
func (b *bench) writeLimits(ctx context.Context, seats int64) error {
	places, err := b.customersPlaces(ctx)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.config.Workers)
	for _, place := range places {
		group.Go(func() error {
			for object, patch := range map[client.Object]map[string]any{
				&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: desired.SettingsName}}: {
					"data": map[string]string{"agents": strconv.FormatInt(seats, 10)}},
				&corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: desired.QuotaName}}: {
					"spec": map[string]any{"hard": corev1.ResourceList{desired.ResourceAgents: *resource.NewQuantity(seats, resource.DecimalSI)}}},
			} {
				data, err := json.Marshal(patch)
				if err != nil {
					return err
				}
				if err := b.operator.Patch(ctx, object, client.RawPatch(types.MergePatchType, data), client.FieldOwner(v1alpha1.FieldManager)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
