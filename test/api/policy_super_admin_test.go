// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

var _ = Describe("The super admin of a Tenant", func() {
	const (
		policy = "tenantry-super-admin"
		hand   = `{"spec":{"superAdmin":"eve@example.com"}}`
	)
	// made is a Tenant in namespace whose spec and status name a super admin, or don't.
	made := func(ctx SpecContext, namespace, inSpec, inStatus string) *v1alpha1.Tenant {
		GinkgoHelper()
		t := newTenant(namespace, "sample")
		t.Spec.SuperAdmin = inSpec
		tenant(ctx, k8sClient, t)
		if inStatus != "" {
			Expect(operator().Status().Patch(ctx, t, mergePatch(`{"status":{"superAdmin":"`+inStatus+`"}}`))).To(Succeed())
		}
		return t
	}
	annotate := func(ctx SpecContext, c client.Client, namespace, superAdmin string) {
		GinkgoHelper()
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(c.Patch(ctx, ns, mergePatch(`{"metadata":{"annotations":{"tenantry.io/super-admin":"`+superAdmin+`"}}}`))).To(Succeed())
	}
	change := func(ctx SpecContext, user string, t *v1alpha1.Tenant, body string) error {
		return As(user).Patch(ctx, t.DeepCopy(), mergePatch(body), client.DryRunAll)
	}
	refused := And(beForbiddenBy(policy), MatchError(ContainSubstring("spec.superAdmin of Tenant sample is changed only by its present super admin")))

	It("is changed by nobody else, whatever they may do with the Tenant", func(ctx SpecContext) {
		namespace, present, partner := place(ctx).Name, "present@example.com", "partner@example.com"
		annotate(ctx, operator(), namespace, partner)
		t := made(ctx, namespace, present, present)
		for _, user := range []string{person(ctx, everything), person(ctx, everything, administer("sample")), lordOf(ctx, namespace)} {
			for _, body := range []string{hand, `{"spec":{"superAdmin":null}}`, `{"spec":{"superAdmin":"` + user + `"}}`} {
				err := change(ctx, user, t, body)
				Expect(err).To(refused)
				Expect(err).NotTo(Or(MatchError(ContainSubstring(present)), MatchError(ContainSubstring(partner))), "it names nobody")
			}
			Expect(change(ctx, user, t, `{"spec":{"displayName":"Other","superAdmin":"`+present+`"}}`)).To(Succeed(), "the rest is theirs")
		}
	})

	It("hands it on", func(ctx SpecContext) {
		user := person(ctx, everything)
		Expect(change(ctx, user, made(ctx, newNamespace(ctx), user, "other@example.com"), hand)).To(Succeed())
	})

	It("hands it on where the status alone says who it is", func(ctx SpecContext) {
		user, namespace := person(ctx, everything), newNamespace(ctx)
		t := made(ctx, namespace, "", user)
		Expect(change(ctx, user, t, hand)).To(Succeed())
		Expect(change(ctx, person(ctx, everything), t, hand)).To(refused)
	})

	It("is no more who was it by the status, once the spec names another", func(ctx SpecContext) {
		user := person(ctx, everything)
		Expect(change(ctx, user, made(ctx, newNamespace(ctx), "other@example.com", user), hand)).To(refused)
	})

	It("is changed by nobody common while nobody is it", func(ctx SpecContext) {
		Expect(change(ctx, person(ctx, everything), made(ctx, place(ctx).Name, "", ""), hand)).To(refused)
	})

	It("is changed by the super admin of the partner", func(ctx SpecContext) {
		user, namespace := person(ctx, everything), place(ctx).Name
		t := made(ctx, namespace, "present@example.com", "")
		annotate(ctx, operator(), namespace, user)
		Eventually(change).WithContext(ctx).WithTimeout(eventualTimeout).WithArguments(user, t, hand).Should(Succeed())
	})

	It("is not changed by who is said to be that in a namespace that is nobody's place", func(ctx SpecContext) {
		user, namespace := person(ctx, everything), newNamespace(ctx)
		annotate(ctx, exempt(), namespace, user)
		Expect(change(ctx, user, made(ctx, namespace, "present@example.com", ""), hand)).To(refused)
	})

	It("is changed by who may override, and is free when the Tenant is made", func(ctx SpecContext) {
		namespace := newNamespace(ctx)
		t := made(ctx, namespace, "present@example.com", "")
		Expect(change(ctx, person(ctx, everything, override), t, hand)).To(Succeed())
		for _, c := range []client.Client{k8sClient, exempt()} {
			Expect(c.Patch(ctx, t.DeepCopy(), mergePatch(hand), client.DryRunAll)).To(Succeed())
		}
		fresh := newTenant(namespace, "fresh")
		fresh.Spec.SuperAdmin = "anybody@example.com"
		Expect(As(person(ctx, everything)).Create(ctx, fresh, client.DryRunAll)).To(Succeed())
	})
})
