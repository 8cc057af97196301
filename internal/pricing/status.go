// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/status"
)

// maxTenants are named in a status.
const maxTenants = 2000

// reckoning is what became of one list.
type reckoning struct {
	// ready says that there are sums.
	ready   bool
	stalled bool
	reason  string
	// message quotes no price and no sum: conditions are what people paste into tickets.
	message string
	sums    sums
	tenants []tenantSums
}

// reckon looks at one list. Speaking is the one that speaks of its plan.
func reckon(in Inputs, list, speaking *v1alpha1.PriceList, period string) reckoning {
	name := list.Spec.PlanRef.Name
	if speaking != list {
		return reckoning{stalled: true, reason: v1alpha1.ReasonDuplicate,
			message: fmt.Sprintf("PriceList %q is older and speaks of plan %q already; this one computes nothing and is in no sum: delete one of the two", speaking.Name, name)}
	}
	plan := in.Plans[name]
	if plan == nil {
		return reckoning{reason: v1alpha1.ReasonUnresolved,
			message: fmt.Sprintf("spec.planRef: there is no LicensePlan %q in namespace %q: make it, or make a PriceList of another plan", name, list.Namespace)}
	}
	known, ok := pricesOf(list.Spec)
	if !ok {
		return reckoning{stalled: true, reason: v1alpha1.ReasonFailed,
			message: "a price in the spec is no decimal number, which the kind's schema refuses: install Tenantry's CRDs again, and write the prices anew"}
	}
	tenants, all := account(known, plan.Spec.Model, in.Tenants[name], period)
	message := fmt.Sprintf("the sums are over every tenant on plan %q", name)
	if len(tenants) > maxTenants {
		message += fmt.Sprintf("; status.tenants names the first %d of them", maxTenants)
		tenants = tenants[:maxTenants]
	}
	return reckoning{ready: true, reason: v1alpha1.ReasonReady, message: message, sums: all, tenants: tenants}
}

// status of the list that was reckoned.
func (r reckoning) status(list *v1alpha1.PriceList, partner sums, period string, now metav1.Time) v1alpha1.PriceListStatus {
	conditions := []metav1.Condition{status.Condition(v1alpha1.ConditionReady, r.ready, r.reason, r.message)}
	if r.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, r.reason, r.message))
	}
	after := v1alpha1.PriceListStatus{
		ObservedGeneration: list.Generation,
		Conditions:         status.Conditions(list.Status.Conditions, conditions, list.Generation, now),
		Period:             period,
		Previous:           previous(list.Status, period),
	}
	if !r.ready {
		return after
	}
	after.PriceSums = r.sums.said()
	for _, tenant := range r.tenants {
		after.Tenants = append(after.Tenants, v1alpha1.TenantSums{Name: v1alpha1.TenantName(tenant.name), PriceSums: tenant.said()})
	}
	after.Partner = new(partner.said())
	return after
}

// previous is what a list said last of the period before this one, once this one begins. Where it said
// nothing, what it knows of an earlier one stays.
func previous(before v1alpha1.PriceListStatus, period string) *v1alpha1.PeriodSums {
	if before.Units == nil || before.Period >= period {
		return before.Previous
	}
	return &v1alpha1.PeriodSums{Period: before.Period, PriceSums: before.PriceSums}
}
