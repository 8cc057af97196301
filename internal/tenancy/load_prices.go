// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/pricing"
)

// LoadPrices reads the PriceLists of a namespace, and what they speak of. What it returns is the cache's
// own: it must not be changed.
func (l *Loader) LoadPrices(ctx context.Context, namespace string) (pricing.Inputs, error) {
	in := pricing.Inputs{Plans: map[string]*v1alpha1.LicensePlan{}, Tenants: map[string][]*v1alpha1.Tenant{}}
	lists := &v1alpha1.PriceListList{}
	if err := l.Reader.List(ctx, lists, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return in, fmt.Errorf("listing the price lists in namespace %q: %w", namespace, err)
	}
	for i := range lists.Items {
		if lists.Items[i].DeletionTimestamp != nil {
			continue
		}
		in.Lists = append(in.Lists, &lists.Items[i])
		if err := l.priced(ctx, &in, client.ObjectKey{Namespace: namespace, Name: lists.Items[i].Spec.PlanRef.Name}); err != nil {
			return in, err
		}
	}
	return in, nil
}

// priced reads a plan that has a price, and who is on it.
func (l *Loader) priced(ctx context.Context, in *pricing.Inputs, key client.ObjectKey) error {
	if _, known := in.Plans[key.Name]; known {
		return nil
	}
	plan := &v1alpha1.LicensePlan{}
	if err := l.Reader.Get(ctx, key, plan); err != nil {
		in.Plans[key.Name] = nil
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("reading license plan %q in namespace %q: %w", key.Name, key.Namespace, err)
	}
	in.Plans[key.Name] = plan
	tenants := &v1alpha1.TenantList{}
	if err := l.Reader.List(ctx, tenants, client.InNamespace(key.Namespace), client.MatchingFields{IndexPlans: key.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing the tenants on license plan %q in namespace %q: %w", key.Name, key.Namespace, err)
	}
	for i := range tenants.Items {
		if tenants.Items[i].Status.Plan == key.Name { // others ask for the plan, and are not on it yet
			in.Tenants[key.Name] = append(in.Tenants[key.Name], &tenants.Items[i])
		}
	}
	return nil
}
