// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/test/harness"
)

const (
	user     = "tenantry"
	password = "pass-word-of-the-mail-server"
)

// post is a mail server and the configuration that reaches it.
type post struct {
	*harness.SMTPServer
	config configv1alpha1.SMTP
}

func startPost(t *testing.T) post {
	t.Helper()
	server, authority := startServer(t, true)
	return post{server, configv1alpha1.SMTP{
		Address:      server.Addr(),
		StartTLS:     configv1alpha1.StartTLSRequired,
		Username:     user,
		PasswordFile: write(t, "password", []byte(password+"\n")),
		From:         "noreply@tenantry.example",
		CAFile:       write(t, "ca.pem", authority.Roots()),
		Timeout:      metav1.Duration{Duration: 20 * time.Second},
	}}
}

func startServer(t *testing.T, encrypts bool) (*harness.SMTPServer, *harness.Authority) {
	t.Helper()
	authority, err := harness.NewAuthority("Root", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	options := harness.SMTPOptions{}
	if encrypts {
		options = harness.SMTPOptions{Authority: authority, Username: user, Password: password}
	}
	server, err := harness.StartSMTP(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, authority
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p post) send(t *testing.T, content notify.Content, brand notify.Brand) error {
	t.Helper()
	message, err := notify.Render(content, brand, envelope)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := notify.NewSender(p.config)
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(t.Context(), message)
}

func TestAnInvitationArrivesAsItsRecipientReadsIt(t *testing.T) {
	p := startPost(t)
	if err := p.send(t, invitation, acme); err != nil {
		t.Fatal(err)
	}
	mails := p.Mails("jdoe@cybercorp.example")
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived", len(mails))
	}
	mail := mails[0]
	if !mail.TLS || mail.User != user || mail.From != "noreply@tenantry.example" {
		t.Errorf("TLS %t, user %q, from %q", mail.TLS, mail.User, mail.From)
	}
	for header, want := range map[string]string{
		"From":           `"ACME Security" <noreply@tenantry.example>`,
		"To":             "<jdoe@cybercorp.example>",
		"Reply-To":       "<help@acme.example>",
		"Subject":        "You are invited to CyberCorp Ltd",
		"Message-Id":     "<" + envelope.ID + "@tenantry.example>",
		"Date":           "Sun, 22 Nov 2026 12:00:00 +0000",
		"Auto-Submitted": "auto-generated",
		"User-Agent":     "",
		"Bcc":            "",
	} {
		if got := mail.Header.Get(header); got != want {
			t.Errorf("%s is %q, not %q", header, got, want)
		}
	}
	want := []string{invitation.PortalURL, invitation.ActivationURL}
	if links := mail.TextLinks(); !slices.Equal(links, want) {
		t.Errorf("links of the text: %q", links)
	}
	if links, err := mail.HTMLLinks(); err != nil || !slices.Equal(links, want) {
		t.Errorf("links of the HTML: %q, %v", links, err)
	}
}

func TestHostileNamesStayNames(t *testing.T) {
	p := startPost(t)
	if err := p.send(t, hostile(), notify.Brand{CompanyName: "=?utf-8?q?A=0D=0ABcc:_x@evil.example?="}); err != nil {
		t.Fatal(err)
	}
	mails := p.Mails("")
	if len(mails) != 1 || !slices.Equal(mails[0].To, []string{"jdoe@cybercorp.example"}) {
		t.Fatalf("mails went to others: %+v", mails)
	}
	checkMail(t, &mails[0], hostile())
}

// checkMail sees that a mail holds what it must hold, and that nothing in it was made by names.
func checkMail(t *testing.T, mail *harness.Mail, sent notify.Invitation) {
	t.Helper()
	known := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress"}
	for header, values := range mail.Header {
		if !slices.Contains(known, header) || len(values) != 1 {
			t.Errorf("header %s: %q", header, values)
		}
		decoded, err := mail.Decoded(header)
		if err != nil || strings.ContainsAny(decoded, "\r\n\x00") {
			t.Errorf("header %s decodes to %q: %v", header, decoded, err)
		}
	}
	want := []string{sent.PortalURL, sent.ActivationURL}
	if links := mail.TextLinks(); !slices.Equal(links, want) {
		t.Errorf("links of the text: %q", links)
	}
	if links, err := mail.HTMLLinks(); err != nil || !slices.Equal(links, want) {
		t.Errorf("links of the HTML: %q, %v", links, err)
	}
	elements, err := elementsOf(mail.HTML)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := notify.Render(notify.Invitation{TenantName: "a", UserName: "b", Role: "c", PortalURL: sent.PortalURL, ActivationURL: sent.ActivationURL, AccessExpiresAt: now}, notify.Brand{}, envelope)
	if err != nil {
		t.Fatal(err)
	}
	if harmless, err := elementsOf(plain.HTML); err != nil || !slices.Equal(elements, harmless) {
		t.Errorf("elements %q, not %q: %v", elements, harmless, err)
	}
	if got, want := strings.Count(mail.Text, "\n"), strings.Count(plain.Text, "\n"); got != want {
		t.Errorf("%d lines of text, not %d", got, want)
	}
}

func TestAnOpenWireIsForWhoAsksForIt(t *testing.T) {
	for _, way := range []configv1alpha1.StartTLS{configv1alpha1.StartTLSNone, configv1alpha1.StartTLSOpportunistic} {
		t.Run(string(way), func(t *testing.T) {
			p := startPost(t)
			p.SMTPServer, _ = startServer(t, false)
			p.config.Address, p.config.StartTLS, p.config.Username = p.Addr(), way, ""
			if err := p.send(t, invitation, acme); err != nil {
				t.Fatal(err)
			}
			if mails := p.Mails(""); len(mails) != 1 || mails[0].TLS {
				t.Errorf("%+v", mails)
			}
		})
	}
}
