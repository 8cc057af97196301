// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
)

func going(in desired.Inputs, seen Seen, _ []metav1.Condition) *verdict {
	if in.Tenant.DeletionTimestamp == nil {
		return nil
	}
	if seen.Problem != nil {
		return &verdict{phase: v1alpha1.PhaseTerminating, stalled: seen.Problem.Stalled, working: !seen.Problem.Stalled,
			reason: goingReason(in), message: seen.Problem.Message}
	}
	if in.Children > 0 && desired.RetainedUntil(in) == nil {
		return &verdict{phase: v1alpha1.PhaseTerminating, working: true, reason: v1alpha1.ReasonChildrenRemain,
			message: fmt.Sprintf("%s in namespace %q must be deleted first; they are suspended meanwhile",
				count(in.Children, "child tenant"), desired.NamespaceName(in))}
	}
	if desired.RetainedUntil(in) != nil {
		return &verdict{phase: v1alpha1.PhaseTerminating, working: true, reason: v1alpha1.ReasonRetaining,
			message: fmt.Sprintf("namespace %q is being closed, and is kept then", desired.NamespaceName(in))}
	}
	return &verdict{phase: v1alpha1.PhaseTerminating, working: true, reason: v1alpha1.ReasonPurging,
		message: purging(desired.NamespaceName(in), seen.Remaining)}
}

// goingReason is what becomes of the place of a tenant that is deleted.
func goingReason(in desired.Inputs) string {
	if desired.RetainedUntil(in) != nil {
		return v1alpha1.ReasonRetaining
	}
	return v1alpha1.ReasonPurging
}

// purging says that a namespace is going, and what it waits for if Kubernetes says so.
func purging(namespace, remaining string) string {
	message := fmt.Sprintf("namespace %q is being deleted with everything in it", namespace)
	if remaining != "" {
		message += "; Kubernetes waits: " + remaining
	}
	return message
}

func refused(_ desired.Inputs, seen Seen, _ []metav1.Condition) *verdict {
	if seen.Refusal == nil {
		return nil
	}
	return &verdict{phase: v1alpha1.PhasePending, stalled: seen.Refusal.Stalled,
		reason: seen.Refusal.Reason, message: seen.Refusal.Message}
}

func failed(_ desired.Inputs, seen Seen, _ []metav1.Condition) *verdict {
	if seen.Problem == nil {
		return nil
	}
	return &verdict{phase: seen.Problem.Phase, stalled: seen.Problem.Stalled, working: seen.Problem.Working,
		reason: seen.Problem.Reason, message: seen.Problem.Message}
}

func provisioning(in desired.Inputs, seen Seen, _ []metav1.Condition) *verdict {
	if seen.Waiting == "" {
		return nil
	}
	phase := v1alpha1.PhaseProvisioning
	if in.Closed() {
		phase = v1alpha1.PhaseSuspended
	}
	return &verdict{phase: phase, working: true, reason: v1alpha1.ReasonProvisioning, message: seen.Waiting}
}

func suspended(in desired.Inputs, _ Seen, _ []metav1.Condition) *verdict {
	if in.Tenant.Spec.Suspend {
		return &verdict{phase: v1alpha1.PhaseSuspended, ready: true, reason: v1alpha1.ReasonSuspended,
			message: "nobody gets in and nothing runs; data stays; set spec.suspend to false to resume"}
	}
	if by := in.ClosedBy(); by != nil {
		return &verdict{phase: v1alpha1.PhaseSuspended, ready: true, reason: v1alpha1.ReasonParentSuspended,
			message: fmt.Sprintf("partner %q is suspended or being deleted; this tenant resumes with it", by.Name)}
	}
	return nil
}

// unresolved: what a plan or a brand says is not known, so the tenant is not what it should be.
func unresolved(_ desired.Inputs, _ Seen, parts []metav1.Condition) *verdict {
	for _, part := range parts {
		if part.Status == metav1.ConditionFalse && part.Reason == v1alpha1.ReasonUnresolved && part.Type != v1alpha1.ConditionDomainSecure {
			return &verdict{phase: v1alpha1.PhasePending, reason: v1alpha1.ReasonUnresolved, message: part.Message}
		}
	}
	return nil
}

func hostless(in desired.Inputs, _ Seen, _ []metav1.Condition) *verdict {
	if in.Host.Held {
		return nil
	}
	message := desired.Reserved(in)
	switch host := desired.Host(in); {
	case message != "":
	case in.Host.HolderNamespace == in.Tenant.Namespace:
		message = fmt.Sprintf("host %q is held by tenant %q; set another spec.domain.subdomain, or wait until it is released", host, in.Host.HolderName)
	default:
		// Who else is there is nobody's business.
		message = fmt.Sprintf("host %q is held by another tenant; set another spec.domain.subdomain, or wait until it is released", host)
	}
	return &verdict{phase: v1alpha1.PhasePending, reason: v1alpha1.ReasonHostConflict, message: message}
}

// degraded: the place is open, and a part of it is not as asked.
func degraded(_ desired.Inputs, _ Seen, parts []metav1.Condition) *verdict {
	for _, part := range parts {
		if part.Status == metav1.ConditionFalse {
			return &verdict{phase: v1alpha1.PhaseDegraded, ready: true, reason: part.Reason, message: part.Message}
		}
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
