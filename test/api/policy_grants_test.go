// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// writeGrants is the right to write grants, whosoever's role: assign says of which.
var writeGrants = rbacv1.PolicyRule{
	APIGroups: []string{v1alpha1.GroupVersion.Group},
	Resources: []string{"tenantaccessgrants"},
	Verbs:     everything.Verbs,
}

// assign is the right to decide over grants of roles, each as "Admin" or "delegate:Admin".
func assign(roles ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{
		APIGroups: writeGrants.APIGroups, Resources: writeGrants.Resources, Verbs: []string{"assign"}, ResourceNames: roles,
	}
}

// newGrant lets a user into a namespace.
func newGrant(namespace, name string, role v1alpha1.Role) *v1alpha1.TenantAccessGrant {
	return &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.TenantAccessGrantSpec{
			Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: name + "@example.com"}, Role: role,
		},
	}
}

// newDelegation delegates the customers that bear label tier: gold to a technician.
func newDelegation(namespace, name string, role v1alpha1.Role) *v1alpha1.TenantAccessGrant {
	grant := newGrant(namespace, name, role)
	grant.Spec.Tenants = &v1alpha1.Selection{Selector: &v1alpha1.LabelSelector{
		MatchLabels: map[string]v1alpha1.LabelValue{"tier": "gold"},
	}}
	return grant
}

