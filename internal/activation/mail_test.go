// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package activation_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/test/harness"
)

func TestTheLinkInAMailWorksOnce(t *testing.T) {
	server, err := harness.StartSMTP(harness.SMTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	e := start(t, nil)
	in := invite.Inputs{
		Grant:    &v1alpha1.TenantAccessGrant{ObjectMeta: metav1.ObjectMeta{UID: invited}, Spec: v1alpha1.TenantAccessGrantSpec{Email: "jdoe@cybercorp.example"}},
		Admitted: true,
		Settings: invite.Settings{Mail: true, Links: true, TokenLifetime: time.Hour},
		Now:      e.now,
	}
	attempt, err := invite.Begin(in, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	send(t, server, attempt)
	kept := e.invitations[invited]
	kept.State = attempt.End(attempt.State, invite.OutcomeSent, "", e.now)
	e.invitations[invited] = kept

	mails := server.Mails("jdoe@cybercorp.example")
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	links, err := mails[0].HTMLLinks()
	if err != nil || len(links) != 1 || !strings.Contains(mails[0].Text, links[0]) {
		t.Fatalf("links %q: %v", links, err)
	}
	link, err := url.Parse(links[0])
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	e.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, link.RequestURI(), nil))
	expect(t, answer, http.StatusOK, "You are invited")
	expect(t, e.request(http.MethodPost, link.Query().Get("token"), here), http.StatusOK, "Welcome")
	expect(t, e.request(http.MethodPost, link.Query().Get("token"), here), http.StatusGone, "was taken up before")
}

// send mails an invitation with its link.
func send(t *testing.T, server *harness.SMTPServer, attempt invite.Attempt) {
	t.Helper()
	link, err := activation.Link(config(), *attempt.Token)
	if err != nil {
		t.Fatal(err)
	}
	message, err := notify.Render(
		notify.Invitation{TenantName: "CyberCorp Ltd", ActivationURL: link, LinkExpiresAt: attempt.LinkExpiresAt},
		notify.Brand{},
		notify.Envelope{To: string(attempt.State.Recipient), ID: notify.MessageID(string(invited), attempt.Occasion), Date: attempt.State.LastAttempt},
	)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := notify.NewSender(configv1alpha1.SMTP{
		Address: server.Addr(), StartTLS: configv1alpha1.StartTLSNone, From: "noreply@tenantry.example", Timeout: metav1.Duration{Duration: 20 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
}
