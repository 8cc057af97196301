// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// refuseMissingPlan: what a plan says that is not there is not known. What the tenant has it keeps.
func refuseMissingPlan(in Inputs) *Refusal {
	if in.License.Missing == "" || in.Tenant.DeletionTimestamp != nil {
		return nil
	}
	return &Refusal{
		Reason: v1alpha1.ReasonUnresolved,
		Message: fmt.Sprintf("there is no LicensePlan %q in namespace %q; make it, or set spec.planRef to one that is there: `kubectl get licenseplans -n %s` lists them",
			in.License.Missing, in.Tenant.Namespace, in.Tenant.Namespace),
	}
}

// refuseWithoutCapacity: nothing is made for who was given nothing yet. Who was given less than is asked keeps that.
func refuseWithoutCapacity(in Inputs) *Refusal {
	if in.License.Share != nil || in.Tenant.DeletionTimestamp != nil {
		return nil
	}
	switch {
	case in.License.Waiting:
		return &Refusal{Reason: v1alpha1.ReasonCapacityExhausted, Message: Exhausted(in)}
	case in.License.Undecided:
		return &Refusal{Reason: v1alpha1.ReasonProvisioning, Message: "whether there is capacity for the tenant is being looked at"}
	}
	return nil
}

// Exhausted says what capacity a tenant waits for, and what to do about it.
func Exhausted(in Inputs) string {
	lack := in.License.Lack
	if lack == nil {
		return fmt.Sprintf("other tenants in namespace %q wait longer for capacity; this one is served in its turn, when some is freed or more is bought", in.Tenant.Namespace)
	}
	pool, field := "the partner", "spec.partner.capacity."+lack.Of+" of the partner"
	if lack.Plan != "" {
		pool, field = fmt.Sprintf("LicensePlan %q", lack.Plan), fmt.Sprintf("spec.capacity.%s of LicensePlan %q", lack.Of, lack.Plan)
	}
	asked, limit := printed(lack.Of, lack.Asked), printed(lack.Of, lack.Cap)
	if lack.Asked > lack.Cap {
		return fmt.Sprintf("%s has a capacity of %s %s in all, and this tenant asks for %s: it can't be served until it asks for less, or %s is raised", pool, limit, lack.Of, asked, field)
	}
	return fmt.Sprintf("%s has a capacity of %s %s, and too little of it is left for the %s that this tenant asks for; it is served when enough is freed: ask for less, free some, or raise %s", pool, limit, lack.Of, asked, field)
}

// printed is an amount as people write it.
func printed(of string, amount int64) string {
	if of == "disk" {
		return resource.NewQuantity(amount, resource.BinarySI).String()
	}
	return strconv.FormatInt(amount, 10)
}
