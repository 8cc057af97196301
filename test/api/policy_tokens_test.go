// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// withToken returns a client that authenticates as account, with a token and without impersonation.
// The account gets the given rights in the whole cluster.
func withToken(ctx SpecContext, account *corev1.ServiceAccount, rules ...rbacv1.PolicyRule) client.Client {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-"}, Rules: rules}
	Expect(k8sClient.Create(ctx, role)).To(Succeed())
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "api-test-"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: account.Namespace, Name: account.Name}},
	}
	Expect(k8sClient.Create(ctx, binding)).To(Succeed())
	DeferCleanup(func(ctx SpecContext) {
		Expect(k8sClient.Delete(ctx, binding)).To(Succeed())
		Expect(k8sClient.Delete(ctx, role)).To(Succeed())
	})
	c := withTokenAs(ctx, account, "")
	Eventually(func() error { return c.List(ctx, &corev1.ConfigMapList{}, client.Limit(1)) }).WithContext(ctx).WithTimeout(eventualTimeout).Should(Succeed())
	return c
}

// withTokenAs returns a client that authenticates as account and asks to be taken for user.
func withTokenAs(ctx SpecContext, account *corev1.ServiceAccount, user string) client.Client {
	GinkgoHelper()
	request := &authenticationv1.TokenRequest{}
	Expect(k8sClient.SubResource("token").Create(ctx, account, request)).To(Succeed())
	config := rest.AnonymousClientConfig(restConfig)
	config.BearerToken = request.Status.Token
	config.Impersonate.UserName = user
	c, err := client.New(config, client.Options{Mapper: k8sClient.RESTMapper()})
	Expect(err).NotTo(HaveOccurred())
	return c
}
