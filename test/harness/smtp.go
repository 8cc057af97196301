// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	corev1 "k8s.io/api/core/v1"
)

// smtpHost is the name of the server and of its certificate.
const smtpHost = "localhost"

// maxMail is the largest mail that the server takes, in bytes.
const maxMail = 1 << 20

// SMTPOptions are what the server asks of who sends. The zero value takes mails from everybody, in
// the clear.
type SMTPOptions struct {
	// Authority issues the server's certificate, for localhost. Without one there is no STARTTLS.
	Authority *Authority
	// Username and Password that a sender must log in with, after STARTTLS only. Default: none.
	Username, Password string
}

// SMTPFault is how the server fails.
type SMTPFault struct {
	// At is when.
	At SMTPStage
	// Code is the answer, 4xx or 5xx. With 0 and no Drop the server goes on after the Delay.
	Code int
	// Text of the answer.
	Text string
	// Drop ends the connection without an answer, with Code 0. At SMTPData the mail is kept all the same:
	// the sender cannot know.
	Drop bool
	// Delay before all that; it ends when the server is closed.
	Delay time.Duration
}

// SMTPStage is a moment of a mail's delivery.
type SMTPStage string

// Moments at which the server can be told to fail.
const (
	// SMTPConnect is when the sender connects, before the answer to its EHLO.
	SMTPConnect SMTPStage = "connect"
	// SMTPAuth is when the sender logs in.
	SMTPAuth SMTPStage = "AUTH"
	// SMTPMail is when the sender says who it is.
	SMTPMail SMTPStage = "MAIL"
	// SMTPRcpt is when the sender says whom the mail is for.
	SMTPRcpt SMTPStage = "RCPT"
	// SMTPData is when the server has the whole mail.
	SMTPData SMTPStage = "DATA"
)

// SMTPServer is a real mail server that keeps what it is sent.
type SMTPServer struct {
	address string
	server  *smtp.Server
	options SMTPOptions
	closed  chan struct{}

	mu       sync.Mutex
	mails    []Mail
	faults   []SMTPFault
	attempts int
	arrived  chan struct{}
}

// StartSMTP starts a server without mails on a free port of 127.0.0.1.
func StartSMTP(options SMTPOptions) (*SMTPServer, error) {
	s := &SMTPServer{options: options, closed: make(chan struct{}), arrived: make(chan struct{})}
	s.server = smtp.NewServer(smtp.BackendFunc(s.session))
	s.server.Domain = smtpHost
	s.server.MaxMessageBytes = maxMail
	s.server.MaxRecipients = 10
	s.server.EnableSMTPUTF8 = true
	// What goes wrong is the sender's to tell.
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	if options.Authority != nil {
		configuration, err := serverTLS(options.Authority)
		if err != nil {
			return nil, err
		}
		s.server.TLSConfig = configuration
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for SMTP: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.address = net.JoinHostPort(smtpHost, port)
	go func() { _ = s.server.Serve(listener) }()
	return s, nil
}

func serverTLS(authority *Authority) (*tls.Config, error) {
	now := time.Now()
	data, err := authority.TLS(now.Add(-time.Hour), now.Add(tokenLifetime), smtpHost)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(data[corev1.TLSCertKey], data[corev1.TLSPrivateKeyKey])
	if err != nil {
		return nil, fmt.Errorf("reading the mail server's certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

// Addr is where the server takes mails: localhost:port.
func (s *SMTPServer) Addr() string { return s.address }

// Fail makes the server fail like this from now on; without faults it works again.
func (s *SMTPServer) Fail(faults ...SMTPFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.Clone(faults)
}

// Mails are those that arrived for an address, the first first; for "", all.
func (s *SMTPServer) Mails(address string) []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Mail
	for _, mail := range s.mails {
		if address == "" || slices.Contains(mail.To, address) {
			found = append(found, mail)
		}
	}
	return found
}

// WaitFor waits until count mails have arrived for an address, and returns them all.
func (s *SMTPServer) WaitFor(ctx context.Context, address string, count int) ([]Mail, error) {
	for {
		s.mu.Lock()
		arrived := s.arrived
		s.mu.Unlock()
		mails := s.Mails(address)
		if len(mails) >= count {
			return mails, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return mails, fmt.Errorf("%d of %d mails arrived for %s: %w", len(mails), count, address, ctx.Err())
		}
	}
}

// Attempts is how often a sender named a recipient, whatever came of it.
func (s *SMTPServer) Attempts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.attempts
}

// Close stops the server and ends its connections.
func (s *SMTPServer) Close() error {
	close(s.closed)
	return s.server.Close()
}

func (s *SMTPServer) session(connection *smtp.Conn) (smtp.Session, error) {
	session := &smtpSession{server: s, connection: connection}
	if err := session.fail(SMTPConnect); err != nil {
		return nil, err
	}
	return session, nil
}

func (s *SMTPServer) fault(at SMTPStage) (SMTPFault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f SMTPFault) bool { return f.At == at })
	if i < 0 {
		return SMTPFault{}, false
	}
	return s.faults[i], true
}

func (s *SMTPServer) keep(mail Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, mail)
	close(s.arrived)
	s.arrived = make(chan struct{})
}
