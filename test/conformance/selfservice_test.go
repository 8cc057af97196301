// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// manages does everything with objects of one kind that there is to do: each of two is made, seen,
// replaced and changed; one is deleted by name and the other with all that bear the person's label.
func manages(ctx SpecContext, p *person, kind client.Object, list client.ObjectList, fill func(client.Object)) {
	GinkgoHelper()
	var last client.Object
	for range 2 {
		object := kind.DeepCopyObject().(client.Object)
		own := p.object()
		object.SetNamespace(own.Namespace)
		object.SetName(own.Name)
		object.SetLabels(own.Labels)
		fill(object)
		p.make(ctx, object)
		Expect(p.Get(ctx, client.ObjectKeyFromObject(object), object)).To(Succeed())
		object.SetAnnotations(map[string]string{"note": "replaced"})
		Expect(p.Update(ctx, object)).To(Succeed())
		Expect(p.Patch(ctx, object, merge(`{"metadata":{"annotations":{"note":"changed"}}}`))).To(Succeed())
		last = object
	}
	Expect(p.List(ctx, list, client.InNamespace(p.place))).To(Succeed())
	watching, err := p.Watch(ctx, list, client.InNamespace(p.place))
	Expect(err).NotTo(HaveOccurred())
	watching.Stop()
	Expect(p.Delete(ctx, last.DeepCopyObject().(client.Object))).To(Succeed())
	Expect(p.DeleteAllOf(ctx, kind, client.InNamespace(p.place), client.MatchingLabels(last.GetLabels()))).To(Succeed())
	Expect(p.List(ctx, list, client.InNamespace(p.place), client.MatchingLabels(last.GetLabels()))).To(Succeed())
	Expect(meta.LenList(list)).To(BeZero())
}

func createRoleBindings(ctx SpecContext, p *person) {
	rules := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get"}}}
	manages(ctx, p, &rbacv1.Role{}, &rbacv1.RoleList{}, func(o client.Object) { o.(*rbacv1.Role).Rules = rules })

	account := &corev1.ServiceAccount{ObjectMeta: p.object()}
	role := &rbacv1.Role{ObjectMeta: p.object(), Rules: rules}
	p.make(ctx, account)
	p.make(ctx, role)
	bind := func(o client.Object) {
		o.(*rbacv1.RoleBinding).RoleRef = rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name}
		o.(*rbacv1.RoleBinding).Subjects = []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: p.place, Name: account.Name}}
	}
	manages(ctx, p, &rbacv1.RoleBinding{}, &rbacv1.RoleBindingList{}, bind)

	binding := &rbacv1.RoleBinding{ObjectMeta: p.object()}
	bind(binding)
	p.make(ctx, binding)
	user := "system:serviceaccount:" + p.place + ":" + account.Name
	Eventually(cluster.May).WithArguments(ctx, user, "get", "pods", p.place).WithContext(ctx).Should(BeTrue(), "what is bound is in force")
	Expect(cluster.May(ctx, user, "delete", "pods", p.place)).To(BeFalse())
}

func createNetworkPolicies(ctx SpecContext, p *person) {
	manages(ctx, p, &networkingv1.NetworkPolicy{}, &networkingv1.NetworkPolicyList{}, func(o client.Object) {
		o.(*networkingv1.NetworkPolicy).Spec = amongOwnPods()
	})
	Expect(p.DeleteAllOf(ctx, &networkingv1.NetworkPolicy{}, client.InNamespace(p.place))).To(refused(), "the operator's is among them")
}

