// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Pod returns a pod that meets the Pod Security Standards at their strictest and asks for nothing
// else. It is not made yet; without a scheduler it stays Pending.
func Pod(namespace, name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PodSpec{
			SecurityContext: &corev1.PodSecurityContext{
				RunAsNonRoot:   new(true),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
			Containers: []corev1.Container{{
				Name: "main", Image: "registry.example/main",
				SecurityContext: &corev1.SecurityContext{
					AllowPrivilegeEscalation: new(false),
					Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				},
			}},
		},
	}
}

// GrantFor returns a grant, of the user's own name, that lets a user into a place. It is not made yet.
func GrantFor(namespace, user string, role v1alpha1.Role) *v1alpha1.TenantAccessGrant {
	return &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user},
		Spec:       v1alpha1.TenantAccessGrantSpec{Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: user}, Role: role},
	}
}

// May says whether the API server lets a user do something to a resource, such as "tenants.tenantry.io"
// or "pods", in a namespace; the empty one is all of them. The user is a member of system:authenticated
// and of groups.
func (c *Cluster) May(ctx context.Context, user, verb, resource, namespace string, groups ...string) (bool, error) {
	name, group, _ := strings.Cut(resource, ".")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:   user,
		Groups: append(groups, "system:authenticated"),
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: verb, Group: group, Resource: name, Namespace: namespace,
		},
	}}
	made, err := c.Clientset.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	return err == nil && made.Status.Allowed, err
}
