// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/standing"
)

// IndexPlans finds the Tenants that a plan concerns: those that name it, and those that it is in effect for.
const IndexPlans = "plans"

// PlansOf are the names of the plans that concern a Tenant.
func PlansOf(object client.Object) []string {
	tenant := object.(*v1alpha1.Tenant)
	var names []string
	if tenant.Spec.PlanRef != nil {
		names = append(names, tenant.Spec.PlanRef.Name)
	}
	if tenant.Status.Plan != "" && !slices.Contains(names, tenant.Status.Plan) {
		names = append(names, tenant.Status.Plan)
	}
	return names
}

// LoadPlan reads who is on a plan, and what they hold together.
func (l *Loader) LoadPlan(ctx context.Context, plan *v1alpha1.LicensePlan) (standing.PlanSeen, error) {
	seen := standing.PlanSeen{}
	tenants := &v1alpha1.TenantList{}
	if err := l.Reader.List(ctx, tenants, client.InNamespace(plan.Namespace), client.MatchingFields{IndexPlans: plan.Name}, client.UnsafeDisableDeepCopy); err != nil {
		return seen, fmt.Errorf("listing the tenants on license plan %q in namespace %q: %w", plan.Name, plan.Namespace, err)
	}
	books, err := l.Shelf.At(ctx, l.Reader, plan.Namespace)
	if err != nil {
		return seen, err
	}
	seen.Tenants = len(tenants.Items)
	for i := range tenants.Items {
		tenant := &tenants.Items[i]
		if _, waits := books.Waiting[tenant.Name]; waits && tenant.Spec.PlanRef != nil && tenant.Spec.PlanRef.Name == plan.Name {
			seen.Waiting++
		}
		if effective := tenant.Status.Effective; effective != nil && tenant.Status.Plan == plan.Name {
			seen.Held = seen.Held.Plus(license.Amounts{1, int64(effective.Agents.Value), effective.Disk.Value.Value()})
		}
	}
	if books.Object != nil {
		seen.Held, _ = books.Held(plan.Name)
	}
	if trial := plan.Spec.Trial; trial != nil && trial.PlanRef != nil {
		err := l.Reader.Get(ctx, client.ObjectKey{Namespace: plan.Namespace, Name: trial.PlanRef.Name}, &v1alpha1.LicensePlan{})
		if apierrors.IsNotFound(err) {
			seen.MissingFollower, err = trial.PlanRef.Name, nil
		}
		return seen, err
	}
	return seen, nil
}