func blockRoleEscalation(ctx SpecContext, p *person) {
	for _, right := range []struct{ verb, resource string }{
		{"escalate", "roles.rbac.authorization.k8s.io"}, {"escalate", "clusterroles.rbac.authorization.k8s.io"},
		{"bind", "roles.rbac.authorization.k8s.io"}, {"bind", "clusterroles.rbac.authorization.k8s.io"},
		{"impersonate", "users"}, {"impersonate", "groups"}, {"impersonate", "serviceaccounts"}, {"create", "serviceaccounts/token"},
	} {
		Expect(cluster.May(ctx, p.name, right.verb, right.resource, p.place)).To(BeFalse(), "%v", right)
	}
	held := rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"get"}}
	own := &rbacv1.Role{ObjectMeta: p.object(), Rules: []rbacv1.PolicyRule{held}}
	p.make(ctx, own)
	for _, rule := range []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"resourcequotas"}, Verbs: []string{"update"}},
		{APIGroups: []string{""}, Resources: []string{"serviceaccounts/token"}, Verbs: []string{"create"}},
		{APIGroups: []string{""}, Resources: []string{"users"}, Verbs: []string{"impersonate"}},
		{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"roles"}, Verbs: []string{"escalate"}},
		{APIGroups: []string{"rbac.authorization.k8s.io"}, Resources: []string{"rolebindings"}, Verbs: []string{"create"}},
		{APIGroups: []string{"tenantry.io"}, Resources: []string{"tenantaccessgrants"}, ResourceNames: []string{"Owner"}, Verbs: []string{"assign"}},
		{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}},
	} {
		Expect(p.Create(ctx, &rbacv1.Role{ObjectMeta: p.object(), Rules: []rbacv1.PolicyRule{held, rule}})).To(refused(), "%v", rule)
		wider := own.DeepCopy()
		wider.Rules = append(wider.Rules, rule)
		Expect(p.Update(ctx, wider.DeepCopy())).To(refused(), "%v", rule)
		Expect(p.Patch(ctx, wider, client.MergeFrom(own))).To(refused(), "%v", rule)
	}
	bindsNothingHigher(ctx, p, own.Name)
}

// bindsNothingHigher tries RoleBindings to roles that the person has not, and to people; and to let in
// somebody above the person's own role.
func bindsNothingHigher(ctx SpecContext, p *person, role string) {
	GinkgoHelper()
	account := rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: p.place, Name: "default"}
	binding := func(kind, name string, subject rbacv1.Subject) *rbacv1.RoleBinding {
		return &rbacv1.RoleBinding{
			ObjectMeta: p.object(), Subjects: []rbacv1.Subject{subject},
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name},
		}
	}
	for _, name := range []string{"cluster-admin", "admin", "edit", "tenantry:owner", "tenantry:partner-owner", "tenantry:super-admin"} {
		Expect(p.Create(ctx, binding("ClusterRole", name, account))).To(refused(), name)
	}
	own := binding("Role", role, account)
	p.make(ctx, own)
	for _, subject := range []rbacv1.Subject{
		{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: p.name},
		{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:authenticated"},
		{Kind: rbacv1.ServiceAccountKind, Namespace: world.sibling.Status.Namespace, Name: "default"},
	} {
		Expect(p.Create(ctx, binding("Role", role, subject))).To(refusedBy("tenantry-role-bindings"), "%v", subject)
		wider := own.DeepCopy()
		wider.Subjects = append(wider.Subjects, subject)
		Expect(p.Update(ctx, wider)).To(refusedBy("tenantry-role-bindings"), "%v", subject)
	}
	delegation := harness.GrantFor(world.partner.Status.Namespace, p.name, v1alpha1.RoleOwner)
	Expect(p.Create(ctx, delegation)).To(refused(), "in the partner's place")
	if p == people[v1alpha1.RoleAdmin] {
		Expect(p.Create(ctx, harness.GrantFor(p.place, harness.UniqueName("owner"), v1alpha1.RoleOwner))).To(refusedBy("tenantry-grants"))
		mine := &v1alpha1.TenantAccessGrant{}
		Expect(p.Get(ctx, client.ObjectKey{Namespace: p.place, Name: p.name}, mine)).To(Succeed())
		Expect(p.Patch(ctx, mine, merge(`{"spec":{"role":"Owner"}}`))).To(refusedBy("tenantry-grants"))
	}
	p.make(ctx, harness.GrantFor(p.place, harness.UniqueName("admin"), v1alpha1.RoleAdmin))
}
