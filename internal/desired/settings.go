// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"encoding/json"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"github.com/tenantry/tenantry/internal/apply"
)

// settings are what an application in the tenant's place reads of it: all effective, no secret.
func settings(in Inputs) *apply.Intent {
	limits := Limits(in)
	data := map[string]string{
		"name":           in.Tenant.Name,
		"parent":         in.Tenant.Namespace,
		"displayName":    displayName(in),
		"host":           Host(in),
		"url":            URL(in),
		"customerAccess": string(in.Tenant.Spec.CustomerAccess),
		"permissions":    permissions(in),
		"agents":         strconv.Itoa(int(*limits.Agents)),
		"disk":           limits.Disk.String(),
	}
	if plan := in.License.PlanName(); plan != "" {
		data["plan"] = plan
	}
	if in.Tenant.Spec.Region != "" {
		data["region"] = in.Tenant.Spec.Region
	}
	return &apply.Intent{Object: &corev1.ConfigMap{ObjectMeta: objectMeta(in, SettingsName), Data: data}}
}

func displayName(in Inputs) string {
	if in.Tenant.Spec.DisplayName != "" {
		return string(in.Tenant.Spec.DisplayName)
	}
	return in.Tenant.Name
}

// permissions as a JSON object, its keys in order.
func permissions(in Inputs) string {
	text, err := json.Marshal(Permissions(in))
	if err != nil { // a map of booleans always prints
		panic(err)
	}
	return string(text)
}
