// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/invite"
	"github.com/tenantry/tenantry/internal/invitestore"
	"github.com/tenantry/tenantry/internal/notify"
	"github.com/tenantry/tenantry/internal/standing"
)

// PortalReconciler mails a portal's URL to the tenant's contact when the portal is turned on. That it was
// off is noted in the Tenant's status, until the mail has gone.
type PortalReconciler struct{ Courier }

// Reconcile looks at the portal of one Tenant.
func (r *PortalReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	tenant := &v1alpha1.Tenant{}
	if err := r.Client.Get(ctx, req.NamespacedName, tenant); err != nil || !standing.PortalDue(tenant) {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	wait, err := deliver(ctx, &r.Courier, letter[v1alpha1.Tenant]{
		about:     tenant,
		occasion:  "portal\x00" + tenant.Status.Portal.OffSince.UTC().Format(time.RFC3339),
		place:     tenant.Status.Namespace,
		turn:      "portal",
		what:      "the portal's URL",
		delivered: "the portal is on, and its URL was mailed to the contact",
		write:     r.write,
		note:      r.note,
	})
	return ctrl.Result{RequeueAfter: wait}, err
}

// write says where the portal is, to the contact.
func (r *PortalReconciler) write(_ context.Context, live *v1alpha1.Tenant) (draft, error) {
	if !standing.PortalDue(live) {
		return draft{}, nil
	}
	content := notify.PortalOpened{TenantName: invitestore.TenantName(live), PortalURL: live.Status.URL}
	return draft{content, standing.Contact(live), live}, nil
}

// note says that the contact was told, or can't be.
func (r *PortalReconciler) note(live *v1alpha1.Tenant, outcome invite.Outcome) {
	now := metav1.NewTime(r.Clock.Now())
	told := ptr.Deref(live.Status.Portal, v1alpha1.PortalStatus{}).ToldAt
	if outcome == invite.OutcomeSent {
		told = &now
	}
	live.Status.Portal = standing.PortalTold(live, told, now)
}
