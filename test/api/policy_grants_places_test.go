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

var _ = Describe("A delegation", func() {
	const policy = "tenantry-grants"

	It("is given by who may delegate its role, and no staff by the same right", func(ctx SpecContext) {
		partner := partnerPlace(ctx)
		admin := As(personIn(ctx, partner, writeGrants, assign("delegate:Admin", "delegate:Editor")))
		Expect(admin.Create(ctx, newDelegation(partner, "tech", v1alpha1.RoleOwner))).To(And(
			beForbiddenBy(policy), MatchError(ContainSubstring("named delegate:Owner in namespace "+partner))))
		Expect(admin.Create(ctx, newGrant(partner, "staff", v1alpha1.RoleEditor))).To(And(
			beForbiddenBy(policy), MatchError(ContainSubstring("named Editor in namespace "+partner))))

		delegation := newDelegation(partner, "tech", v1alpha1.RoleEditor)
		Expect(admin.Create(ctx, delegation)).To(Succeed(), "its legal twin")
		Expect(admin.Patch(ctx, delegation.DeepCopy(), mergePatch(`{"spec":{"role":"Owner"}}`))).To(beForbiddenBy(policy))
		Expect(admin.Patch(ctx, delegation, mergePatch(`{"spec":{"role":"Admin","tenants":{"selector":{}}}}`))).To(Succeed())
		Expect(admin.Delete(ctx, delegation)).To(Succeed())
	})

	It("is not given by who may let staff in", func(ctx SpecContext) {
		partner := partnerPlace(ctx)
		owner := As(personIn(ctx, partner, writeGrants, assign("Owner", "Viewer")))
		Expect(owner.Create(ctx, newDelegation(partner, "tech", v1alpha1.RoleViewer))).To(beForbiddenBy(policy))
		Expect(owner.Create(ctx, newGrant(partner, "staff", v1alpha1.RoleOwner))).To(Succeed(), "its legal twin")
	})

	It("becomes no staff by dropping its tenants, and staff no delegation, whoever asks", func(ctx SpecContext) {
		partner := partnerPlace(ctx)
		delegation, staff := newDelegation(partner, "tech", v1alpha1.RoleAdmin), newGrant(partner, "staff", v1alpha1.RoleAdmin)
		Expect(k8sClient.Create(ctx, delegation)).To(Succeed())
		Expect(k8sClient.Create(ctx, staff)).To(Succeed())
		for _, c := range []client.Client{k8sClient, As(lordOf(ctx, partner)), As(personIn(ctx, partner, writeGrants, assign("delegate:Admin")))} {
			expectRefusal(c.Patch(ctx, delegation.DeepCopy(), mergePatch(`{"spec":{"tenants":null}}`)), "spec.tenants", "can be neither added nor removed")
		}
		expectRefusal(k8sClient.Patch(ctx, staff, mergePatch(`{"spec":{"tenants":{"selector":{}}}}`)), "spec.tenants", "can be neither added nor removed")
	})

	It("is not widened by a label that an editor of tenants puts on one", func(ctx SpecContext) {
		partner := partnerPlace(ctx)
		Expect(k8sClient.Create(ctx, newDelegation(partner, "tech", v1alpha1.RoleAdmin))).To(Succeed())
		customer := newTenant(partner, "cybercorp")
		tenant(ctx, k8sClient, customer)
		editTenants := administer("")
		editTenants.Verbs, editTenants.ResourceNames = []string{"get", "list", "watch", "update", "patch"}, nil
		editor, admin := As(personIn(ctx, partner, editTenants)), As(personIn(ctx, partner, editTenants, administer("cybercorp"), assign("delegate:Admin")))
		relabel := mergePatch(`{"metadata":{"labels":{"tier":"gold"}}}`)
		Expect(editor.Patch(ctx, customer.DeepCopy(), relabel)).To(Or(beForbiddenBy("tenantry-administer"), beForbiddenBy("tenantry-lasting-access")))
		Expect(editor.Patch(ctx, customer.DeepCopy(), mergePatch(`{"spec":{"displayName":"Other"}}`))).To(Succeed(), "the rest is an editor's")
		Expect(admin.Patch(ctx, customer.DeepCopy(), relabel)).To(Succeed(), "its legal twin")
	})
})

