// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
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
			message: childrenRemain(in.Children, desired.NamespaceName(in))}
	}
	if desired.RetainedUntil(in) != nil {
		return &verdict{phase: v1alpha1.PhaseTerminating, working: true, reason: v1alpha1.ReasonRetaining,
			message: fmt.Sprintf("namespace %q is being closed, and is kept then", desired.NamespaceName(in))}
	}
	return &verdict{phase: v1alpha1.PhaseTerminating, working: true, reason: v1alpha1.ReasonPurging,
		message: purging(desired.NamespaceName(in), seen.Remaining)}
}

// childrenRemain says what to do about the children that a purge waits for, there or kept.
func childrenRemain(children int, namespace string) string {
	return fmt.Sprintf("%s in namespace %q must go first, and are suspended meanwhile: delete those that are there, and purge those that are kept; `kubectl get tenants,retainedtenants -n %s` lists them",
		count(children, "child tenant"), namespace, namespace)
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

// seeding: the place is there, and not yet what a new tenant's is to begin with. One without its host is told of that
// first: what is copied may wait for it.
func seeding(in desired.Inputs, _ Seen, _ []metav1.Condition) *verdict {
	if len(in.Seeding) == 0 || !in.Host.Held {
		return nil
	}
	phase := v1alpha1.PhaseProvisioning
	if in.Closed() {
		phase = v1alpha1.PhaseSuspended
	}
	return &verdict{phase: phase, working: true, reason: v1alpha1.ReasonProvisioning,
		message: fmt.Sprintf("MasterTenantSync %s of trigger OnCreate must have brought its objects first: `kubectl get mastertenantsyncs -n %s` says what it waits for",
			strings.Join(in.Seeding, ", "), in.Tenant.Namespace)}
}

func suspended(in desired.Inputs, _ Seen, _ []metav1.Condition) *verdict {
	if in.Tenant.Spec.Suspend {
		return &verdict{phase: v1alpha1.PhaseSuspended, ready: true, reason: v1alpha1.ReasonSuspended,
			message: "nobody gets in and nothing runs; data stays; set spec.suspend to false to resume"}
	}
	if in.License.TrialOver {
		return &verdict{phase: v1alpha1.PhaseSuspended, ready: true, reason: v1alpha1.ReasonTrialEnded, message: trialEnded(in)}
	}
	if by := in.ClosedBy(); by != nil {
		return &verdict{phase: v1alpha1.PhaseSuspended, ready: true, reason: v1alpha1.ReasonParentSuspended,
			message: fmt.Sprintf("partner %q is suspended or being deleted; this tenant resumes with it", by.Name)}
	}
	return nil
}

// unresolved: what a plan or a brand says is not known, so the tenant is not what it should be. One that runs goes on to without its
// brand, and is degraded.
func unresolved(in desired.Inputs, _ Seen, parts []metav1.Condition) *verdict {
	for _, part := range parts {
		if part.Type == v1alpha1.ConditionWhiteLabelReady && ran(in.Tenant) {
			continue
		}
		if part.Status == metav1.ConditionFalse && part.Reason == v1alpha1.ReasonUnresolved && part.Type != v1alpha1.ConditionDomainSecure {
			return &verdict{phase: v1alpha1.PhasePending, reason: v1alpha1.ReasonUnresolved, message: part.Message}
		}
	}
	return nil
}

// ran says that the tenant's place has been complete before.
func ran(tenant *v1alpha1.Tenant) bool {
	return slices.Contains([]v1alpha1.TenantPhase{v1alpha1.PhaseActive, v1alpha1.PhaseDegraded, v1alpha1.PhaseSuspended}, tenant.Status.Phase)
}

// exhausted: the place is open, with less than is asked for.
func exhausted(in desired.Inputs, _ Seen, parts []metav1.Condition) *verdict {
	license := meta.FindStatusCondition(parts, v1alpha1.ConditionLicenseReady)
	if !in.License.Waiting || license == nil {
		return nil
	}
	return &verdict{phase: v1alpha1.PhaseDegraded, reason: license.Reason, message: license.Message}
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
