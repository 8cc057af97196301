// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Mail is a mail as it arrived, and as its recipient reads it.
type Mail struct {
	// From and To are the envelope's addresses.
	From string
	To   []string
	// User is who logged in to send it; TLS, whether the connection was encrypted.
	User string
	TLS  bool
	// Raw is the mail as it came over the wire.
	Raw []byte
	// Header of the mail, as it came: Decoded reads one for people.
	Header mail.Header
	// Text and HTML are the alternatives, decoded, with line feeds alone.
	Text, HTML string
}

// Decoded is a header as a mail program shows it.
func (m *Mail) Decoded(header string) (string, error) {
	return new(mime.WordDecoder).DecodeHeader(m.Header.Get(header))
}

var textLink = regexp.MustCompile(`https?://[^\s<>"]+`)

// TextLinks are the URLs in the text, in their order.
func (m *Mail) TextLinks() []string {
	return textLink.FindAllString(m.Text, -1)
}

// HTMLLinks are the targets of the links in the HTML, in their order.
func (m *Mail) HTMLLinks() ([]string, error) {
	root, err := html.Parse(strings.NewReader(m.HTML))
	if err != nil {
		return nil, fmt.Errorf("reading the mail's HTML: %w", err)
	}
	var links []string
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || node.Data != "a" {
			continue
		}
		if i := slices.IndexFunc(node.Attr, func(a html.Attribute) bool { return a.Key == "href" }); i >= 0 {
			links = append(links, node.Attr[i].Val)
		}
	}
	return links, nil
}

// read fills Header, Text and HTML from Raw.
func (m *Mail) read() error {
	message, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return fmt.Errorf("reading the mail: %w", err)
	}
	m.Header = message.Header
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("reading the mail's type: %w", err)
	}
	if kind != "multipart/alternative" {
		return m.take(kind, message.Header.Get("Content-Transfer-Encoding"), message.Body)
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the mail's parts: %w", err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			return fmt.Errorf("reading the type of a part of the mail: %w", err)
		}
		if err := m.take(kind, part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return err
		}
	}
}

// take decodes one alternative. A second one of the same kind is refused: no mail of ours has it.
func (m *Mail) take(kind, encoding string, body io.Reader) error {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	decoded, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("decoding a part of the mail: %w", err)
	}
	field := map[string]*string{"text/plain": &m.Text, "text/html": &m.HTML}[kind]
	if field == nil || *field != "" {
		return fmt.Errorf("the mail has a part %s that is not wanted", kind)
	}
	*field = strings.ReplaceAll(string(decoded), "\r\n", "\n")
	return nil
}
