// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/desired"
)

// newTenant is the nth tenant of the bench, a root.
func newTenant(n int) *v1alpha1.Tenant {
	return &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: fmt.Sprintf("bench%06d", n)},
		Spec: v1alpha1.TenantSpec{
			DisplayName: v1alpha1.DisplayText(fmt.Sprintf("Customer %d", n)),
			Limits:      &v1alpha1.Limits{Agents: new(int32(25))},
		},
	}
}

// ask creates the nth Tenant, as whoever asks for one does.
func (b *bench) ask(ctx context.Context, n int) error {
	tenant := newTenant(n)
	if err := b.cluster.Client.Create(ctx, tenant); err != nil {
		return fmt.Errorf("creating tenant %q: %w", tenant.Name, err)
	}
	return nil
}

// makeBare is the floor: the nth Tenant, and everything that the operator would make for it, by
// plain creates one after another.
func (b *bench) makeBare(ctx context.Context, n int) error {
	tenant := newTenant(n)
	if err := b.cluster.Client.Create(ctx, tenant); err != nil {
		return fmt.Errorf("creating tenant %q: %w", tenant.Name, err)
	}
	for _, intent := range b.place(tenant).All() {
		object, err := intent.New(v1alpha1.Prefix)
		if err != nil {
			return err
		}
		if err := b.operator.Create(ctx, object, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return fmt.Errorf("creating %T of tenant %q: %w", object, tenant.Name, err)
		}
	}
	return nil
}

// place is what the operator makes for a root tenant that holds its host.
func (b *bench) place(tenant *v1alpha1.Tenant) desired.Place {
	in := desired.Inputs{
		Tenant: tenant,
		Host:   desired.HostClaim{Held: true},
		Config: b.config,
	}
	in.Bindings = access.Bindings(access.Inputs{Place: access.Place{
		Tenant:     tenant,
		Namespace:  desired.NamespaceName(in),
		SuperAdmin: desired.SuperAdmin(in),
	}})
	return desired.For(in)
}

// owned is the number of objects that a tenant's place has, its namespace among them.
func (b *bench) owned() int {
	tenant := newTenant(0)
	tenant.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "anybody"}
	return len(b.place(tenant).All())
}
