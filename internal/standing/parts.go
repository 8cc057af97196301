// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/status"
)

func access() metav1.Condition {
	return status.Condition(v1alpha1.ConditionAccessReady, true, v1alpha1.ReasonNoGrants, "nobody was let in by a grant")
}

func license(in desired.Inputs, seen Seen) metav1.Condition {
	if ref := in.Tenant.Spec.PlanRef; ref != nil {
		return status.Condition(v1alpha1.ConditionLicenseReady, false, v1alpha1.ReasonUnresolved,
			fmt.Sprintf("spec.planRef: license plans such as %q are not served by this version of Tenantry; the limits of the tenant's own spec and the operator's defaults hold", ref.Name))
	}
	if over := overLimit(seen.Quota); over != "" {
		return status.Condition(v1alpha1.ConditionLicenseReady, false, v1alpha1.ReasonOverLimit,
			"more is used than allowed: "+over+"; what exists stays and nothing new gets in: raise the limit or delete something")
	}
	before := meta.FindStatusCondition(in.Tenant.Status.Conditions, v1alpha1.ConditionLicenseReady)
	if seen.Quota == nil && before != nil && before.Reason == v1alpha1.ReasonOverLimit {
		return *before
	}
	return status.Condition(v1alpha1.ConditionLicenseReady, true, v1alpha1.ReasonNoPlan, "the tenant names no plan")
}

// limitNames are what people call the resources that spec.limits names.
var limitNames = map[corev1.ResourceName]string{
	desired.ResourceAgents:         "spec.limits.agents",
	corev1.ResourceRequestsStorage: "spec.limits.disk",
}

// overLimit lists what is used beyond the quota, as "spec.limits.disk 41Gi/20Gi".
func overLimit(quota *corev1.ResourceQuota) string {
	if quota == nil {
		return ""
	}
	var over []string
	for _, name := range slices.Sorted(maps.Keys(quota.Spec.Hard)) {
		hard, used := quota.Spec.Hard[name], quota.Status.Used[name]
		if used.Cmp(hard) > 0 {
			over = append(over, fmt.Sprintf("%s %s/%s", cmp.Or(limitNames[name], string(name)), used.String(), hard.String()))
		}
	}
	return strings.Join(over, ", ")
}

func whiteLabel(in desired.Inputs) metav1.Condition {
	brand := in.Tenant.Spec.WhiteLabel
	if brand != nil && (brand.ProfileRef != nil || brand.CopyFrom != nil) {
		return status.Condition(v1alpha1.ConditionWhiteLabelReady, false, v1alpha1.ReasonUnresolved,
			"spec.whiteLabel: brands are not served by this version of Tenantry; the tenant bears none")
	}
	return status.Condition(v1alpha1.ConditionWhiteLabelReady, true, v1alpha1.ReasonNoBrand, "the tenant bears no brand")
}
