// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Problem is an error that is worth telling the tenant's owner.
type Problem struct {
	Reason  string
	Message string
	Phase   v1alpha1.TenantPhase
	// Stalled says that nothing goes on until a person acts.
	Stalled bool
	// Working says that it goes on by itself.
	Working bool
}

// Explain says what an error of applying means for the tenant; nil if it is a passing one that
// the next attempt mends and nobody needs to hear of.
func Explain(err error) *Problem {
	var conflict *apply.ConflictError
	var terminating *apply.TerminatingError
	switch {
	case errors.As(err, &conflict):
		return explainConflict(conflict)
	case errors.As(err, &terminating):
		return &Problem{Reason: v1alpha1.ReasonProvisioning, Phase: v1alpha1.PhaseProvisioning, Working: true, Message: terminating.Error()}
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return &Problem{Reason: v1alpha1.ReasonProvisioning, Phase: v1alpha1.PhaseProvisioning, Working: true,
			Message: "the tenant's namespace is being deleted and is made again when it is gone"}
	case NoRoom(err):
		return &Problem{Reason: v1alpha1.ReasonQuotaBlocked, Phase: v1alpha1.PhaseDegraded,
			Message: fmt.Sprintf("a full quota in the place keeps the operator from its work; raise spec.limits or delete something: %v", err)}
	case apierrors.IsForbidden(err), apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return &Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true,
			Message: "the API server refuses what the operator makes; it tries again by itself: " + told(err)}
	}
	return nil
}

// NoRoom says whether a quota that is full is why something could not be made.
func NoRoom(err error) bool {
	return apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota")
}

// told is what a tenant's owner may hear of a refusal. An admission webhook may name whom else it
// knows: an ingress controller's says whose route has the host.
func told(err error) string {
	if strings.Contains(err.Error(), "admission webhook") {
		return "an admission webhook denied the request; the operator's log says why"
	}
	return err.Error()
}

func explainConflict(conflict *apply.ConflictError) *Problem {
	if conflict.Kind == "Namespace" && conflict.Terminating {
		return &Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Working: true,
			Message: fmt.Sprintf("namespace %q of a former owner is being deleted; the tenant is made when it is gone", conflict.Name)}
	}
	if conflict.Kind == "Namespace" {
		return &Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Stalled: true,
			Message: fmt.Sprintf("namespace %q exists and is not this tenant's; it was left alone: make the tenant under another name, or have the namespace removed", conflict.Name)}
	}
	if conflict.Terminating {
		return &Problem{Reason: v1alpha1.ReasonObjectConflict, Phase: v1alpha1.PhaseDegraded, Working: true,
			Message: conflict.Error() + "; it is being deleted, and the operator's own is made when it is gone"}
	}
	return &Problem{Reason: v1alpha1.ReasonObjectConflict, Phase: v1alpha1.PhaseDegraded, Stalled: true,
		Message: conflict.Error() + "; delete or rename it"}
}
