// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/standing"
)

var (
	secrets   = schema.GroupResource{Resource: "secrets"}
	ingresses = schema.GroupResource{Group: "networking.k8s.io", Resource: "ingresses"}
)

func forbidden(message string) error {
	return apierrors.NewForbidden(secrets, "tenant-admin", errors.New(message))
}

func namespaceTerminating() error {
	err := apierrors.NewForbidden(secrets, "tenant-admin", errors.New("unable to create new content in namespace acme-cybercorp because it is being terminated"))
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause, Message: "namespace acme-cybercorp is being terminated", Field: "metadata.namespace"}}
	return err
}

func deniedByWebhook() error {
	return apierrors.NewBadRequest(`admission webhook "validate.nginx.ingress.kubernetes.io" denied the request: host "shop.tenantry.example" and path "/" is already defined in ingress globex-hooli/portal`)
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		want standing.Problem // its message is the parts that must be said
	}{
		{"a namespace that is another's",
			&apply.ConflictError{Kind: "Namespace", Name: "acme-cybercorp"},
			standing.Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Stalled: true, Message: `namespace "acme-cybercorp"|left alone|under another name`}},
		{"a namespace that is another's and going",
			&apply.ConflictError{Kind: "Namespace", Name: "acme-cybercorp", Terminating: true},
			standing.Problem{Reason: v1alpha1.ReasonNamespaceConflict, Phase: v1alpha1.PhasePending, Working: true, Message: "when it is gone"}},
		{"an object that is another's",
			&apply.ConflictError{Kind: "ConfigMap", Namespace: "acme-cybercorp", Name: "tenantry"},
			standing.Problem{Reason: v1alpha1.ReasonObjectConflict, Phase: v1alpha1.PhaseDegraded, Stalled: true, Message: `ConfigMap "tenantry" in namespace "acme-cybercorp"|delete or rename it`}},
		{"an object that is another's and going",
			&apply.ConflictError{Kind: "ConfigMap", Namespace: "acme-cybercorp", Name: "tenantry", Terminating: true},
			standing.Problem{Reason: v1alpha1.ReasonObjectConflict, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "when it is gone"}},
		{"an object of ours that is going",
			&apply.TerminatingError{Kind: "Namespace", Name: "acme-cybercorp"},
			standing.Problem{Reason: v1alpha1.ReasonProvisioning, Phase: v1alpha1.PhaseProvisioning, Working: true, Message: `Namespace "acme-cybercorp" is being deleted|when it is gone`}},
		{"an object in a namespace that is going", namespaceTerminating(),
			standing.Problem{Reason: v1alpha1.ReasonProvisioning, Phase: v1alpha1.PhaseProvisioning, Working: true, Message: "namespace is being deleted|when it is gone"}},
		{"a quota that is full", forbidden("exceeded quota: tenantry, requested: secrets=1, used: secrets=100, limited: secrets=100"),
			standing.Problem{Reason: v1alpha1.ReasonQuotaBlocked, Phase: v1alpha1.PhaseDegraded, Message: "raise spec.limits or delete something|secrets=100"}},
		{"a right that the operator lacks", forbidden("no"),
			standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "tries again by itself|is forbidden"}},
		{"an object that is not valid",
			apierrors.NewInvalid(schema.GroupKind{Kind: "Service"}, "portal", field.ErrorList{field.Required(field.NewPath("spec", "ports"), "")}),
			standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "spec.ports"}},
		{"a request that is not one", apierrors.NewBadRequest("no"),
			standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "refuses"}},
		{"a webhook that says no", deniedByWebhook(),
			standing.Problem{Reason: v1alpha1.ReasonFailed, Phase: v1alpha1.PhaseDegraded, Working: true, Message: "an admission webhook denied the request|operator's log"}},
	} {
		for wrapping, err := range map[string]error{"": test.err, ", wrapped": fmt.Errorf("creating it: %w", test.err)} {
			t.Run(test.name+wrapping, func(t *testing.T) {
				got := standing.Explain(err)
				if got == nil {
					t.Fatal("it is not explained")
				}
				for part := range strings.SplitSeq(test.want.Message, "|") {
					if !strings.Contains(got.Message, part) {
						t.Errorf("%q does not say %q", got.Message, part)
					}
				}
				want := test.want
				want.Message = got.Message
				if *got != want {
					t.Errorf("got  %+v\nwant %+v", *got, want)
				}
			})
		}
	}
}

// What passes by itself is tried again, and nobody is told.
func TestExplainHasNothingToSayOf(t *testing.T) {
	for name, err := range map[string]error{
		"no error":            nil,
		"a time-out":          context.DeadlineExceeded,
		"a server's time-out": apierrors.NewTimeoutError("the server was slow", 1),
		"a busy server":       apierrors.NewTooManyRequests("later", 1),
		"a server's fault":    apierrors.NewInternalError(errors.New("oops")),
		"a stale view":        apierrors.NewConflict(ingresses, "portal", errors.New("modified")),
		"a lost race":         apierrors.NewAlreadyExists(ingresses, "portal"),
		"an object that went": apierrors.NewNotFound(ingresses, "portal"),
		"a broken connection": errors.New("connection reset by peer"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := standing.Explain(err); got != nil {
				t.Errorf("got %+v", *got)
			}
		})
	}
}

func TestAWebhookNamesNobodyElse(t *testing.T) {
	if message := standing.Explain(deniedByWebhook()).Message; strings.Contains(message, "globex") {
		t.Error(message)
	}
}
