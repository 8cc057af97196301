// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package access

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Standing is what becomes of a grant.
type Standing struct {
	// Active says that the subject is let in.
	Active bool
	// Stalled says that a person must act before it can be.
	Stalled bool
	// Reason is one of the Active condition's.
	Reason string
	// Message says why, and what to do.
	Message string
	// Role in effect, after customerAccess; empty while nobody is let in.
	Role v1alpha1.Role
	// Until is when the access ends; zero if it does not.
	Until time.Time
}

// Judge says what becomes of a grant in a place.
func Judge(place Place, grant *v1alpha1.TenantAccessGrant, now time.Time) Standing {
	until := End(grant, now)
	for _, judge := range []func(Place, *v1alpha1.TenantAccessGrant) *Standing{notAllowed, suspended, closed} {
		if found := judge(place, grant); found != nil {
			found.Until = until
			return *found
		}
	}
	if !until.IsZero() && !now.Before(until) {
		return Standing{
			Reason: v1alpha1.ReasonExpired, Until: until,
			Message: fmt.Sprintf("the access ended at %s; its seat is free when the grant is deleted", until.UTC().Format(time.RFC3339)),
		}
	}
	if seatless := noSeat(place, grant); seatless != nil {
		seatless.Until = until
		return *seatless
	}
	role := Capped(place, grant)
	if role == "" {
		return Standing{
			Reason: v1alpha1.ReasonCustomerAccess, Until: until,
			Message: "the customer's own people are not let in: the partner changes that by spec.customerAccess of the Tenant",
		}
	}
	return Standing{Active: true, Reason: v1alpha1.ReasonGranted, Message: granted(role, until), Role: role, Until: until}
}

// End is when a grant's access is over; zero if it has no end. A duration counts from when the grant
// first became active: from now, if that is now.
func End(grant *v1alpha1.TenantAccessGrant, now time.Time) time.Time {
	switch {
	case grant.Spec.ExpiresAt != nil:
		return within(grant.Spec.ExpiresAt.Time)
	case grant.Spec.Duration == nil:
		return time.Time{}
	case grant.Status.ActiveSince != nil:
		return grant.Status.ActiveSince.Add(grant.Spec.Duration.Duration)
	}
	return now.Add(grant.Spec.Duration.Duration)
}

// Ends that can be written down, and told from none. Grants from before the schema bounded them may have others.
var (
	firstEnd = time.Unix(0, 0).UTC()
	lastEnd  = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
)

func within(end time.Time) time.Time {
	switch {
	case end.Before(firstEnd):
		return firstEnd
	case end.After(lastEnd):
		return lastEnd
	}
	return end
}

// Capped is the role that a grant gives in its place: a customer's own people have at most what
// customerAccess allows. Empty if that is nothing.
func Capped(place Place, grant *v1alpha1.TenantAccessGrant) v1alpha1.Role {
	if place.IsPartners() {
		return grant.Spec.Role
	}
	switch place.Tenant.Spec.CustomerAccess {
	case v1alpha1.CustomerAccessFullAccess:
		return grant.Spec.Role
	case v1alpha1.CustomerAccessReadOnly:
		if grant.Spec.Role == v1alpha1.RoleReporter {
			return v1alpha1.RoleReporter
		}
		return v1alpha1.RoleViewer
	}
	return ""
}

// notAllowed: such a grant means nothing in such a place.
func notAllowed(place Place, grant *v1alpha1.TenantAccessGrant) *Standing {
	subject := grant.Spec.Subject
	message := ""
	switch {
	case !place.IsPartners() && grant.Spec.Tenants != nil:
		message = "spec.tenants delegates a partner's customers, and this is a customer's place: make the grant in the partner's"
	case !place.IsPartners() && subject.Kind == v1alpha1.SubjectGroup:
		message = "a customer's place takes no groups, because each user takes a seat: make a grant for each"
	case subject.Kind == v1alpha1.SubjectServiceAccount && subject.Namespace != place.Namespace:
		message = fmt.Sprintf("only ServiceAccounts of namespace %q are let in here", place.Namespace)
	case subject.Kind == v1alpha1.SubjectServiceAccount && (grant.Spec.Role == v1alpha1.RoleOwner || grant.Spec.Role == v1alpha1.RoleAdmin):
		message = "a ServiceAccount is let in as Editor at most: whoever runs pods in a place can act as any ServiceAccount of it"
	case subject.Kind == v1alpha1.SubjectServiceAccount && len(validation.IsDNS1123Subdomain(subject.Name)) > 0:
		message = fmt.Sprintf("%q is no name of a ServiceAccount: delete this grant and make another", subject.Name)
	default:
		return nil
	}
	return &Standing{Stalled: true, Reason: v1alpha1.ReasonNotAllowed, Message: message}
}

func suspended(_ Place, grant *v1alpha1.TenantAccessGrant) *Standing {
	if !grant.Spec.Suspend {
		return nil
	}
	return &Standing{Reason: v1alpha1.ReasonSuspended, Message: "the grant is suspended; take spec.suspend away to let its subject in again"}
}

func closed(place Place, _ *v1alpha1.TenantAccessGrant) *Standing {
	if !place.Closed {
		return nil
	}
	return &Standing{Reason: v1alpha1.ReasonSuspended, Message: "the tenant is suspended: nobody is let in until it is resumed"}
}

// noSeat: the place has fewer seats than grants, and this is one of the youngest.
func noSeat(place Place, grant *v1alpha1.TenantAccessGrant) *Standing {
	if !place.seatless[grant.Name] {
		return nil
	}
	return &Standing{
		Reason: v1alpha1.ReasonNoSeat,
		Message: fmt.Sprintf("all %d seats are taken by older grants; delete one, or have the partner raise spec.limits.agents of the Tenant",
			place.seats),
	}
}

func granted(role v1alpha1.Role, until time.Time) string {
	if until.IsZero() {
		return fmt.Sprintf("the subject is let in as %s", role)
	}
	return fmt.Sprintf("the subject is let in as %s until %s", role, until.UTC().Format(time.RFC3339))
}

// AlreadyOwner says that the subject of a delegation owns every customer anyway, as a member of the
// partner's staff: the delegation adds nothing.
func AlreadyOwner(partner Place, delegation *v1alpha1.TenantAccessGrant, now time.Time) bool {
	return slices.ContainsFunc(partner.Grants, func(grant *v1alpha1.TenantAccessGrant) bool {
		return owns(partner, grant) && grant.Spec.Subject == delegation.Spec.Subject && Judge(partner, grant, now).Active
	})
}
