// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

var _ = Describe("The administrator's Secret", func() {
	passwordOf := func(ctx SpecContext, tenant *v1alpha1.Tenant) string {
		GinkgoHelper()
		secret := owned(ctx, tenant)["secrets"].(*corev1.Secret)
		Expect(secret.Type).To(Equal(corev1.SecretTypeBasicAuth))
		return string(secret.Data[corev1.BasicAuthPasswordKey])
	}

	It("keeps its password through every change of the rest", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		password := passwordOf(ctx, tenant)
		Expect(len(password)).To(BeNumerically(">=", 20))

		change(ctx, tenant, func(t *v1alpha1.Tenant) {
			t.Spec.Admin = &v1alpha1.Administrator{Username: "jdoe"}
			t.Spec.Domain = &v1alpha1.Domain{Subdomain: t.Name + "-new"}
		})
		shared.settle(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"].(*corev1.Secret)
		Expect(string(secret.Data[corev1.BasicAuthUsernameKey])).To(Equal("jdoe"))
		Expect(string(secret.Data["url"])).To(Equal("https://" + tenant.Name + "-new.tenantry.example"))
		Expect(passwordOf(ctx, tenant)).To(Equal(password))

		change(ctx, tenant, suspended)
		shared.settle(ctx, tenant)
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Suspend = false })
		newOperator(ctx).settle(ctx, tenant)
		Expect(passwordOf(ctx, tenant)).To(Equal(password))
	})

	It("keeps a password that an administrator chose", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"].(*corev1.Secret)
		secret.Data[corev1.BasicAuthPasswordKey] = []byte("chosen by hand")
		Expect(admin.Update(ctx, secret)).To(Succeed())
		shared.catchUp(ctx, secret)
		shared.recorder.take()
		Expect(shared.look(ctx, tenant)).To(Succeed())
		Expect(shared.recorder.take()).To(BeEmpty())
	})

	DescribeTable("gets a password where it has none,", func(ctx SpecContext, lose func(*corev1.Secret)) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		former := passwordOf(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"].(*corev1.Secret)
		lose(secret)
		Expect(admin.Update(ctx, secret)).To(Succeed())
		shared.catchUp(ctx, secret)
		shared.settle(ctx, tenant)
		Expect(passwordOf(ctx, tenant)).To(And(HaveLen(len(former)), Not(Equal(former))))
	},
		Entry("when it was emptied", func(s *corev1.Secret) { s.Data[corev1.BasicAuthPasswordKey] = nil }),
		// A basic-auth Secret may lack the password as long as it has a user name.
		Entry("when it was removed", func(s *corev1.Secret) { delete(s.Data, corev1.BasicAuthPasswordKey) }),
	)

	It("is told from other tenants' by its password", func(ctx SpecContext) {
		one, two := root(ctx), root(ctx)
		shared.settle(ctx, one)
		shared.settle(ctx, two)
		Expect(passwordOf(ctx, one)).NotTo(Equal(passwordOf(ctx, two)))
	})

	It("is all of the Secrets that the operator asks for", func(ctx SpecContext) {
		started := newOperator(ctx)
		tenant := root(ctx)
		started.settle(ctx, tenant)
		secret := owned(ctx, tenant)["secrets"]
		Expect(admin.Delete(ctx, secret)).To(Succeed())
		started.catchUp(ctx, secret)
		started.settle(ctx, tenant)

		var asked int
		for _, sent := range started.recorder.all() {
			if sent.Resource != "secrets" || sent.Verb == "create" {
				continue
			}
			asked++
			if sent.Name == "" {
				Expect(sent.Query.Get("fieldSelector")).To(Equal("metadata.name="+desired.AdminSecretName), sent.String())
			} else {
				Expect(sent.Name).To(Equal(desired.AdminSecretName))
			}
		}
		Expect(asked).To(BeNumerically(">", 0), "the cache was filled")
	})

	It("leaves no password in the operator's memory", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		cached := &corev1.Secret{}
		key := client.ObjectKey{Namespace: tenant.Status.Namespace, Name: desired.AdminSecretName}
		Expect(shared.Client.Get(ctx, key, cached)).To(Succeed())
		Expect(cached.Data).To(HaveKey(corev1.BasicAuthPasswordKey))
		Expect(string(cached.Data[corev1.BasicAuthPasswordKey])).NotTo(ContainSubstring(passwordOf(ctx, tenant)))
	})
})
