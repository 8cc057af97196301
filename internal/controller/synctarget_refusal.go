// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/tenantry/tenantry/internal/replicas"
)

// refusal is why the API server will not take what is written until a person acts; empty if it may the next time. What
// it says may quote what was written: it is told by its kind alone.
func refusal(err error) string {
	switch {
	case err == nil, apierrors.IsConflict(err), apierrors.IsAlreadyExists(err), errors.Is(err, replicas.ErrGone), placeGoes(err):
		return ""
	case errors.Is(err, replicas.ErrOwn):
		return "what stands in its place is kept by a controller or by the operator, or the tenant's own syncs carry it: rename the object in the master's place"
	case errors.Is(err, replicas.ErrFixed):
		return "the tenant's own object in its place is immutable, or a Secret of another type: rename or delete that"
	case apierrors.IsForbidden(err) && strings.Contains(err.Error(), "exceeded quota"):
		return "the tenant's quota is full: delete what it does not need, or raise its limits"
	case strings.Contains(err.Error(), "denied request"), strings.Contains(err.Error(), "denied the request"): // with whichever code
		return "an admission policy of this cluster refuses it here: correct the object in the master's place, or the policy"
	case apierrors.IsForbidden(err):
		return "the operator may not write it here: give its account the right to (docs/how-to/sync-customers.md), or look at the cluster's admission policies"
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return "the API server takes it for invalid: correct the object in the master's place"
	case apierrors.IsRequestEntityTooLargeError(err):
		return "it is too large: divide it into several objects"
	case meta.IsNoMatchError(err), apierrors.IsNotFound(err):
		return "this cluster does not serve its kind: leave it out, or ask the operator of this cluster"
	}
	return ""
}

// placeGoes says that a write failed because the place is being deleted, or is gone: that is no failure of the sync's.
func placeGoes(err error) bool {
	var answer apierrors.APIStatus
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) ||
		apierrors.IsNotFound(err) && errors.As(err, &answer) && answer.Status().Details != nil && answer.Status().Details.Kind == "namespaces"
}
