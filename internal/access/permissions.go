// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// permissionPrefix begins the names of the bindings of permissions' ClusterRoles.
const permissionPrefix = prefix + "permission:"

// everyRole that a ClusterRole may name.
var everyRole = []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin, v1alpha1.RoleEditor, v1alpha1.RoleViewer, v1alpha1.RoleReporter}

// PermissionRole is a ClusterRole that holders of some roles have while the tenant has a permission.
type PermissionRole struct {
	// ClusterRole that is bound.
	ClusterRole string
	// Permission that the tenant must have.
	Permission string
	// Roles whose holders get it.
	Roles []v1alpha1.Role
}

// PermissionRoleOf reads what a ClusterRole says of itself. Words that are no role count for nothing, and
// one without the label is nobody's: its Permission is empty.
func PermissionRoleOf(clusterRole metav1.ObjectMeta) PermissionRole {
	read := PermissionRole{ClusterRole: clusterRole.Name, Permission: clusterRole.Labels[v1alpha1.LabelPermission]}
	for word := range strings.SplitSeq(clusterRole.Annotations[v1alpha1.AnnotationPermissionRoles], ",") {
		if role := v1alpha1.Role(strings.TrimSpace(word)); slices.Contains(everyRole, role) {
			read.Roles = append(read.Roles, role)
		}
	}
	return read
}

// PermissionBinding says whether a binding of that name is of a permission's ClusterRole.
func PermissionBinding(name string) bool { return strings.HasPrefix(name, permissionPrefix) }

// addPermissions gives the holders of roles the ClusterRoles of the permissions that the tenant has.
func (h holders) addPermissions(in Inputs, entries []Entry) {
	for _, permission := range in.Permissions {
		if !in.Permitted[permission.Permission] {
			continue
		}
		for _, entry := range entries {
			if slices.Contains(permission.Roles, entry.Role) {
				h.add(permissionPrefix+permission.ClusterRole, permission.ClusterRole, entry.Subject)
			}
		}
	}
}
