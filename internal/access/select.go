// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Selects says whether a selection picks a Tenant. One that can't be read picks none: admission has
// checked it.
func Selects(selection *v1alpha1.Selection, tenant *v1alpha1.Tenant) bool {
	if selection.Selector == nil {
		return slices.Contains(selection.Names, v1alpha1.TenantName(tenant.Name))
	}
	return Matcher(selection.Selector)(tenant.Labels)
}

// Matcher is a selector, read once for many objects: it says whether labels match. One that can't be read matches
// none.
func Matcher(selector *v1alpha1.LabelSelector) func(map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(plain(selector))
	if err != nil {
		return func(map[string]string) bool { return false }
	}
	return func(set map[string]string) bool { return parsed.Matches(labels.Set(set)) }
}

// plain is a selector as Kubernetes' own type.
func plain(selector *v1alpha1.LabelSelector) *metav1.LabelSelector {
	converted := &metav1.LabelSelector{}
	for key, value := range selector.MatchLabels {
		metav1.AddLabelToSelector(converted, key, string(value))
	}
	for _, requirement := range selector.MatchExpressions {
		values := make([]string, 0, len(requirement.Values))
		for _, value := range requirement.Values {
			values = append(values, string(value))
		}
		converted.MatchExpressions = append(converted.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: requirement.Key, Operator: metav1.LabelSelectorOperator(requirement.Operator), Values: values,
		})
	}
	return converted
}
