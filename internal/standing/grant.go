// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/status"
)

// GrantSeen is what was decided of a grant when it was last looked at.
type GrantSeen struct {
	// NoPlace says that the grant lies in no tenant's place.
	NoPlace bool
	// Standing in the place that it lies in.
	Standing access.Standing
	// AlreadyOwner says that the subject of a delegation owns the customers anyway.
	AlreadyOwner bool
	// Seats of the place, if the grant has one of them; else zero.
	Seats int
	// Tenants is the number of customers that a delegation picks; nil for another grant.
	Tenants *int
}

// OfGrant is the status of a grant. Now is the time of a change of a condition, and from when a duration
// counts that begins.
func OfGrant(grant *v1alpha1.TenantAccessGrant, seen GrantSeen, now metav1.Time) v1alpha1.TenantAccessGrantStatus {
	judged := judgeGrant(grant, seen)
	after := *grant.Status.DeepCopy()
	conditions := []metav1.Condition{
		status.Condition(v1alpha1.ConditionReady, judged.ready, judged.reason, judged.message),
		status.Condition(v1alpha1.ConditionActive, judged.Active, judged.reason, judged.message),
	}
	if judged.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, judged.reason, judged.message))
	}
	after.Conditions = status.Conditions(grant.Status.Conditions, conditions, grant.Generation, now)
	if invited := meta.FindStatusCondition(grant.Status.Conditions, v1alpha1.ConditionInvited); invited != nil {
		after.Conditions = append(after.Conditions, *invited) // it says when it was last looked at
	}
	after.ObservedGeneration = grant.Generation
	after.Role, after.ExpiresAt, after.Tenants = judged.Role, nil, nil
	if judged.Active && after.ActiveSince == nil {
		after.ActiveSince = &now
	}
	if end := access.End(&v1alpha1.TenantAccessGrant{Spec: grant.Spec, Status: after}, now.Time); !end.IsZero() && (judged.Active || after.ActiveSince != nil || grant.Spec.ExpiresAt != nil) {
		after.ExpiresAt = &metav1.Time{Time: end}
	}
	if after.Seats == 0 {
		after.Seats = int32(seen.Seats)
	}
	if seen.Tenants != nil {
		after.Tenants = new(int32(*seen.Tenants))
	}
	return after
}

// grantVerdict is what is said of a grant.
type grantVerdict struct {
	access.Standing
	ready   bool
	stalled bool
	reason  string
	message string
}

// judgeGrant: a grant that does what it says is Ready, also where that is to let nobody in.
func judgeGrant(grant *v1alpha1.TenantAccessGrant, seen GrantSeen) grantVerdict {
	if seen.NoPlace {
		return grantVerdict{stalled: true, reason: v1alpha1.ReasonNotAPlace,
			message: fmt.Sprintf("namespace %q is no tenant's place: make the grant in the namespace that status.namespace of the Tenant names", grant.Namespace)}
	}
	verdict := grantVerdict{Standing: seen.Standing, stalled: seen.Standing.Stalled, reason: seen.Standing.Reason, message: seen.Standing.Message}
	verdict.ready = !verdict.stalled && verdict.reason != v1alpha1.ReasonNoSeat
	switch {
	case verdict.Active && seen.AlreadyOwner:
		verdict.Active, verdict.Role = false, ""
		verdict.reason, verdict.message = v1alpha1.ReasonAlreadyOwner, "the subject is an admin of the partner's and owns every customer anyway; this delegation adds nothing"
	case verdict.Active && seen.Tenants != nil && *seen.Tenants == 0:
		verdict.message += "; no customer is selected yet"
	}
	return verdict
}
