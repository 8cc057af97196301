// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/domain"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("A status", func() {
	It("is refused when it was decided on a stale view", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		stale := shared.load(ctx, tenant.DeepCopy())
		change(ctx, tenant, suspended)
		shared.settle(ctx, tenant)

		_, err := shared.Reporter.Report(ctx, stale, standing.Seen{Waiting: "something of the past"}, nil)
		Expect(err).To(Satisfy(apierrors.IsConflict))
		now := &v1alpha1.Tenant{}
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), now)).To(Succeed())
		Expect(now.Status).To(Equal(tenant.Status))
	})

	It("speaks of the generation that was looked at, in every condition", func(ctx SpecContext) {
		tenant := root(ctx)
		Expect(tenant.Status.ObservedGeneration).To(BeEquivalentTo(-1), "nobody has looked at it")
		shared.settle(ctx, tenant)
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "New name" })
		Expect(tenant.IsReady()).To(BeFalse(), "Ready speaks of the former spec")
		shared.settle(ctx, tenant)
		Expect(tenant.Generation).To(BeEquivalentTo(2))
		Expect(tenant.Status.ObservedGeneration).To(Equal(tenant.Generation))
		Expect(tenant.Status.Conditions).To(HaveEach(HaveField("ObservedGeneration", tenant.Generation)))
	})

	It("is not written when only the time has passed", func(ctx SpecContext) {
		tenant := root(ctx)
		shared.settle(ctx, tenant)
		since := ready(tenant).LastTransitionTime
		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "New name" })
		shared.settle(ctx, tenant)
		Expect(ready(tenant).LastTransitionTime).To(Equal(since), "Ready did not change")
	})
})

var _ = Describe("A namespace of somebody else that goes", func() {
	It("is noticed when it goes while the Tenant is just being told of it", func(ctx SpecContext) {
		name := harness.UniqueName("taken")
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		Expect(admin.Create(ctx, namespace)).To(Succeed())
		shared.catchUp(ctx, namespace)
		tenant := tenantIn(ctx, plainNamespace(ctx), name)
		shared.recorder.onRequest(func(sent request) {
			if sent.String() != "patch tenants/status "+name {
				return
			}
			shared.recorder.onRequest(nil)
			defer GinkgoRecover()
			Expect(admin.Delete(ctx, namespace)).To(Succeed())
			gone(ctx, namespace)
			shared.catchUp(ctx, namespace) // whoever waited for it has been woken
		})
		err := shared.look(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonNamespaceConflict))
		Expect(err).To(HaveOccurred())
		Expect(err).NotTo(MatchError(reconcile.TerminalError(nil)), "the operator looks once more by itself")
		shared.settle(ctx, tenant)
		Expect(ready(tenant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})
})

var _ = Describe("The proof of a domain", func() {
	It("is told with the first look that makes the place: no other may follow", func(ctx SpecContext) {
		tenant := root(ctx, func(t *v1alpha1.Tenant) {
			t.Spec.Domain = &v1alpha1.Domain{Custom: &v1alpha1.CustomDomain{
				Host: v1alpha1.Host(harness.UniqueName("customer") + ".example"), CertificateRef: &v1alpha1.LocalReference{Name: "tls"},
			}}
		})
		Expect(shared.look(ctx, tenant)).To(Succeed())
		place := &corev1.Namespace{}
		Expect(admin.Get(ctx, client.ObjectKey{Name: tenant.Status.Namespace}, place)).To(Succeed())
		Expect(tenant.Status.DomainChallenge).To(Equal(domain.Challenge(string(place.UID))))
	})
})
