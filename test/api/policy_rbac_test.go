// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// newBinding binds Role "ci" to ServiceAccount "ci", both of namespace.
func newBinding(namespace string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ci"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "ci"},
		Subjects:   []rbacv1.Subject{accountOf(namespace)},
	}
}

// accountOf is ServiceAccount "ci" of namespace as a subject.
func accountOf(namespace string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: "ci"}
}

// subjectOf is a user or a group as a subject.
func subjectOf(kind, name string) rbacv1.Subject {
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
}

// Who may do anything in the place, so that nothing but the policies refuses.
var _ = Describe("A RoleBinding in a tenant's place", Ordered, func() {
	const policy = "tenantry-role-bindings"
	var (
		namespace string
		lord      client.Client
		// Those whom RBAC alone holds.
		others []client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		lord = As(lordOf(ctx, namespace))
		others = []client.Client{k8sClient, As(person(ctx, everything, override, bindAnything)), exempt()}
	})

	DescribeTable("binds nothing to",
		func(ctx SpecContext, subject func() rbacv1.Subject) {
			binding := newBinding(namespace)
			binding.RoleRef.Kind, binding.RoleRef.Name = "ClusterRole", "tenantry:viewer"
			legal := binding.DeepCopy()
			Expect(lord.Create(ctx, legal.DeepCopy(), client.DryRunAll)).To(Succeed(), "its legal twin")
			binding.Subjects = append(binding.Subjects, subject())
			Expect(lord.Create(ctx, binding.DeepCopy(), client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("make a TenantAccessGrant"))))
			for _, c := range others {
				Expect(c.Create(ctx, binding.DeepCopy(), client.DryRunAll)).To(Succeed())
			}

			By("adding them to one that there is")
			Expect(lord.Create(ctx, legal)).To(Succeed())
			defer func() { Expect(lord.Delete(ctx, legal)).To(Succeed()) }()
			later := legal.DeepCopy()
			later.Subjects = binding.Subjects
			Expect(lord.Patch(ctx, later.DeepCopy(), client.MergeFrom(legal))).To(beForbiddenBy(policy))
			Expect(lord.Update(ctx, later)).To(beForbiddenBy(policy))
		},
		Entry("a person", func() rbacv1.Subject { return subjectOf(rbacv1.UserKind, "eve@example.com") }),
		Entry("a group", func() rbacv1.Subject { return subjectOf(rbacv1.GroupKind, "acme-technicians") }),
		Entry("everybody", func() rbacv1.Subject { return subjectOf(rbacv1.GroupKind, "system:authenticated") }),
		Entry("all accounts of the place, as the group that they are", func() rbacv1.Subject {
			return subjectOf(rbacv1.GroupKind, "system:serviceaccounts:"+namespace)
		}),
		Entry("its own account in the guise of a user", func() rbacv1.Subject {
			return subjectOf(rbacv1.UserKind, "system:serviceaccount:"+namespace+":ci")
		}),
		Entry("an account of elsewhere", func() rbacv1.Subject { return accountOf("default") }),
		Entry("the operator's account", func() rbacv1.Subject { return accountOf("tenantry-system") }),
	)

	DescribeTable("binds no",
		func(ctx SpecContext, kind, name string) {
			binding := newBinding(namespace)
			binding.RoleRef.Kind, binding.RoleRef.Name = kind, name
			Expect(lord.Create(ctx, binding.DeepCopy(), client.DryRunAll)).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("tenantry:viewer and tenantry:editor"))))
			for _, c := range others {
				Expect(c.Create(ctx, binding.DeepCopy(), client.DryRunAll)).To(Succeed())
			}
		},
		Entry("administrator of the cluster", "ClusterRole", "cluster-admin"),
		Entry("administrator of Kubernetes' for a namespace", "ClusterRole", "admin"),
		Entry("Editor of Kubernetes', who may use every account", "ClusterRole", "edit"),
		Entry("Owner", "ClusterRole", "tenantry:owner"),
		Entry("Admin who lets nobody in", "ClusterRole", "tenantry:limited-admin"),
		Entry("permission that the tenant has not", "ClusterRole", "help-center"),
		Entry("ClusterRole of nearly the right name", "ClusterRole", "tenantry:editors"),
	)

	DescribeTable("binds to accounts of the place", func(ctx SpecContext, kind, name string) {
		binding := newBinding(namespace)
		binding.RoleRef.Kind, binding.RoleRef.Name = kind, name
		Expect(lord.Create(ctx, binding)).To(Succeed())
		Expect(lord.Patch(ctx, binding, mergePatch(`{"subjects":null}`))).To(Succeed())
		Expect(lord.Delete(ctx, binding)).To(Succeed())
	},
		Entry("a Role of the place", "Role", "ci"),
		Entry("what a Viewer may", "ClusterRole", "tenantry:viewer"),
		Entry("what an Editor may", "ClusterRole", "tenantry:editor"),
	)

	It("that was there before may be labelled, narrowed and deleted, and not be widened", func(ctx SpecContext) {
		older := newBinding(namespace)
		older.Name = "older"
		older.Subjects = append(older.Subjects, subjectOf(rbacv1.UserKind, "monitor@example.com"))
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		Expect(lord.Patch(ctx, older, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())
		wider := older.DeepCopy()
		wider.Subjects = append(wider.Subjects, subjectOf(rbacv1.UserKind, "eve@example.com"))
		Expect(lord.Update(ctx, wider)).To(beForbiddenBy(policy))
		older.Subjects = older.Subjects[:1]
		Expect(lord.Update(ctx, older)).To(Succeed())
		Expect(lord.Delete(ctx, older)).To(Succeed())
	})

	It("is left to RBAC elsewhere", func(ctx SpecContext) {
		elsewhere := newNamespace(ctx)
		binding := newBinding(elsewhere)
		binding.RoleRef.Kind, binding.RoleRef.Name = "ClusterRole", "admin"
		binding.Subjects = []rbacv1.Subject{subjectOf(rbacv1.UserKind, "eve@example.com")}
		Expect(As(lordOf(ctx, elsewhere)).Create(ctx, binding)).To(Succeed())
	})
})

