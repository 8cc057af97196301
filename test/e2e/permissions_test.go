// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("What a customer may see and do beside its roles", Ordered, func() {
	var home *v1alpha1.Tenant
	BeforeAll(func(ctx SpecContext) {
		directory, err := harness.Root()
		Expect(err).NotTo(HaveOccurred())
		samples := filepath.Join(directory, "config", "samples", "permissions")
		_, err = kubectl(ctx, "", "apply", "-k", samples)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(kubectl, "", "delete", "-k", samples)
		home = root(ctx, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })
	})
	permit := func(ctx SpecContext, permissions map[string]bool) {
		GinkgoHelper()
		change(ctx, home, func(t *v1alpha1.Tenant) { t.Spec.Permissions = permissions }, beReady())
	}

	It("is as much of its devices as the provider sets, level by level, and by role (F27, F39)", func(ctx SpecContext) {
		lee, jo, place := harness.UniqueName("lee"), harness.UniqueName("jo"), home.Status.Namespace
		newGrant(ctx, place, lee, v1alpha1.RoleReporter)
		newGrant(ctx, place, jo, v1alpha1.RoleAdmin)
		Eventually(may).WithArguments(ctx, jo, "create", "pods", place).Within(inTime).Should(BeTrue())
		levels := []struct{ permission, resource string }{
			{"EstimatedLoad", "estimatedloads"}, {"MeasuredPeakLoad", "measuredpeakloads"},
			{"DeviceProperties", "deviceproperties"}, {"CustomProperties", "customproperties"},
		}
		for _, on := range levels {
			permit(ctx, map[string]bool{on.permission: true})
			for _, level := range levels {
				Eventually(may).WithArguments(ctx, jo, "list", level.resource+".colocation.example", place).Within(inTime).
					Should(Equal(level == on), "%s with %s", level.resource, on.permission)
			}
			Expect(may(ctx, lee, "list", on.resource+".colocation.example", place)).To(Equal(on.permission == "EstimatedLoad"))
		}
		permit(ctx, map[string]bool{"CustomProperties": false})
		Eventually(may).WithArguments(ctx, jo, "list", "customproperties.colocation.example", place).Within(inTime).Should(BeFalse())
	})

	It("is the server that its people sign in at, by its Administrators alone (F40)", func(ctx SpecContext) {
		place := home.Status.Namespace
		kim, jo := harness.UniqueName("kim"), harness.UniqueName("jo")
		newGrant(ctx, place, kim, v1alpha1.RoleEditor)
		newGrant(ctx, place, jo, v1alpha1.RoleAdmin)
		server := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: place, Name: "authentication-server"}}
		create := func(ctx SpecContext, user string) error {
			as, err := cluster.As(user)
			Expect(err).NotTo(HaveOccurred())
			return as.Create(ctx, server.DeepCopy())
		}
		Eventually(may).WithArguments(ctx, kim, "create", "configmaps", place).Within(inTime).Should(BeTrue())
		Eventually(may).WithArguments(ctx, jo, "create", "configmaps", place).Within(inTime).Should(BeTrue())
		Eventually(func(ctx SpecContext) error { // a new policy acts a moment later
			as, err := cluster.As(jo)
			Expect(err).NotTo(HaveOccurred())
			return as.Create(ctx, server.DeepCopy(), client.DryRunAll)
		}).WithContext(ctx).Should(MatchError(ContainSubstring("colocation-authentication-server")), "without the permission")

		permit(ctx, map[string]bool{"AuthenticationServer": true})
		Eventually(create).WithContext(ctx).WithArguments(jo).Within(inTime).Should(Succeed())
		Expect(create(ctx, kim)).To(MatchError(ContainSubstring("colocation-authentication-server")), "an Editor")
	})

	It("is told where the operator may not bind a permission's ClusterRole, and everybody enters all the same", func(ctx SpecContext) {
		jo, name := harness.UniqueName("jo"), harness.UniqueName("help")
		forgotten := &rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{
				Name:        name,
				Labels:      map[string]string{v1alpha1.LabelPermission: "HelpCenter"},
				Annotations: map[string]string{v1alpha1.AnnotationPermissionRoles: "Owner,Admin"},
			},
			Rules: []rbacv1.PolicyRule{{APIGroups: []string{"help.example"}, Resources: []string{"tickets"}, Verbs: []string{"create"}}},
		}
		Expect(admin.Create(ctx, forgotten)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(admin.Delete(ctx, forgotten)).To(Succeed()) })
		newGrant(ctx, home.Status.Namespace, jo, v1alpha1.RoleAdmin)
		change(ctx, home, func(t *v1alpha1.Tenant) { t.Spec.Permissions = map[string]bool{"HelpCenter": true} },
			have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonPermissionUnbound))
		Expect(condition(home, v1alpha1.ConditionAccessReady).Reason).To(Equal(v1alpha1.ReasonPermissionUnbound))
		Expect(condition(home, v1alpha1.ConditionAccessReady).Message).To(And(ContainSubstring(name), ContainSubstring("verb bind")))
		Eventually(may).WithArguments(ctx, jo, "create", "pods", home.Status.Namespace).Within(inTime).Should(BeTrue())
		Expect(may(ctx, jo, "create", "tickets.help.example", home.Status.Namespace)).To(BeFalse())
	})
})
