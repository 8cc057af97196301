// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// limitRange gives requests and limits to containers that name none: under a quota of cpu and
// memory they would be refused.
func limitRange(in Inputs) *apply.Intent {
	configured := in.Config.LimitRange
	return &apply.Intent{Object: &corev1.LimitRange{
		ObjectMeta: objectMeta(in, LimitRangeName),
		Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{
			Type:           corev1.LimitTypeContainer,
			Default:        servedList(configured.Default),
			DefaultRequest: servedList(configured.DefaultRequest),
			Max:            servedList(configured.Max),
		}}},
	}}
}
