// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// maxUser is the longest user name that a status takes.
const maxUser = 254

// SuperAdmin in effect: the one named, else who came with a place that was taken back, else the
// person who created the tenant, else the parent's. Empty if there is none. That of a tenant that is
// going stays who it was.
func SuperAdmin(in Inputs) string {
	if was := in.Tenant.Status.SuperAdmin; was != "" && in.Tenant.DeletionTimestamp != nil {
		return was
	}
	if in.Tenant.Spec.SuperAdmin != "" {
		return in.Tenant.Spec.SuperAdmin
	}
	if in.FormerSuperAdmin != "" {
		return in.FormerSuperAdmin
	}
	if creator := in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy]; isPerson(creator) {
		return creator
	}
	if len(in.Ancestors) > 0 {
		return in.Ancestors[0].Status.SuperAdmin
	}
	return ""
}

// isPerson says whether a user name is a person's, not Kubernetes' own.
func isPerson(user string) bool {
	return user != "" && len(user) <= maxUser && !strings.HasPrefix(user, "system:")
}
