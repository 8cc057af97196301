// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/invite"
)

// OfInvitation is the status of a grant after a decision on its invitation.
func OfInvitation(in invite.Inputs, decided invite.Decision) v1alpha1.TenantAccessGrantStatus {
	after := *in.Grant.Status.DeepCopy()
	after.Invitation = invite.Status(in)
	said := decided.Condition(in.Grant)
	if said == nil {
		meta.RemoveStatusCondition(&after.Conditions, v1alpha1.ConditionInvited)
		return after
	}
	said.LastTransitionTime = metav1.NewTime(in.Now)
	old := meta.FindStatusCondition(after.Conditions, v1alpha1.ConditionInvited)
	if old != nil && old.Status == said.Status {
		said.LastTransitionTime = old.LastTransitionTime
	}
	after.Conditions = slices.DeleteFunc(after.Conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionInvited })
	after.Conditions = append(after.Conditions, *said)
	return after
}

// portal is what becomes of the portal's switch: since when it was seen to be off, until the contact was
// told that it is on again. Where nobody can be told, that it was off is forgotten when it is on.
func portal(in desired.Inputs, now metav1.Time) *v1alpha1.PortalStatus {
	tenant := in.Tenant
	was := ptr.Deref(tenant.Status.Portal, v1alpha1.PortalStatus{})
	off := !tenant.PortalActive()
	switch {
	case off && was.OffSince == nil, !off && was.OffSince != nil && (in.Config.SMTP.Address == "" || Contact(tenant) == ""):
		return PortalTold(tenant, was.ToldAt, now)
	}
	return tenant.Status.Portal
}

// PortalTold is what is said of a portal's switch once the contact was told last at that time, or nobody
// can be: since when it is off, if it is. Nil if there is nothing to say.
func PortalTold(tenant *v1alpha1.Tenant, at *metav1.Time, now metav1.Time) *v1alpha1.PortalStatus {
	switch {
	case !tenant.PortalActive():
		return &v1alpha1.PortalStatus{OffSince: &now, ToldAt: at}
	case at != nil:
		return &v1alpha1.PortalStatus{ToldAt: at}
	}
	return nil
}

// Contact is the mail address of the tenant's contact; empty if there is none.
func Contact(tenant *v1alpha1.Tenant) v1alpha1.Email {
	if tenant.Spec.Contact == nil {
		return ""
	}
	return tenant.Spec.Contact.Email
}

// PortalDue says that the tenant's contact is to be told where the portal is: it was off, is on, and
// leads somewhere.
func PortalDue(tenant *v1alpha1.Tenant) bool {
	kept := tenant.Status.Portal
	return kept != nil && kept.OffSince != nil && tenant.PortalActive() && tenant.DeletionTimestamp == nil &&
		tenant.IsReady() && tenant.Status.Phase != v1alpha1.PhaseSuspended && tenant.Status.URL != "" && Contact(tenant) != ""
}
