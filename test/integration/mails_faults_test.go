// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Mails, whatever happens meanwhile,", func() {
	var mail *post
	var tenant *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		mail = newPost(ctx)
		tenant = root(ctx, withAccess(v1alpha1.CustomerAccessFullAccess), func(t *v1alpha1.Tenant) {
			t.Spec.Contact = &v1alpha1.Contact{Email: v1alpha1.Email(harness.UniqueName("office") + "@cybercorp.example")}
		})
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
	kept := func(ctx SpecContext, grant *v1alpha1.TenantAccessGrant) (*corev1.Secret, error) {
		secret := &corev1.Secret{}
		return secret, admin.Get(ctx, client.ObjectKey{Namespace: invitestore.Namespace, Name: invite.SecretName(grant.UID)}, secret)
	}
	ending := func(g *v1alpha1.TenantAccessGrant) {
		g.Spec.ExpiresAt = &metav1.Time{Time: time.Now().Add(60 * 24 * time.Hour).Truncate(time.Second)}
	}

	It("go to the first administrator again when the Tenant asks for it", func(ctx SpecContext) {
		change(ctx, tenant, func(t *v1alpha1.Tenant) {
			t.Spec.Admin = &v1alpha1.Administrator{Username: "jdoe", Email: "jdoe@cybercorp.example"}
		})
		mail.settle(ctx, tenant)
		grant := &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Status.Namespace, Name: desired.AdminGrantName}}
		mail.judge(ctx, grant)
		mail.invite(ctx, grant)
		mail.clock.Step(100 * time.Hour)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationExpired))
		Expect(mail.invitation(grant).Message).To(ContainSubstring("set spec.admin.invitation.resend of Tenant %q in namespace %q", tenant.Name, tenant.Namespace))

		change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Admin.Invitation = &v1alpha1.Invitation{Resend: "1"} })
		mail.settle(ctx, tenant)
		mail.judge(ctx, grant)
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		Expect(mail.server.Mails("")).To(HaveLen(2))
	})

	It("that wait for others have a turn each, and cost nothing until it comes", func(ctx SpecContext) {
		mail = newPostAt(ctx, mail.server, mail.clock, func(c *configv1alpha1.Configuration) { c.SMTP.RatePerTenant = 1 })
		mail.invite(ctx, invited(ctx))
		const count = 6
		waiting, due := make([]*v1alpha1.TenantAccessGrant, count), make([]time.Time, count)
		for i := range waiting {
			waiting[i] = invited(ctx)
		}
		mail.recorder.take()
		for i, grant := range waiting {
			due[i] = mail.clock.Now().Add(mail.invite(ctx, grant).RequeueAfter)
			Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionFalse, v1alpha1.ReasonInvitationWaiting))
			Expect(due[i]).To(BeTemporally("~", mail.clock.Now().Add(time.Duration(i+1)*time.Hour), time.Minute))
		}
		requests := mail.recorder.take()
		for i, grant := range waiting {
			mail.clock.SetTime(due[i])
			mail.invite(ctx, grant)
			Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
			requests = append(requests, mail.recorder.take()...)
			for _, behind := range waiting[i+1:] {
				mail.invite(ctx, behind)
				Expect(mail.recorder.take()).To(BeEmpty(), "who still waits asks and writes nothing")
			}
		}
		times := func(verb string) int {
			return len(slices.DeleteFunc(slices.Clone(requests), func(request string) bool { return request[:min(len(verb), len(request))] != verb }))
		}
		Expect(times("get secrets")).To(Equal(2*count), "when it is asked for, and when it is sent")
		Expect(times("patch tenantaccessgrants/status")).To(Equal(2*count), "that it waits, and that it was sent")
		Expect(mail.server.Mails("")).To(HaveLen(count + 1))
	})

	It("are noted although the API server was away for longer than a moment", func(ctx SpecContext) {
		grant := invited(ctx)
		var since time.Time
		mail.recorder.onRefuse(func(sent request) bool {
			if sent.Verb != "update" || sent.Resource != "secrets" {
				return false
			}
			if since.IsZero() {
				since = time.Now()
			}
			return time.Since(since) < 2*time.Second
		})
		mail.invite(ctx, grant)
		Expect(mail.invitation(grant)).To(haveReason(metav1.ConditionTrue, v1alpha1.ReasonInvitationSent))
		secret, err := kept(ctx, grant)
		Expect(err).NotTo(HaveOccurred())
		Expect(string(secret.Data[invite.SecretKey])).To(ContainSubstring(`"outcome":"Sent"`))
	})

	It("leave nothing behind of a grant that was swept while its mail was on its way", func(ctx SpecContext) {
		grant := invited(ctx)
		mail.catchUp(ctx, grant)
		mail.recorder.onRequest(func(sent request) {
			if sent.Verb == "update" && sent.Resource == "secrets" {
				mail.recorder.onRequest(nil)
				secret, err := kept(ctx, grant)
				Expect(err).NotTo(HaveOccurred())
				Expect(admin.Delete(ctx, grant)).To(Succeed())
				Expect(admin.Delete(ctx, secret)).To(Succeed())
			}
		})
		_, err := mail.invitations.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(grant)})
		Expect(err).NotTo(HaveOccurred())
		Expect(mail.server.Mails("")).To(HaveLen(1))
		_, err = kept(ctx, grant)
		Expect(err).To(Satisfy(apierrors.IsNotFound))
	})

	It("before an access ends go once, although that can't be noted", func(ctx SpecContext) {
		grant := invited(ctx, ending)
		mail.clock.SetTime(grant.Spec.ExpiresAt.Add(-20 * 24 * time.Hour))
		mail.catchUp(ctx, grant)
		mail.recorder.onRefuse(func(sent request) bool { return sent.Subresource == "status" && len(mail.server.Mails("")) > 0 })
		_, err := mail.warnings.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(grant)})
		Expect(err).To(HaveOccurred())
		mail.recorder.onRefuse(nil)
		mail.warn(ctx, grant)
		Expect(mail.server.Mails("")).To(HaveLen(1))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), grant)).To(Succeed())
		Expect(grant.Status.ExpiryWarning.MailedAt).NotTo(BeNil())
	})

	It("before an access ends don't go when the API server says that it ends otherwise", func(ctx SpecContext) {
		grant := invited(ctx, ending)
		mail.clock.SetTime(grant.Spec.ExpiresAt.Add(-20 * 24 * time.Hour))
		mail.recorder.onRequest(func(sent request) {
			if sent.String() == "get tenantaccessgrants "+grant.Name {
				mail.recorder.onRequest(nil)
				Expect(admin.Patch(ctx, grant, merge(`{"spec":{"expiresAt":null}}`))).To(Succeed())
			}
		})
		mail.warn(ctx, grant)
		Expect(grant.Spec.ExpiresAt).To(BeNil(), "the API server was asked")
		Expect(mail.server.Mails("")).To(BeEmpty())
	})

	It("with a portal's URL go once, although that can't be noted", func(ctx SpecContext) {
		for _, active := range []bool{false, true} {
			change(ctx, tenant, func(t *v1alpha1.Tenant) { t.Spec.Portal = &v1alpha1.Portal{Active: new(active)} })
			mail.settle(ctx, tenant)
		}
		told := func() error {
			mail.catchUp(ctx, tenant)
			_, err := mail.portals.Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(tenant)})
			return err
		}
		mail.recorder.onRefuse(func(sent request) bool { return sent.Subresource == "status" })
		Expect(told()).NotTo(Succeed())
		mail.recorder.onRefuse(nil)
		Expect(told()).To(Succeed())
		Expect(mail.server.Mails("")).To(HaveLen(1))
		Expect(admin.Get(ctx, client.ObjectKeyFromObject(tenant), tenant)).To(Succeed())
		Expect(tenant.Status.Portal.ToldAt).NotTo(BeNil())
	})
})
