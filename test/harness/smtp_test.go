// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/smtp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantry/tenantry/test/harness"
)

const twoParts = "From: a@a.example\r\nTo: b@b.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n" +
	"Content-Type: multipart/alternative; boundary=x\r\n\r\n" +
	"--x\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsee https://a.exa=\r\nmple/?b=3Dc\r\n" +
	"--x\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGEgaHJlZj0iaHR0cHM6Ly9hLmV4YW1wbGUvP2I9YyZhbXA7ZD1lIj5hPC9hPg==\r\n--x--\r\n"

// startSMTP starts a server with STARTTLS and a login, and returns what its clients trust.
func startSMTP(t *testing.T) (*harness.SMTPServer, *tls.Config) {
	t.Helper()
	authority, err := harness.NewAuthority("Root", time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	server, err := harness.StartSMTP(harness.SMTPOptions{Authority: authority, Username: "pat", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority.Roots())
	return server, &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
}

// send logs in after STARTTLS and sends a mail.
func send(server *harness.SMTPServer, trust *tls.Config, password string) error {
	client, err := smtp.Dial(server.Addr())
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.StartTLS(trust); err != nil {
		return err
	}
	if err := client.Auth(smtp.PlainAuth("", "pat", password, "localhost")); err != nil {
		return err
	}
	if err := client.Mail("a@a.example"); err != nil {
		return err
	}
	if err := client.Rcpt("b@b.example"); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := data.Write([]byte(twoParts)); err != nil {
		return err
	}
	return data.Close()
}

func TestTheMailServerKeepsWhatItIsSent(t *testing.T) {
	server, trust := startSMTP(t)
	if err := send(server, trust, "secret"); err != nil {
		t.Fatal(err)
	}
	mails, err := server.WaitFor(t.Context(), "b@b.example", 1)
	if err != nil {
		t.Fatal(err)
	}
	mail := mails[0]
	if !mail.TLS || mail.User != "pat" || mail.From != "a@a.example" {
		t.Errorf("%+v", mail)
	}
	if subject, err := mail.Decoded("Subject"); err != nil || subject != "Grüße" {
		t.Errorf("subject %q: %v", subject, err)
	}
	if links := mail.TextLinks(); !slices.Equal(links, []string{"https://a.example/?b=c"}) {
		t.Errorf("links of the text: %q", links)
	}
	if links, err := mail.HTMLLinks(); err != nil || !slices.Equal(links, []string{"https://a.example/?b=c&d=e"}) {
		t.Errorf("links of the HTML: %q, %v", links, err)
	}
	if others := server.Mails("c@b.example"); len(others) != 0 {
		t.Errorf("somebody else has %d mails", len(others))
	}
}

func TestTheMailServerWantsALoginAfterTLS(t *testing.T) {
	server, trust := startSMTP(t)
	if err := send(server, trust, "guess"); err == nil || !strings.Contains(err.Error(), "535") {
		t.Errorf("a wrong password: %v", err)
	}
	client, err := smtp.Dial(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if offered, _ := client.Extension("AUTH"); offered {
		t.Error("AUTH is offered before STARTTLS")
	}
	if err := client.Mail("a@a.example"); err == nil {
		t.Error("a stranger may send")
	}
}

func TestTheMailServerFailsAsItIsTold(t *testing.T) {
	for name, tc := range map[string]struct {
		fault harness.SMTPFault
		hint  string
		kept  int
	}{
		"a refusal for now":         {harness.SMTPFault{At: harness.SMTPMail, Code: 451, Text: "later"}, "451", 0},
		"a refusal for good":        {harness.SMTPFault{At: harness.SMTPRcpt, Code: 550, Text: "unknown"}, "550", 0},
		"a refusal of the mail":     {harness.SMTPFault{At: harness.SMTPData, Code: 554, Text: "spam"}, "554", 0},
		"a refusal at the door":     {harness.SMTPFault{At: harness.SMTPConnect, Code: 421, Text: "busy"}, "421", 0},
		"a refusal to log in":       {harness.SMTPFault{At: harness.SMTPAuth, Code: 454, Text: "later"}, "454", 0},
		"an end after the mail":     {harness.SMTPFault{At: harness.SMTPData, Drop: true}, "", 1},
		"an end before it":          {harness.SMTPFault{At: harness.SMTPRcpt, Drop: true}, "", 0},
		"patience, and then a mail": {harness.SMTPFault{At: harness.SMTPData, Delay: time.Millisecond}, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			server, trust := startSMTP(t)
			server.Fail(tc.fault)
			err := send(server, trust, "secret")
			fails := tc.fault.Code != 0 || tc.fault.Drop
			if fails != (err != nil) || fails && !strings.Contains(err.Error(), tc.hint) {
				t.Errorf("sent with %v", err)
			}
			if kept := len(server.Mails("")); kept != tc.kept {
				t.Errorf("%d mails are kept, not %d", kept, tc.kept)
			}
			server.Fail()
			if err := send(server, trust, "secret"); err != nil {
				t.Errorf("when it works again: %v", err)
			}
		})
	}
}
