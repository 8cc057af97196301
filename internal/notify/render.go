// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package notify writes and sends mails: invitations, warnings before an access ends, the addresses of
// portals, and to partners what their tenants use and when their trials end. Rendering is pure; a Sender hands what was rendered to a mail server. Whatever comes from
// users stays one harmless line in headers, text and HTML.
package notify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"
	"time"
)

//go:embed templates
var templates embed.FS

var (
	texts = texttemplate.Must(texttemplate.ParseFS(templates, "templates/*.txt"))
	pages = htmltemplate.Must(htmltemplate.ParseFS(templates, "templates/*.html"))
)

// Message is a mail that is ready to be sent.
type Message struct {
	// ID is the part of the Message-ID before the @.
	ID string
	// To is the one recipient.
	To string
	// Date of the mail.
	Date time.Time
	// Sender is the name that the mail is from; the address is the Sender's.
	Sender string
	// ReplyTo is where answers go. Default: to the Sender's address.
	ReplyTo string
	// Subject is one line.
	Subject string
	// Text and HTML say the same.
	Text, HTML string
}

// Envelope is whom a mail is for, and what tells it from every other.
type Envelope struct {
	// To is the recipient's address, without a name.
	To string
	// ID is from MessageID.
	ID string
	// Date of the mail.
	Date time.Time
}

// MessageID makes the first part of a Message-ID from what the mail is about: the UID of an object, and
// the occasion. The same mail, sent twice because somebody lost count, bears the same one, so that mail
// servers and programs can tell. It tells nobody what it was made from.
func MessageID(uid, occasion string) string {
	sum := sha256.Sum256([]byte("tenantry.io/mail\x00" + uid + "\x00" + occasion))
	return hex.EncodeToString(sum[:16])
}

// Render writes a mail. Errors say what the mail lacks, and never hold its links.
func Render(content Content, brand Brand, envelope Envelope) (Message, error) {
	to, err := Address(envelope.To)
	if err != nil {
		return Message{}, err
	}
	v, err := content.view()
	if err != nil {
		return Message{}, err
	}
	v.Brand = brand.Effective()
	var text, page bytes.Buffer
	if err := texts.ExecuteTemplate(&text, v.Template+".txt", v); err != nil {
		return Message{}, fmt.Errorf("writing the text of mail %s: %w", v.Template, err)
	}
	if err := pages.ExecuteTemplate(&page, v.Template+".html", v); err != nil {
		return Message{}, fmt.Errorf("writing the HTML of mail %s: %w", v.Template, err)
	}
	return Message{
		ID:      envelope.ID,
		To:      to,
		Date:    envelope.Date,
		Sender:  v.Brand.CompanyName,
		ReplyTo: cmp.Or(v.Brand.SupportEmail, v.Brand.AnswersTo),
		Subject: v.Subject,
		Text:    strings.TrimRight(text.String(), "\n") + "\n",
		HTML:    strings.TrimRight(page.String(), "\n") + "\n",
	}, nil
}
