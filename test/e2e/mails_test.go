// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("People are told by mail", func() {
	It("a contact gets the portal's URL each time it is turned on, once (F38)", func(ctx SpecContext) {
		email := harness.UniqueName("office") + "@cybercorp.example"
		tenant := root(ctx, func(t *v1alpha1.Tenant) { t.Spec.Contact = &v1alpha1.Contact{Email: v1alpha1.Email(email)} })
		turn := func(on bool) {
			change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(on)} }, beReady())
		}
		turn(false)
		Expect(mailServer.Mails(email)).To(BeEmpty(), "a portal that was always on is not turned on")
		turn(true)
		first := mailTo(ctx, email, 1)
		Expect(first.Text).To(ContainSubstring(tenant.Status.URL))
		await(ctx, tenant, HaveField("Status.Portal", HaveValue(And(HaveField("OffSince", BeNil()), HaveField("ToldAt", Not(BeNil()))))))
		Expect(eventsOf(ctx, tenant)).To(ContainElement(HaveField("Reason", v1alpha1.ReasonContactTold)))

		stopManager(ctx)
		startManager(ctx)
		Consistently(mailServer.Mails).WithArguments(email).WithContext(ctx).Within(calm).Should(HaveLen(1), "a restart sends nothing again")

		turn(false)
		turn(true)
		second := mailTo(ctx, email, 2)
		Expect(second.Header.Get("Message-ID")).NotTo(Equal(first.Header.Get("Message-ID")))
	})

	It("people are warned before an access ends, once, where it lasts longer than the warning's time", func(ctx SpecContext) {
		tenant := root(ctx, func(t *v1alpha1.Tenant) { t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess })
		name := harness.UniqueName("kim")
		email := name + "@cybercorp.example"
		ends := time.Now().Add(7*24*time.Hour + 5*time.Second).Truncate(time.Second)
		grant := newGrant(ctx, tenant.Status.Namespace, name, v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Email, g.Spec.ExpiresAt = v1alpha1.Email(email), &metav1.Time{Time: ends}
		})
		Expect(mailTo(ctx, email, 1).Decoded("Subject")).To(HavePrefix("You are invited"))
		warning := mailTo(ctx, email, 2)
		Expect(warning.Decoded("Subject")).To(HaveSuffix("ends in 7 days"))
		Expect(warning.TextLinks()).To(BeEmpty())
		Eventually(func(g Gomega) {
			g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), grant)).To(Succeed())
			g.Expect(grant.Status.ExpiryWarning).To(HaveValue(And(HaveField("Days", int32(7)), HaveField("MailedAt", Not(BeNil())))))
		}).WithContext(ctx).Should(Succeed())
		Expect(eventsOf(ctx, grant)).To(ContainElement(HaveField("Reason", v1alpha1.ReasonExpiresSoon)))
		Consistently(mailServer.Mails).WithArguments(email).WithContext(ctx).Within(calm).Should(HaveLen(2))
	})

	It("a partner is told once of each part of a plan that a customer reaches, as soon as it can be told (F32)", func(ctx SpecContext) {
		email := harness.UniqueName("sales") + "@acme.example"
		parent := partner(ctx)
		plan := &v1alpha1.LicensePlan{ObjectMeta: metav1.ObjectMeta{Namespace: parent.Status.Namespace, Name: "seats"}, Spec: v1alpha1.LicensePlanSpec{
			Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(2))}, AlertAt: new(int32(50)), Limits: &v1alpha1.Limits{Agents: new(int32(10))},
		}}
		Expect(admin.Create(ctx, plan)).To(Succeed())
		tenant := customer(ctx, parent, "cybercorp", func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: plan.Name} })
		newGrant(ctx, tenant.Status.Namespace, "jo", v1alpha1.RoleViewer)
		await(ctx, tenant, HaveField("Status.Alerts", HaveExactElements(And(HaveField("Percent", int32(50)), HaveField("MailedAt", BeNil())))))

		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Contact = &v1alpha1.Contact{Email: v1alpha1.Email(email)} }, beReady())
		Expect(mailTo(ctx, email, 1).Text).To(And(ContainSubstring("50 % of the 2 agents that the plan seats includes"), ContainSubstring("Tenant cybercorp")))
		await(ctx, tenant, HaveField("Status.Alerts", HaveEach(HaveField("MailedAt", Not(BeNil())))))

		stopManager(ctx)
		startManager(ctx)
		newGrant(ctx, tenant.Status.Namespace, "kim", v1alpha1.RoleViewer)
		Expect(mailTo(ctx, email, 2).Text).To(ContainSubstring("100 %"))
		Consistently(mailServer.Mails).WithArguments(email).WithContext(ctx).Within(calm).Should(HaveLen(2))
		Expect(eventsOf(ctx, tenant)).To(ContainElements(HaveField("Reason", v1alpha1.ReasonNearLimit), HaveField("Reason", v1alpha1.ReasonLimitReached)))
	})
})
