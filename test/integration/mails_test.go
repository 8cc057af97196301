// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/controller"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Mails", func() {
	var mail *post
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		mail = newPost(ctx)
		tenant = root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		mail.settle(ctx, tenant)
	})
	invited := func(ctx SpecContext, change ...func(*v1alpha1.TenantAccessGrant)) *v1alpha1.TenantAccessGrant {
		GinkgoHelper()
		name := harness.UniqueName("kim")
		change = append(change, func(g *v1alpha1.TenantAccessGrant) { g.Spec.Email = v1alpha1.Email(name + "@cybercorp.example") })
		grant := grantIn(ctx, tenant.Status.Namespace, name, v1alpha1.RoleViewer, change...)
		Expect(mail.judge(ctx, grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted))
		return grant
	}

	It("cost no request once an invitation was sent, nor does a restart", func(ctx SpecContext) {
		grant := invited(ctx)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		Expect(mail.server.Mails("")).To(HaveLen(1))
		mail.recorder.take()
		result := mail.invite(ctx, grant)
		Expect(mail.recorder.take()).To(BeEmpty())
		Expect(result.RequeueAfter).To(BeNumerically("~", 72*time.Hour, time.Minute), "when the link ends")

		again := newPostAt(ctx, mail.server, mail.clock)
		again.catchUp(ctx, grant)
		again.recorder.take()
		again.invite(ctx, grant)
		Expect(again.recorder.take()).To(BeEmpty())
	})

	It("are tried again, later each time, while the mail server is down, and arrive when it is back", func(ctx SpecContext) {
		grant := invited(ctx)
		mail.server.Fail(harness.SMTPFault{At: harness.SMTPMail, Code: 451, Text: "the password is hunter2"})
		for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
			result := mail.invite(ctx, grant)
			said := mail.invitation(grant)
			Expect(said).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationFailed))
			Expect(said.Message).To(And(ContainSubstring("451"), Not(ContainSubstring("hunter2"))), "the server's own words may hold secrets")
			Expect(result.RequeueAfter).To(BeNumerically("~", pause, 2*time.Second))
			Expect(mail.judge(ctx, grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted), "access does not depend on the mail")
			Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationFailed), "what is said of the mail stays")
			mail.clock.Step(pause)
		}
		mail.server.Fail()
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		Expect(mail.server.Mails("")).To(HaveLen(1))
	})

	It("are not sent to whom the mail server refuses, until a person acts", func(ctx SpecContext) {
		grant := invited(ctx)
		mail.server.Fail(harness.SMTPFault{At: harness.SMTPRcpt, Code: 550, Text: "no such user"})
		Expect(mail.invite(ctx, grant).RequeueAfter).To(BeZero())
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationGivenUp))
		mail.server.Fail()
		mail.clock.Step(2 * time.Minute)
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"invitation":{"resend":"1"}}}`))).To(Succeed())
		mail.judge(ctx, grant)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
	})

	It("are no more for one tenant than the configuration allows, and another's go all the same", func(ctx SpecContext) {
		mail = newPostAt(ctx, mail.server, mail.clock, func(c *configv1alpha1.Configuration) { c.SMTP.RatePerTenant = 2 })
		for range 2 {
			mail.invite(ctx, invited(ctx))
		}
		third := invited(ctx)
		Expect(mail.invite(ctx, third).RequeueAfter).To(BeNumerically("~", 30*time.Minute, time.Minute))
		Expect(mail.invitation(third)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationWaiting))

		tenant = root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess))
		mail.settle(ctx, tenant)
		fourth := invited(ctx)
		mail.invite(ctx, fourth)
		Expect(mail.invitation(fourth)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		Expect(mail.server.Mails("")).To(HaveLen(3))

		mail.clock.Step(31 * time.Minute)
		mail.invite(ctx, third)
		Expect(mail.server.Mails("")).To(HaveLen(4))
	})

	It("wait for a mail server where there is none, and for the door to open", func(ctx SpecContext) {
		grant := invited(ctx)
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"suspend":true}}`))).To(Succeed())
		mail.judge(ctx, grant)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationWaiting))
		mail.recorder.take()
		mail.invite(ctx, grant)
		Expect(mail.recorder.take()).To(BeEmpty())

		off := newPostAt(ctx, mail.server, mail.clock, func(c *configv1alpha1.Configuration) {
			c.SMTP, c.Activation.BindAddress = configv1alpha1.SMTP{RatePerTenant: 1}, "0"
		})
		other := invited(ctx)
		off.catchUp(ctx, other)
		off.invite(ctx, other)
		Expect(off.invitation(other).Message).To(ContainSubstring("smtp.address"))
		Expect(mail.server.Mails("")).To(BeEmpty())
	})

	It("sweep away what is kept of grants that went while no operator worked, and nothing else", func(ctx SpecContext) {
		stays, goes := invited(ctx), invited(ctx)
		mail.invite(ctx, stays)
		mail.invite(ctx, goes)
		Expect(admin.Delete(ctx, goes)).To(Succeed())
		mail.catchUp(ctx, goes)
		sweeper := &controller.InvitationSweeper{Live: mail.invitations.Store.Live, Cache: mail.Client}
		_, err := sweeper.Reconcile(ctx, reconcile.Request{})
		Expect(err).NotTo(HaveOccurred())
		kept := func(grant *v1alpha1.TenantAccessGrant) error {
			return admin.Get(ctx, client.ObjectKey{Namespace: harness.ManagerNamespace, Name: invite.SecretName(grant.UID)}, &corev1.Secret{})
		}
		Expect(kept(stays)).To(Succeed())
		Expect(client.IgnoreNotFound(kept(goes))).To(Succeed())
		Expect(kept(goes)).NotTo(Succeed())
	})

	It("warn 30, 7 and 1 day before an access ends, each once, and a restart does not repeat it", func(ctx SpecContext) {
		ends := time.Now().Add(60 * 24 * time.Hour).Truncate(time.Second)
		grant := invited(ctx, func(g *v1alpha1.TenantAccessGrant) { g.Spec.ExpiresAt = &metav1.Time{Time: ends} })
		var subjects []string
		for left := 40; left > 0; left-- {
			mail.clock.SetTime(ends.Add(-time.Duration(left) * 24 * time.Hour))
			mail.warn(ctx, grant)
			if left == 20 {
				mail = newPostAt(ctx, mail.server, mail.clock)
				mail.catchUp(ctx, grant)
			}
		}
		for _, arrived := range mail.server.Mails(string(grant.Spec.Email)) {
			subject, err := arrived.Decoded("Subject")
			Expect(err).NotTo(HaveOccurred())
			subjects = append(subjects, subject)
		}
		Expect(subjects).To(HaveExactElements(HaveSuffix("ends in 30 days"), HaveSuffix("ends in 7 days"), HaveSuffix("ends in 1 day")))
	})
})

