// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("What a partner is told of a tenant", func() {
	var mail *post
	var parent, tenant *v1alpha1.Tenant
	var contact string
	BeforeEach(func(ctx SpecContext) {
		mail = newPost(ctx)
		mail.clock.SetTime(time.Date(2027, time.January, 15, 12, 0, 0, 0, time.UTC))
		mail.Loader.Clock, mail.Reporter.Clock = mail.clock, mail.clock
		contact = harness.UniqueName("sales") + "@acme.example"
		parent = partner(ctx, withContact(contact))
		mail.catchUp(ctx, planIn(ctx, parent.Status.Namespace, "seats", v1alpha1.LicensePlanSpec{
			DisplayName: "Four Seats", Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(4))}, AlertAt: new(int32(50)),
			Limits: &v1alpha1.Limits{Agents: new(int32(10))},
		}))
		tenant = tenantIn(ctx, parent.Status.Namespace, "cybercorp", withPlan("seats"), func(t *v1alpha1.Tenant) { t.Spec.DisplayName = "CyberCorp Ltd" })
		mail.settle(ctx, tenant)
	})
	// taken has so many seats of the tenant's taken, from one number on.
	taken := func(ctx SpecContext, from, to int) []*v1alpha1.TenantAccessGrant {
		GinkgoHelper()
		var grants []*v1alpha1.TenantAccessGrant
		for i := from; i <= to; i++ {
			grants = append(grants, grantIn(ctx, tenant.Status.Namespace, fmt.Sprintf("user-%d", i), v1alpha1.RoleViewer))
		}
		mail.count(ctx, tenant)
		return grants
	}

	It("is each percentage of what its plan includes, once a month, whatever is used afterwards", func(ctx SpecContext) {
		taken(ctx, 1, 1)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(BeEmpty())

		grants := taken(ctx, 2, 2)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(1))
		first := mail.server.Mails(contact)[0]
		Expect(first.Decoded("Subject")).To(Equal("CyberCorp Ltd has reached 50 % of its plan in January 2027"))
		Expect(first.Text).To(And(ContainSubstring("50 % of the 4 agents that the plan Four Seats includes"), ContainSubstring("Tenant cybercorp in namespace %s", parent.Status.Namespace)))
		Expect(tenant.Status.Alerts).To(HaveExactElements(And(HaveField("Percent", int32(50)), HaveField("Period", "2027-01"), HaveField("MailedAt", Not(BeNil())))))

		By("going down and up again, over a restart")
		Expect(admin.Delete(ctx, grants[0])).To(Succeed())
		mail.count(ctx, tenant)
		mail.tellAll(ctx, tenant)
		mail = mail.restarted(ctx)
		taken(ctx, 3, 3)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(1))

		By("reaching all of it")
		taken(ctx, 4, 6)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails(contact)).To(HaveLen(2))
		Expect(mail.server.Mails(contact)[1].Text).To(And(ContainSubstring("100 %"), ContainSubstring("Nobody is cut off")))

		By("turning the month")
		mail.clock.SetTime(time.Date(2027, time.February, 1, 0, 15, 0, 0, time.UTC))
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(2), "of the month that is over nobody is told any more")
		mail.count(ctx, tenant)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails(contact)).To(HaveLen(4))
		ids := map[string]bool{}
		for _, arrived := range mail.server.Mails(contact) {
			ids[arrived.Header.Get("Message-ID")] = true
		}
		Expect(ids).To(HaveLen(4), "each is a mail of its own")
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(4))
	})

	It("is the same mail again where nobody could note that it has gone, and only after a restart", func(ctx SpecContext) {
		taken(ctx, 1, 2)
		mail.catchUp(ctx, tenant)
		mail.recorder.onRefuse(func(sent request) bool { return sent.Subresource == "status" && len(mail.server.Mails("")) > 0 })
		for range 2 {
			_, err := mail.alerts.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
			Expect(err).To(HaveOccurred())
		}
		Expect(mail.server.Mails(contact)).To(HaveLen(1))

		again := mail.restarted(ctx)
		again.tellAll(ctx, tenant)
		mails := mail.server.Mails(contact)
		Expect(mails).To(HaveLen(2))
		Expect(mails[1].Header.Get("Message-ID")).To(Equal(mails[0].Header.Get("Message-ID")))
		Expect(tenant.Status.Alerts[0].MailedAt).NotTo(BeNil())

		mail.recorder.onRefuse(nil)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(2))
	})

	It("waits for a partner that can be told, and is nobody's affair where there is none above", func(ctx SpecContext) {
		change(ctx, parent, func(t *v1alpha1.Tenant) { t.Spec.Contact = nil })
		mail.catchUp(ctx, parent)
		taken(ctx, 1, 2)
		mail.recorder.take()
		Expect(mail.tell(ctx, tenant).RequeueAfter).To(BeZero())
		Expect(mail.recorder.take()).To(BeEmpty())
		Expect(tenant.Status.Alerts[0].MailedAt).To(BeNil())

		change(ctx, parent, withContact(contact))
		mail.catchUp(ctx, parent)
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails(contact)).To(HaveLen(1))

		tenant = root(ctx, withContact(contact), withPlan("seats"))
		mail.catchUp(ctx, planIn(ctx, tenant.Namespace, "seats", v1alpha1.LicensePlanSpec{
			Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(1))}, Limits: &v1alpha1.Limits{Agents: new(int32(10))},
		}))
		mail.settle(ctx, tenant)
		taken(ctx, 1, 1)
		Expect(tenant.Status.Alerts).To(HaveLen(2))
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails("")).To(HaveLen(1))
	})

	It("is tried again, later each time, while the mail server is down", func(ctx SpecContext) {
		taken(ctx, 1, 2)
		mail.server.Fail(harness.SMTPFault{At: harness.SMTPMail, Code: 451, Text: "the password is hunter2"})
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute} {
			Expect(mail.tell(ctx, tenant).RequeueAfter).To(BeNumerically("~", pause, 2*time.Second))
			Expect(tenant.Status.Alerts[0].MailedAt).To(BeNil())
			Expect(mail.events.Events).To(Receive(And(ContainSubstring(v1alpha1.ReasonMailFailed), ContainSubstring("451"),
				Not(ContainSubstring("hunter2")), Not(ContainSubstring(contact)))))
			mail.clock.Step(pause)
		}
		mail.server.Fail()
		mail.tellAll(ctx, tenant)
		Expect(mail.server.Mails(contact)).To(HaveLen(1))
	})

	It("is no more for one partner than the configuration allows, and another's is told all the same", func(ctx SpecContext) {
		mail = mail.restarted(ctx, func(c *configv1alpha1.Configuration) { c.SMTP.RatePerTenant = 1 })
		taken(ctx, 1, 4)
		mail.tell(ctx, tenant)
		Expect(mail.tell(ctx, tenant).RequeueAfter).To(BeNumerically("~", time.Hour, time.Minute))
		Expect(mail.server.Mails(contact)).To(HaveLen(1))

		other := partner(ctx, withContact(harness.UniqueName("sales")+"@other.example"))
		mail.catchUp(ctx, planIn(ctx, other.Status.Namespace, "seats", v1alpha1.LicensePlanSpec{Model: v1alpha1.LicensePerAgent, Included: &v1alpha1.Included{Agents: new(int32(1))}, AlertAt: new(int32(100))}))
		theirs := tenantIn(ctx, other.Status.Namespace, "initech", withPlan("seats"))
		mail.settle(ctx, theirs)
		grantIn(ctx, theirs.Status.Namespace, "user", v1alpha1.RoleViewer)
		mail.count(ctx, theirs)
		mail.tell(ctx, theirs)
		Expect(mail.server.Mails(string(other.Spec.Contact.Email))).To(HaveLen(1))

		mail.clock.Step(61 * time.Minute)
		mail.tell(ctx, tenant)
		Expect(mail.server.Mails(contact)).To(HaveLen(2))
	})

	It("is nothing that the API server does not have any more", func(ctx SpecContext) {
		taken(ctx, 1, 2)
		mail.recorder.onRequest(func(sent request) {
			if sent.String() == "get tenants "+tenant.Name {
				mail.recorder.onRequest(nil)
				Expect(admin.Delete(ctx, tenant)).To(Succeed())
			}
		})
		mail.tell(ctx, tenant)
		Expect(tenant.DeletionTimestamp).NotTo(BeNil(), "the API server was asked")
		Expect(mail.server.Mails("")).To(BeEmpty())
	})

	It("is the end of a trial, once, and what then", func(ctx SpecContext) {
		mail.catchUp(ctx, planIn(ctx, parent.Status.Namespace, "try", v1alpha1.LicensePlanSpec{
			DisplayName: "Try Us", Model: v1alpha1.LicenseUnlimited, Trial: &v1alpha1.Trial{Days: 14, OnExpiry: v1alpha1.TrialPlan, PlanRef: &v1alpha1.LocalReference{Name: "seats"}},
		}))
		tenant = tenantIn(ctx, parent.Status.Namespace, "initech", withPlan("try"))
		mail.settle(ctx, tenant)
		ends := tenant.Status.TrialEndsAt.Time
		Expect(ends).To(BeTemporally("~", mail.clock.Now().AddDate(0, 0, 14), time.Minute))

		for days := 13; days >= 0; days-- {
			mail.clock.SetTime(ends.AddDate(0, 0, -days))
			mail.count(ctx, tenant)
			mail.tellAll(ctx, tenant)
			if days == 2 {
				mail = mail.restarted(ctx)
			}
		}
		Expect(tenant.Status.Plan).To(Equal("seats"))
		Expect(mail.server.Mails("")).To(HaveLen(1))
		warning := mail.server.Mails(contact)[0]
		Expect(warning.Decoded("Subject")).To(Equal("The trial of initech ends on " + ends.UTC().Format("2 January 2006")))
		Expect(warning.Text).To(And(ContainSubstring("the plan Try Us"), ContainSubstring("goes on with the plan Four Seats")))
		Expect(warning.Header.Date()).To(BeTemporally("~", ends.AddDate(0, 0, -3), time.Minute))
	})
})

