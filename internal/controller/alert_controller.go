// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"cmp"
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/license"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// AlertReconciler mails a partner's contact what a tenant's status says that it is to be told: that the tenant
// has reached a part of what its plan includes, and that its trial ends. A root has nobody above it to be told.
type AlertReconciler struct{ Courier }

// Reconcile looks at what there is to be told of one Tenant, and mails the first of it: the note that this has
// gone wakes us for the next. All of it goes to the same mailbox, so nothing waits that could go.
func (r *AlertReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, err
	}
	untold := standing.Untold(tenant, r.Clock.Now()) // nothing of one that is gone
	if len(untold) == 0 {
		r.Mailer.leave(req.Namespace, noticeOf(req.Name))
		return ctrl.Result{}, nil
	}
	partner, err := tenancy.PartnerOf(ctx, r.Client, tenant.Namespace)
	if contactOf(partner) == "" || err != nil {
		r.Mailer.leave(req.Namespace, noticeOf(req.Name))
		return ctrl.Result{}, err
	}
	wait, err := r.mail(ctx, tenant, untold[0])
	return ctrl.Result{RequeueAfter: wait}, err
}

// noticeOf is what the mails to a partner about one tenant are counted under.
func noticeOf(tenant string) string { return "notice/" + tenant }

// mail sends a notice and notes that it has gone; else it says how long to wait. It counts as the partner's,
// whose place the tenant's namespace is.
func (r *AlertReconciler) mail(ctx context.Context, tenant *v1alpha1.Tenant, notice standing.Notice) (time.Duration, error) {
	return deliver(ctx, &r.Courier, letter[v1alpha1.Tenant]{
		about:    tenant,
		occasion: notice.Occasion(),
		place:    tenant.Namespace,
		turn:     noticeOf(tenant.Name),
		what:     notice.String(),
		write: func(ctx context.Context, live *v1alpha1.Tenant) (draft, error) {
			if !standing.IsUntold(live, notice, r.Clock.Now()) {
				return draft{}, nil
			}
			partner, err := tenancy.PartnerOf(ctx, r.Live, live.Namespace)
			if contactOf(partner) == "" || err != nil {
				return draft{}, err
			}
			content, err := r.write(ctx, live, notice)
			return draft{content, contactOf(partner), partner}, err
		},
		note: func(live *v1alpha1.Tenant, _ invite.Outcome) {
			standing.Told(&live.Status, notice, metav1.NewTime(r.Clock.Now()))
		},
	})
}

// contactOf is the mail address of a partner's contact; empty if there is nobody to be told. The mail is the
// partner's, and bears the brand that the partner itself bears, not the one that it gives its customers.
func contactOf(partner *v1alpha1.Tenant) v1alpha1.Email {
	if partner == nil {
		return ""
	}
	return standing.Contact(partner)
}

// write says what the partner is to be told. Of a plan that is gone, or says no more what it includes, there is
// nothing.
func (r *AlertReconciler) write(ctx context.Context, tenant *v1alpha1.Tenant, notice standing.Notice) (notify.Content, error) {
	if !notice.TrialEnds.IsZero() {
		return r.writeOfTrial(ctx, tenant, notice)
	}
	plan, err := r.plan(ctx, tenant.Namespace, tenant.Status.Plan)
	if plan == nil || err != nil {
		return nil, err
	}
	month, err := license.Month(notice.Period)
	if err != nil {
		return nil, err
	}
	metered, counts := license.Meter(plan, v1alpha1.Usage{}, month)
	if !counts {
		return nil, nil
	}
	return notify.UsageReached{
		Licensed: licensedAs(tenant, plan), Percent: notice.Percent, Included: metered.Included, Counted: metered.Of, Month: month,
	}, nil
}

// writeOfTrial says when a trial ends, and what then.
func (r *AlertReconciler) writeOfTrial(ctx context.Context, tenant *v1alpha1.Tenant, notice standing.Notice) (notify.Content, error) {
	plan, err := r.plan(ctx, tenant.Namespace, tenant.Status.TrialPlan)
	if plan == nil || err != nil {
		return nil, err
	}
	content := notify.TrialEnding{Licensed: licensedAs(tenant, plan), EndsAt: notice.TrialEnds}
	if trial := plan.Spec.Trial; trial != nil && trial.PlanRef != nil {
		next, err := r.plan(ctx, tenant.Namespace, trial.PlanRef.Name)
		if err != nil {
			return nil, err
		}
		if content.NextPlan = trial.PlanRef.Name; next != nil {
			content.NextPlan = planName(next)
		}
	}
	return content, nil
}

// licensedAs names a tenant and its plan.
func licensedAs(tenant *v1alpha1.Tenant, plan *v1alpha1.LicensePlan) notify.Licensed {
	return notify.Licensed{TenantName: invitestore.TenantName(tenant), Tenant: tenant.Name, Namespace: tenant.Namespace, PlanName: planName(plan)}
}

// plan is that of a name in a namespace; nil if it is not there.
func (r *AlertReconciler) plan(ctx context.Context, namespace, name string) (*v1alpha1.LicensePlan, error) {
	plan := &v1alpha1.LicensePlan{}
	err := r.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, plan)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // its absence is no error
	case err != nil:
		return nil, fmt.Errorf("reading license plan %q in namespace %q: %w", name, namespace, err)
	}
	return plan, nil
}

// planName is a plan's name, for people.
func planName(plan *v1alpha1.LicensePlan) string {
	return cmp.Or(string(plan.Spec.DisplayName), plan.Name)
}
