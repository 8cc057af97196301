// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/test/harness"
)

// elementsOf are the elements of an HTML page and the names of their attributes, in their order.
func elementsOf(page string) ([]string, error) {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, err
	}
	var elements []string
	for node := range root.Descendants() {
		switch node.Type {
		case html.ElementNode:
			element := node.Data
			for _, attribute := range node.Attr {
				element += " " + attribute.Key
			}
			elements = append(elements, element)
		case html.CommentNode:
			elements = append(elements, "comment")
		}
	}
	return elements, nil
}

func FuzzNamesStayInHeadersAndBodies(f *testing.F) {
	attack := hostile()
	f.Add(attack.TenantName, attack.UserName, attack.Role, "A\r\nBcc: b@b.example", "#000000;x")
	f.Add("=?utf-8?b?DQpCY2M6IGE=?=", "--x\r\n\r\n.\r\nQUIT", "\u2028-- \u2029", strings.Repeat("é", 300), "")
	f.Add("<!--", "https://evil.example", "hTtP://evil.example", "\xff\xfe=?", "red")
	f.Add("a:\u200b//b", "=\u200b?x?=", "&lt;script&gt;", "-- ", "expression(1)")
	server, err := harness.StartSMTP(harness.SMTPOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = server.Close() })
	sender, err := notify.NewSender(configv1alpha1.SMTP{
		Address:  server.Addr(),
		StartTLS: configv1alpha1.StartTLSNone,
		From:     "noreply@tenantry.example",
		Timeout:  metav1.Duration{Duration: time.Minute},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, tenant, user, role, company, color string) {
		sent := invitation
		sent.TenantName, sent.UserName, sent.Role = "T"+tenant, "U"+user, "R"+role
		brand := notify.Brand{CompanyName: company, Colors: notify.Colors{Primary: color, Accent: color, Background: color}}
		message, err := notify.Render(sent, brand, envelope)
		if err != nil {
			t.Fatal(err)
		}
		before := len(server.Mails(""))
		if err := sender.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
		mails := server.Mails("")
		if len(mails) != before+1 || !slices.Equal(mails[before].To, []string{envelope.To}) {
			t.Fatalf("%d mails arrived of one", len(mails)-before)
		}
		checkMail(t, &mails[before], sent)
	})
}

func FuzzALineIsOneLine(f *testing.F) {
	f.Add("a\r\nb\u2028c\u202ed\x00e=?f://g", 5)
	f.Add("=\u200d?", 100)
	f.Add(":\u200b//", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		if most < 1 || most > 1000 {
			return
		}
		line := notify.Line(text, most)
		if !utf8.ValidString(line) || utf8.RuneCountInString(line) > most {
			t.Errorf("%q is no text of at most %d characters", line, most)
		}
		for _, r := range line {
			if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
				t.Errorf("%q holds %U", line, r)
			}
		}
		if strings.Contains(line, "://") || strings.Contains(line, "=?") || strings.Contains(line, "  ") || strings.TrimSpace(line) != line {
			t.Errorf("%q is more than a name", line)
		}
		if again := notify.Line(line, most); again != line {
			t.Errorf("%q becomes %q the second time", line, again)
		}
	})
}
