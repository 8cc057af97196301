// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var _ = Describe("What the operator keeps of invitations", func() {
	const system = "tenantry-system"
	invitation := func(change ...func(*corev1.Secret)) *corev1.Secret {
		secret := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "invitation-" + string(uuid.NewUUID()), Labels: map[string]string{"tenantry.io/managed": "true"}},
			Type:       "tenantry.io/invitation",
			Data:       map[string][]byte{"invitation": []byte("{}")},
		}
		for _, change := range change {
			change(secret)
		}
		return secret
	}
	kept := func(ctx SpecContext) *corev1.Secret {
		GinkgoHelper()
		secret := invitation()
		Expect(operator().Create(ctx, secret)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.IgnoreNotFound(operator().Delete(ctx, secret))).To(Succeed()) })
		return secret
	}

	It("is the one kind of Secret that its account makes in its own namespace", func(ctx SpecContext) {
		const policy = "tenantry-operator"
		for name, change := range map[string]func(*corev1.Secret){
			"a token of its own": func(s *corev1.Secret) {
				s.Type, s.Data = corev1.SecretTypeServiceAccountToken, nil
				s.Annotations = map[string]string{corev1.ServiceAccountNameKey: "tenantry-manager"}
			},
			"another name": func(s *corev1.Secret) { s.Name = "tenantry-smtp" },
			"a tenant's login": func(s *corev1.Secret) {
				s.Name, s.Type, s.Data = "tenant-admin", corev1.SecretTypeBasicAuth, adminSecret("").Data
			},
			"without a label": func(s *corev1.Secret) { s.Labels = nil },
			"in a place":      func(s *corev1.Secret) { s.Namespace = place(ctx).Name },
			"elsewhere":       func(s *corev1.Secret) { s.Namespace = "default" },
		} {
			Expect(operator().Create(ctx, invitation(change))).To(beForbiddenBy(policy), name)
		}
		password := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: system, Name: "smtp-" + string(uuid.NewUUID())}}
		Expect(k8sClient.Create(ctx, password)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(k8sClient.Delete(ctx, password)).To(Succeed()) })
		changed := password.DeepCopy()
		changed.Data = map[string][]byte{"password": []byte("x")}
		Expect(operator().Update(ctx, changed)).To(beForbiddenBy(policy), "the mail server's password")
		Expect(operator().Delete(ctx, password.DeepCopy())).To(beForbiddenBy(policy))

		secret := kept(ctx)
		secret.Data["invitation"] = []byte(`{"attempts":1}`)
		Expect(operator().Update(ctx, secret)).To(Succeed(), "its legal twin")
		Expect(operator().Delete(ctx, secret)).To(Succeed())
	})

	It("is changed by nobody else who has rights there", func(ctx SpecContext) {
		const policy = "tenantry-owned-objects"
		secret := kept(ctx)
		helper := As(person(ctx, everything))
		Expect(helper.Create(ctx, invitation())).To(beForbiddenBy(policy), "forged")
		forged := secret.DeepCopy()
		forged.Data["invitation"] = []byte(`{"links":[]}`)
		Expect(helper.Update(ctx, forged)).To(beForbiddenBy(policy))
		Expect(helper.Delete(ctx, secret.DeepCopy())).To(beForbiddenBy(policy))
	})
})