// restarted is a post that comes after another: what the Tenants of both go by is the first one's clock.
func (p *post) restarted(ctx SpecContext, change ...func(*configv1alpha1.Configuration)) *post {
	GinkgoHelper()
	again := newPostAt(ctx, p.server, p.clock, change...)
	again.Loader.Clock, again.Reporter.Clock = p.clock, p.clock
	return again
}

// tell reconciles the first of what a Tenant's partner is to be told, and brings the Tenant up to date.
func (p *post) tell(ctx SpecContext, tenant *v1alpha1.Tenant) ctrl.Result {
	GinkgoHelper()
	p.catchUp(ctx, tenant)
	result, err := p.alerts.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
	Expect(err).NotTo(HaveOccurred())
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
	return result
}

// tellAll goes on for as long as its own notes wake it.
func (p *post) tellAll(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	for version := ""; version != tenant.ResourceVersion; {
		version = tenant.ResourceVersion
		Expect(p.tell(ctx, tenant).RequeueAfter).To(BeZero())
	}
}

// count reconciles a Tenant when Kubernetes has counted what is used.
func (p *post) count(ctx SpecContext, tenant *v1alpha1.Tenant) {
	GinkgoHelper()
	grants := &v1alpha1.TenantAccessGrantList{}
	Expect(admin.List(ctx, grants, client.InNamespace(tenant.Status.Namespace))).To(Succeed())
	quota := quotaOf(ctx, tenant)
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(quota), quota)).To(Succeed())
		used := quota.Status.Used[desired.ResourceAgents]
		g.Expect(used.Value()).To(BeEquivalentTo(len(grants.Items)))
	}).WithContext(ctx).Should(Succeed())
	p.catchUp(ctx, quota)
	p.settle(ctx, tenant)
}

func withPlan(name string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.PlanRef = &v1alpha1.LocalReference{Name: name} }
}

func withContact(address string) func(*v1alpha1.Tenant) {
	return func(t *v1alpha1.Tenant) { t.Spec.Contact = &v1alpha1.Contact{Email: v1alpha1.Email(address)} }
}
