// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/apply"
)

// AdminGrantName is the grant of the first administrator, which the operator makes.
const AdminGrantName = "admin"

// Bindings let people in, as access decides.
func Bindings(in Inputs) []apply.Intent {
	var intents []apply.Intent
	for _, binding := range in.Bindings {
		made := &rbacv1.RoleBinding{
			ObjectMeta: objectMeta(in, binding.Name),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: binding.ClusterRole},
		}
		for _, subject := range binding.Subjects {
			made.Subjects = append(made.Subjects, RBACSubject(subject))
		}
		intents = append(intents, apply.Intent{Object: made})
	}
	return intents
}

// RBACSubject is who is let in, as RBAC names them. It spells the API server's defaults out: subjects are compared exactly.
func RBACSubject(subject access.Subject) rbacv1.Subject {
	if subject.Kind == v1alpha1.SubjectServiceAccount {
		return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: subject.Namespace, Name: subject.Name}
	}
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: string(subject.Kind), Name: subject.Name}
}

// Superseded says that a grant is of a first administrator whom the Tenant names no more: it lets nobody in
// while it waits to be deleted or replaced.
func Superseded(tenant *v1alpha1.Tenant, grant *v1alpha1.TenantAccessGrant) bool {
	admin := tenant.Spec.Admin
	return grant.Labels[v1alpha1.LabelManaged] != "" && (admin == nil || admin.Username != grant.Spec.Subject.Name)
}

// adminGrant lets the first administrator in, and takes a seat.
func adminGrant(in Inputs) *apply.Intent {
	admin := in.Tenant.Spec.Admin
	if admin == nil {
		return nil
	}
	return &apply.Intent{Immutable: [][]string{{"spec", "subject"}}, Stamped: []string{v1alpha1.AnnotationCreatedBy}, Object: &v1alpha1.TenantAccessGrant{
		ObjectMeta: objectMeta(in, AdminGrantName),
		Spec: v1alpha1.TenantAccessGrantSpec{
			Subject:    v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: admin.Username},
			Email:      admin.Email,
			Role:       v1alpha1.RoleAdmin,
			Invitation: admin.Invitation.DeepCopy(),
		},
	}}
}
