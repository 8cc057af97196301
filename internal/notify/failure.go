// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"slices"

	"github.com/wneessen/go-mail"
)

// Outcome is what is known of a mail that could not be sent.
type Outcome string

// Outcomes.
const (
	// NotSent: the mail did not arrive; another try may do better.
	NotSent Outcome = "NotSent"
	// Refused: the mail server will not have this mail for this recipient, however often it is asked.
	Refused Outcome = "Refused"
	// Unknown: the mail server had the whole mail and then said nothing. It may have arrived.
	Unknown Outcome = "Unknown"
)

// Failure is why a mail was not sent. Its message says what to do, and holds neither password nor link:
// it never repeats the mail server's own words, which may.
type Failure struct {
	// Outcome is what is known of the mail.
	Outcome Outcome
	// Code is the mail server's answer, such as 550; 0 if there was none.
	Code int
	// Status is the enhanced status code, such as 5.1.1, if there was one.
	Status string
	// OfServer says that the mail server can't be used at all, whatever the mail.
	OfServer bool
	reason   string
	cause    error
}

// Error implements error.
func (f *Failure) Error() string {
	switch {
	case f.Code != 0 && f.Status != "":
		return fmt.Sprintf("%s (the mail server's answer: %d %s)", f.reason, f.Code, f.Status)
	case f.Code != 0:
		return fmt.Sprintf("%s (the mail server's answer: %d)", f.reason, f.Code)
	case f.cause != nil:
		return fmt.Sprintf("%s: %v", f.reason, f.cause)
	}
	return f.reason
}

// Unwrap is the cause, where it is no answer of the mail server.
func (f *Failure) Unwrap() error { return f.cause }

// notSent is a failure before the mail server had anything.
func notSent(reason string, cause error) *Failure {
	return &Failure{Outcome: NotSent, reason: reason, cause: cause}
}

// settings are what whoever set a mail server up calls its parts, for messages.
type settings struct {
	// address, from, login and roots of the server; offers is what it must offer.
	address, from, login, roots, offers string
	// discreet keeps to itself what names lead where: whoever set the server up does not see the operator's network.
	discreet bool
}

var (
	operatorSettings = settings{
		address: "smtp.address", from: "smtp.from", login: "smtp.username and smtp.passwordFile", roots: "smtp.caFile",
		offers: "what smtp.startTLS and smtp.username ask for: STARTTLS, and AUTH with SCRAM-SHA-256, PLAIN or LOGIN",
	}
	partnerSettings = settings{
		address: "host and port in the Secret", from: "spec.emailFrom", login: "username and password in the Secret", roots: "ca.crt in the Secret",
		offers:   "STARTTLS, and with a username AUTH with SCRAM-SHA-256, PLAIN or LOGIN",
		discreet: true,
	}
)

// errForbidden is of an address that may not be connected to. What else is there is nobody's business.
var errForbidden = errors.New("it is at an address that the operator may not connect to")

// loginCodes are the answers to a login that failed (RFC 4954).
var loginCodes = []int{454, 530, 534, 535, 538}

// unreachable is of a server whose address may not be connected to or, for whom the operator is discreet, of one
// that is not found: the difference would tell which names there are in the operator's network.
const unreachable = "the mail server is not found, or at an address that is refused: private, loopback and cluster addresses, and ports but 25, 587 and 2525, " +
	"unless smtp.partners of the operator's configuration allows them"

// ofConnecting explains why there is no conversation with the mail server.
func (n settings) ofConnecting(err error) *Failure {
	failure := n.connecting(err)
	failure.OfServer = true
	return failure
}

func (n settings) connecting(err error) *Failure {
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		reason := "the mail server takes no mails now: see its log"
		if slices.Contains(loginCodes, answer.Code) {
			reason = "the mail server refuses the login: check " + n.login
		}
		return &Failure{Outcome: NotSent, Code: answer.Code, reason: reason}
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return notSent("the mail server's certificate is no good: check "+n.address+" and "+n.roots, err)
	}
	_, unknown := errors.AsType[*net.DNSError](err)
	if errors.Is(err, errForbidden) || unknown && n.discreet {
		return notSent(unreachable, nil)
	}
	if _, ok := errors.AsType[*net.OpError](err); ok || isEnd(err) {
		return notSent("the mail server does not answer: check "+n.address, network(err))
	}
	if unknown {
		return notSent("the mail server is not found: check "+n.address, err)
	}
	// Anything else may repeat what the server said.
	return notSent("the mail server does not offer "+n.offers, nil)
}

// ofSending explains why a conversation did not end with the mail server taking the mail.
func (n settings) ofSending(err error) *Failure {
	sending, ok := errors.AsType[*mail.SendError](err)
	if !ok {
		return notSent("the mail could not be sent", network(err))
	}
	failure := &Failure{Outcome: NotSent, Code: sending.ErrorCode(), Status: sending.EnhancedStatusCode()}
	forGood := failure.Code >= 500
	switch {
	case sending.Reason == mail.ErrSMTPDataClose && failure.Code == 0:
		failure.Outcome, failure.reason = Unknown, "the mail server got the mail and did not say that it has it"
	case failure.Code == 0:
		failure.reason = "the mail server broke off before it had the mail"
	case sending.Reason == mail.ErrSMTPMailFrom:
		failure.OfServer, failure.reason = true, "the mail server does not take mails from "+n.from+": check "+n.from+" and "+n.login
	case sending.Reason == mail.ErrSMTPRcptTo && forGood:
		failure.Outcome, failure.reason = Refused, "the mail server refuses the recipient: correct the address"
	case sending.Reason == mail.ErrSMTPRcptTo:
		failure.reason = "the mail server does not take mails for the recipient now"
	case forGood:
		failure.Outcome, failure.reason = Refused, "the mail server refuses the mail: see its log"
	default:
		failure.reason = "the mail server does not take the mail now"
	}
	return failure
}

// within adds that the time was over, where that is why there was no answer.
func (f *Failure) within(ctx context.Context) *Failure {
	if f.Code == 0 && ctx.Err() != nil {
		f.cause = ctx.Err()
	}
	return f
}

func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded)
}

// network returns an error of the network, and nothing else: what else there is may repeat what the
// server said.
func network(err error) error {
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		return operation
	}
	for _, end := range []error{os.ErrDeadlineExceeded, net.ErrClosed, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, end) {
			return end
		}
	}
	return nil
}
