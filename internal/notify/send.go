// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
)

// Sender hands mails to one mail server. It keeps no connection: mails are few. It is safe for
// concurrent use.
type Sender struct {
	host    string
	port    int
	from    string
	way     configv1alpha1.StartTLS
	timeout time.Duration
	// username that it logs in with; empty for no login.
	username string
	// password and roots are asked for every mail, so that they can be changed. Roots may be nil for the system's.
	password func() (string, error)
	roots    func() (*x509.CertPool, error)
	// permit says whether it may connect to an address; nil for every one.
	permit func(netip.AddrPort) error
	// named is what whoever set the server up calls its parts.
	named settings
	// domain is that of from: the name that the Sender greets with, and of its Message-IDs.
	domain string
}

// NewSender makes a Sender from the configuration, and sees that the files that it names can be read.
func NewSender(config configv1alpha1.SMTP) (*Sender, error) {
	host, service, err := net.SplitHostPort(config.Address)
	if err != nil {
		return nil, fmt.Errorf("smtp.address must be host:port: %w", err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return nil, fmt.Errorf("smtp.address must be host:port: %w", err)
	}
	_, domain, found := strings.Cut(config.From, "@")
	if !found {
		return nil, errors.New("smtp.from must be a mail address")
	}
	s := &Sender{
		host: host, port: port, from: config.From, domain: domain, way: config.StartTLS, timeout: config.Timeout.Duration, username: config.Username,
		password: func() (string, error) { return readPassword(config.PasswordFile) },
		roots:    func() (*x509.CertPool, error) { return readRoots(config.CAFile) },
		named:    operatorSettings,
	}
	if _, err := s.client(); err != nil {
		return nil, err
	}
	return s, nil
}

// Send hands a mail to the mail server within smtp.timeout and returns nil once the server has it, or a
// *Failure.
func (s *Sender) Send(ctx context.Context, message Message) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	prepared, err := s.prepare(message)
	if err != nil {
		return notSent("the mail is not fit to be sent", err)
	}
	client, err := s.client(mail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
		return dial(ctx, network, address, s.permit)
	}))
	if err != nil {
		return notSent("the mail server can't be used", err)
	}
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return s.named.ofConnecting(err).within(ctx)
	}
	// The server has the mail or has not, however the good-byes go.
	defer func() { _ = client.CloseWithSMTPClient(connection) }()
	if err := client.SendWithSMTPClient(connection, prepared); err != nil && !prepared.IsDelivered() {
		return s.named.ofSending(err).within(ctx)
	}
	return nil
}

// prepare makes a MIME message. Its boundary is random: what users wrote can't hold it.
func (s *Sender) prepare(message Message) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := m.FromFormat(message.Sender, s.from); err != nil {
		return nil, errors.New("its sender is no address: check " + s.named.from)
	}
	if err := m.To(message.To); err != nil {
		return nil, errors.New("its recipient is no address: correct it")
	}
	if message.ReplyTo != "" {
		if err := m.ReplyTo(message.ReplyTo); err != nil {
			return nil, errors.New("its address for answers is none: correct the brand's support address")
		}
	}
	m.Subject(message.Subject)
	m.SetDateWithValue(message.Date)
	m.SetMessageIDWithValue(message.ID + "@" + s.domain)
	// No machine is to answer a machine (RFC 3834, and what Exchange understands).
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetBodyString(mail.TypeTextPlain, message.Text)
	m.AddAlternativeString(mail.TypeTextHTML, message.HTML)
	return m, nil
}

// client reads the password and the roots anew, so that they can be changed.
func (s *Sender) client(more ...mail.Option) (*mail.Client, error) {
	roots, err := s.roots()
	if err != nil {
		return nil, err
	}
	trust := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: roots}
	login, err := s.login()
	if err != nil {
		return nil, err
	}
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithHELO(s.domain), mail.WithTimeout(s.timeout), mail.WithoutNoop(),
		mail.WithTLSConfig(trust), mail.WithTLSPolicy(tlsPolicy(s.way)),
	}
	client, err := mail.NewClient(s.host, slices.Concat(options, login, more)...)
	if err != nil {
		return nil, fmt.Errorf("preparing for the mail server: %w", err)
	}
	return client, nil
}

func tlsPolicy(way configv1alpha1.StartTLS) mail.TLSPolicy {
	switch way {
	case configv1alpha1.StartTLSNone:
		return mail.NoTLS
	case configv1alpha1.StartTLSOpportunistic:
		return mail.TLSOpportunistic
	}
	return mail.TLSMandatory
}

// login is how the Sender logs in, if it does: over an encrypted connection only, whatever checked the
// configuration.
func (s *Sender) login() ([]mail.Option, error) {
	if s.username == "" {
		return nil, nil
	}
	if tlsPolicy(s.way) != mail.TLSMandatory {
		return nil, errors.New("smtp.startTLS must be Required with smtp.username: no password goes over an open wire")
	}
	password, err := s.password()
	if err != nil {
		return nil, err
	}
	return []mail.Option{
		mail.WithUsername(s.username),
		mail.WithPassword(password),
		mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin),
	}, nil
}

func readPassword(path string) (string, error) {
	password, err := os.ReadFile(path) //nolint:gosec // whoever runs the operator names the file
	if err != nil {
		return "", fmt.Errorf("reading smtp.passwordFile: %w", err)
	}
	return string(bytes.TrimRight(password, "\r\n")), nil
}

// readRoots are those of a PEM file; nil, for the system's, where none is named.
func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nil stands for the system's
	}
	data, err := os.ReadFile(path) //nolint:gosec // whoever runs the operator names the file
	if err != nil {
		return nil, fmt.Errorf("reading smtp.caFile: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(data) {
		return nil, errors.New("smtp.caFile holds no certificate in PEM")
	}
	return roots, nil
}
