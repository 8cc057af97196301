// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tenantry/tenantry/internal/notify"
)

var update = flag.Bool("update", false, "write testdata/*.golden instead of comparing with it")

var (
	now      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	envelope = notify.Envelope{To: "jdoe@cybercorp.example", ID: notify.MessageID("uid", "invitation"), Date: now}
	acme     = notify.Brand{
		CompanyName:  "ACME Security",
		SupportEmail: "help@acme.example",
		Colors:       notify.Colors{Primary: "#aa0000", Accent: "#0000AA", Background: "#ffffff"},
	}
	invitation = notify.Invitation{
		TenantName:      "CyberCorp Ltd",
		UserName:        "jdoe@cybercorp.example",
		Role:            "Admin",
		PortalURL:       "https://cybercorp-acme.tenantry.example",
		ActivationURL:   "https://activate.example.com/activate?token=" + secret,
		LinkExpiresAt:   now.Add(72 * time.Hour),
		AccessExpiresAt: now.Add(30 * 24 * time.Hour),
	}
)

// secret is what no error may hold.
const secret = "6f1c0f5e-7d0a-4b8e-9a39-0d8f2a1f6c11.c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"

func TestMailsAreAsInTheGoldenFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		content notify.Content
		brand   notify.Brand
	}{
		"invitation":           {invitation, acme},
		"invitation_plain":     {notify.Invitation{TenantName: "cybercorp"}, notify.Brand{}},
		"invitation_hostile":   {hostile(), notify.Brand{CompanyName: "A\r\nBcc: x@evil.example", SupportEmail: "a@b.example\r\nBcc: c@d.example", Colors: notify.Colors{Primary: "red; background: url(//evil.example)"}}},
		"expiry_30":            {warning(30), acme},
		"expiry_7":             {warning(7), acme},
		"expiry_1":             {warning(1), notify.Brand{}},
		"portal":               {notify.PortalOpened{TenantName: "CyberCorp Ltd", PortalURL: "https://cybercorp-acme.tenantry.example"}, acme},
		"usage":                {reached(90), acme},
		"usage_all":            {reached(100), notify.Brand{}},
		"usage_hostile":        {hostileUsage(), acme},
		"trial":                {ending(""), acme},
		"trial_then_a_plan":    {ending("Premium"), notify.Brand{}},
		"portal_other_scripts": {notify.PortalOpened{TenantName: "株式会社サイバー & 👩‍💻", PortalURL: "http://portal.localhost"}, notify.Brand{CompanyName: "Größe GmbH"}},
	} {
		t.Run(name, func(t *testing.T) {
			message, err := notify.Render(tc.content, tc.brand, envelope)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, fmt.Sprintf("ID: %s\nTo: %s\nSender: %s\nReply-To: %s\nSubject: %s\n\n%s\n%s",
				message.ID, message.To, message.Sender, message.ReplyTo, message.Subject, message.Text, message.HTML))
		})
	}
}

func warning(days int) notify.ExpiryWarning {
	return notify.ExpiryWarning{TenantName: "CyberCorp Ltd", UserName: "jdoe", Role: "Viewer", Days: days, ExpiresAt: now.AddDate(0, 0, days)}
}

func reached(percent int32) notify.UsageReached {
	return notify.UsageReached{Licensed: licensed("Standard"), Percent: percent, Included: 100, Counted: "assets", Month: now}
}

func ending(next string) notify.TrialEnding {
	return notify.TrialEnding{Licensed: licensed("Trial"), EndsAt: now.AddDate(0, 0, 3), NextPlan: next}
}

func licensed(plan string) notify.Licensed {
	return notify.Licensed{TenantName: "CyberCorp Ltd", Tenant: "cybercorp", Namespace: "acme", PlanName: plan}
}

// hostileUsage has a plan and a tenant whose names try to be more than names.
func hostileUsage() notify.UsageReached {
	attack := reached(90)
	attack.TenantName = hostile().TenantName
	attack.PlanName = "<b>\r\nBcc: all@evil.example\r\n{{.Brand}} https://evil.example"
	return attack
}

