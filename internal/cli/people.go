// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/directory"
)

// How people come into a tenant's place.
const (
	viaGrant      = "grant"
	viaDelegation = "delegation"
	viaPartner    = "partner"
	viaSuperAdmin = "super admin"
)

// person is somebody's way into a tenant's place.
type person struct {
	subject access.Subject
	role    v1alpha1.Role
	via     string
	// reason is why they are let in, or not: as the grant has it; empty for who needs none.
	reason string
	until  *metav1.Time
	// grant by which; nil: as the partner's staff, or the super admin.
	grant *v1alpha1.TenantAccessGrant
}

// people of a tenant, as far as the caller may see them.
type people struct {
	// own are the grants in the tenant's place, partners those in its partner's.
	own, partners []*v1alpha1.TenantAccessGrant
	// bindings are what the operator has bound in the place.
	bindings []rbacv1.RoleBinding
	// hidden says that something of this is not the caller's to see.
	hidden bool
}

// ways into the place of a tenant: by its own grants, by delegations that choose it, and what is bound there besides.
func (p people) ways(tenant *v1alpha1.Tenant) []person {
	var ways []person
	known := map[access.Subject]bool{}
	add := func(grant *v1alpha1.TenantAccessGrant, via string) {
		one := personOf(grant, via)
		known[one.subject] = known[one.subject] || one.reason == v1alpha1.ReasonGranted
		ways = append(ways, one)
	}
	for _, grant := range p.own {
		add(grant, viaGrant)
	}
	for _, grant := range p.partners {
		if grant.Spec.Tenants != nil && access.Selects(grant.Spec.Tenants, tenant) {
			add(grant, viaDelegation)
		}
	}
	for _, binding := range p.bindings {
		name, ours := strings.CutPrefix(binding.Name, v1alpha1.FieldManager+":")
		if !ours || binding.Labels[v1alpha1.LabelManaged] != "true" {
			continue
		}
		for _, subject := range binding.Subjects {
			who := access.Subject{Kind: v1alpha1.SubjectKind(subject.Kind), Namespace: subject.Namespace, Name: subject.Name}
			if role := roleNamed(strings.TrimPrefix(strings.TrimPrefix(name, "partner-"), "limited-")); role != "" && !known[who] {
				known[who] = true
				via := viaPartner
				if who.Kind == v1alpha1.SubjectUser && who.Name == tenant.Status.SuperAdmin {
					via = viaSuperAdmin
				}
				ways = append(ways, person{subject: who, role: role, via: via})
			}
		}
	}
	arrangePeople(ways)
	return ways
}

// personOf is somebody's way in by a grant.
func personOf(grant *v1alpha1.TenantAccessGrant, via string) person {
	one := person{
		subject: access.SubjectOf(grant), role: cmp.Or(grant.Status.Role, grant.Spec.Role), via: via,
		until: cmp.Or(grant.Status.ExpiresAt, grant.Spec.ExpiresAt), grant: grant,
	}
	if active := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionActive); active != nil {
		one.reason = active.Reason
	}
	return one
}

// arrangePeople sorts people by how they come in, and by name.
func arrangePeople(ways []person) {
	slices.SortStableFunc(ways, func(a, b person) int {
		return cmp.Or(cmp.Compare(a.via, b.via), cmp.Compare(a.subject.Name, b.subject.Name))
	})
}

// roleNamed is the role of that name, however it is capitalised; empty for what is none.
func roleNamed(name string) v1alpha1.Role {
	for _, role := range roles {
		if strings.EqualFold(string(role), name) {
			return role
		}
	}
	return ""
}

// roles, the strongest first.
var roles = []v1alpha1.Role{v1alpha1.RoleOwner, v1alpha1.RoleAdmin, v1alpha1.RoleEditor, v1alpha1.RoleViewer, v1alpha1.RoleReporter}

// peopleOf reads who may enter a tenant's place.
func (c cluster) peopleOf(ctx context.Context, tenant *v1alpha1.Tenant) (people, error) {
	var found people
	if tenant.Status.Namespace == "" {
		return found, nil
	}
	for namespace, into := range map[string]*[]*v1alpha1.TenantAccessGrant{tenant.Status.Namespace: &found.own, tenant.Namespace: &found.partners} {
		objects, err := c.listed(ctx, grants, namespace, "")
		if err != nil {
			found.hidden = true
			continue
		}
		for _, object := range objects {
			grant := &v1alpha1.TenantAccessGrant{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, grant); err != nil {
				return found, err
			}
			*into = append(*into, grant)
		}
	}
	client, err := c.kubernetes()
	if err != nil {
		return found, err
	}
	bindings, err := client.RbacV1().RoleBindings(tenant.Status.Namespace).List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelManaged + "=true"})
	if err != nil {
		found.hidden = true
		return found, nil //nolint:nilerr // who may not see it is told that something is hidden
	}
	found.bindings = bindings.Items
	return found, nil
}

// peopleColumns are what is shown of people.
func peopleColumns(now time.Time) []column[person] {
	return []column[person]{
		{"NAME", func(p person) string {
			if p.grant == nil {
				return ""
			}
			return p.grant.Name
		}},
		{"SUBJECT", func(p person) string {
			name := directory.Escape(p.subject.Name)
			if p.subject.Kind == v1alpha1.SubjectUser {
				return name
			}
			return strings.ToLower(string(p.subject.Kind)) + " " + name
		}},
		{"ROLE", func(p person) string { return string(p.role) }},
		{"VIA", func(p person) string { return p.via }},
		{"STATUS", func(p person) string { return p.reason }},
		{"EXPIRES", func(p person) string { return ends(p.until, now) }},
	}
}

// ends says when something ends, from now.
func ends(until *metav1.Time, now time.Time) string {
	switch {
	case until == nil:
		return ""
	case until.After(now):
		return "in " + duration.HumanDuration(until.Sub(now))
	default:
		return duration.HumanDuration(now.Sub(until.Time)) + " ago"
	}
}
