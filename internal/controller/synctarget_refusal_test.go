// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
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
	"github.com/tenantry/tenantry/internal/replicas"
)

// Errors of the API server's, each about a ConfigMap that says "hunter2".
var (
	configMaps = schema.GroupResource{Resource: "configmaps"}
	outdated   = apierrors.NewConflict(configMaps, "motd", errors.New("hunter2"))
	invalid    = apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "motd", field.ErrorList{field.Invalid(field.NewPath("data"), "hunter2", "is no good")})
)

func TestARefusalIsToldByItsKindAndNothingOfTheContent(t *testing.T) {
	forbidden := func(why string) error { return apierrors.NewForbidden(configMaps, "motd", errors.New(why+" hunter2")) }
	policy := apierrors.NewInvalid(schema.GroupKind{Kind: "ConfigMap"}, "motd", field.ErrorList{field.Invalid(field.NewPath("data"), "hunter2",
		"ValidatingAdmissionPolicy 'small' with binding 'small' denied request: too large")})
	terminating := apierrors.NewForbidden(configMaps, "motd", errors.New("because it is being terminated"))
	terminating.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	for name, one := range map[string]struct {
		err  error
		says string
	}{
		"no error":                          {nil, ""},
		"another version":                   {outdated, ""},
		"it is there":                       {apierrors.NewAlreadyExists(configMaps, "motd"), ""},
		"the API server is busy":            {apierrors.NewInternalError(errors.New("hunter2")), ""},
		"a full quota":                      {forbidden("exceeded quota: small"), "quota is full"},
		"no right":                          {forbidden("cannot create"), "may not write it"},
		"a policy":                          {policy, "admission policy"},
		"a policy that says it is no right": {forbidden("ValidatingAdmissionPolicy 'small' with binding 'small' denied request:"), "admission policy"},
		"a webhook":                         {forbidden(`admission webhook "small.example.com" denied the request:`), "admission policy"},
		"what is invalid":                   {invalid, "invalid"},
		"what is too large":                 {apierrors.NewRequestEntityTooLargeError("hunter2"), "too large"},
		"a kind that is not served":         {apierrors.NewNotFound(configMaps, "motd"), "does not serve"},
		"a place that is going":             {terminating, ""},
		"a place that is gone":              {apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "acme-cybercorp"), ""},
		"something else was written over":   {replicas.ErrGone, ""},
		"the tenant's own that is kept":     {replicas.ErrOwn, "kept by a controller"},
		"the tenant's own that is fixed":    {replicas.ErrFixed, "immutable"},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := one.err
			if wrapped != nil {
				wrapped = fmt.Errorf("creating it: %w", one.err)
			}
			told := refusal(wrapped)
			if (told == "") != (one.says == "") || !strings.Contains(told, one.says) || strings.Contains(told, "hunter2") {
				t.Errorf("told %q, and is to tell %q", told, one.says)
			}
		})
	}
}

func TestOfASyncThatOnlyLooksATenantIsToldNothingBeforeItReachesIt(t *testing.T) {
	for mode, want := range map[syncMode]int{syncLook: 0, syncWrite: 1} {
		v := &visit{entries: map[string]v1alpha1.TenantSync{}}
		v.stumble(&post{sync: syncOfAcme("baseline"), mode: mode}, errors.New("no answer"))
		if len(v.entries) != want {
			t.Errorf("mode %d: told %+v", mode, v.entries)
		}
	}
}

func TestATenantIsToldOfWhatIsTriedAgainAndNotOfARace(t *testing.T) {
	failed := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncFailed, Reason: v1alpha1.ReasonContentRefused, Message: "it is too large"}
	synced := v1alpha1.TenantSync{Name: "baseline", State: v1alpha1.SyncSynced, Reached: true}
	for name, one := range map[string]struct {
		before v1alpha1.TenantSync
		err    error
		state  v1alpha1.SyncState
		told   string
	}{
		"the first time":              {v1alpha1.TenantSync{}, errors.New("hunter2"), v1alpha1.SyncPending, "tried again"},
		"what was synced":             {synced, errors.New("hunter2"), v1alpha1.SyncPending, "tried again"},
		"what needs a person":         {failed, errors.New("hunter2"), v1alpha1.SyncFailed, "it is too large"},
		"another version":             {synced, fmt.Errorf("updating it: %w", outdated), v1alpha1.SyncSynced, ""},
		"what the cache did not have": {synced, apierrors.NewAlreadyExists(configMaps, "motd"), v1alpha1.SyncSynced, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := &visit{entries: map[string]v1alpha1.TenantSync{"baseline": one.before}}
			v.stumble(&post{sync: syncOfAcme("baseline"), mode: syncLook}, one.err)
			entry := v.entries["baseline"]
			if entry.State != one.state || entry.Reached != one.before.Reached || !strings.Contains(entry.Message, one.told) || strings.Contains(entry.Message, "hunter2") {
				t.Errorf("told %+v", entry)
			}
		})
	}
}
