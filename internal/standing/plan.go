// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/status"
)

// PlanSeen is what was found out about a LicensePlan.
type PlanSeen struct {
	// Tenants that are on the plan, or are to be: it must not go.
	Tenants int
	// Held by those on the plan together.
	Held license.Amounts
	// Waiting is how many Tenants the plan, or its partner, has no capacity for.
	Waiting int
	// MissingFollower is the plan that comes after the trial, where it is not there.
	MissingFollower string
}

// OfPlan is the status of a plan. Now is the time of a change of a condition.
func OfPlan(plan *v1alpha1.LicensePlan, seen PlanSeen, now metav1.Time) v1alpha1.LicensePlanStatus {
	after := *plan.Status.DeepCopy()
	after.ObservedGeneration = plan.Generation
	after.Allocated = seen.Held.Capacity()
	after.Waiting = new(int32(seen.Waiting))
	ready := planReady(plan, seen)
	conditions := []metav1.Condition{ready}
	if plan.DeletionTimestamp != nil {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionReconciling, true, ready.Reason, ready.Message))
	}
	after.Conditions = status.Conditions(plan.Status.Conditions, conditions, plan.Generation, now)
	return after
}

func planReady(plan *v1alpha1.LicensePlan, seen PlanSeen) metav1.Condition {
	switch over := overAllocated(plan, seen.Held); {
	case plan.DeletionTimestamp != nil:
		return status.Condition(v1alpha1.ConditionReady, false, v1alpha1.ReasonInUse,
			fmt.Sprintf("the plan is deleted, and stays until no tenant is on it: `kubectl get tenants -n %s` lists who is; set their spec.planRef to another", plan.Namespace))
	case seen.MissingFollower != "":
		return status.Condition(v1alpha1.ConditionReady, false, v1alpha1.ReasonUnresolved,
			fmt.Sprintf("spec.trial.planRef: there is no LicensePlan %q in namespace %q; make it before the first trial ends", seen.MissingFollower, plan.Namespace))
	case over != "":
		return status.Condition(v1alpha1.ConditionReady, true, v1alpha1.ReasonOverAllocated,
			fmt.Sprintf("the tenants on the plan hold more %s than spec.capacity now has; nobody loses what they have, and nobody gets more", over))
	}
	return status.Condition(v1alpha1.ConditionReady, true, v1alpha1.ReasonReady, "tenants can be put on the plan")
}

// overAllocated says what more is held of than there is.
func overAllocated(plan *v1alpha1.LicensePlan, held license.Amounts) string {
	return strings.Join(license.CapOf(plan.Spec.Capacity).Exceeded(held), " and ")
}
