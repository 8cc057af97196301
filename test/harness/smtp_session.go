// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package harness

import (
	"crypto/subtle"
	"errors"
	"io"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// smtpSession is one sender's connection.
type smtpSession struct {
	server     *SMTPServer
	connection *smtp.Conn
	user       string
	mail       Mail
}

var errDropped = errors.New("the connection was dropped")

// fail does what the server was told to do at this moment.
func (s *smtpSession) fail(at SMTPStage) error {
	fault, ok := s.server.fault(at)
	if !ok {
		return nil
	}
	if fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-s.server.closed:
		}
	}
	switch {
	case fault.Drop:
		return errors.Join(errDropped, s.connection.Conn().Close())
	case fault.Code == 0:
		return nil
	}
	return &smtp.SMTPError{Code: fault.Code, EnhancedCode: smtp.EnhancedCodeNotSet, Message: fault.Text}
}

// AuthMechanisms implements smtp.AuthSession.
func (s *smtpSession) AuthMechanisms() []string {
	if s.server.options.Username == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if err := s.fail(SMTPAuth); err != nil {
			return err
		}
		got, want := username+"\x00"+password, s.server.options.Username+"\x00"+s.server.options.Password
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			return smtp.ErrAuthFailed
		}
		s.user = username
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.options.Username != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	_, encrypted := s.connection.TLSConnectionState()
	s.mail = Mail{From: from, User: s.user, TLS: encrypted}
	return s.fail(SMTPMail)
}

// Rcpt implements smtp.Session.
func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	s.server.attempts++
	s.server.mu.Unlock()
	s.mail.To = append(s.mail.To, to)
	return s.fail(SMTPRcpt)
}

// Data implements smtp.Session.
func (s *smtpSession) Data(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	mail := s.mail
	mail.Raw = raw
	if err := mail.read(); err != nil {
		return err
	}
	if fault, _ := s.server.fault(SMTPData); fault.Code == 0 {
		s.server.keep(mail)
	}
	return s.fail(SMTPData)
}

// Reset implements smtp.Session.
func (s *smtpSession) Reset() { s.mail = Mail{} }

// Logout implements smtp.Session.
func (s *smtpSession) Logout() error { return nil }
