// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"cmp"
	"slices"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

// Reaches says whether a schedule reaches the tenant of a place: its own, or a partner's customers that it picks. With
// `staff: Explicit` nobody enters a customer by being on the partner's staff, and neither does what they schedule: the
// schedule's author, and who changed it last, must be let into the customer's place in a role that might make the
// schedule there.
func Reaches(schedule *v1alpha1.ScanSchedule, in access.Inputs) bool {
	tenant := in.Place.Tenant
	switch picks := schedule.Spec.Tenants; {
	case tenant.DeletionTimestamp != nil || schedule.DeletionTimestamp != nil:
		return false
	case picks == nil:
		return schedule.Namespace == in.Place.Namespace
	case in.Parent == nil || !in.Parent.IsPartners() || schedule.Namespace != in.Parent.Namespace || tenant.Namespace != in.Parent.Namespace:
		return false
	case !access.Selects(picks, tenant):
		return false
	}
	if in.Parent.Tenant.Spec.Partner.Staff != v1alpha1.StaffExplicit {
		return true
	}
	changer, changed := schedule.Annotations[v1alpha1.AnnotationChangedBy]
	return letIn(schedule.Annotations[v1alpha1.AnnotationCreatedBy], in) && (!changed || letIn(changer, in))
}

// letIn says that a user is let into a place in a role that makes schedules. A ServiceAccount never is.
func letIn(user string, in access.Inputs) bool {
	author := access.Subject{Kind: v1alpha1.SubjectUser, Name: user}
	return user != "" && slices.ContainsFunc(access.Entries(in), func(entry access.Entry) bool {
		return entry.Subject == author && (entry.Role == v1alpha1.RoleOwner || entry.Role == v1alpha1.RoleAdmin)
	})
}

// MaxSchedules is how many schedules start runs in one place: what is known of each has to fit into one ledger.
const MaxSchedules = 32

// Admitted are the schedules, of all that reach a tenant, that start runs there: the partner's and the tenant's own, each from the
// oldest on. Where both have many each has half, so that neither keeps the other out. The others are refused.
func Admitted(schedules []*v1alpha1.ScanSchedule) (admitted, refused []*v1alpha1.ScanSchedule) {
	byAge := slices.SortedFunc(slices.Values(schedules), func(a, b *v1alpha1.ScanSchedule) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	var partners, own []*v1alpha1.ScanSchedule
	for _, schedule := range byAge {
		if schedule.Spec.Tenants != nil {
			partners = append(partners, schedule)
		} else {
			own = append(own, schedule)
		}
	}
	ofPartners := min(len(partners), MaxSchedules-min(len(own), MaxSchedules/2))
	ofOwn := min(len(own), MaxSchedules-ofPartners)
	return slices.Concat(partners[:ofPartners], own[:ofOwn]), slices.Concat(partners[ofPartners:], own[ofOwn:])
}
