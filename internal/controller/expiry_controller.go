// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/expiry"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// ExpiryReconciler warns subjects of grants before their access ends, by an event and by mail.
type ExpiryReconciler struct {
	Courier
	// Loader reads the place that a grant lies in.
	Loader *tenancy.Loader
}

// Reconcile looks at the end of one grant.
func (r *ExpiryReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	grant := &v1alpha1.TenantAccessGrant{}
	if err := r.Client.Get(ctx, req.NamespacedName, grant); err != nil || grant.DeletionTimestamp != nil {
		r.Mailer.leave(req.Namespace, warningOf(req.Name))
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !judged(grant) {
		return ctrl.Result{}, nil // its status wakes us
	}
	decided := r.decide(grant)
	if decided.Tell {
		after := grant.DeepCopy()
		after.Status.ExpiryWarning = decided.Warning
		if _, err := status.Patch(ctx, r.Client, grant, after, v1alpha1.FieldManager); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		r.announce(grant, decided.Warning)
	}
	next := time.Duration(0)
	if !decided.Next.IsZero() {
		next = max(decided.Next.Sub(r.Clock.Now()), time.Second)
	}
	if !decided.Mail {
		r.Mailer.leave(req.Namespace, warningOf(req.Name))
		return ctrl.Result{RequeueAfter: next}, nil
	}
	wait, err := r.mail(ctx, grant, decided.Warning)
	return ctrl.Result{RequeueAfter: sooner(next, wait)}, err
}

// decide says whether to warn.
func (r *ExpiryReconciler) decide(grant *v1alpha1.TenantAccessGrant) expiry.Decision {
	return expiry.Decide(expiry.Inputs{Grant: grant, Admitted: isActive(grant), Mail: r.Mailer.On(), Now: r.Clock.Now()})
}

// warningOf is what the mails before the end of a grant are counted under.
func warningOf(grant string) string { return "warning/" + grant }

// mail sends a warning and notes that it has gone; else it says how long to wait.
func (r *ExpiryReconciler) mail(ctx context.Context, grant *v1alpha1.TenantAccessGrant, warning *v1alpha1.ExpiryWarningStatus) (time.Duration, error) {
	return deliver(ctx, &r.Courier, letter[v1alpha1.TenantAccessGrant]{
		about:    grant,
		occasion: fmt.Sprintf("expiry\x00%d\x00%s", warning.Days, warning.ExpiresAt.UTC().Format(time.RFC3339)),
		place:    grant.Namespace,
		turn:     warningOf(grant.Name),
		what:     "the warning that the access ends soon",
		write: func(ctx context.Context, live *v1alpha1.TenantAccessGrant) (draft, error) {
			if live.Generation != grant.Generation || live.DeletionTimestamp != nil || !r.stillDue(live, warning) {
				return draft{}, nil
			}
			return r.write(ctx, live, warning)
		},
		note: func(live *v1alpha1.TenantAccessGrant, _ invite.Outcome) {
			live.Status.ExpiryWarning = warning.DeepCopy()
			live.Status.ExpiryWarning.MailedAt = &metav1.Time{Time: r.Clock.Now()}
		},
	})
}

// stillDue says whether a warning is to be mailed.
func (r *ExpiryReconciler) stillDue(grant *v1alpha1.TenantAccessGrant, warning *v1alpha1.ExpiryWarningStatus) bool {
	decided := r.decide(grant)
	return decided.Mail && decided.Warning.Days == warning.Days && decided.Warning.ExpiresAt.Equal(&warning.ExpiresAt)
}

// write says when the access ends, to whose it is.
func (r *ExpiryReconciler) write(ctx context.Context, grant *v1alpha1.TenantAccessGrant, warning *v1alpha1.ExpiryWarningStatus) (draft, error) {
	place, found, err := r.Loader.LoadGrant(ctx, grant)
	if err != nil || !found {
		return draft{}, err
	}
	content := notify.ExpiryWarning{
		TenantName: invitestore.TenantName(place.Tenant),
		UserName:   grant.Spec.Subject.Name,
		Role:       string(grant.Status.Role),
		Days:       expiry.DaysLeft(warning.ExpiresAt.Time, r.Clock.Now()),
		ExpiresAt:  warning.ExpiresAt.Time,
	}
	return draft{content, grant.Spec.Email, place.Tenant}, nil
}

// announce makes an event of a warning.
func (r *ExpiryReconciler) announce(grant *v1alpha1.TenantAccessGrant, warning *v1alpha1.ExpiryWarningStatus) {
	r.Events.Eventf(grant, nil, corev1.EventTypeNormal, v1alpha1.ReasonExpiresSoon, "Warn",
		"the access ends on %s: set spec.expiresAt or spec.duration to have it last longer", warning.ExpiresAt.UTC().Format(time.RFC3339))
}
