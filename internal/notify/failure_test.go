// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/test/harness"
)

func TestWhyAMailWasNotSent(t *testing.T) {
	for name, tc := range map[string]struct {
		fault   harness.SMTPFault
		outcome notify.Outcome
		hint    string
	}{
		"it is busy":                    {harness.SMTPFault{At: harness.SMTPConnect, Code: 421}, notify.NotSent, "takes no mails now"},
		"the login fails":               {harness.SMTPFault{At: harness.SMTPAuth, Code: 535}, notify.NotSent, "check smtp.username and smtp.passwordFile"},
		"the sender is refused":         {harness.SMTPFault{At: harness.SMTPMail, Code: 550}, notify.NotSent, "check smtp.from"},
		"the recipient is put off":      {harness.SMTPFault{At: harness.SMTPRcpt, Code: 450}, notify.NotSent, "450"},
		"the recipient is refused":      {harness.SMTPFault{At: harness.SMTPRcpt, Code: 550}, notify.Refused, "correct the address"},
		"the mail is put off":           {harness.SMTPFault{At: harness.SMTPData, Code: 451}, notify.NotSent, "451"},
		"the mail is refused":           {harness.SMTPFault{At: harness.SMTPData, Code: 554}, notify.Refused, "see its log"},
		"it breaks off before the mail": {harness.SMTPFault{At: harness.SMTPRcpt, Drop: true}, notify.NotSent, "broke off before"},
		"it breaks off after the mail":  {harness.SMTPFault{At: harness.SMTPData, Drop: true}, notify.Unknown, "did not say"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPost(t)
			tc.fault.Text = "you said " + password + " and " + secret
			p.Fail(tc.fault)
			checkFailure(t, p.send(t, invitation, acme), tc.outcome, tc.hint)
		})
	}
}

func checkFailure(t *testing.T, err error, outcome notify.Outcome, hint string) {
	t.Helper()
	failure, ok := errors.AsType[*notify.Failure](err)
	if !ok {
		t.Fatalf("%v is no failure", err)
	}
	if failure.Outcome != outcome || !strings.Contains(err.Error(), hint) {
		t.Errorf("%s: %q does not contain %q", failure.Outcome, err, hint)
	}
	for cause := error(failure); cause != nil; cause = errors.Unwrap(cause) {
		if strings.Contains(cause.Error(), password) || strings.Contains(cause.Error(), secret) {
			t.Errorf("the error holds a secret: %v", cause)
		}
	}
}

func TestASlowServerIsLeft(t *testing.T) {
	for name, tc := range map[string]struct {
		at      harness.SMTPStage
		outcome notify.Outcome
	}{
		"before it has the mail": {harness.SMTPMail, notify.NotSent},
		"when it has the mail":   {harness.SMTPData, notify.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPost(t)
			p.config.Timeout.Duration = 300 * time.Millisecond
			p.Fail(harness.SMTPFault{At: tc.at, Delay: time.Minute})
			started := time.Now()
			checkFailure(t, p.send(t, invitation, acme), tc.outcome, "deadline exceeded")
			if took := time.Since(started); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAMailEndsWithItsContext(t *testing.T) {
	p := startPost(t)
	p.Fail(harness.SMTPFault{At: harness.SMTPMail, Delay: time.Minute})
	message, err := notify.Render(invitation, acme, envelope)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := notify.NewSender(p.config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	checkFailure(t, sender.Send(ctx, message), notify.NotSent, "deadline exceeded")
}

func TestNothingGoesWhereItIsNotSafe(t *testing.T) {
	open, _ := startServer(t, false)
	encrypted, other := startServer(t, true)
	for name, tc := range map[string]struct {
		change func(*configv1alpha1.SMTP)
		hint   string
	}{
		"a server that does not encrypt": {func(c *configv1alpha1.SMTP) { c.Address = open.Addr() }, "STARTTLS"},
		"a server of somebody else":      {func(c *configv1alpha1.SMTP) { c.Address = encrypted.Addr() }, "certificate"},
		"another name":                   {func(c *configv1alpha1.SMTP) { c.Address = strings.Replace(c.Address, "localhost", "127.0.0.1", 1) }, "certificate"},
		"an unknown root":                {func(c *configv1alpha1.SMTP) { c.CAFile = write(t, "other.pem", other.Roots()) }, "check smtp.address and smtp.caFile"},
		"a server without a login": {func(c *configv1alpha1.SMTP) {
			c.Address, c.StartTLS, c.Username = encrypted.Addr(), configv1alpha1.StartTLSOpportunistic, ""
			c.CAFile = write(t, "other.pem", other.Roots())
		}, "check smtp.from and smtp.username"},
		"no server": {func(c *configv1alpha1.SMTP) { c.Address = closedAddress(t) }, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPost(t)
			tc.change(&p.config)
			checkFailure(t, p.send(t, invitation, acme), notify.NotSent, tc.hint)
			if mails := slices.Concat(p.Mails(""), open.Mails(""), encrypted.Mails("")); len(mails) != 0 {
				t.Errorf("%d mails were sent", len(mails))
			}
		})
	}
}

func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

func TestASenderIsRefusedWithoutItsFiles(t *testing.T) {
	valid := startPost(t).config
	for name, tc := range map[string]struct {
		change func(*configv1alpha1.SMTP)
		hint   string
	}{
		"no port":                     {func(c *configv1alpha1.SMTP) { c.Address = "localhost" }, "smtp.address"},
		"a named port":                {func(c *configv1alpha1.SMTP) { c.Address = "localhost:smtp" }, "smtp.address"},
		"no sender":                   {func(c *configv1alpha1.SMTP) { c.From = "" }, "smtp.from"},
		"no password":                 {func(c *configv1alpha1.SMTP) { c.PasswordFile = "/nowhere" }, "smtp.passwordFile"},
		"no roots":                    {func(c *configv1alpha1.SMTP) { c.CAFile = "/nowhere" }, "smtp.caFile"},
		"roots that are none":         {func(c *configv1alpha1.SMTP) { c.CAFile = c.PasswordFile }, "no certificate"},
		"a password on an open wire":  {func(c *configv1alpha1.SMTP) { c.StartTLS = configv1alpha1.StartTLSNone }, "open wire"},
		"one that may be an open one": {func(c *configv1alpha1.SMTP) { c.StartTLS = configv1alpha1.StartTLSOpportunistic }, "open wire"},
	} {
		t.Run(name, func(t *testing.T) {
			config := valid
			tc.change(&config)
			if _, err := notify.NewSender(config); err == nil || !strings.Contains(err.Error(), tc.hint) || strings.Contains(err.Error(), password) {
				t.Errorf("%v does not contain %q", err, tc.hint)
			}
		})
	}
}
