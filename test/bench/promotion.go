// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

const (
	// partnerName is that of the partner whose customers an admin comes to own, and of its place.
	partnerName = "benchpartner"
	// newAdmin is who comes to own them.
	newAdmin = "pat@bench.example"
	// ownerBinding is the one that the floor adds the admin to, in each customer's place.
	ownerBinding = "tenantry:owner"
)

// times of one owner more in every customer, and of one less.
type times struct{ gained, lost time.Duration }

func (t times) plus(other times) times {
	return times{gained: t.gained + other.gained, lost: t.lost + other.lost}
}

func (t times) per(rounds int) times {
	return times{gained: t.gained / time.Duration(rounds), lost: t.lost / time.Duration(rounds)}
}

// promotion takes how long one admin more of a partner's needs to own all its customers, and to own none.
// The floor is a bare client that writes once for each customer, in rounds that alternate.
func (b *bench) promotion(ctx context.Context) error {
	owners, err := watchTally(ctx, b.cluster, "bindings name "+newAdmin, &rbacv1.RoleBinding{}, func(object client.Object) bool {
		return slices.ContainsFunc(object.(*rbacv1.RoleBinding).Subjects, func(subject rbacv1.Subject) bool { return subject.Name == newAdmin })
	})
	if err != nil {
		return err
	}
	var floor, operator times
	for round := range b.rounds {
		bare, err := b.bareOwner(ctx, owners)
		if err != nil {
			return err
		}
		if err := b.startManager(ctx, nil); err != nil {
			return err
		}
		profiled := b.profileCPU(ctx)
		served, err := b.servedOwner(ctx, owners)
		if err != nil {
			return err
		}
		profiled()
		if err := b.stopManager(ctx); err != nil {
			return err
		}
		progress("round %d: one owner more of %d customers: floor %.2f s, operator %.2f s; one less: floor %.2f s, operator %.2f s",
			round+1, b.tenants, bare.gained.Seconds(), served.gained.Seconds(), bare.lost.Seconds(), served.lost.Seconds())
		floor, operator = floor.plus(bare), operator.plus(served)
	}
	b.report.promoted(operator.per(b.rounds), floor.per(b.rounds))
	return nil
}

// populate has a manager make a partner with as many customers as the bench has tenants.
func (b *bench) populate(ctx context.Context) error {
	progress("making a partner with %d customers", b.tenants)
	if err := b.startManager(ctx, nil); err != nil {
		return err
	}
	partner := &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: partnerName},
		Spec:       v1alpha1.TenantSpec{DisplayName: "Partner", Partner: &v1alpha1.Partner{}},
	}
	if err := b.cluster.Client.Create(ctx, partner); err != nil {
		return fmt.Errorf("creating the partner: %w", err)
	}
	b.made++
	if _, err := b.awaitReady(ctx); err != nil {
		return err
	}
	if err := b.cluster.Client.Create(ctx, plan(planSeats)); err != nil {
		return fmt.Errorf("creating the partner's plan: %w", err)
	}
	if err := b.parallel(ctx, b.tenants, func(ctx context.Context, n int) error {
		customer := newTenant(n)
		customer.Namespace = partnerName
		customer.Spec.Limits, customer.Spec.PlanRef = nil, &v1alpha1.LocalReference{Name: planName}
		return b.cluster.Client.Create(ctx, customer)
	}); err != nil {
		return fmt.Errorf("creating the partner's customers: %w", err)
	}
	if _, err := b.awaitReady(ctx); err != nil {
		return err
	}
	return b.stopManager(ctx)
}

// customersPlaces are the namespaces of the partner's customers.
func (b *bench) customersPlaces(ctx context.Context) ([]string, error) {
	namespaces := &corev1.NamespaceList{}
	ours := client.MatchingLabels{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partnerName}
	if err := b.operator.List(ctx, namespaces, ours); err != nil {
		return nil, fmt.Errorf("listing the customers' places: %w", err)
	}
	places := make([]string, 0, len(namespaces.Items))
	for i := range namespaces.Items {
		places = append(places, namespaces.Items[i].Name)
	}
	return places, nil
}

// bareOwner adds the admin to who owns each customer by a bare client, and removes them again.
func (b *bench) bareOwner(ctx context.Context, owners *tally) (times, error) {
	bindings := &rbacv1.RoleBindingList{}
	ours := client.MatchingLabels{v1alpha1.LabelManaged: "true", v1alpha1.LabelParent: partnerName}
	if err := b.operator.List(ctx, bindings, ours); err != nil {
		return times{}, fmt.Errorf("listing the customers' bindings: %w", err)
	}
	var taken times
	var err error
	more := rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: newAdmin}
	if taken.gained, err = b.timed(ctx, owners, b.tenants, func() error {
		return b.patchOwners(ctx, bindings, func(subjects []rbacv1.Subject) []rbacv1.Subject { return append(subjects, more) })
	}); err != nil {
		return taken, err
	}
	taken.lost, err = b.timed(ctx, owners, 0, func() error {
		return b.patchOwners(ctx, bindings, func(subjects []rbacv1.Subject) []rbacv1.Subject { return subjects })
	})
	return taken, err
}

// patchOwners writes once to each customer, with as many workers as the manager has.
func (b *bench) patchOwners(ctx context.Context, bindings *rbacv1.RoleBindingList, change func([]rbacv1.Subject) []rbacv1.Subject) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(b.config.Workers)
	for _, binding := range bindings.Items {
		if binding.Name != ownerBinding {
			continue
		}
		group.Go(func() error {
			patch, err := json.Marshal(map[string]any{"subjects": change(binding.Subjects)})
			if err != nil {
				return err
			}
			target := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: binding.Namespace, Name: binding.Name}}
			return b.operator.Patch(ctx, target, client.RawPatch(types.MergePatchType, patch), client.FieldOwner(v1alpha1.FieldManager))
		})
	}
	return group.Wait()
}

// servedOwner makes the admin one of the partner's by a grant, and takes the grant away.
func (b *bench) servedOwner(ctx context.Context, owners *tally) (times, error) {
	grant := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: partnerName, Name: "pat"},
		Spec: v1alpha1.TenantAccessGrantSpec{
			Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: newAdmin}, Role: v1alpha1.RoleAdmin,
		},
	}
	var taken times
	var err error
	if taken.gained, err = b.timed(ctx, owners, b.tenants*bindingsOfOwner(), func() error { return b.cluster.Client.Create(ctx, grant) }); err != nil {
		return taken, err
	}
	taken.lost, err = b.timed(ctx, owners, 0, func() error { return b.cluster.Client.Delete(ctx, grant) })
	return taken, err
}

// bindingsOfOwner is the number of bindings that an inherited owner has in a customer's place.
func bindingsOfOwner() int {
	partner := access.Place{
		Tenant:    &v1alpha1.Tenant{Spec: v1alpha1.TenantSpec{Partner: &v1alpha1.Partner{}}},
		Namespace: partnerName,
		Grants: []*v1alpha1.TenantAccessGrant{{Spec: v1alpha1.TenantAccessGrantSpec{
			Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: newAdmin}, Role: v1alpha1.RoleAdmin,
		}}},
	}.WithSeats(1)
	return len(access.Bindings(access.Inputs{Place: access.Place{Tenant: newTenant(0)}, Parent: &partner, Now: time.Now()}))
}
