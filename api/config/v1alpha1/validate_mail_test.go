// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"
	"testing"
	"time"
)

// withMail is a change on top of a configuration that mails, and whose invitations hold links.
func withMail(change func(*SMTP, *Activation)) func(*Configuration) {
	return func(c *Configuration) {
		c.SMTP.Address, c.SMTP.From = "smtp.example.com:587", "noreply@example.com"
		c.SMTP.Username, c.SMTP.PasswordFile = "tenantry", "/etc/tenantry/smtp/password"
		c.Activation.BindAddress, c.Activation.URL = "127.0.0.1:8084", "https://activate.example.com"
		change(&c.SMTP, &c.Activation)
	}
}

func TestValidateAcceptsMail(t *testing.T) {
	for name, change := range map[string]func(*SMTP, *Activation){
		"a server with a login":       func(*SMTP, *Activation) {},
		"a relay on the same machine": func(s *SMTP, _ *Activation) { *s = relay() },
		"a server's address":          func(s *SMTP, _ *Activation) { s.Address = "[2001:db8::1]:25" },
		"no links":                    func(_ *SMTP, a *Activation) { a.BindAddress, a.URL = AddressOff, "" },
		"a path before the endpoint":  func(_ *SMTP, a *Activation) { a.URL = "https://example.com/tenantry/" },
		"links to one's own machine":  func(_ *SMTP, a *Activation) { a.URL = "http://localhost:8084" },
		"proxies": func(_ *SMTP, a *Activation) {
			a.TrustedProxies = []string{"10.0.0.0/8", "2001:db8::/32", "192.0.2.1/32"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := defaulted()
			withMail(change)(c)
			if errs := Validate(c); len(errs) > 0 {
				t.Error(errs.ToAggregate())
			}
		})
	}
}

func relay() SMTP {
	s := SMTP{Address: "localhost:25", StartTLS: StartTLSNone, From: "tenantry@localhost"}
	setSMTPDefaults(&s)
	return s
}

func TestValidateRefusesMailThatCannotGo(t *testing.T) {
	smtp := func(change func(*SMTP)) func(*Configuration) {
		return withMail(func(s *SMTP, _ *Activation) { change(s) })
	}
	checkRefusals(t, []refusal{
		{"a login without a server", func(c *Configuration) { c.SMTP.Username = "a" }, "smtp.address", "leave out the rest"},
		{"a server without a port", smtp(func(s *SMTP) { s.Address = "smtp.example.com" }), "smtp.address", "smtp.example.com:587"},
		{"a server on port 0", smtp(func(s *SMTP) { s.Address = "smtp.example.com:0" }), "smtp.address", "smtp.example.com:587"},
		{"a server's name that is none", smtp(func(s *SMTP) { s.Address = "smtp_example:25" }), "smtp.address", "lowercase"},
		{"an unknown way", smtp(func(s *SMTP) { s.Username, s.PasswordFile, s.StartTLS = "", "", "Maybe" }), "smtp.startTLS", `"None"`},
		{"a password over an open wire", smtp(func(s *SMTP) { s.StartTLS = StartTLSNone }), "smtp.startTLS", "open wire"},
		{"a password over a wire that may be open", smtp(func(s *SMTP) { s.StartTLS = StartTLSOpportunistic }), "smtp.startTLS", "open wire"},
		{"a user without a password", smtp(func(s *SMTP) { s.PasswordFile = "" }), "smtp.passwordFile", "name the file"},
		{"a password without a user", smtp(func(s *SMTP) { s.Username = "" }), "smtp.username", "whose password"},
		{"a user with a line feed", smtp(func(s *SMTP) { s.Username = "a\nb" }), "smtp.username", "control characters"},
		{"no sender", smtp(func(s *SMTP) { s.From = "" }), "smtp.from", "noreply@example.com"},
		{"a sender with a name", smtp(func(s *SMTP) { s.From = "Tenantry <noreply@example.com>" }), "smtp.from", "without a name"},
		{"a sender without a domain", smtp(func(s *SMTP) { s.From = "noreply" }), "smtp.from", "without a name"},
		{"a sender with a header", smtp(func(s *SMTP) { s.From = "a@example.com\r\nBcc: b@example.com" }), "smtp.from", "without a name"},
		{"no time", smtp(func(s *SMTP) { s.Timeout.Duration = time.Millisecond }), "smtp.timeout", "from 1s to 5m0s"},
		{"no mails", smtp(func(s *SMTP) { s.RatePerTenant = -1 }), "smtp.ratePerTenant", "from 1 to 10000"},
	})
}

func TestValidateRefusesLinksThatLeadNowhere(t *testing.T) {
	activation := func(change func(*Activation)) func(*Configuration) {
		return withMail(func(_ *SMTP, a *Activation) { change(a) })
	}
	link := func(url string) func(*Configuration) { return activation(func(a *Activation) { a.URL = url }) }
	checkRefusals(t, []refusal{
		{"an address that is none", activation(func(a *Activation) { a.BindAddress = "8084" }), "activation.bindAddress", "host:port"},
		{"no mail server", withMail(func(s *SMTP, _ *Activation) { *s = SMTP{}; setSMTPDefaults(s) }), "smtp.address", "go by mail"},
		{"a URL without an endpoint", activation(func(a *Activation) { a.BindAddress = AddressOff }), "activation.url", "leave it out"},
		{"no URL", link(""), "activation.url", "https://activate.example.com"},
		{"an open wire", link("http://activate.example.com"), "activation.url", "must begin with https://"},
		{"a script", link("javascript://example.com/%0aalert(1)"), "activation.url", "must begin with https://"},
		{"a path alone", link("/activate"), "activation.url", "must be a URL"},
		{"a user", link("https://a:b@example.com"), "activation.url", "without user"},
		{"a query", link("https://example.com?a=b"), "activation.url", "without user, query"},
		{"a fragment", link("https://example.com#"), "activation.url", "without user, query"},
		{"a line feed", link("https://example.com\n"), "activation.url", "must be a URL"},
		{"a long URL", link("https://example.com/" + strings.Repeat("a", maxURL)), "activation.url", "1024"},
		{"a hurried link", activation(func(a *Activation) { a.TokenLifetime.Duration = time.Minute }), "activation.tokenLifetime", "from 5m0s to 720h0m0s"},
		{"a link for ever", activation(func(a *Activation) { a.TokenLifetime.Duration = 9000 * time.Hour }), "activation.tokenLifetime", "to 720h0m0s"},
		{"no wrong links", activation(func(a *Activation) { a.RatePerTenant = -1 }), "activation.ratePerTenant", "from 1 to 10000"},
		{"no requests", activation(func(a *Activation) { a.RatePerClient = 10001 }), "activation.ratePerClient", "from 1 to 10000"},
		{"a proxy that is an address", activation(func(a *Activation) { a.TrustedProxies = []string{"10.0.0.1"} }), "activation.trustedProxies[0]", "must be a network"},
		{"a proxy's network that is an address", activation(func(a *Activation) { a.TrustedProxies = []string{"10.0.0.1/8"} }), "activation.trustedProxies[0]", "must be a network"},
	})
}