var _ = Describe("A Role in a tenant's place", Ordered, func() {
	const policy = "tenantry-roles"
	var (
		namespace string
		lord      client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		namespace = place(ctx).Name
		lord = As(lordOf(ctx, namespace))
	})
	role := func(rules ...rbacv1.PolicyRule) *rbacv1.Role {
		return &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "ci"}, Rules: rules}
	}
	rule := func(group, resource, verb string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: []string{verb}}
	}
	harmless := rule("apps", "deployments", "patch")

	DescribeTable("holds no right", func(ctx SpecContext, group, resource, verb, field string) {
		offence := rule(group, resource, verb)
		Expect(lord.Create(ctx, role(harmless, offence))).To(And(beForbiddenBy(policy), MatchError(ContainSubstring(field+": a Role in a tenant's place"))))
		for _, c := range []client.Client{k8sClient, exempt()} {
			Expect(c.Create(ctx, role(harmless, offence), client.DryRunAll)).To(Succeed())
		}

		By("adding it to one that there is")
		own := role(harmless)
		Expect(lord.Create(ctx, own)).To(Succeed(), "its legal twin")
		defer func() { Expect(lord.Delete(ctx, own)).To(Succeed()) }()
		wider := own.DeepCopy()
		wider.Rules[0].APIGroups = append(wider.Rules[0].APIGroups, group)
		wider.Rules[0].Resources = append(wider.Rules[0].Resources, resource)
		wider.Rules[0].Verbs = append(wider.Rules[0].Verbs, verb)
		Expect(lord.Update(ctx, wider)).To(beForbiddenBy(policy))
	},
		Entry("to decide over roles", "tenantry.io", "tenantaccessgrants", "assign", "rules.apiGroups"),
		Entry("to write grants", "tenantry.io", "tenantaccessgrants", "create", "rules.apiGroups"),
		Entry("on tenants", "tenantry.io", "tenants", "administer", "rules.apiGroups"),
		Entry("to write RoleBindings", "rbac.authorization.k8s.io", "rolebindings", "create", "rules.apiGroups"),
		Entry("to bind", "rbac.authorization.k8s.io", "clusterroles", "bind", "rules.apiGroups"),
		Entry("on all groups", "*", "pods", "get", "rules.apiGroups"),
		Entry("on all resources", "apps", "*", "get", "rules.resources"),
		Entry("on a subresource of all resources", "", "*/token", "create", "rules.resources"),
		Entry("to make tokens", "", "serviceaccounts/token", "create", "rules.resources"),
		Entry("to do everything", "apps", "deployments", "*", "rules.verbs"),
		Entry("to act as an account", "", "serviceaccounts", "impersonate", "rules.verbs"),
		Entry("to act as an account in part", "authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount", "rules.verbs"),
		Entry("to escalate", "apps", "deployments", "escalate", "rules.verbs"),
	)

	It("holds what a program needs", func(ctx SpecContext) {
		own := role(
			rule("", "secrets", "get"), rule("", "pods/exec", "create"), rule("", "pods/log", "get"), rule("", "serviceaccounts", "list"),
			rule("apps", "deployments", "delete"), rule("networking.k8s.io", "ingresses", "create"),
		)
		Expect(lord.Create(ctx, own)).To(Succeed())
		own.Rules = nil
		Expect(lord.Update(ctx, own)).To(Succeed())
		Expect(lord.Delete(ctx, own)).To(Succeed())
	})

	It("that was there before may be labelled and deleted", func(ctx SpecContext) {
		older := role(rule("tenantry.io", "tenantaccessgrants", "get"))
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		Expect(lord.Patch(ctx, older, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed())
		Expect(lord.Patch(ctx, older.DeepCopy(), jsonPatch(`[{"op":"add","path":"/rules/0/verbs/-","value":"create"}]`))).To(beForbiddenBy(policy))
		Expect(lord.Delete(ctx, older)).To(Succeed())
	})

	It("is left to RBAC elsewhere", func(ctx SpecContext) {
		elsewhere := newNamespace(ctx)
		free := role(rule("tenantry.io", "tenantaccessgrants", "assign"))
		free.Namespace = elsewhere
		Expect(As(lordOf(ctx, elsewhere)).Create(ctx, free)).To(Succeed())
	})
})
