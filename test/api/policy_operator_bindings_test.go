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

var _ = Describe("A stolen token of the operator lets people in by what it was given alone:", func() {
	const policy = "tenantry-operator"
	// The operator may write bindings, and bind a role of ours and one of a permission.
	BeforeEach(func(ctx SpecContext) {
		bind := bindAnything
		bind.ResourceNames = []string{"tenantry:viewer", "help-center"}
		write := rbacv1.PolicyRule{APIGroups: []string{rbacv1.GroupName}, Resources: []string{"rolebindings"}, Verbs: []string{"create", "patch", "delete"}}
		grants := rbacv1.PolicyRule{APIGroups: writeGrants.APIGroups, Resources: writeGrants.Resources, Verbs: write.Verbs}
		empower(ctx, operatorName, bind, write, grants)
	})
	// binding lets a user, a technicians' group and a program into a place.
	binding := func(namespace, role string) *rbacv1.RoleBinding {
		return &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenantry:viewer", Labels: ownLabels()},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects: []rbacv1.Subject{
				subjectOf(rbacv1.UserKind, "jdoe@example.com"), subjectOf(rbacv1.GroupKind, "tenantry:domain:acme.example"), accountOf("acme"),
			},
		}
	}

	It("it makes, changes and deletes its own bindings in places", func(ctx SpecContext) {
		for _, role := range []string{"tenantry:viewer", "help-center"} {
			own := binding(place(ctx).Name, role)
			Expect(operator().Create(ctx, own)).To(Succeed())
			Expect(operator().Patch(ctx, own, mergePatch(`{"subjects":null}`))).To(Succeed())
			Expect(operator().Delete(ctx, own)).To(Succeed())
		}
	})

	DescribeTable("it makes no binding", func(ctx SpecContext, change func(*rbacv1.RoleBinding)) {
		foreign := binding(place(ctx).Name, "tenantry:viewer")
		Expect(k8sClient.Create(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: foreign.Namespace, Name: foreign.RoleRef.Name}})).To(Succeed())
		change(foreign)
		Expect(operator().Create(ctx, foreign)).To(beForbiddenBy(policy))
	},
		Entry("that is not marked", func(b *rbacv1.RoleBinding) { b.Labels = nil }),
		Entry("of another name", func(b *rbacv1.RoleBinding) { b.Name = "viewer" }),
		Entry("of its own rights, which Kubernetes would let it bind", func(b *rbacv1.RoleBinding) { b.RoleRef.Name = "tenantry-manager" }),
		Entry("to every administrator of the cluster", func(b *rbacv1.RoleBinding) {
			b.Subjects = append(b.Subjects, subjectOf(rbacv1.GroupKind, "system:masters"))
		}),
		Entry("to everybody", func(b *rbacv1.RoleBinding) { b.Subjects[0] = subjectOf(rbacv1.GroupKind, "system:unauthenticated") }),
		Entry("to an account in the guise of a user", func(b *rbacv1.RoleBinding) {
			b.Subjects[0] = subjectOf(rbacv1.UserKind, "system:serviceaccount:default:default")
		}),
		Entry("of a Role, whose rules others write", func(b *rbacv1.RoleBinding) { b.RoleRef.Kind = "Role" }),
	)

	It("it makes no binding of a role that it was not given", func(ctx SpecContext) {
		Expect(operator().Create(ctx, binding(place(ctx).Name, "cluster-admin"))).To(
			MatchError(ContainSubstring("attempting to grant RBAC permissions not currently held")))
	})

	It("it makes no binding outside the places", func(ctx SpecContext) {
		for _, namespace := range []string{newNamespace(ctx), "kube-system", "tenantry-system"} {
			Expect(operator().Create(ctx, binding(namespace, "tenantry:viewer"), client.DryRunAll)).To(beForbiddenBy(policy))
		}
	})

	It("it widens no binding of its own, and touches none of others", func(ctx SpecContext) {
		own := binding(place(ctx).Name, "tenantry:viewer")
		Expect(operator().Create(ctx, own)).To(Succeed())
		wider := own.DeepCopy()
		wider.Subjects = append(wider.Subjects, subjectOf(rbacv1.GroupKind, "system:authenticated"))
		Expect(operator().Patch(ctx, wider, client.MergeFrom(own))).To(beForbiddenBy(policy))

		others := newBinding(own.Namespace)
		Expect(k8sClient.Create(ctx, &rbacv1.Role{ObjectMeta: others.ObjectMeta})).To(Succeed())
		Expect(k8sClient.Create(ctx, others)).To(Succeed())
		Expect(operator().Patch(ctx, others.DeepCopy(), mergePatch(`{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`))).To(beForbiddenBy(policy), "adoption")
		Expect(operator().Delete(ctx, others)).To(beForbiddenBy(policy))
	})

	It("its bindings are not for people to change", func(ctx SpecContext) {
		own := binding(place(ctx).Name, "tenantry:viewer")
		Expect(operator().Create(ctx, own)).To(Succeed())
		lord := As(lordOf(ctx, own.Namespace))
		Expect(lord.Patch(ctx, own.DeepCopy(), mergePatch(`{"subjects":null}`))).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(lord.Delete(ctx, own)).To(beForbiddenBy("tenantry-owned-objects"))
	})

	It("it makes the grant of the first administrator, and no other", func(ctx SpecContext) {
		namespace := partnerPlace(ctx)
		first := newGrant(namespace, "admin", v1alpha1.RoleAdmin)
		first.Labels = ownLabels()
		for _, change := range []func(*v1alpha1.TenantAccessGrant){
			func(grant *v1alpha1.TenantAccessGrant) { grant.Name = "other" },
			func(grant *v1alpha1.TenantAccessGrant) { grant.Labels = nil },
			func(grant *v1alpha1.TenantAccessGrant) { grant.Spec.Subject.Kind = v1alpha1.SubjectGroup },
			func(grant *v1alpha1.TenantAccessGrant) { grant.Spec.Tenants = newDelegation("", "", "").Spec.Tenants },
			func(grant *v1alpha1.TenantAccessGrant) { grant.Namespace = newNamespace(ctx) },
		} {
			foreign := first.DeepCopy()
			change(foreign)
			Expect(operator().Create(ctx, foreign)).To(beForbiddenBy(policy))
		}
		Expect(operator().Create(ctx, first)).To(Succeed(), "its legal twin")
		Expect(operator().Patch(ctx, first, mergePatch(`{"spec":{"email":"jdoe@example.com"}}`))).To(Succeed())
		Expect(As(lordOf(ctx, namespace)).Delete(ctx, first.DeepCopy())).To(beForbiddenBy("tenantry-owned-objects"))
		Expect(operator().Delete(ctx, first)).To(Succeed())
	})

	It("it changes and deletes no grant that a person made", func(ctx SpecContext) {
		grant := newGrant(place(ctx).Name, "boss", v1alpha1.RoleOwner)
		Expect(k8sClient.Create(ctx, grant)).To(Succeed())
		for _, body := range []string{`{"spec":{"suspend":true}}`, `{"spec":{"role":"Viewer"}}`, `{"metadata":{"labels":{"tenantry.io/managed":"true"}}}`} {
			Expect(operator().Patch(ctx, grant.DeepCopy(), mergePatch(body))).To(beForbiddenBy(policy))
		}
		Expect(operator().Delete(ctx, grant)).To(beForbiddenBy(policy))
	})
})
