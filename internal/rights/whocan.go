// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package rights

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// All stands for every verb, group or resource, in a rule and in a question.
const All = rbacv1.VerbAll

// Question is whether somebody may do something with the objects of a resource, or with the one of a name.
type Question struct {
	// Verb of the API's.
	Verb string
	// Group and Resource, with its subresource, such as pods/exec.
	Group, Resource string
	// Name of the object; empty: whatever it is called.
	Name string
}

// AllowedBy says whether rules allow it.
func (q Question) AllowedBy(rules []rbacv1.PolicyRule) bool {
	asked := rbacv1.PolicyRule{Verbs: []string{q.Verb}, APIGroups: []string{q.Group}, Resources: []string{q.Resource}}
	if q.Name != "" && !q.nameless() {
		asked.ResourceNames = []string{q.Name}
	}
	allowed, _ := validation.Covers(rules, []rbacv1.PolicyRule{asked})
	return allowed
}

// nameless says that the API server asks for the right without the object's name: what is only to be made has none yet, and a collection has
// none at all. Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources.
func (q Question) nameless() bool {
	return q.Verb == "deletecollection" || q.Verb == "create" && !strings.Contains(q.Resource, "/")
}

// Role names one.
type Role struct {
	// Namespace of a Role; empty for a ClusterRole.
	Namespace string
	// Name of it.
	Name string
}

// Kind of the role.
func (r Role) Kind() string {
	if r.Namespace == "" {
		return "ClusterRole"
	}
	return "Role"
}

// Binding gives a role to subjects.
type Binding struct {
	// Namespace that the role is given in; empty: in the whole cluster.
	Namespace string
	// Name of the binding.
	Name string
	// Role that it gives.
	Role Role
	// Subjects whom it is given to.
	Subjects []rbacv1.Subject
}

// OfNamespace is what a RoleBinding gives.
func OfNamespace(binding *rbacv1.RoleBinding) Binding {
	role := Role{Name: binding.RoleRef.Name}
	if binding.RoleRef.Kind == "Role" {
		role.Namespace = binding.Namespace
	}
	return Binding{Namespace: binding.Namespace, Name: binding.Name, Role: role, Subjects: binding.Subjects}
}

// OfCluster is what a ClusterRoleBinding gives.
func OfCluster(binding *rbacv1.ClusterRoleBinding) Binding {
	return Binding{Name: binding.Name, Role: Role{Name: binding.RoleRef.Name}, Subjects: binding.Subjects}
}

// Holder is somebody who may, by one binding.
type Holder struct {
	// Subject who may.
	Subject rbacv1.Subject
	// Binding by which.
	Binding Binding
}

// WhoCan are all who may, once for each binding by which they may, in order. A role that is not there allows nothing.
func WhoCan(question Question, bindings []Binding, roles map[Role][]rbacv1.PolicyRule) []Holder {
	var holders []Holder
	for _, binding := range bindings {
		if !question.AllowedBy(roles[binding.Role]) {
			continue
		}
		for _, subject := range binding.Subjects {
			holders = append(holders, Holder{Subject: subject, Binding: binding})
		}
	}
	slices.SortStableFunc(holders, func(a, b Holder) int {
		return cmp.Or(
			-cmp.Compare(a.Binding.Namespace, b.Binding.Namespace), // those of the place first
			cmp.Compare(a.Subject.Kind, b.Subject.Kind), cmp.Compare(a.Subject.Namespace, b.Subject.Namespace), cmp.Compare(a.Subject.Name, b.Subject.Name),
			cmp.Compare(a.Binding.Name, b.Binding.Name),
		)
	})
	return holders
}
