// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/activation"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
)

// InvitationReconciler mails invitations to grants' subjects. It has workers of its own: a slow mail
// server holds nothing else up. A try is noted before the mail goes and after it, so whoever comes after
// an operator that was killed in between sends the mail again, and never leaves it out.
type InvitationReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Store keeps what is known of invitations.
	Store *invitestore.Store
	// Mailer sends.
	Mailer *Mailer
	// Activation is where links lead to.
	Activation configv1alpha1.Activation
	// Events tells.
	Events events.EventRecorder
	// Clock says when a mail is due.
	Clock clock.PassiveClock
}

// Reconcile looks at the invitation to one grant.
func (r *InvitationReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	grant, about := &v1alpha1.TenantAccessGrant{}, "invitation/"+req.Name
	if err := r.Client.Get(ctx, req.NamespacedName, grant); err != nil || grant.DeletionTimestamp != nil {
		r.Mailer.leave(req.Namespace, about)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !judged(grant) {
		return ctrl.Result{}, nil // its status wakes us
	}
	in := invite.Inputs{Grant: grant, Admitted: isActive(grant), Settings: r.Store.Settings, Turn: r.Mailer.turn(req.Namespace, about), Now: r.Clock.Now()}
	if next, settled := invite.Settled(in); settled {
		return r.again(next), nil
	}
	kept, err := r.Store.Load(ctx, grant.UID)
	if err != nil {
		return ctrl.Result{}, err
	}
	in.State = kept.State
	decided := invite.Decide(in)
	if decided.Phase != invite.PhaseDue {
		r.Mailer.leave(req.Namespace, about)
	} else if wait, allowed := r.Mailer.allow(req.Namespace, about); !allowed {
		decided = invite.TooMany(in.Now.Add(wait))
	} else if decided, err = r.invite(ctx, &in, kept); err != nil {
		return ctrl.Result{}, err
	}
	after := grant.DeepCopy()
	after.Status = standing.OfInvitation(in, decided)
	if _, err := status.Patch(ctx, r.Client, grant, after, v1alpha1.FieldManager); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err) // its Secret is swept
	}
	return r.again(decided.Next), nil
}

// judged says that what is said of a grant is about its present spec.
func judged(grant *v1alpha1.TenantAccessGrant) bool {
	active := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionActive)
	return active != nil && active.ObservedGeneration == grant.Generation
}

// again is a look at a time, or none if that is zero.
func (r *InvitationReconciler) again(at time.Time) ctrl.Result {
	if at.IsZero() {
		return ctrl.Result{}
	}
	return ctrl.Result{RequeueAfter: max(at.Sub(r.Clock.Now()), time.Second)}
}

// invite sends a mail that is due, brings in up to date and says where the invitation stands then.
func (r *InvitationReconciler) invite(ctx context.Context, in *invite.Inputs, kept invitestore.Kept) (invite.Decision, error) {
	grant := in.Grant
	if still, err := r.stillAsked(ctx, grant); !still || err != nil {
		return invite.Decide(*in), err
	}
	attempt, err := invite.Begin(*in, rand.Reader)
	if err != nil {
		return invite.Decision{}, err
	}
	mail, err := r.write(ctx, grant, attempt)
	if err != nil {
		return invite.Decision{}, err
	}
	if kept, err = r.Store.Save(ctx, grant, kept, attempt.State); err != nil {
		return invite.Decision{}, err
	}
	outcome, why := r.Mailer.send(ctx, mail, notify.MessageID(string(grant.UID), attempt.Occasion))
	in.State, err = r.end(ctx, grant, kept, attempt, outcome, why)
	in.Now = r.Clock.Now()
	decided := invite.Decide(*in)
	r.tell(ctx, grant, outcome, decided)
	return decided, err
}

// stillAsked asks the API server itself whether the grant is there as it was looked at: a mail can't be
// taken back.
func (r *InvitationReconciler) stillAsked(ctx context.Context, grant *v1alpha1.TenantAccessGrant) (bool, error) {
	live := &v1alpha1.TenantAccessGrant{}
	if err := r.Store.Live.Get(ctx, client.ObjectKeyFromObject(grant), live); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return live.UID == grant.UID && live.Generation == grant.Generation && live.DeletionTimestamp == nil, nil
}

// write says what the mail says, and to whom.
func (r *InvitationReconciler) write(ctx context.Context, grant *v1alpha1.TenantAccessGrant, attempt invite.Attempt) (draft, error) {
	place, found, err := r.Store.Loader.LoadGrant(ctx, grant)
	if err != nil {
		return draft{}, err
	}
	if !found {
		return draft{}, fmt.Errorf("the cache lacks whose place namespace %q is", grant.Namespace)
	}
	content := notify.Invitation{
		TenantName: invitestore.TenantName(place.Tenant),
		UserName:   grant.Spec.Subject.Name,
		Role:       string(grant.Status.Role),
		PortalURL:  invitestore.PortalURL(place.Tenant),
	}
	if grant.Status.ExpiresAt != nil {
		content.AccessExpiresAt = grant.Status.ExpiresAt.Time
	}
	if attempt.Token != nil {
		content.LinkExpiresAt = attempt.LinkExpiresAt
		if content.ActivationURL, err = activation.Link(r.Activation, *attempt.Token); err != nil {
			return draft{}, err
		}
	}
	return draft{content, attempt.State.Recipient, place.Tenant}, nil
}

// end notes how a try went, whatever somebody does with the link meanwhile. There is nothing to note it
// on if what is kept was removed meanwhile, which is done when the grant is gone.
func (r *InvitationReconciler) end(ctx context.Context, grant *v1alpha1.TenantAccessGrant, kept invitestore.Kept, attempt invite.Attempt, outcome invite.Outcome, why string) (invite.State, error) {
	var ended invite.State
	err := persist(ctx, func(ctx context.Context) error {
		ended = attempt.End(kept.State, outcome, why, r.Clock.Now())
		_, failed := r.Store.Save(ctx, grant, kept, ended)
		if failed == nil {
			return nil
		}
		fresh, err := r.Store.Load(ctx, grant.UID)
		if err != nil {
			return failed
		}
		if !fresh.Exists() {
			return nil
		}
		kept = fresh
		return failed
	})
	return ended, err
}

// tell makes an event of a try, and notes it in the log. Neither holds the address or the link.
func (r *InvitationReconciler) tell(ctx context.Context, grant *v1alpha1.TenantAccessGrant, outcome invite.Outcome, decided invite.Decision) {
	ctrl.LoggerFrom(ctx).Info("Tried to send an invitation", "outcome", outcome)
	if outcome == invite.OutcomeSent {
		r.Events.Eventf(grant, nil, corev1.EventTypeNormal, v1alpha1.ReasonInvited, "Invite", "%s", decided.Message)
		return
	}
	r.Events.Eventf(grant, nil, corev1.EventTypeWarning, v1alpha1.ReasonInvitationFailed, "Invite", "%s", decided.Message)
}
