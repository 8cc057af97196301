// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/notify/throttle"
)

const (
	// mailWorkers is how many mails of a kind are on their way at the same time. They wait for the mail
	// server, not for the processor.
	mailWorkers = 16
	// maxMailers is how many tenants' mails are counted.
	maxMailers = 100_000
	// maxMails is of how many mails it is remembered how they went.
	maxMails = 100_000
	// Bounds of the pause before a mail is tried again that the mail server did not take.
	firstMailPause, longestMailPause = time.Minute, time.Hour
)

// Mailer hands mails to the mail server, no more of them for one tenant than the configuration allows.
// What it counts and remembers is lost when the process ends.
type Mailer struct {
	sender *notify.Sender // nil without a mail server
	routes MailRoutes
	lanes  lanes
	rate   *throttle.Queue
	pauses *flowcontrol.Backoff
	ended  *lru.Cache // outcomes by id
	clock  clock.Clock
}

// draft is a mail that is to be written.
type draft struct {
	// content of the mail; nil where there is nothing to say any more.
	content notify.Content
	// to is the one recipient.
	to v1alpha1.Email
	// tenant that the recipient belongs to: the mail looks as its brand has it.
	tenant *v1alpha1.Tenant
}

// NewMailer makes a Mailer from the configuration, and sees that the files that it names can be read. Routes say how
// tenants' mails look and go.
func NewMailer(config configv1alpha1.SMTP, routes MailRoutes, now clock.Clock) (*Mailer, error) {
	m := &Mailer{
		routes: routes,
		rate:   throttle.NewQueue(int(config.RatePerTenant), time.Hour, maxMailers),
		pauses: flowcontrol.NewBackOff(firstMailPause, longestMailPause),
		ended:  lru.New(maxMails),
		clock:  now,
	}
	m.pauses.Clock = now
	if config.Address == "" {
		return m, nil
	}
	sender, err := notify.NewSender(config)
	if err != nil {
		return nil, fmt.Errorf("smtp: %w", err)
	}
	m.sender = sender
	return m, nil
}

// On says that there is a mail server.
func (m *Mailer) On() bool { return m.sender != nil }

// allow says whether the tenant with that place may cause one more mail now, and counts it; else how long
// to wait for the turn of the object that it is about.
func (m *Mailer) allow(place, about string) (time.Duration, bool) {
	return m.rate.Take(place, about, m.clock.Now())
}

// turn is when an object's mail may go that was told to wait; else zero.
func (m *Mailer) turn(place, about string) time.Time { return m.rate.Turn(place, about) }

// leave gives an object's turn up.
func (m *Mailer) leave(place, about string) { m.rate.Leave(place, about) }

// hold says how long to wait before a mail that failed is tried again, or that comes too fast for its
// tenant; 0 if it may go now, which is then counted.
func (m *Mailer) hold(place, about, id string) time.Duration {
	now := m.clock.Now()
	if m.pauses.IsInBackOffSinceUpdate(id, now) {
		return m.pauses.Get(id)
	}
	wait, allowed := m.allow(place, about)
	if allowed {
		return 0
	}
	return max(wait, time.Second)
}

// gone says how a mail went that needs no other try, however little of it could be written down since.
func (m *Mailer) gone(id string) (invite.Outcome, bool) {
	found, _ := m.ended.Get(id)
	outcome, known := found.(invite.Outcome)
	return outcome, known
}

// sendOnce is send, and remembers how a mail went that is not to be tried again.
func (m *Mailer) sendOnce(ctx context.Context, mail draft, id string) (outcome invite.Outcome, why string) {
	outcome, why = m.send(ctx, mail, id)
	if outcome != invite.OutcomeFailed {
		m.ended.Add(id, outcome)
	}
	return outcome, why
}

// failed is how long to wait after a mail failed: longer each time.
func (m *Mailer) failed(id string) time.Duration {
	m.pauses.GC()
	m.pauses.Next(id, m.clock.Now())
	return m.pauses.Get(id)
}

// send writes a mail and hands it over: to the mail server of the tenant's brand, if that has one, and then to no
// other. Why is what people are told of one that did not go.
func (m *Mailer) send(ctx context.Context, mail draft, id string) (outcome invite.Outcome, why string) {
	way, err := m.routes.find(ctx, mail.tenant, m.sender)
	if err != nil {
		return invite.OutcomeFailed, err.Error()
	}
	message, err := notify.Render(mail.content, way.brand, notify.Envelope{To: string(mail.to), ID: id, Date: m.clock.Now()})
	if err != nil {
		return invite.OutcomeRefused, err.Error() // no time mends it
	}
	if way.server != nil {
		leave, why := m.enter(ctx, *way.server)
		if why != "" {
			return invite.OutcomeFailed, why
		}
		defer leave()
	}
	err = way.sender.Send(ctx, message)
	failure, failed := errors.AsType[*notify.Failure](err)
	m.learn(way.server, failure)
	if err == nil {
		return invite.OutcomeSent, ""
	}
	outcome = invite.OutcomeFailed
	if failed {
		switch failure.Outcome {
		case notify.Refused:
			outcome = invite.OutcomeRefused
		case notify.Unknown:
			outcome = invite.OutcomeUnknown
		}
	}
	return outcome, err.Error()
}

// enter waits until a partner's mail server may be asked, or says why it may not now.
func (m *Mailer) enter(ctx context.Context, server partnerServer) (leave func(), why string) {
	resting := func() bool { return m.pauses.IsInBackOffSinceUpdate(server.String(), m.clock.Now()) }
	failed := fmt.Sprintf("the mail server of WhiteLabelProfile %q failed a moment ago", server.profile.Name)
	if resting() {
		return nil, failed
	}
	leave, entered := m.lanes.enter(ctx, server.profile.Namespace)
	if !entered {
		return nil, fmt.Sprintf("other mails keep the mail server of WhiteLabelProfile %q busy", server.profile.Name)
	}
	if resting() { // since another mail had its turn
		leave()
		return nil, failed
	}
	return leave, ""
}

// learn remembers how a partner's mail server fares: one that failed is left alone for a while, longer each time.
func (m *Mailer) learn(server *partnerServer, failure *notify.Failure) {
	switch {
	case server == nil:
	case failure != nil && failure.OfServer:
		m.pauses.Next(server.String(), m.clock.Now())
		m.routes.Servers.note(*server, failure.Error())
	default:
		m.pauses.Reset(server.String())
		m.routes.Servers.note(*server, "")
	}
}
