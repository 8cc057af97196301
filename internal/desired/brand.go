// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// brandConfigMap is what the tenant's portal shows of its brand; nil for a tenant that bears none. What is in it is
// shared with all who bear the brand.
func brandConfigMap(in Inputs) *apply.Intent {
	if in.Look == nil {
		return nil
	}
	return &apply.Intent{Object: &corev1.ConfigMap{ObjectMeta: objectMeta(in, BrandName), Data: in.Look.Data, BinaryData: in.Look.Binary}}
}
