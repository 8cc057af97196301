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
	empower(ctx, userOf(account), rules...)
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

// userOf is the name that Kubernetes gives who acts with a token of account.
func userOf(account *corev1.ServiceAccount) string {
	return "system:serviceaccount:" + account.Namespace + ":" + account.Name
}

var _ = Describe("A token of a ServiceAccount in a tenant's place", func() {
	const policy = "tenantry-tokens"
	var (
		account *corev1.ServiceAccount
		lord    string
	)
	BeforeEach(func(ctx SpecContext) {
		account = &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: place(ctx).Name, Name: "ci"}}
		Expect(k8sClient.Create(ctx, account)).To(Succeed())
		lord = lordOf(ctx, account.Namespace)
	})
	request := func(ctx SpecContext, c client.Client) error {
		return c.SubResource("token").Create(ctx, account.DeepCopy(), &authenticationv1.TokenRequest{})
	}
	secret := func() *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: account.Namespace, Name: "ci-token", Annotations: map[string]string{corev1.ServiceAccountNameKey: account.Name},
			},
			Type: corev1.SecretTypeServiceAccountToken,
		}
	}

	It("is requested by nobody who belongs to the place", func(ctx SpecContext) {
		Expect(request(ctx, As(lord))).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("run a pod with spec.serviceAccountName"))))
		Expect(request(ctx, As(userOf(account), "system:serviceaccounts"))).To(beForbiddenByRBAC(), "not by the account itself, either")
	})

	It("is requested by nodes for their pods, and by who serves the whole cluster", func(ctx SpecContext) {
		tokens := rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"serviceaccounts/token"}, Verbs: []string{"create"}}
		for _, c := range []client.Client{
			As(lord, "system:nodes"), As("system:kube-controller-manager", "system:masters"), exempt(),
			As(person(ctx, tokens)), k8sClient,
		} {
			Expect(request(ctx, c)).To(Succeed())
		}
	})

	It("is kept in no Secret, whoever would make it but who may override", func(ctx SpecContext) {
		for _, c := range []client.Client{As(lord), As(person(ctx, everything)), As(lord, "system:nodes")} {
			Expect(c.Create(ctx, secret())).To(And(beForbiddenBy(policy), MatchError(ContainSubstring("service-account-token"))))
			plain := secret()
			plain.Type = corev1.SecretTypeOpaque
			Expect(c.Create(ctx, plain, client.DryRunAll)).To(Succeed(), "its legal twin")
		}
		for _, c := range []client.Client{As(person(ctx, everything, override)), k8sClient, exempt()} {
			Expect(c.Create(ctx, secret(), client.DryRunAll)).To(Succeed())
		}
	})

	It("is not filled anew for another account in a Secret that was there before", func(ctx SpecContext) {
		older := secret()
		Expect(k8sClient.Create(ctx, older)).To(Succeed())
		for _, body := range []string{
			`{"metadata":{"annotations":{"kubernetes.io/service-account.name":"default"}}}`, `{"data":{"extra":"YQ=="}}`,
		} {
			Expect(As(lord).Patch(ctx, older.DeepCopy(), mergePatch(body))).To(beForbiddenBy(policy))
		}
		Expect(As(lord).Patch(ctx, older, mergePatch(`{"metadata":{"labels":{"a":"b"}}}`))).To(Succeed(), "its legal twin")
		Expect(As(lord).Delete(ctx, older)).To(Succeed())
	})

	It("is left to RBAC elsewhere", func(ctx SpecContext) {
		account.Namespace, account.ResourceVersion = newNamespace(ctx), ""
		Expect(k8sClient.Create(ctx, account)).To(Succeed())
		elsewhere := As(lordOf(ctx, account.Namespace))
		Expect(request(ctx, elsewhere)).To(Succeed())
		Expect(elsewhere.Create(ctx, secret())).To(Succeed())
	})
})