// post is an operator with a mail server, and a clock that a spec moves.
type post struct {
	*operator
	server      *harness.SMTPServer
	clock       *clocktesting.FakeClock
	invitations *controller.InvitationReconciler
	warnings    *controller.ExpiryReconciler
	portals     *controller.PortalReconciler
	alerts      *controller.AlertReconciler
	profiles    *controller.WhiteLabelProfileReconciler
	servers     *controller.MailServers
	events      *events.FakeRecorder
}

func newPost(ctx SpecContext) *post {
	GinkgoHelper()
	server, err := harness.StartSMTP(harness.SMTPOptions{})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(server.Close)
	return newPostAt(ctx, server, clocktesting.NewFakeClock(time.Now()))
}

// newPostAt is one that comes after another, or has another configuration.
func newPostAt(ctx SpecContext, server *harness.SMTPServer, now *clocktesting.FakeClock, change ...func(*configv1alpha1.Configuration)) *post {
	GinkgoHelper()
	configured := func(c *configv1alpha1.Configuration) {
		c.SMTP.Address, c.SMTP.From, c.SMTP.StartTLS = server.Addr(), "noreply@tenantry.example", configv1alpha1.StartTLSNone
		c.Activation.BindAddress, c.Activation.URL = "127.0.0.1:8084", "https://activate.example"
	}
	p := &post{operator: newOperator(ctx, append([]func(*configv1alpha1.Configuration){configured}, change...)...), server: server, clock: now}
	config := p.Loader.Config
	p.servers = &controller.MailServers{}
	routes, err := controller.NewMailRoutes(config.SMTP, p.Loader, p.servers)
	Expect(err).NotTo(HaveOccurred())
	p.profiles = &controller.WhiteLabelProfileReconciler{Client: p.Client, Loader: p.Loader, Routes: routes, Clock: now}
	mailer, err := controller.NewMailer(config.SMTP, routes, now)
	Expect(err).NotTo(HaveOccurred())
	store, err := controller.NewInvitationStore(p.manager, config, p.TenantReconciler, now)
	Expect(err).NotTo(HaveOccurred())
	p.events = events.NewFakeRecorder(1000)
	p.invitations = &controller.InvitationReconciler{Client: p.Client, Store: store, Mailer: mailer, Activation: config.Activation, Events: p.events, Clock: now}
	courier := controller.Courier{Client: p.Client, Live: p.Live, Mailer: mailer, Events: p.events, Clock: now}
	p.warnings = &controller.ExpiryReconciler{Courier: courier, Loader: p.Loader}
	p.portals = &controller.PortalReconciler{Courier: courier}
	p.alerts = &controller.AlertReconciler{Courier: courier}
	return p
}

// invite reconciles the invitation to a grant, and brings the grant up to date.
func (p *post) invite(ctx SpecContext, grant *v1alpha1.TenantAccessGrant) ctrl.Result {
	GinkgoHelper()
	p.catchUp(ctx, grant)
	result, err := p.invitations.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(grant)})
	Expect(err).NotTo(HaveOccurred())
	Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), grant)).To(Succeed())
	return result
}

// warn reconciles the end of a grant.
func (p *post) warn(ctx SpecContext, grant *v1alpha1.TenantAccessGrant) {
	GinkgoHelper()
	p.catchUp(ctx, grant)
	_, err := p.warnings.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(grant)})
	Expect(err).NotTo(HaveOccurred())
}

// invitation is what a grant says of its invitation.
func (p *post) invitation(grant *v1alpha1.TenantAccessGrant) metav1.Condition {
	return ptr.Deref(meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionInvited), metav1.Condition{})
}
