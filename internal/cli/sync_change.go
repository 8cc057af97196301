// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/cli/edit"
)

const (
	syncPauseLong = `Stop a sync: it brings nothing more, and what it has brought stays.`

	syncPauseExample = `  kubectl tenant sync pause baseline -n acme`

	syncResumeLong = `Have a sync go on that was paused, or that halted since too many tenants had failed: what kept it from them should be mended first, as
"kubectl tenant sync status" says.`

	syncResumeExample = `  kubectl tenant sync resume baseline -n acme`

	syncRunLong = `Have a sync carry out what is to be done now: one with trigger Manual, or with --plan exactly the plan of that hash, and nothing of it where the
world has changed since (it exits with 5 then). A sync with trigger Continuous runs by itself.

It returns when all tenants have what the sync carries.`

	syncRunExample = `  # A sync with trigger Manual
  kubectl tenant sync run baseline -n acme

  # A plan that was looked at
  kubectl tenant sync plan baseline -n acme
  kubectl tenant sync run baseline -n acme --plan sha256:3f2a…`
)

type (
	syncOptions = StepOptions[v1alpha1.MasterTenantSync]
	syncStep    = step[v1alpha1.MasterTenantSync]
)

func newSyncPauseCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "pause NAME", short: "Stop a sync, and keep what it has brought", long: syncPauseLong, example: syncPauseExample}
	return newStepOptions[v1alpha1.MasterTenantSync](streams, cluster, "sync", syncs).command(words, false, pauseSync)
}

func newSyncResumeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "resume NAME", short: "Have a sync go on that was paused or has halted", long: syncResumeLong, example: syncResumeExample}
	return newStepOptions[v1alpha1.MasterTenantSync](streams, cluster, "sync", syncs).command(words, false, resumeSync)
}

func newSyncRunCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "run NAME", short: "Have a sync carry out what is to be done", long: syncRunLong, example: syncRunExample}
	var plan string
	o := newStepOptions[v1alpha1.MasterTenantSync](streams, cluster, "sync", syncs)
	cmd := o.command(words, true, func(o *syncOptions, sync *v1alpha1.MasterTenantSync) (syncStep, error) { return runSync(o, sync, plan) })
	cmd.Flags().StringVar(&plan, "plan", "", "Carry out exactly the plan of this hash, as \"kubectl tenant sync plan\" shows it.")
	return cmd
}

func pauseSync(_ *syncOptions, sync *v1alpha1.MasterTenantSync) (syncStep, error) {
	if sync.Spec.Suspend {
		return syncStep{already: "is paused already"}, nil
	}
	return syncStep{fields: []edit.Field{edit.Set(true, "spec", "suspend")}, done: "paused", undo: "resume"}, nil
}

func resumeSync(o *syncOptions, sync *v1alpha1.MasterTenantSync) (syncStep, error) {
	next := syncStep{done: "resumed", undo: "pause"}
	if sync.Spec.Suspend {
		next.fields = append(next.fields, edit.Unset("spec", "suspend"))
	}
	if sync.Status.HaltedAt != nil {
		next.fields = append(next.fields, edit.Set(o.request(), "spec", "rollout", "resume"))
	}
	next.already = "is neither paused nor halted"
	return next, nil
}

func runSync(o *syncOptions, sync *v1alpha1.MasterTenantSync, plan string) (syncStep, error) {
	refused := func(why, hint string) (syncStep, error) {
		return syncStep{}, o.refuse(sync.Namespace+"/"+sync.Name, why, hint)
	}
	switch {
	case sync.Spec.Suspend:
		return refused("is paused", "resume")
	case sync.Status.HaltedAt != nil:
		return refused("has halted", "resume")
	case plan != "":
		return syncStep{
			fields: []edit.Field{edit.Set(plan, "spec", "approvedPlan")}, done: "has carried out plan " + plan, already: "has plan " + plan + " approved already",
			so: func(sync *v1alpha1.MasterTenantSync) (bool, string, error) { return carriedOut(sync, plan) },
		}, nil
	case sync.Spec.Mode == v1alpha1.SyncPlan:
		return refused("only plans: look at the plan, and run it with --plan", "plan")
	case sync.Spec.Trigger != v1alpha1.TriggerManual:
		return refused("runs by itself: its trigger is "+string(sync.Spec.Trigger), "status")
	}
	request := o.request()
	return syncStep{
		fields: []edit.Field{edit.Set(request, "spec", "run")}, done: "has run",
		so: func(sync *v1alpha1.MasterTenantSync) (bool, string, error) { return hasRun(sync, request) },
	}, nil
}

// hasRun says whether a Manual sync has brought everything that it carried when it was asked to run.
func hasRun(sync *v1alpha1.MasterTenantSync, request string) (done bool, last string, err error) {
	if string(sync.Status.ObservedRun) != request {
		return false, "it has not begun", nil
	}
	return ended(sync)
}

// carriedOut says whether a plan was carried out.
func carriedOut(sync *v1alpha1.MasterTenantSync, plan string) (done bool, last string, err error) {
	ready := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Reason == v1alpha1.ReasonPlanStale {
		return false, "", &failure{code: exitConflict, err: errors.New(ready.Reason + ": " + ready.Message), hint: display + " sync plan " + sync.Name + " -n " + sync.Namespace}
	}
	approved := sync.Status.Approved
	if approved == nil || string(approved.Hash) != plan {
		return false, "it has not begun", nil
	}
	if approved.CompletedAt != nil {
		return true, "", nil
	}
	return ended(sync)
}

// ended says whether a sync has come to its end, and fails if that is another than was asked for.
func ended(sync *v1alpha1.MasterTenantSync) (done bool, last string, err error) {
	ready := meta.FindStatusCondition(sync.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return false, "the operator has not looked at it yet", nil
	}
	last = syncedOf(sync.Status.Progress) + " tenants, " + ready.Reason
	switch {
	case ready.Status == metav1.ConditionTrue:
		return true, "", nil
	case sync.Status.HaltedAt != nil, ready.Reason == v1alpha1.ReasonFailed, meta.IsStatusConditionTrue(sync.Status.Conditions, v1alpha1.ConditionStalled):
		return false, "", &failure{code: exitFailure, err: errors.New(ready.Reason + ": " + ready.Message), hint: display + " sync status " + sync.Name + " -n " + sync.Namespace}
	default:
		return false, last, nil
	}
}
