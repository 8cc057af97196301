// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"net"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Mails of a tenant with a brand", func() {
	const login, secret = "mailer", "pass-word-of-the-partner"
	var (
		mail      *post
		own       *harness.SMTPServer
		authority *harness.Authority
		namespace string
		tenant    *v1alpha1.Tenant
		profile   *v1alpha1.WhiteLabelProfile
	)
	anywhere := func(c *configv1alpha1.Configuration) {
		c.SMTP.Partners.AllowedNetworks = []string{"127.0.0.0/8", "::1/128"}
	}
	// mailServer makes the Secret of the partner's own server, changed.
	mailServer := func(ctx SpecContext, change ...func(*corev1.Secret)) *corev1.Secret {
		GinkgoHelper()
		host, port, err := net.SplitHostPort(own.Addr())
		Expect(err).NotTo(HaveOccurred())
		made := &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "smtp"}, Type: v1alpha1.SecretTypeSMTP,
			StringData: map[string]string{"host": host, "port": port, "username": login, "password": secret, "ca.crt": string(authority.Roots())},
		}
		for _, change := range change {
			change(made)
		}
		Expect(admin.Create(ctx, made)).To(Succeed())
		return made
	}
	BeforeEach(func(ctx SpecContext) {
		var err error
		authority, err = harness.NewAuthority("Root", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		Expect(err).NotTo(HaveOccurred())
		own, err = harness.StartSMTP(harness.SMTPOptions{Authority: authority, Username: login, Password: secret})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(own.Close)
		first := newPost(ctx)
		mail = newPostAt(ctx, first.server, first.clock, anywhere)
		namespace = plainNamespace(ctx)
		profile = profileIn(ctx, namespace, "house", v1alpha1.WhiteLabelProfileSpec{
			CompanyName: "Acme & Söhne", SupportEmail: "help@acme.example", SupportURL: "https://acme.example/help", EmailFrom: "no-reply@acme.example",
			Colors: &v1alpha1.Colors{Primary: "navy"}, SMTPSecretRef: &v1alpha1.LocalReference{Name: "smtp"},
		}, isDefault)
		mail.catchUp(ctx, profile)
		tenant = tenantIn(ctx, namespace, harness.UniqueName("root"), withAccess(v1alpha1.CustomerAccessFullAccess))
		mail.settle(ctx, tenant)
	})
	invited := func(ctx SpecContext) *v1alpha1.TenantAccessGrant {
		GinkgoHelper()
		name := harness.UniqueName("kim")
		grant := grantIn(ctx, tenant.Status.Namespace, name, v1alpha1.RoleViewer, func(g *v1alpha1.TenantAccessGrant) { g.Spec.Email = v1alpha1.Email(name + "@cybercorp.example") })
		Expect(mail.judge(ctx, grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonGranted))
		return grant
	}
	said := func(ctx SpecContext) metav1.Condition {
		GinkgoHelper()
		lookAtProfile(ctx, mail.operator, mail.profiles, profile)
		for _, condition := range profile.Status.Conditions {
			if condition.Type == v1alpha1.ConditionMailServerReady {
				return condition
			}
		}
		return metav1.Condition{}
	}
	header := func(m harness.Mail, name string) string {
		GinkgoHelper()
		value, err := m.Decoded(name)
		Expect(err).NotTo(HaveOccurred())
		return value
	}

	It("come from the brand's address, through its own server, and look as it has it", func(ctx SpecContext) {
		mailServer(ctx)
		grant := invited(ctx)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		Expect(mail.server.Mails("")).To(BeEmpty(), "the operator's own server")
		arrived := own.Mails(string(grant.Spec.Email))
		Expect(arrived).To(HaveLen(1))
		Expect(header(arrived[0], "From")).To(And(ContainSubstring("Acme & Söhne"), ContainSubstring("<no-reply@acme.example>")))
		Expect(header(arrived[0], "Reply-To")).To(ContainSubstring("help@acme.example"))
		Expect(said(ctx)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	It("go through no other server while the brand's own fails, which is left alone for a while and named, and arrive when it is well", func(ctx SpecContext) {
		mailServer(ctx)
		own.Fail(harness.SMTPFault{At: harness.SMTPAuth, Code: 535, Text: secret})
		grant, other := invited(ctx), invited(ctx)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationFailed), HaveField("Message", Not(ContainSubstring(secret)))))
		failed := said(ctx)
		Expect(failed).To(And(haveReason(metav1.ConditionFalse, v1alpha1.ReasonMailServerFailed),
			HaveField("Message", And(ContainSubstring("check username and password in the Secret"), ContainSubstring("go through no other server"), Not(ContainSubstring(secret))))))
		Expect(profile.Status.Conditions).To(ContainElement(And(HaveField("Type", v1alpha1.ConditionReady), HaveField("Status", metav1.ConditionFalse))))

		asked := own.Attempts()
		mail.invite(ctx, other)
		Expect(own.Attempts()).To(Equal(asked), "it failed a moment ago")
		Expect(mail.invitation(other)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationFailed))
		Expect(mail.server.Mails("")).To(BeEmpty())

		own.Fail()
		mail.clock.Step(3 * time.Minute)
		mail.invite(ctx, grant)
		mail.invite(ctx, other)
		Expect(own.Mails("")).To(HaveLen(2))
		Expect(said(ctx)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonReady))
	})

	DescribeTable("wait while its server can't be used:", func(ctx SpecContext, prepare func(SpecContext), says string) {
		prepare(ctx)
		grant := invited(ctx)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationFailed))
		Expect(said(ctx)).To(And(HaveField("Status", metav1.ConditionFalse), HaveField("Message", And(ContainSubstring(says), Not(ContainSubstring(secret))))))
		Expect(mail.server.Mails("")).To(BeEmpty())
		Expect(own.Attempts()).To(BeZero())
	},
		Entry("there is no Secret", func(SpecContext) {}, `there is no Secret "smtp"`),
		Entry("the Secret is of another type", func(ctx SpecContext) {
			mailServer(ctx, func(s *corev1.Secret) { s.Type = corev1.SecretTypeOpaque })
		}, "must be of type tenantry.io/smtp"),
		Entry("the Secret names no server", func(ctx SpecContext) {
			mailServer(ctx, func(s *corev1.Secret) { delete(s.StringData, "host") })
		}, "key host"),
		Entry("it is this machine", func(ctx SpecContext) {
			mailServer(ctx)
			mail = newPostAt(ctx, mail.server, mail.clock)
		}, "private, loopback and cluster addresses"),
		Entry("it is at a private address", func(ctx SpecContext) {
			mailServer(ctx, func(s *corev1.Secret) { s.StringData["host"], s.StringData["port"] = "10.0.0.1", "587" })
		}, "private, loopback and cluster addresses"),
		Entry("it is a service of the cluster", func(ctx SpecContext) {
			mailServer(ctx, func(s *corev1.Secret) { s.StringData["host"] = "kubernetes.default.svc" })
		}, "private, loopback and cluster addresses"),
	)

	It("come from the operator's address where the brand has no server, with answers to the brand", func(ctx SpecContext) {
		Expect(admin.Patch(ctx, profile, merge(`{"spec":{"smtpSecretRef":null,"supportEmail":null}}`))).To(Succeed())
		mail.catchUp(ctx, profile)
		grant := invited(ctx)
		mail.invite(ctx, grant)
		arrived := mail.server.Mails(string(grant.Spec.Email))
		Expect(arrived).To(HaveLen(1))
		Expect(header(arrived[0], "From")).To(And(ContainSubstring("Acme & Söhne"), ContainSubstring("<noreply@tenantry.example>")))
		Expect(header(arrived[0], "Reply-To")).To(ContainSubstring("no-reply@acme.example"))
		Expect(said(ctx)).To(BeZero())
	})
})
