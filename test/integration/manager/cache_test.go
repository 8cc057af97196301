// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"crypto/sha256"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The caches of a manager", func() {
	adminSecret := func(namespace string) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "tenant-admin", Labels: ownLabels()},
			Type:       corev1.SecretTypeBasicAuth,
			StringData: map[string]string{"username": "admin", "password": "correct horse"},
		}
	}
	password := sha256.Sum256([]byte("correct horse"))

	It("hold the digests of our Secrets, whether they were there at the start or came later", func(ctx SpecContext) {
		early, late := adminSecret(place(ctx).Name), adminSecret(place(ctx).Name)
		Expect(operator.Create(ctx, early)).To(Succeed())
		mgr := start(ctx, operatorConfig, configuration())
		Expect(mgr.GetCache().WaitForCacheSync(ctx)).To(BeTrue())
		Expect(operator.Create(ctx, late)).To(Succeed())

		for _, secret := range []*corev1.Secret{early, late} {
			cached := &corev1.Secret{}
			Eventually(mgr.GetCache().Get).WithArguments(ctx, client.ObjectKeyFromObject(secret), cached).Should(Succeed())
			Expect(cached.Data).To(HaveKeyWithValue("password", password[:]))
			Expect(cached.ManagedFields).To(BeEmpty())
		}
	}, SpecTimeout(time.Minute))

	It("hold nobody else's Secrets, and no other Secret of ours", func(ctx SpecContext) {
		namespace := place(ctx).Name
		theirs := adminSecret(namespace)
		theirs.Labels = nil
		other := adminSecret(namespace)
		other.Name = "tenant-other"
		Expect(admin.Create(ctx, theirs)).To(Succeed())
		Expect(exempt().Create(ctx, other)).To(Succeed())
		mgr := start(ctx, operatorConfig, configuration())
		Expect(mgr.GetCache().WaitForCacheSync(ctx)).To(BeTrue())

		for _, secret := range []*corev1.Secret{theirs, other} {
			err := mgr.GetCache().Get(ctx, client.ObjectKeyFromObject(secret), &corev1.Secret{})
			Expect(apierrors.IsNotFound(err)).To(BeTrue(), "%s: %v", secret.Name, err)
		}
	}, SpecTimeout(time.Minute))

	It("hold of every namespace only what tells whose it is", func(ctx SpecContext) {
		namespace := place(ctx)
		mgr := start(ctx, operatorConfig, configuration())
		cached := &corev1.Namespace{}
		Eventually(mgr.GetCache().Get).WithArguments(ctx, client.ObjectKeyFromObject(namespace), cached).Should(Succeed())
		Expect(cached.UID).To(Equal(namespace.UID))
		Expect(cached.Annotations).To(HaveKey(v1alpha1.AnnotationTenantUID))
		Expect(cached.Spec).To(BeZero())
		Expect(cached.Status).To(BeZero())
		Expect(mgr.GetCache().Get(ctx, client.ObjectKey{Name: "kube-system"}, cached)).To(Succeed())
	}, SpecTimeout(time.Minute))
})
