// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

func TestWhatAClusterRoleSaysOfItself(t *testing.T) {
	for _, test := range []struct {
		name, permission, roles string
		want                    []v1alpha1.Role
	}{
		{"names roles", "HelpCenter", "Owner,Admin", []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin}},
		{"with spaces", "HelpCenter", " Viewer , Reporter", []v1alpha1.Role{v1alpha1.RoleViewer, v1alpha1.RoleReporter}},
		{"in another spelling, which is no role", "HelpCenter", "owner,Admins,,*", nil},
		{"none, and is nobody's", "HelpCenter", "", nil},
		{"no permission", "", "Owner", []v1alpha1.Role{v1alpha1.RoleOwner}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := access.PermissionRoleOf(metav1.ObjectMeta{
				Name:        "help",
				Labels:      map[string]string{v1alpha1.LabelPermission: test.permission},
				Annotations: map[string]string{v1alpha1.AnnotationPermissionRoles: test.roles},
			})
			if diff := cmp.Diff(access.PermissionRole{ClusterRole: "help", Permission: test.permission, Roles: test.want}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
