// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/test/harness"
)

var _ = Describe("Fault 1: killed around a mail", Label("fault-1"), func() {
	It("sends each invitation, and twice only where nobody could know", func(ctx SpecContext) {
		server, err := harness.StartSMTP(harness.SMTPOptions{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(server.Close)
		endpoint, err := harness.FreeAddress()
		Expect(err).NotTo(HaveOccurred())
		lead := func() *operator {
			Expect(here.DropLease(ctx)).To(Succeed())
			return startOperator(ctx, here, mailing(server, endpoint))
		}
		verdicts := verdicts{invariants: watchInvariants(ctx, here)}
		leader, family := lead(), newFamily(here)
		Eventually(family.createPartner).WithContext(ctx).Should(Succeed())
		Eventually(family.inPhase).WithContext(ctx).WithArguments(family.partner, v1alpha1.PhaseActive).Should(Succeed())

		By("killing it when the try is noted and the mail has not gone")
		server.Fail(harness.SMTPFault{At: harness.SMTPMail, Delay: time.Hour})
		before := family.invite(ctx, "before")
		Eventually(family.outcome).WithContext(ctx).WithArguments(before).Should(Equal(`"outcome":"Sending"`))
		leader.Kill()
		server.Fail()
		leader = lead()

		By("killing it when the mail has gone and that is not noted")
		leader.line.Break(harness.Breakage{Probability: 1, Faults: []harness.Fault{harness.Reset}, Concerns: func(request harness.Request) bool {
			return request.Verb == "update" && request.Resource == "secrets"
		}})
		after := family.invite(ctx, "after")
		Eventually(server.Mails).WithContext(ctx).WithArguments(string(after.Spec.Email)).Should(HaveLen(1))
		leader.Kill()
		leader = lead()

		for _, tried := range []struct {
			grant *v1alpha1.TenantAccessGrant
			mails int
		}{{before, 1}, {after, 2}} {
			Eventually(family.outcome).WithContext(ctx).WithArguments(tried.grant).WithTimeout(2 * patience).Should(Equal(`"outcome":"Sent"`))
			verdicts.add("killed "+tried.grant.Name+" the mail", misdelivered(ctx, server.Mails(string(tried.grant.Spec.Email)), tried.mails)...)
		}
		Expect(unrest(ctx, leader.line)).To(BeEmpty())
		verdicts.close("fault 1, killed around a mail")
	})
})

// mailing tells a manager of a mail server, and where to serve links.
func mailing(server *harness.SMTPServer, endpoint string) func(*configv1alpha1.Configuration) {
	return func(configuration *configv1alpha1.Configuration) {
		configuration.SMTP.Address, configuration.SMTP.From = server.Addr(), "noreply@tenantry.example"
		configuration.SMTP.StartTLS = configv1alpha1.StartTLSNone
		configuration.Activation.BindAddress, configuration.Activation.URL = endpoint, "http://"+endpoint
	}
}

// invite makes a grant for one of the partner's staff, with a mailbox.
func (f family) invite(ctx context.Context, name string) *v1alpha1.TenantAccessGrant {
	GinkgoHelper()
	grant := &v1alpha1.TenantAccessGrant{
		ObjectMeta: metav1.ObjectMeta{Namespace: f.partner.Name, Name: name},
		Spec: v1alpha1.TenantAccessGrantSpec{
			Subject: v1alpha1.Subject{Kind: v1alpha1.SubjectUser, Name: name}, Role: v1alpha1.RoleViewer,
			Email: v1alpha1.Email(name + "@" + f.token + ".example"),
		},
	}
	Expect(f.Client.Create(ctx, grant)).To(Succeed())
	return grant
}

// outcome is what is kept of the last try of an invitation.
func (f family) outcome(ctx context.Context, grant *v1alpha1.TenantAccessGrant) (string, error) {
	kept := &corev1.Secret{}
	err := f.Client.Get(ctx, client.ObjectKey{Namespace: harness.ManagerNamespace, Name: "invitation-" + string(grant.UID)}, kept)
	for part := range strings.SplitSeq(string(kept.Data["invitation"]), ",") {
		if strings.HasPrefix(part, `"outcome"`) {
			return part, err
		}
	}
	return "", client.IgnoreNotFound(err)
}

// misdelivered says what is wrong with the mails of an invitation: their number, that they can't be told
// to be one, or a link that does not work.
func misdelivered(ctx context.Context, mails []harness.Mail, wanted int) (found []string) {
	if len(mails) != wanted {
		return []string{fmt.Sprintf("%d mails, not %d", len(mails), wanted)}
	}
	for i := range mails {
		if mails[i].Header.Get("Message-ID") != mails[0].Header.Get("Message-ID") {
			found = append(found, "the mails bear different Message-IDs")
		}
		links, err := mails[i].HTMLLinks()
		if err != nil || len(links) == 0 {
			return append(found, fmt.Sprintf("mail %d has no link: %v", i, err))
		}
		for _, link := range links {
			if !strings.Contains(link, "/activate?") {
				continue
			}
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
			if err != nil {
				return append(found, err.Error())
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return append(found, err.Error())
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				found = append(found, fmt.Sprintf("the link of mail %d: %s", i, response.Status))
			}
		}
	}
	return found
}
