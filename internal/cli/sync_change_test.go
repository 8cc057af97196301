// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

func syncWith(change ...func(*v1alpha1.MasterTenantSync)) *v1alpha1.MasterTenantSync {
	sync := &v1alpha1.MasterTenantSync{ObjectMeta: metav1.ObjectMeta{Namespace: "acme", Name: "baseline"}}
	sync.Spec.Trigger, sync.Spec.Mode = v1alpha1.TriggerManual, v1alpha1.SyncApply
	for _, change := range change {
		change(sync)
	}
	return sync
}

func TestWhatACommandDoesToASync(t *testing.T) {
	paused := func(s *v1alpha1.MasterTenantSync) { s.Spec.Suspend = true }
	halted := func(s *v1alpha1.MasterTenantSync) { s.Status.HaltedAt = &metav1.Time{Time: noon} }
	plans := func(s *v1alpha1.MasterTenantSync) { s.Spec.Mode = v1alpha1.SyncPlan }
	continuous := func(s *v1alpha1.MasterTenantSync) { s.Spec.Trigger = v1alpha1.TriggerContinuous }
	type decide = func(*syncOptions, *v1alpha1.MasterTenantSync, string) (syncStep, error)
	alone := func(decide func(*syncOptions, *v1alpha1.MasterTenantSync) (syncStep, error)) decide {
		return func(o *syncOptions, sync *v1alpha1.MasterTenantSync, _ string) (syncStep, error) {
			return decide(o, sync)
		}
	}
	for name, test := range map[string]struct {
		decide decide
		plan   string
		sync   *v1alpha1.MasterTenantSync
		want   string
	}{
		"pause":                          {alone(pauseSync), "", syncWith(), "spec.suspend=true"},
		"pause one that is paused":       {alone(pauseSync), "", syncWith(paused), ""},
		"resume one that is paused":      {alone(resumeSync), "", syncWith(paused), "spec.suspend=<nil>"},
		"resume one that has halted":     {alone(resumeSync), "", syncWith(halted), "spec.rollout.resume=1795435200000"},
		"resume one that is both":        {alone(resumeSync), "", syncWith(paused, halted), "spec.suspend=<nil> spec.rollout.resume=1795435200000"},
		"resume one that is neither":     {alone(resumeSync), "", syncWith(), ""},
		"run":                            {runSync, "", syncWith(), "spec.run=1795435200000"},
		"run a plan":                     {runSync, "3f2a", syncWith(plans), "spec.approvedPlan=3f2a"},
		"run one that is paused":         {runSync, "3f2a", syncWith(paused), "sync acme/baseline is paused"},
		"run one that has halted":        {runSync, "", syncWith(halted), "sync acme/baseline has halted"},
		"run one that plans":             {runSync, "", syncWith(plans), "sync acme/baseline only plans: look at the plan, and run it with --plan"},
		"run one that runs by itself":    {runSync, "", syncWith(continuous), "sync acme/baseline runs by itself: its trigger is Continuous"},
		"run a plan of one that does so": {runSync, "3f2a", syncWith(continuous), "spec.approvedPlan=3f2a"},
	} {
		o := newStepOptions[v1alpha1.MasterTenantSync](genericiooptions.IOStreams{}, cluster{flags: genericclioptions.NewConfigFlags(false)}, "sync", syncs)
		o.now = func() time.Time { return noon }
		step, err := test.decide(o, test.sync, test.plan)
		var got string
		for _, field := range step.fields {
			got += fmt.Sprintf("%s=%v ", strings.Join(field.Path, "."), field.Value)
		}
		got = strings.TrimSpace(got)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestWhenASyncHasRun(t *testing.T) {
	ready := func(status metav1.ConditionStatus, reason string) func(*v1alpha1.MasterTenantSync) {
		return func(s *v1alpha1.MasterTenantSync) {
			s.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: status, Reason: reason, Message: "told"}}
			s.Status.Progress = &v1alpha1.SyncProgress{Current: 3, Total: 7}
		}
	}
	began := func(s *v1alpha1.MasterTenantSync) { s.Status.ObservedRun = "1" }
	approved := func(s *v1alpha1.MasterTenantSync) { s.Status.Approved = &v1alpha1.ApprovedPlan{Hash: "3f2a"} }
	completed := func(s *v1alpha1.MasterTenantSync) { s.Status.Approved.CompletedAt = &metav1.Time{Time: noon} }
	halted := func(s *v1alpha1.MasterTenantSync) { s.Status.HaltedAt = &metav1.Time{Time: noon} }
	ran := func(s *v1alpha1.MasterTenantSync) (bool, string, error) { return hasRun(s, "1") }
	planRan := func(s *v1alpha1.MasterTenantSync) (bool, string, error) { return carriedOut(s, "3f2a") }
	for name, test := range map[string]struct {
		so   func(*v1alpha1.MasterTenantSync) (bool, string, error)
		sync *v1alpha1.MasterTenantSync
		done bool
		last string
		code int
	}{
		"not begun":             {so: ran, sync: syncWith(ready(metav1.ConditionTrue, v1alpha1.ReasonSynced)), last: "it has not begun"},
		"at it":                 {so: ran, sync: syncWith(began, ready(metav1.ConditionFalse, v1alpha1.ReasonSyncing)), last: "3/7 tenants, Syncing"},
		"done":                  {so: ran, sync: syncWith(began, ready(metav1.ConditionTrue, v1alpha1.ReasonSynced)), done: true},
		"failed":                {so: ran, sync: syncWith(began, ready(metav1.ConditionFalse, v1alpha1.ReasonFailed)), code: exitFailure},
		"halted":                {so: ran, sync: syncWith(began, halted, ready(metav1.ConditionFalse, v1alpha1.ReasonHalted)), code: exitFailure},
		"another plan":          {so: planRan, sync: syncWith(ready(metav1.ConditionFalse, v1alpha1.ReasonPlanned)), last: "it has not begun"},
		"a plan, at it":         {so: planRan, sync: syncWith(approved, ready(metav1.ConditionFalse, v1alpha1.ReasonSyncing)), last: "3/7 tenants, Syncing"},
		"a plan that is done":   {so: planRan, sync: syncWith(approved, completed, ready(metav1.ConditionTrue, v1alpha1.ReasonSynced)), done: true},
		"a plan that was stale": {so: planRan, sync: syncWith(approved, ready(metav1.ConditionFalse, v1alpha1.ReasonPlanStale)), code: exitConflict},
	} {
		done, last, err := test.so(test.sync)
		code := 0
		if failed, ok := errors.AsType[*failure](err); ok {
			code = failed.code
		}
		if done != test.done || last != test.last || code != test.code {
			t.Errorf("%s: %v, %q, %v", name, done, last, err)
		}
	}
}
