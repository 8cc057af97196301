// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package invite

import (
	"fmt"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// askAgain says what to set for another mail. The grant of a first administrator is the operator's own,
// made after the Tenant, and nobody else changes it.
func askAgain(grant *v1alpha1.TenantAccessGrant) string {
	if ofFirstAdministrator(grant) {
		return fmt.Sprintf("set spec.admin.invitation.resend of %s to any new value", itsTenant(grant))
	}
	return "set spec.invitation.resend to any new value"
}

// correct says where another address is to be set.
func correct(grant *v1alpha1.TenantAccessGrant) string {
	if ofFirstAdministrator(grant) {
		return fmt.Sprintf("correct spec.admin.email of %s", itsTenant(grant))
	}
	return "correct spec.email"
}

// ofFirstAdministrator: nobody but the operator sets this label.
func ofFirstAdministrator(grant *v1alpha1.TenantAccessGrant) bool {
	return grant.Labels[v1alpha1.LabelManaged] == "true"
}

func itsTenant(grant *v1alpha1.TenantAccessGrant) string {
	return fmt.Sprintf("Tenant %q in namespace %q", grant.Labels[v1alpha1.LabelTenant], grant.Labels[v1alpha1.LabelParent])
}
