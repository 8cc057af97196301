// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package expiry decides when somebody is warned that their access is about to end: 30, 7 and 1 day
// before, each once. It is pure. What was warned of is kept in the grant's status.
package expiry

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const day = 24 * time.Hour

// thresholds are the days before the end at which there is a warning, the last first. An access that is
// no longer than a threshold as a whole is not warned of at it.
var thresholds = []int32{1, 7, 30}

// Inputs are all that a decision depends on.
type Inputs struct {
	// Grant whose subject is warned.
	Grant *v1alpha1.TenantAccessGrant
	// Admitted says that the grant lets its subject in: nobody is warned of the end of what they have not.
	Admitted bool
	// Mail says that warnings are mailed too.
	Mail bool
	// Now is the time.
	Now time.Time
}

// Decision is what is to be done.
type Decision struct {
	// Warning to be kept in the grant's status; nil if none was due yet. It is as it is kept already if
	// nothing is to be done.
	Warning *v1alpha1.ExpiryWarningStatus
	// Tell says that the warning is new, and an event is to tell it.
	Tell bool
	// Mail says that the warning is to be mailed.
	Mail bool
	// Next is when to look again; zero where only a change helps.
	Next time.Time
}

// Decide says whether to warn. Where several warnings were missed, the nearest to the end is given alone.
func Decide(in Inputs) Decision {
	grant := in.Grant
	kept := grant.Status.ExpiryWarning
	if !in.Admitted || grant.Status.ExpiresAt == nil || !in.Now.Before(grant.Status.ExpiresAt.Time) {
		return Decision{Warning: kept}
	}
	end := grant.Status.ExpiresAt.Time
	due, next := current(end, end.Sub(begin(grant)), in.Now)
	decision := Decision{Warning: kept, Next: next}
	if due == 0 {
		return decision
	}
	if kept == nil || !kept.ExpiresAt.Time.Equal(end) || kept.Days > due {
		decision.Warning, decision.Tell = &v1alpha1.ExpiryWarningStatus{Days: due, ExpiresAt: metav1.NewTime(end)}, true
	}
	decision.Mail = in.Mail && grant.Spec.Email != "" && decision.Warning.MailedAt == nil
	return decision
}

// current is the threshold that was passed last, 0 if none was, and when the next one is.
func current(end time.Time, whole time.Duration, now time.Time) (due int32, next time.Time) {
	for _, days := range thresholds {
		before := time.Duration(days) * day
		if whole <= before {
			break
		}
		at := end.Add(-before)
		if !now.Before(at) {
			return days, next
		}
		next = at
	}
	return 0, next
}

// begin is since when the access lasts.
func begin(grant *v1alpha1.TenantAccessGrant) time.Time {
	if grant.Status.ActiveSince != nil {
		return grant.Status.ActiveSince.Time
	}
	return grant.CreationTimestamp.Time
}

// DaysLeft are the days until the end that a mail speaks of, begun ones included.
func DaysLeft(end, now time.Time) int {
	return max(1, int((end.Sub(now)+day-1)/day))
}
