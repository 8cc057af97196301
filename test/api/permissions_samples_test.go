// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("The samples of permissions", Ordered, func() {
	const policy = "colocation-authentication-server"
	var home string
	BeforeAll(func(ctx SpecContext) {
		for _, file := range []string{"information_levels.yaml", "authentication_server.yaml", "bind.yaml"} {
			for _, object := range readSample(filepath.Join("permissions", file)) {
				Expect(k8sClient.Create(ctx, object)).To(Succeed())
				DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, object)).To(Succeed()) })
			}
		}
		home = place(ctx).Name
	})

	permissions := func(ctx SpecContext) []rbacv1.ClusterRole {
		GinkgoHelper()
		var list rbacv1.ClusterRoleList
		Expect(k8sClient.List(ctx, &list, client.HasLabels{"tenantry.io/permission"})).To(Succeed())
		return list.Items
	}
	settings := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: name}}
	}
	// with lets user have the ClusterRole of a permission, as the operator does while the tenant has it.
	with := func(ctx SpecContext, user, role string) string {
		GinkgoHelper()
		Expect(exempt().Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: home, GenerateName: "api-test-"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
		})).To(Succeed())
		return user
	}

	It("name the roles that they are for", func(ctx SpecContext) {
		var names []string
		for _, role := range permissions(ctx) {
			names = append(names, role.Labels["tenantry.io/permission"])
			for named := range strings.SplitSeq(role.Annotations["tenantry.io/permission-roles"], ",") {
				Expect(named).To(BeElementOf("Owner", "Admin", "Editor", "Viewer", "Reporter"), role.Name)
			}
		}
		Expect(names).To(ConsistOf("EstimatedLoad", "MeasuredPeakLoad", "DeviceProperties", "CustomProperties", "AuthenticationServer"))
	})

	It("may be bound by the operator, each by its name", func(ctx SpecContext) {
		for _, role := range permissions(ctx) {
			Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).
				WithArguments(operatorName, right("bind clusterroles.rbac.authorization.k8s.io="+role.Name, home)).Should(BeTrue(), role.Name)
		}
		Expect(may(ctx, operatorName, right("bind clusterroles.rbac.authorization.k8s.io=colocation:bind", home))).To(BeFalse())
	})

	It("give what no role has without them", func(ctx SpecContext) {
		everybody := bound(ctx, home, expectedRights().roles...)
		for _, role := range permissions(ctx) {
			only := with(ctx, "only-"+role.Name, role.Name)
			for _, cell := range rightsIn(role.Rules) {
				Eventually(may).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(only, right(cell, home)).Should(BeTrue(), cell)
				Expect(may(ctx, everybody, right(cell, home))).To(BeFalse(), cell)
			}
		}
	})

	It("keep the authentication server from who has not got the permission, Administrators too", func(ctx SpecContext) {
		for _, role := range []string{"owner", "admin", "editor"} {
			c := As(bound(ctx, home, role))
			Eventually(c.Create).WithContext(ctx).WithTimeout(eventualTimeout).
				WithArguments(settings("authentication-server"), client.DryRunAll).Should(beForbiddenBy(policy), role)
			Expect(c.Create(ctx, settings("other"), client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})

	It("let Administrators edit the authentication server who have it, and nobody else change or remove it", func(ctx SpecContext) {
		admin := As(with(ctx, bound(ctx, home, "admin"), "colocation:authentication-server"))
		server := settings("authentication-server")
		Eventually(admin.Create).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(server).Should(Succeed())
		Expect(admin.Patch(ctx, server, mergePatch(`{"data":{"url":"ldaps://ldap.cybercorp.example"}}`))).To(Succeed())

		editor := As(bound(ctx, home, "editor"))
		Eventually(editor.Patch).WithContext(ctx).WithTimeout(eventualTimeout).
			WithArguments(server.DeepCopy(), mergePatch(`{"data":{"url":"ldaps://ldap.evil.example"}}`)).Should(beForbiddenBy(policy))
		Expect(editor.Delete(ctx, server.DeepCopy())).To(beForbiddenBy(policy))
		Expect(editor.DeleteAllOf(ctx, &corev1.ConfigMap{}, client.InNamespace(home), client.MatchingFields{"metadata.name": server.Name})).
			To(beForbiddenBy(policy))
		Expect(admin.Delete(ctx, server)).To(Succeed())
	})

	It("are all in the kustomization", func() {
		kustomization := readSample("permissions/kustomization.yaml")[0].Object["resources"].([]any)
		files, err := filepath.Glob(filepath.Join(samplesDir, "permissions", "*.yaml"))
		Expect(err).NotTo(HaveOccurred())
		for i, file := range files {
			files[i] = filepath.Base(file)
		}
		files = slices.DeleteFunc(files, func(file string) bool { return file == "kustomization.yaml" })
		Expect(kustomization).To(ConsistOf(files))
	})
})