var _ = Describe("Whom a grant lets in", Ordered, func() {
	const policy = "tenantry-grants"
	var (
		customer, partner string
		// Those who decide over grants in both places, by their rights there or in the whole cluster.
		authors []client.Client
	)
	BeforeAll(func(ctx SpecContext) {
		customer, partner = place(ctx).Name, partnerPlace(ctx)
		authors = []client.Client{As(person(ctx, everything, assign("Viewer", "delegate:Viewer"))), k8sClient}
	})

	It("is no group in a customer's place, where every person takes a seat", func(ctx SpecContext) {
		for _, c := range authors {
			grant := newGrant(customer, "all", v1alpha1.RoleViewer)
			grant.Spec.Subject.Kind = v1alpha1.SubjectGroup
			Expect(c.Create(ctx, grant, client.DryRunAll)).To(And(beInvalidFor(policy), MatchError(ContainSubstring("spec.subject.kind: a Group"))))
			grant.Namespace = partner
			Expect(c.Create(ctx, grant, client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})

	It("is let into others from a partner's place alone", func(ctx SpecContext) {
		for _, c := range authors {
			grant := newDelegation(customer, "tech", v1alpha1.RoleViewer)
			Expect(c.Create(ctx, grant, client.DryRunAll)).To(And(beInvalidFor(policy), MatchError(ContainSubstring("spec.tenants: customers are delegated only"))))
			grant.Spec.Tenants = &v1alpha1.Selection{Names: []v1alpha1.TenantName{"initech"}}
			Expect(c.Create(ctx, grant, client.DryRunAll)).To(beInvalidFor(policy), "a sibling by its name")
			grant.Namespace = partner
			Expect(c.Create(ctx, grant, client.DryRunAll)).To(Succeed(), "its legal twin")
		}
	})

	DescribeTable("is a ServiceAccount of the grant's own namespace", func(ctx SpecContext, namespace *string) {
		account := func(in string) *v1alpha1.TenantAccessGrant {
			grant := newGrant(*namespace, "bot", v1alpha1.RoleViewer)
			grant.Spec.Subject = v1alpha1.Subject{Kind: v1alpha1.SubjectServiceAccount, Namespace: in, Name: "bot"}
			return grant
		}
		for _, elsewhere := range []string{"kube-system", "tenantry-system", "default", place(ctx).Name} {
			Expect(authors[0].Create(ctx, account(elsewhere), client.DryRunAll)).To(And(
				beInvalidFor(policy), MatchError(ContainSubstring("make one in namespace "+*namespace))))
			Expect(k8sClient.Create(ctx, account(elsewhere), client.DryRunAll)).To(Succeed(), "who runs the cluster knows whose it is")
		}
		Expect(authors[0].Create(ctx, account(*namespace), client.DryRunAll)).To(Succeed(), "its legal twin")
	},
		Entry("in a customer's place", &customer),
		Entry("in a partner's place", &partner),
	)

	DescribeTable("is nobody of Kubernetes' or Tenantry's own", func(ctx SpecContext, kind v1alpha1.SubjectKind, name, words string) {
		for _, namespace := range []string{customer, partner} {
			grant := newGrant(namespace, "new", v1alpha1.RoleViewer)
			grant.Spec.Subject.Kind, grant.Spec.Subject.Name = kind, name
			for _, c := range authors {
				expectCause(c.Create(ctx, grant, client.DryRunAll), "spec.subject.name", words)
			}
		}
	},
		Entry("not every administrator of the cluster", v1alpha1.SubjectGroup, "system:masters", "must not begin with 'system:'"),
		Entry("not everybody", v1alpha1.SubjectGroup, "system:authenticated", "must not begin with 'system:'"),
		Entry("not the operator in the guise of a user", v1alpha1.SubjectUser, operatorName, "must not begin with 'system:'"),
		Entry("not a group that Tenantry itself lets in", v1alpha1.SubjectGroup, "tenantry:domain:acme.example", "must not begin with 'tenantry:'"),
	)

	It("was judged when the grant was made, and a place that is a partner's no more changes nothing", func(ctx SpecContext) {
		namespace := partnerPlace(ctx)
		grant := newDelegation(namespace, "team", v1alpha1.RoleViewer)
		grant.Spec.Subject.Kind = v1alpha1.SubjectGroup
		Expect(authors[0].Create(ctx, grant)).To(Succeed())
		former := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
		Expect(operator().Patch(ctx, former, mergePatch(`{"metadata":{"labels":{"tenantry.io/partner":null}}}`))).To(Succeed())
		for _, body := range []string{`{"spec":{"suspend":true}}`, `{"metadata":{"labels":{"a":"b"}}}`} {
			Expect(authors[0].Patch(ctx, grant, mergePatch(body))).To(Succeed())
		}
		Expect(authors[0].Delete(ctx, grant)).To(Succeed())
	})
})

var _ = Describe("What a grant says of itself", func() {
	It("is not forged by its author", func(ctx SpecContext) {
		namespace := place(ctx).Name
		name := personIn(ctx, namespace, writeGrants, assign("Viewer"))
		author := As(name)
		grant := newGrant(namespace, "new", v1alpha1.RoleViewer)
		grant.Annotations = map[string]string{v1alpha1.AnnotationCreatedBy: "boss@example.com"}
		Expect(author.Create(ctx, grant)).To(Succeed())
		Expect(grant.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, name))
		Expect(author.Patch(ctx, grant, mergePatch(`{"metadata":{"annotations":{"tenantry.io/created-by":"boss@example.com"}}}`))).To(Succeed())
		Expect(grant.Annotations).To(HaveKeyWithValue(v1alpha1.AnnotationCreatedBy, name))

		for policy, metadata := range map[string]string{
			"tenantry-reserved-metadata": `{"labels":{"tenantry.io/tenant":"other"}}`,
			"tenantry-owned-objects":     `{"labels":{"tenantry.io/managed":"true"}}`,
		} {
			Expect(author.Patch(ctx, grant.DeepCopy(), mergePatch(`{"metadata":`+metadata+`}`))).
				To(MatchError(ContainSubstring("ValidatingAdmissionPolicy '%s'", policy)))
		}
		marked := newGrant(namespace, "marked", v1alpha1.RoleViewer)
		marked.Labels = map[string]string{v1alpha1.LabelManaged: "true"}
		Expect(author.Create(ctx, marked)).To(beForbiddenBy("tenantry-owned-objects"))
		marked.Labels = map[string]string{"example.com/team": "red"}
		Expect(author.Create(ctx, marked)).To(Succeed(), "its legal twin")
	})

	It("is the operator's to say in its status", func(ctx SpecContext) {
		namespace := place(ctx).Name
		grant := newGrant(namespace, "new", v1alpha1.RoleViewer)
		grant.Status.Conditions = []metav1.Condition{{Type: "Active", Status: metav1.ConditionTrue, Reason: "Forged", LastTransitionTime: metav1.Now()}}
		Expect(k8sClient.Create(ctx, grant)).To(Succeed())
		Expect(grant.Status.Conditions).To(BeEmpty())
		active := mergePatch(`{"status":{"conditions":[{"type":"Active","status":"True","reason":"Forged","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}`)
		for _, c := range []client.Client{k8sClient, As(lordOf(ctx, namespace)), As(person(ctx, everything, override))} {
			Expect(c.Status().Patch(ctx, grant.DeepCopy(), active)).To(beForbiddenBy("tenantry-status"))
		}
		Expect(exempt().Status().Patch(ctx, grant, active)).To(Succeed(), "its legal twin")
	})
})
