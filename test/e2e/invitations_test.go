// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("People are invited by mail", func() {
	var cybercorp *v1alpha1.Tenant
	BeforeEach(func(ctx SpecContext) {
		cybercorp = customer(ctx, root(ctx, asPartner), "cybercorp", func(t *v1alpha1.Tenant) {
			t.Spec.DisplayName = "CyberCorp Ltd"
			t.Spec.CustomerAccess = v1alpha1.CustomerAccessFullAccess
		})
	})

	It("an invitation arrives in a mailbox, and its link works once (F13, F25)", func(ctx SpecContext) {
		grant, email := invited(ctx, cybercorp)
		mail := mailTo(ctx, email, 1)
		Expect(mail.Decoded("Subject")).To(Equal("You are invited to CyberCorp Ltd"))
		Expect(mail.Header.Get("From")).To(Equal(`"Tenantry" <` + mailFrom + `>`))
		Expect([]any{mail.TLS, mail.User}).To(Equal([]any{true, mailUser}), "the way to the mail server")
		Expect(mail.Text).To(And(ContainSubstring(cybercorp.Status.URL), ContainSubstring(grant.Name)))
		token := tokenIn(mail)

		Expect(follow(ctx, http.MethodGet, token)).To(answer(http.StatusOK, "You are invited", "CyberCorp Ltd"))
		Expect(follow(ctx, http.MethodGet, token)).To(answer(http.StatusOK), "looking uses nothing up")
		Expect(follow(ctx, http.MethodPost, token)).To(answer(http.StatusOK, "Welcome", cybercorp.Status.URL))
		Expect(follow(ctx, http.MethodPost, token)).To(answer(http.StatusGone, "was taken up before"))
		Expect(follow(ctx, http.MethodGet, token)).To(answer(http.StatusGone))

		awaitInvited(ctx, grant, metav1.ConditionTrue, v1alpha1.ReasonInvitationAccepted)
		Expect(grant.Status.Invitation.SentAt).NotTo(BeNil())
		Expect(grant.Status.Invitation.AcceptedAt).NotTo(BeNil())
		Expect(eventsOf(ctx, grant)).To(ContainElement(HaveField("Reason", v1alpha1.ReasonInvited)))
		expectNowhere(ctx, grant, token)
		Expect(mailServer.Mails(email)).To(HaveLen(1))
	})

	It("the first administrator is invited too (F22)", func(ctx SpecContext) {
		email := v1alpha1.Email(harness.UniqueName("jdoe") + "@cybercorp.example")
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) {
			t.Spec.Admin = &v1alpha1.Administrator{Username: string(email), Email: email}
		}, beReady())
		Expect(mailTo(ctx, string(email), 1).Text).To(ContainSubstring("Admin"))
	})

	It("another value of resend sends another link, and the one before works no more", func(ctx SpecContext) {
		grant, email := invited(ctx, cybercorp)
		first := tokenIn(mailTo(ctx, email, 1))
		awaitInvited(ctx, grant, metav1.ConditionTrue, v1alpha1.ReasonInvitationSent)
		Expect(follow(ctx, http.MethodPost, first)).To(answer(http.StatusOK))
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"invitation":{"resend":"1"}}}`))).To(Succeed())
		second := tokenIn(mailTo(ctx, email, 2)) // a minute after the first
		Expect(follow(ctx, http.MethodGet, first)).To(answer(http.StatusNotFound))
		Expect(follow(ctx, http.MethodPost, second)).To(answer(http.StatusOK))
	})

	It("a link is worth nothing while its grant lets nobody in, nor when that is gone", func(ctx SpecContext) {
		grant, email := invited(ctx, cybercorp)
		token := tokenIn(mailTo(ctx, email, 1))
		awaitInvited(ctx, grant, metav1.ConditionTrue, v1alpha1.ReasonInvitationSent)
		status := func() (int, error) {
			answered, err := follow(ctx, http.MethodGet, token)
			return answered.Status, err
		}
		for _, shut := range []struct{ on, off string }{
			{`{"spec":{"suspend":true}}`, `{"spec":{"suspend":false}}`},
			{`{"spec":{"expiresAt":"2020-01-01T00:00:00Z"}}`, `{"spec":{"expiresAt":null}}`},
		} {
			Expect(admin.Patch(ctx, grant, merge(shut.on))).To(Succeed())
			Eventually(status).WithContext(ctx).Within(inTime).Should(Equal(http.StatusNotFound), shut.on)
			Expect(admin.Patch(ctx, grant, merge(shut.off))).To(Succeed())
			Eventually(status).WithContext(ctx).Within(inTime).Should(Equal(http.StatusOK), shut.off)
		}
		change(ctx, cybercorp, func(t *v1alpha1.Tenant) { t.Spec.Suspend = true }, have(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonSuspended))
		Eventually(status).WithContext(ctx).Within(inTime).Should(Equal(http.StatusNotFound))
		Expect(admin.Get(ctx, invitationOf(grant), &corev1.Secret{})).To(Succeed())
		Expect(admin.Delete(ctx, grant)).To(Succeed())
		Eventually(func() bool { return apierrors.IsNotFound(admin.Get(ctx, invitationOf(grant), &corev1.Secret{})) }).WithContext(ctx).Within(inTime).Should(BeTrue())
		Expect(status()).To(Equal(http.StatusNotFound))
	})

	It("a link that has ended works no more, also when the access goes on", func(ctx SpecContext) {
		name := harness.UniqueName("kim")
		ends := metav1.NewTime(time.Now().Add(20 * time.Second).Truncate(time.Second)) // and the link with it
		grant := newGrant(ctx, cybercorp.Status.Namespace, name, v1alpha1.RoleEditor, func(g *v1alpha1.TenantAccessGrant) {
			g.Spec.Email, g.Spec.ExpiresAt = v1alpha1.Email(name+"@cybercorp.example"), &ends
		})
		token := tokenIn(mailTo(ctx, string(grant.Spec.Email), 1))
		Expect(follow(ctx, http.MethodGet, token)).To(answer(http.StatusOK), "its legal twin")
		awaitInvited(ctx, grant, metav1.ConditionFalse, v1alpha1.ReasonInvitationExpired)
		Expect(admin.Patch(ctx, grant, merge(`{"spec":{"expiresAt":null}}`))).To(Succeed())
		Eventually(follow).WithArguments(ctx, http.MethodPost, token).Within(inTime).Should(answer(http.StatusGone, "send the invitation again"))
	})

	It("nobody gets in by a link that is guessed, or another's", func(ctx SpecContext) {
		one, email := invited(ctx, cybercorp)
		token := tokenIn(mailTo(ctx, email, 1))
		other, _ := invited(ctx, cybercorp)
		awaitInvited(ctx, other, metav1.ConditionTrue, v1alpha1.ReasonInvitationSent)
		_, secret, _ := strings.Cut(token, ".")
		for _, wrong := range []string{"", "x", string(other.UID) + "." + secret, string(one.UID) + "." + strings.Repeat("A", 43)} {
			Expect(follow(ctx, http.MethodPost, wrong)).To(answer(http.StatusNotFound), wrong)
		}
		Expect(follow(ctx, http.MethodPost, token)).To(answer(http.StatusOK), "its legal twin")
	})
})

// invited makes a grant for somebody with a mailbox of their own.
func invited(ctx SpecContext, tenant *v1alpha1.Tenant) (*v1alpha1.TenantAccessGrant, string) {
	GinkgoHelper()
	name := harness.UniqueName("kim")
	email := name + "@cybercorp.example"
	return newGrant(ctx, tenant.Status.Namespace, name, v1alpha1.RoleEditor, func(g *v1alpha1.TenantAccessGrant) { g.Spec.Email = v1alpha1.Email(email) }), email
}

// mailTo waits for the nth mail to an address and returns it.
func mailTo(ctx SpecContext, address string, n int) *harness.Mail {
	GinkgoHelper()
	var mails []harness.Mail
	Eventually(func() []harness.Mail { mails = mailServer.Mails(address); return mails }).WithContext(ctx).Should(HaveLen(n))
	return &mails[n-1]
}

// tokenIn reads the link that both forms of a mail hold.
func tokenIn(mail *harness.Mail) string {
	GinkgoHelper()
	in := func(links []string) (found []string) {
		for _, link := range links {
			if strings.HasPrefix(link, activationURL+"/activate?") {
				found = append(found, link)
			}
		}
		return found
	}
	links, err := mail.HTMLLinks()
	Expect(err).NotTo(HaveOccurred())
	Expect(in(links)).To(HaveLen(1))
	Expect(in(mail.TextLinks())).To(Equal(in(links)))
	link, err := url.Parse(in(links)[0])
	Expect(err).NotTo(HaveOccurred())
	return link.Query().Get("token")
}

// answered is what the activation endpoint says.
type answered struct {
	Status int
	Body   string
}

// follow opens a link, or presses the button behind it.
func follow(ctx SpecContext, method, token string) (answered, error) {
	query := url.Values{"token": {token}}.Encode()
	target, body := activationURL+"/activate?"+query, ""
	if method == http.MethodPost {
		target, body = activationURL+"/activate", query
	}
	request, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return answered{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, string(page)}, err
}

// answer succeeds for a page with that status that holds these texts.
func answer(status int, texts ...string) OmegaMatcher {
	matchers := []OmegaMatcher{HaveField("Status", status)}
	for _, text := range texts {
		matchers = append(matchers, HaveField("Body", ContainSubstring(text)))
	}
	return And(matchers...)
}

// awaitInvited waits for what a grant says of its invitation, and brings it up to date.
func awaitInvited(ctx SpecContext, grant *v1alpha1.TenantAccessGrant, status metav1.ConditionStatus, reason string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(admin.Get(ctx, client.ObjectKeyFromObject(grant), grant)).To(Succeed())
		said := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionInvited)
		g.Expect(said).To(HaveValue(And(HaveField("Status", status), HaveField("Reason", reason))))
	}).WithContext(ctx).Should(Succeed())
}

// invitationOf is where the operator keeps the invitation to a grant.
func invitationOf(grant *v1alpha1.TenantAccessGrant) client.ObjectKey {
	return client.ObjectKey{Namespace: harness.ManagerNamespace, Name: "invitation-" + string(grant.UID)}
}

// expectNowhere looks for a token's secret in all that the operator writes.
func expectNowhere(ctx SpecContext, grant *v1alpha1.TenantAccessGrant, token string) {
	GinkgoHelper()
	_, secret, found := strings.Cut(token, ".")
	Expect(found).To(BeTrue())
	kept := &corev1.Secret{}
	Expect(admin.Get(ctx, invitationOf(grant), kept)).To(Succeed())
	Expect(string(kept.Data["invitation"])).To(ContainSubstring("hash"))
	log, err := os.ReadFile(manager.LogFile)
	Expect(err).NotTo(HaveOccurred())
	written := map[string]string{"log": string(log), "Secret": string(kept.Data["invitation"])}
	for name, object := range map[string]any{"grant": grant, "Secret as JSON": kept, "events": eventsOf(ctx, grant)} {
		text, err := json.Marshal(object)
		Expect(err).NotTo(HaveOccurred())
		written[name] = string(text)
	}
	for name, text := range written {
		Expect(strings.Contains(text, secret)).To(BeFalse(), "the token is in the %s", name)
		Expect(strings.Contains(text, "correct horse")).To(BeFalse(), "the password is in the %s", name)
	}
}
