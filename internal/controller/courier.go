// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/status"
)

// Courier mails once what an object's status says is to be told, and then notes there that it has gone. An
// operator that is killed in between sends the mail again, with the same Message-ID. One that can't note it
// sends nothing again, and tries to note it.
type Courier struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Live reads from the API server.
	Live client.Reader
	// Mailer sends.
	Mailer *Mailer
	// Events tells.
	Events events.EventRecorder
	// Clock says what time it is.
	Clock clock.PassiveClock
}

// letter is a mail about an object of type T.
type letter[T any] struct {
	// about is the object, as the cache has it.
	about client.Object
	// occasion tells the mail from every other about the object.
	occasion string
	// place is whose mails it counts as, and turn under what it waits among them.
	place, turn string
	// what the mail is, for people; it holds neither addresses nor links.
	what string
	// delivered is what an event says of a mail that has gone. Default: there is none.
	delivered string
	// write says what the mail says and to whom, from the object as the API server has it: a mail can't be
	// taken back. Without content it is not to go any more, and the change that made it so wakes us.
	write func(ctx context.Context, live *T) (draft, error)
	// note changes the status of the object, as the API server has it, to say how the mail went.
	note func(live *T, outcome invite.Outcome)
}

// pointer is a *T that is an object.
type pointer[T any] interface {
	*T
	client.Object
}

// deliver sends a mail and notes that, unless it must wait: then it says for how long.
func deliver[T any, P pointer[T]](ctx context.Context, c *Courier, mail letter[T]) (time.Duration, error) {
	id := notify.MessageID(string(mail.about.GetUID()), mail.occasion)
	outcome, gone := c.Mailer.gone(id)
	if !gone {
		if wait := c.Mailer.hold(mail.place, mail.turn, id); wait > 0 {
			return wait, nil
		}
		live, err := current[T, P](ctx, c, mail.about)
		if live == nil || err != nil {
			return 0, err
		}
		written, err := mail.write(ctx, live)
		if written.content == nil || err != nil {
			return 0, err
		}
		var why string
		outcome, why = c.Mailer.sendOnce(ctx, written, id)
		ctrl.LoggerFrom(ctx).Info("Tried to send a mail", "mail", mail.what, "outcome", outcome)
		c.tell(mail.about, mail.what, mail.delivered, outcome, why)
	}
	if outcome == invite.OutcomeFailed {
		return c.Mailer.failed(id), nil
	}
	return 0, persist(ctx, func(ctx context.Context) error {
		live, err := current[T, P](ctx, c, mail.about)
		if live == nil || err != nil {
			return err
		}
		before := live.DeepCopyObject().(client.Object)
		mail.note(live, outcome)
		_, err = status.Patch(ctx, c.Client, before, live, v1alpha1.FieldManager)
		return client.IgnoreNotFound(err)
	})
}

// current is an object as the API server has it; nil if it is there no more.
func current[T any, P pointer[T]](ctx context.Context, c *Courier, object client.Object) (P, error) {
	live := P(new(T))
	if err := c.Live.Get(ctx, client.ObjectKeyFromObject(object), live); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	if live.GetUID() != object.GetUID() {
		return nil, nil //nolint:nilnil // its absence is no error
	}
	return live, nil
}

// tell makes an event of how a mail went.
func (c *Courier) tell(about client.Object, what, delivered string, outcome invite.Outcome, why string) {
	warn := func(format string) {
		c.Events.Eventf(about, nil, corev1.EventTypeWarning, v1alpha1.ReasonMailFailed, "Mail", format, what, why)
	}
	switch {
	case outcome == invite.OutcomeFailed:
		warn("%s could not be mailed and is tried again: %s")
	case outcome != invite.OutcomeSent:
		warn("the mail with %s may not have arrived: %s")
	case delivered != "":
		c.Events.Eventf(about, nil, corev1.EventTypeNormal, v1alpha1.ReasonContactTold, "Mail", "%s", delivered)
	}
}