var _ = Describe("A grant of a role", Ordered, func() {
	const policy = "tenantry-grants"
	var (
		namespace, adminName string
		admin, owner         client.Client
		// Those who decide over every role.
		others       []client.Client
		boss, deputy *v1alpha1.TenantAccessGrant
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		adminName = personIn(ctx, namespace, writeGrants, assign("Admin", "Editor", "Viewer", "Reporter"))
		admin = As(adminName)
		owner = As(personIn(ctx, namespace, writeGrants, assign("Owner", "Admin", "Editor", "Viewer", "Reporter")))
		others = []client.Client{As(lordOf(ctx, namespace)), k8sClient, As(person(ctx, everything, override)), exempt()}
		boss, deputy = newGrant(namespace, "boss", v1alpha1.RoleOwner), newGrant(namespace, "deputy", v1alpha1.RoleAdmin)
		Expect(owner.Create(ctx, boss)).To(Succeed())
		Expect(admin.Create(ctx, deputy)).To(Succeed())
	})

	change := func(grant **v1alpha1.TenantAccessGrant, body string) func(SpecContext, client.Client) error {
		return func(ctx SpecContext, c client.Client) error {
			return c.Patch(ctx, (*grant).DeepCopy(), mergePatch(body), client.DryRunAll)
		}
	}

	DescribeTable("above one's own is out of reach:", func(ctx SpecContext, do func(SpecContext, client.Client) error) {
		Expect(do(ctx, admin)).To(And(beForbiddenBy(policy), MatchError(MatchRegexp("needs verb assign on tenantaccessgrants.tenantry.io named (Admin and named )?Owner (and named Viewer )?in namespace "+namespace)),
			MatchError(ContainSubstring("auth can-i assign tenantaccessgrants.tenantry.io/Owner -n "+namespace))))
		for _, c := range append([]client.Client{owner}, others...) {
			Expect(do(ctx, c)).To(Succeed(), "its legal twin")
		}
	},
		Entry("nobody makes one", func(ctx SpecContext, c client.Client) error {
			return c.Create(ctx, newGrant(namespace, "new", v1alpha1.RoleOwner), client.DryRunAll)
		}),
		Entry("nobody makes one for oneself", func(ctx SpecContext, c client.Client) error {
			grant := newGrant(namespace, "own", v1alpha1.RoleOwner)
			grant.Spec.Subject.Name = adminName
			return c.Create(ctx, grant, client.DryRunAll)
		}),
		Entry("nobody raises a lower one to it", change(&deputy, `{"spec":{"role":"Owner"}}`)),
		Entry("nobody lowers it", change(&boss, `{"spec":{"role":"Viewer"}}`)),
		Entry("nobody suspends it", change(&boss, `{"spec":{"suspend":true}}`)),
		Entry("nobody ends it", change(&boss, `{"spec":{"duration":"1m"}}`)),
		Entry("nobody has its mail sent elsewhere", change(&boss, `{"spec":{"email":"eve@example.com","invitation":{"resend":"1"}}}`)),
		Entry("nobody marks it", change(&boss, `{"metadata":{"annotations":{"example.com/a":"b"}}}`)),
		Entry("nobody removes it", func(ctx SpecContext, c client.Client) error {
			return c.Delete(ctx, boss.DeepCopy(), client.DryRunAll)
		}),
		Entry("nobody removes it with all others", func(ctx SpecContext, c client.Client) error {
			return c.DeleteAllOf(ctx, &v1alpha1.TenantAccessGrant{}, client.InNamespace(namespace), client.DryRunAll)
		}),
		Entry("nobody applies it", func(ctx SpecContext, c client.Client) error {
			return serverSideApply(ctx, c, newGrant(namespace, "applied", ""), map[string]any{
				"apiVersion": v1alpha1.GroupVersion.String(), "kind": "TenantAccessGrant", "metadata": map[string]any{"name": "applied", "namespace": namespace},
				"spec": map[string]any{"subject": map[string]any{"kind": "User", "name": "eve@example.com"}, "role": "Owner"},
			})
		}),
	)

	DescribeTable("up to one's own is made, changed and removed:", func(ctx SpecContext, role v1alpha1.Role) {
		for _, c := range append([]client.Client{admin, owner}, others...) {
			grant := newGrant(namespace, "sam", role)
			Expect(c.Create(ctx, grant)).To(Succeed())
			Expect(c.Patch(ctx, grant, mergePatch(`{"spec":{"suspend":true}}`))).To(Succeed())
			Expect(c.Patch(ctx, grant, mergePatch(`{"spec":{"role":"Viewer"}}`))).To(Succeed())
			Expect(c.Delete(ctx, grant)).To(Succeed())
		}
	},
		Entry("an Admin's", v1alpha1.RoleAdmin),
		Entry("an Editor's", v1alpha1.RoleEditor),
		Entry("a Viewer's", v1alpha1.RoleViewer),
		Entry("a Reporter's", v1alpha1.RoleReporter),
	)

	It("is nobody's to give who may only write grants", func(ctx SpecContext) {
		writer := As(personIn(ctx, namespace, writeGrants))
		Expect(writer.Create(ctx, newGrant(namespace, "new", v1alpha1.RoleReporter))).To(beForbiddenBy(policy))
		Expect(writer.Delete(ctx, deputy.DeepCopy())).To(beForbiddenBy(policy))
	})

	It("is given in the place that one decides over, not in a sibling's", func(ctx SpecContext) {
		sibling := place(ctx).Name
		Expect(admin.Create(ctx, newGrant(sibling, "new", v1alpha1.RoleViewer))).To(beForbiddenByRBAC())
		empower(ctx, adminName, writeGrants)
		Expect(admin.Create(ctx, newGrant(sibling, "new", v1alpha1.RoleViewer))).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("in namespace "+sibling))))
		Expect(admin.Create(ctx, newGrant(namespace, "new", v1alpha1.RoleViewer), client.DryRunAll)).To(Succeed(), "its legal twin")
	})

	It("is nobody's matter in a namespace that is no place, where it lets nobody in", func(ctx SpecContext) {
		writer := As(person(ctx, everything))
		grant := newDelegation(newNamespace(ctx), "new", v1alpha1.RoleOwner)
		grant.Spec.Subject.Kind = v1alpha1.SubjectGroup
		Expect(writer.Create(ctx, grant)).To(Succeed())
		Expect(writer.Delete(ctx, grant)).To(Succeed())
	})
})
