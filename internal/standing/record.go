// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/status"
)

// Kept is what became of the place of a deleted tenant when it was last worked on.
type Kept struct {
	// Problem is what went wrong.
	Problem *Problem
	// Deleting says that the deleted Tenant itself is still there: nothing is done yet.
	Deleting bool
	// Gone says that the record has nothing left to speak of.
	Gone bool
	// Restoring says that the Tenant was made again.
	Restoring bool
	// Hindered is the Tenant in whose way a restoration would be; nil if there is none.
	Hindered *v1alpha1.Tenant
	// Waiting says what must happen before the place is closed; empty if it is.
	Waiting string
	// Purging says that the place is going.
	Purging bool
	// Remaining says what keeps the namespace meanwhile; empty if nothing is known to.
	Remaining string
}

// OfRecord is the status of a RetainedTenant. Now is the time of a change of a condition.
func OfRecord(in desired.Inputs, record *v1alpha1.RetainedTenant, seen Kept, now metav1.Time) v1alpha1.RetainedTenantStatus {
	judged := judgeRecord(in, record, seen)
	conditions := []metav1.Condition{status.Condition(v1alpha1.ConditionReady, judged.ready, judged.reason, judged.message)}
	if judged.working {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionReconciling, true, judged.reason, judged.message))
	}
	if judged.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, judged.reason, judged.message))
	}
	return v1alpha1.RetainedTenantStatus{
		ObservedGeneration: record.Generation,
		Conditions:         status.Conditions(record.Status.Conditions, conditions, record.Generation, now),
	}
}

func judgeRecord(in desired.Inputs, record *v1alpha1.RetainedTenant, seen Kept) verdict {
	switch {
	case seen.Problem != nil:
		return verdict{stalled: seen.Problem.Stalled, working: seen.Problem.Working, reason: seen.Problem.Reason, message: seen.Problem.Message}
	case seen.Hindered != nil:
		return verdict{stalled: true, reason: v1alpha1.ReasonRetained,
			message: fmt.Sprintf("a Tenant %q exists: delete it, or have it take the place back by setting its spec.restoreFrom.uid to %q", record.Name, record.Spec.UID)}
	case seen.Waiting != "":
		return verdict{working: true, reason: v1alpha1.ReasonProvisioning, message: seen.Waiting}
	case seen.Restoring:
		return verdict{working: true, reason: v1alpha1.ReasonProvisioning, message: "the Tenant was made again and takes its place back"}
	case seen.Purging && in.Children > 0:
		return verdict{working: true, reason: v1alpha1.ReasonChildrenRemain,
			message: childrenRemain(in.Children, record.Spec.Namespace)}
	case seen.Purging:
		return verdict{working: true, reason: v1alpha1.ReasonPurging,
			message: purging(record.Spec.Namespace, seen.Remaining)}
	}
	return verdict{ready: true, reason: v1alpha1.ReasonRetained,
		message: fmt.Sprintf("namespace %q is kept, closed, until %s; set spec.action to Restore or Purge, or make Tenant %q again",
			record.Spec.Namespace, record.Spec.Until.UTC().Format(time.RFC3339), record.Name)}
}
