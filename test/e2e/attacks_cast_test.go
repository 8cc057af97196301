// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// Who is let in by grants, and is hostile.
const (
	boss    = "boss"    // the partner's super admin
	sam     = "sam"     // the partner's Owner
	pat     = "pat"     // the partner's Admin
	ed      = "ed"      // the partner's Editor
	tim     = "tim"     // the partner's Admin, for eight hours
	tech    = "tech"    // delegated to the customer as Admin, for eight hours
	olga    = "olga"    // the customer's Owner
	jo      = "jo"      // the customer's Admin
	kim     = "kim"     // the customer's Editor
	ivan    = "ivan"    // a sibling's Admin
	mallory = "mallory" // another partner's Admin
	nobody  = "nobody"  // not let in anywhere
)

// cast is two partners and their customers, with people who were let in by grants alone.
type cast struct {
	partner, customer, sibling *v1alpha1.Tenant
	rival, rivals              *v1alpha1.Tenant
	// users are the people's names in the cluster, by theirs here.
	users map[string]string
	// before is who held what in the places.
	before map[string][]rbacv1.Subject
}

func newCast(ctx SpecContext) *cast {
	GinkgoHelper()
	c := &cast{users: map[string]string{}}
	for _, name := range []string{boss, sam, pat, ed, tim, tech, olga, jo, kim, ivan, mallory, nobody} {
		c.users[name] = harness.UniqueName(name)
	}
	led := func(t *v1alpha1.Tenant) { t.Spec.SuperAdmin = c.users[boss] }
	open := func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess }
	c.partner, c.rival = root(ctx, asPartner, led), root(ctx, asPartner)
	c.customer = customer(ctx, c.partner, "cybercorp", open, func(t *v1alpha1.Tenant) {
		t.Labels = map[string]string{"tier": "silver"}
		t.Spec.Admin = &v1alpha1.Administrator{Username: harness.UniqueName("first")}
	})
	c.sibling = customer(ctx, c.partner, "initech", open)
	c.rivals = customer(ctx, c.rival, "hooli", open)
	c.letIn(ctx)
	return c
}

// letIn makes the grants, and returns when all of them work.
func (c *cast) letIn(ctx SpecContext) {
	GinkgoHelper()
	forAShift := func(g *v1alpha1.TenantAccessGrant) { g.Spec.Duration = &metav1.Duration{Duration: 8 * time.Hour} }
	toCustomer := func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"cybercorp"}}
	}
	var made []*v1alpha1.TenantAccessGrant
	grant := func(tenant *v1alpha1.Tenant, name string, role v1alpha1.Role, change ...func(*v1alpha1.TenantAccessGrant)) {
		made = append(made, newGrant(ctx, tenant.Status.Namespace, c.users[name], role, append(change, func(g *v1alpha1.TenantAccessGrant) { g.Name = name })...))
	}
	grant(c.partner, sam, v1alpha1.RoleOwner)
	grant(c.partner, pat, v1alpha1.RoleAdmin)
	grant(c.partner, ed, v1alpha1.RoleEditor)
	grant(c.partner, tim, v1alpha1.RoleAdmin, forAShift)
	grant(c.partner, tech, v1alpha1.RoleAdmin, forAShift, toCustomer)
	grant(c.customer, olga, v1alpha1.RoleOwner)
	grant(c.customer, jo, v1alpha1.RoleAdmin)
	grant(c.customer, kim, v1alpha1.RoleEditor)
	grant(c.sibling, ivan, v1alpha1.RoleAdmin)
	grant(c.rival, mallory, v1alpha1.RoleAdmin)
	for _, grant := range made {
		awaitGrant(ctx, grant, v1alpha1.ReasonGranted)
	}
	for _, in := range []struct {
		name  string
		place *v1alpha1.Tenant
	}{
		{boss, c.partner}, {sam, c.partner}, {pat, c.partner}, {tim, c.partner}, {mallory, c.rival}, {sam, c.customer}, {pat, c.sibling}, {tim, c.sibling}, {tech, c.customer}, {olga, c.customer}, {jo, c.customer},
		{kim, c.customer}, {ivan, c.sibling}, {mallory, c.rivals}, {ed, c.partner},
	} {
		Eventually(may).WithArguments(ctx, c.users[in.name], "create", "pods", in.place.Status.Namespace).Within(inTime).Should(BeTrue(), in.name)
	}
	c.before = c.holders(ctx)
}

// as acts as one of the people.
func (c *cast) as(name string) client.Client {
	GinkgoHelper()
	as, err := cluster.As(c.users[name])
	Expect(err).NotTo(HaveOccurred())
	return as
}

// holders are who is bound to what in all places.
func (c *cast) holders(ctx SpecContext) map[string][]rbacv1.Subject {
	GinkgoHelper()
	held := map[string][]rbacv1.Subject{}
	for _, tenant := range []*v1alpha1.Tenant{c.partner, c.customer, c.sibling, c.rival, c.rivals} {
		bindings := &rbacv1.RoleBindingList{}
		Expect(admin.List(ctx, bindings, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
		for _, binding := range bindings.Items {
			held[binding.Namespace+"/"+binding.Name] = binding.Subjects
		}
	}
	return held
}

// grantOf is one of the people's grant.
func grantOf(tenant *v1alpha1.Tenant, name string) *v1alpha1.TenantAccessGrant {
	return &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: name}}
}

// tenantOf is a Tenant to be changed.
func tenantOf(tenant *v1alpha1.Tenant) *v1alpha1.Tenant { return named(tenant.Namespace, tenant.Name) }
