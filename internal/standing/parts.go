// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/status"
)

// accessReady says whether people are let in: nobody, where there is no place to let them into.
func accessReady(in desired.Inputs, seen Seen) metav1.Condition {
	switch {
	case seen.NotBound:
		return status.Condition(v1alpha1.ConditionAccessReady, false, v1alpha1.ReasonBindForbidden,
			"the API server refuses some of the bindings that let people in: condition Ready says which, and the operator tries again by itself")
	case seen.NoSeat:
		return status.Condition(v1alpha1.ConditionAccessReady, false, v1alpha1.ReasonNoSeat,
			fmt.Sprintf("there is no seat for the first administrator %q: raise spec.limits.agents, or delete a grant in namespace %q", in.Tenant.Spec.Admin.Username, desired.NamespaceName(in)))
	case len(seen.Unbound) > 0:
		return status.Condition(v1alpha1.ConditionAccessReady, false, v1alpha1.ReasonPermissionUnbound,
			fmt.Sprintf("the operator may not bind ClusterRole %s of a permission of the tenant's: whoever runs the cluster adds a ClusterRole with label tenantry.io/aggregate-to-manager and verb bind on that name",
				strings.Join(seen.Unbound, ", ")))
	}
	if len(in.Bindings) == 0 || seen.Refusal != nil || !seen.HasPlace {
		return status.Condition(v1alpha1.ConditionAccessReady, true, v1alpha1.ReasonNoGrants, "nobody is let in")
	}
	// Without a number: one admin more of a partner would be a status write for each customer.
	return status.Condition(v1alpha1.ConditionAccessReady, true, v1alpha1.ReasonGranted, "whoever is granted access is let in")
}
