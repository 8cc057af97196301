// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

// loot is a place that is kept, and what was in it when it was closed.
type loot struct {
	tenant *v1alpha1.Tenant
	record *v1alpha1.RetainedTenant
	secret *corev1.Secret
}

// leave has a person make a Tenant, put data into its place, and delete it.
func leave(ctx SpecContext, by *person, namespace string) loot {
	GinkgoHelper()
	tenant := await(ctx, by.apply(ctx, namespace, harness.UniqueName("root"), "{retainFor: 1h}"), beReady())
	fill(ctx, tenant)
	secret := secretOf(ctx, tenant.Status.Namespace)
	by.can(ctx, "", "delete", "tenant", tenant.Name, "-n", namespace, "--timeout=60s")
	return loot{tenant: tenant, record: retired(ctx, tenant), secret: secret}
}

// untouched says that nobody got anything of a place, and that it is kept for who may have it.
func (l loot) untouched(ctx SpecContext) {
	GinkgoHelper()
	kept(ctx, l.tenant)
	secret := secretOf(ctx, l.secret.Namespace)
	Expect(secret.UID).To(Equal(l.secret.UID))
	Expect(secret.Data).To(Equal(l.secret.Data))
	record := &v1alpha1.RetainedTenant{}
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(l.record), record)).To(Succeed())
	Expect(record.Spec).To(Equal(l.record.Spec))
}

// unseen says that a person can't read the place.
func (l loot) unseen(ctx SpecContext, by *person) {
	GinkgoHelper()
	Expect(by.Get(ctx, client.ObjectKeyFromObject(l.secret), &corev1.Secret{})).To(Satisfy(apierrors.IsForbidden))
	Expect(by.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(l.secret.Namespace))).To(Satisfy(apierrors.IsForbidden))
}

var _ = Describe("A place that is kept, before thieves (F21)", func() {
	It("is not got by a lie about who made the Tenant, and is by who did", func(ctx SpecContext) {
		namespace := platform(ctx)
		pat, kim := staff(ctx, namespace), staff(ctx, namespace)
		left := leave(ctx, pat, namespace)
		liar := named(namespace, left.tenant.Name)
		liar.Annotations = map[string]string{
			v1alpha1.AnnotationCreatedBy: pat.name,
			"note":                       "mine",
		}
		Expect(kim.Create(ctx, liar)).To(Succeed())
		Expect(liar.Annotations).To(And(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, kim.name), HaveKeyWithValue("note", "mine")))
		nothing := And(beStalled(v1alpha1.ReasonRetained), HaveField("Status.Namespace", BeEmpty()), HaveField("Status.Hosts", BeEmpty()), HaveField("Status.SuperAdmin", kim.name))
		await(ctx, liar, nothing)
		Expect(kim.Patch(ctx, liar, merge(`{"metadata":{"annotations":{"tenantry.io/created-by":"`+pat.name+`"}},"spec":{"displayName":"Mine"}}`))).To(Succeed())
		await(ctx, liar, nothing)
		Expect(liar.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, kim.name))
		left.unseen(ctx, kim)
		left.untouched(ctx)

		kim.can(ctx, "", "delete", "tenant", liar.Name, "-n", namespace, "--timeout=60s")
		back := await(ctx, pat.apply(ctx, namespace, left.tenant.Name, "{retainFor: 1h}"), beReady())
		Expect(secretOf(ctx, back.Status.Namespace).UID).To(Equal(left.secret.UID))
	})

	It("is not got by another partner who names its UID, wherever they do", func(ctx SpecContext) {
		acme, initech := platform(ctx), platform(ctx)
		pat := staff(ctx, acme)
		eve := staff(ctx, initech, "administer")
		left, own := leave(ctx, pat, acme), leave(ctx, staff(ctx, initech), initech)
		theirs := "{retainFor: 1h, restoreFrom: {uid: " + left.record.Spec.UID + "}}"

		By("a Tenant of a new name")
		fresh := await(ctx, eve.apply(ctx, initech, harness.UniqueName("root"), theirs), beReady())
		Expect(fresh.Status.Namespace).To(Equal(fresh.Name))
		Expect(secretOf(ctx, fresh.Status.Namespace).Data).NotTo(Equal(left.secret.Data))
		Expect(fresh.Status.SuperAdmin).To(Equal(eve.name))
		missing(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: fresh.Status.Namespace, Name: "own"}})

		By("a Tenant of the same name")
		same := await(ctx, eve.apply(ctx, initech, left.tenant.Name, theirs), beStalled(v1alpha1.ReasonNamespaceConflict))
		Expect(same.Status).To(And(HaveField("Namespace", BeEmpty()), HaveField("Hosts", BeEmpty()), HaveField("SuperAdmin", eve.name)))

		By("a Tenant of a name that is kept for themselves")
		mixed := await(ctx, eve.apply(ctx, initech, own.tenant.Name, theirs), beStalled(v1alpha1.ReasonRetained))
		Expect(message(mixed)).NotTo(ContainSubstring(left.record.Spec.UID))
		own.untouched(ctx)

		By("a Tenant in the other partner's namespace")
		_, err := eve.kubectl(ctx, tenantYAML(acme, left.tenant.Name, theirs), "create", "-f", "-")
		Expect(err).To(MatchError(ContainSubstring("forbidden")))

		left.unseen(ctx, eve)
		left.untouched(ctx)
		By("the one that is theirs")
		restored := await(ctx, eve.apply(ctx, initech, own.tenant.Name, "{retainFor: 1h, restoreFrom: {uid: "+own.record.Spec.UID+"}}"), beReady())
		Expect(secretOf(ctx, restored.Status.Namespace).UID).To(Equal(own.secret.UID))
		left.untouched(ctx)
	})

	It("is named by nobody's spec.restoreFrom who may not administer tenants, be it theirs or another's", func(ctx SpecContext) {
		acme, initech := platform(ctx), platform(ctx)
		kim := staff(ctx, initech)
		left, own := leave(ctx, staff(ctx, acme), acme), leave(ctx, kim, initech)
		for _, uid := range []string{left.record.Spec.UID, own.record.Spec.UID} {
			thief := named(initech, own.tenant.Name)
			thief.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: uid}
			Expect(kim.Create(ctx, thief)).To(refusedBy("tenantry-administer"))
			thief.Name = harness.UniqueName("root")
			Expect(kim.Create(ctx, thief)).To(refusedBy("tenantry-administer"))
		}
		left.untouched(ctx)
		own.untouched(ctx)
		back := await(ctx, kim.apply(ctx, initech, own.tenant.Name, "{retainFor: 1h}"), beReady())
		Expect(kim.Patch(ctx, back.DeepCopy(), merge(`{"spec":{"restoreFrom":{"uid":"`+left.record.Spec.UID+`"}}}`))).To(refusedBy("tenantry-administer"))
		Expect(secretOf(ctx, back.Status.Namespace).UID).To(Equal(own.secret.UID))
	})
})
