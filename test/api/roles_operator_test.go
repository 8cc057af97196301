// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const bindRole = "tenantry-manager-bind"

// beEscalation succeeds for an error that says that a binding would give what its author has neither got nor
// may bind.
func beEscalation() types.GomegaMatcher {
	return And(MatchError(ContainSubstring("attempting to grant RBAC permissions not currently held")), Satisfy(apierrors.IsForbidden))
}

var _ = Describe("The operator's right to let people in", func() {
	operatorMay := func(ctx SpecContext, said, namespace string) bool {
		GinkgoHelper()
		allowed, err := may(ctx, operatorName, right(said, namespace))
		Expect(err).NotTo(HaveOccurred())
		return allowed
	}
	// binding is one as the operator makes it, to the ClusterRole of some name.
	binding := func(namespace, role string) *rbacv1.RoleBinding {
		return &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenantry:viewer", Labels: ownLabels()},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "jdoe@cybercorp.example"}},
		}
	}

	It("is to write RoleBindings to our roles", func(ctx SpecContext) {
		for _, verb := range []string{"get", "list", "watch", "create", "patch", "delete"} {
			Expect(operatorMay(ctx, verb+" rolebindings.rbac.authorization.k8s.io", "")).To(BeTrue(), verb)
		}
		for _, role := range expectedRights().roles {
			Expect(operatorMay(ctx, "bind clusterroles.rbac.authorization.k8s.io="+rolePrefix+role, "")).To(BeTrue(), role)
		}
		Expect(operator().Create(ctx, binding(place(ctx).Name, "tenantry:viewer"))).To(Succeed())
	})

	It("is not to bind others, nor to write ClusterRoles", func(ctx SpecContext) {
		for _, said := range []string{
			"bind clusterroles.rbac.authorization.k8s.io", "bind clusterroles.rbac.authorization.k8s.io=cluster-admin",
			"bind clusterroles.rbac.authorization.k8s.io=admin", "bind clusterroles.rbac.authorization.k8s.io=tenantry-manager",
			"bind clusterroles.rbac.authorization.k8s.io=tenantry:inherit", "bind roles.rbac.authorization.k8s.io",
			"create clusterroles.rbac.authorization.k8s.io", "patch clusterroles.rbac.authorization.k8s.io",
			"escalate clusterroles.rbac.authorization.k8s.io", "escalate roles.rbac.authorization.k8s.io", "update roles.rbac.authorization.k8s.io", "create clusterrolebindings.rbac.authorization.k8s.io",
			"update rolebindings.rbac.authorization.k8s.io", "deletecollection rolebindings.rbac.authorization.k8s.io",
		} {
			Expect(operatorMay(ctx, said, "")).To(BeFalse(), said)
		}
		ns := place(ctx).Name
		for _, role := range []string{"cluster-admin", "admin", "view", "tenantry:inherit", "tenantry:aggregate-to-admin"} {
			Expect(operator().Create(ctx, binding(ns, role))).To(beEscalation(), role)
		}
	})

	It("is told by name what it may bind, and by pieces of whoever adds a role", func(ctx SpecContext) {
		var role rbacv1.ClusterRole
		Expect(k8sClient.Get(ctx, client.ObjectKey{Name: bindRole}, &role)).To(Succeed())
		for _, right := range rightsIn(role.Rules) {
			Expect(right).To(Or(HaveSuffix(" rolebindings.rbac.authorization.k8s.io"), HavePrefix("bind clusterroles.rbac.authorization.k8s.io=")))
		}
		Expect(role.AggregationRule.ClusterRoleSelectors).To(HaveExactElements(
			metav1.LabelSelector{MatchLabels: map[string]string{"tenantry.io/aggregate-to-manager": "true"}},
		))
	})
})