// hostile is an invitation whose names try to be more than names.
func hostile() notify.Invitation {
	attack := invitation
	attack.TenantName = "Cyber\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script> =?utf-8?q?x=0D=0A?= https://evil.example \u202eflow\u2028-- "
	attack.UserName = `"><img src=x onerror=alert(1)>` + "\x00\x1b[31m{{.Activation}}"
	attack.Role = "</p>Admin"
	return attack
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", path, diff)
	}
}

func TestAMailThatIsNotFitIsRefused(t *testing.T) {
	with := func(change func(*notify.Invitation)) notify.Content {
		changed := invitation
		change(&changed)
		return changed
	}
	for name, tc := range map[string]struct {
		content notify.Content
		to      string
		hint    string
	}{
		"no recipient":                 {invitation, "", "one address alone"},
		"two recipients":               {invitation, "a@a.example, b@b.example", "one address alone"},
		"a recipient with a name":      {invitation, "A <a@a.example>", "one address alone"},
		"a recipient with a header":    {invitation, "a@a.example\r\nBcc: b@b.example", "one address alone"},
		"a quoted recipient":           {invitation, "\"a\r\n b\"@a.example", "one address alone"},
		"no tenant":                    {with(func(i *notify.Invitation) { i.TenantName = "\r\n\t\u202e" }), envelope.To, "names no tenant"},
		"a script for a portal":        {with(func(i *notify.Invitation) { i.PortalURL = "javascript://a.example/%0aalert(1)" }), envelope.To, "https://"},
		"a portal with a line feed":    {with(func(i *notify.Invitation) { i.PortalURL = "https://a.example\nb" }), envelope.To, "a whole URL"},
		"a portal with a user":         {with(func(i *notify.Invitation) { i.PortalURL = "https://bank.example@evil.example" }), envelope.To, "a whole URL"},
		"a link over an open wire":     {with(func(i *notify.Invitation) { i.ActivationURL = "http://a.example/?token=" + secret }), envelope.To, "https://"},
		"a link that is none":          {with(func(i *notify.Invitation) { i.ActivationURL = "https://a.example/?token=" + secret + " x" }), envelope.To, "a whole URL"},
		"a warning without a time":     {notify.ExpiryWarning{TenantName: "a", Days: 7}, envelope.To, "set the days"},
		"a warning after the end":      {notify.ExpiryWarning{TenantName: "a", ExpiresAt: now}, envelope.To, "set the days"},
		"a warning about nothing":      {notify.ExpiryWarning{Days: 1, ExpiresAt: now}, envelope.To, "names no tenant"},
		"usage of nobody's":            {notify.UsageReached{Percent: 90}, envelope.To, "names no tenant"},
		"usage of no plan":             {notify.UsageReached{Licensed: licensed(""), Percent: 90}, envelope.To, "names no plan"},
		"usage of nothing":             {notify.UsageReached{Licensed: licensed("a"), Percent: 90}, envelope.To, "set the percentage"},
		"a trial without an end":       {notify.TrialEnding{Licensed: licensed("a")}, envelope.To, "when the trial ends"},
		"a trial of no tenant's":       {notify.TrialEnding{EndsAt: now}, envelope.To, "names no tenant"},
		"an open portal of nobody's":   {notify.PortalOpened{PortalURL: "https://a.example"}, envelope.To, "names no tenant"},
		"an open portal without a URL": {notify.PortalOpened{TenantName: "a"}, envelope.To, "a whole URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := notify.Render(tc.content, acme, notify.Envelope{To: tc.to})
			if err == nil || !strings.Contains(err.Error(), tc.hint) {
				t.Fatalf("%v does not contain %q", err, tc.hint)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds the token: %v", err)
			}
		})
	}
}

func TestAMessageIDIsTheSameForTheSameMailAlone(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		for _, what := range [][2]string{{"a", "b"}, {"a", "c"}, {"ab", ""}, {"", "ab"}} {
			seen[notify.MessageID(what[0], what[1])] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d IDs for 4 mails", len(seen))
	}
}
