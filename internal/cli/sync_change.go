// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

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

// SyncChangeOptions changes what a sync does.
type SyncChangeOptions struct {
	// Name of the MasterTenantSync.
	Name string
	// Plan is the hash of the plan to carry out; empty for none.
	Plan string

	decide  func(o *SyncChangeOptions, sync *v1alpha1.MasterTenantSync) (step, error)
	writing *writing
	now     func() time.Time
	genericiooptions.IOStreams
}

// step is what a command does to one sync.
type step struct {
	fields []edit.Field
	// done and already say what the sync is now, and where there is nothing to do.
	done, already string
	// undo is the verb that undoes it; empty if none does.
	undo string
	// so says whether what the command is for has come to pass, and what it is like if not.
	so func(sync *v1alpha1.MasterTenantSync) (done bool, last string, err error)
}

func newSyncChangeCommand(streams genericiooptions.IOStreams, cluster cluster, words words, waits bool, decide func(*SyncChangeOptions, *v1alpha1.MasterTenantSync) (step, error)) (*cobra.Command, *SyncChangeOptions) {
	o := &SyncChangeOptions{IOStreams: streams, writing: newWriting(cluster), decide: decide, now: time.Now}
	cmd := &cobra.Command{
		Use:               words.use,
		Short:             words.short,
		Long:              words.long,
		Example:           words.example,
		Args:              oneSync,
		ValidArgsFunction: cluster.completeNames(syncs, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if err := o.writing.complete(cmd); err != nil {
				return usageError(cmd, err)
			}
			return o.Run(cmd.Context())
		},
	}
	o.writing.addFlags(cmd, waits)
	o.writing.addConflictsFlag(cmd)
	return cmd, o
}

func oneSync(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError(cmd, errors.New("name one sync"))
}

func newSyncPauseCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "pause NAME", short: "Stop a sync, and keep what it has brought", long: syncPauseLong, example: syncPauseExample}
	cmd, _ := newSyncChangeCommand(streams, cluster, words, false, pauseSync)
	return cmd
}

func newSyncResumeCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "resume NAME", short: "Have a sync go on that was paused or has halted", long: syncResumeLong, example: syncResumeExample}
	cmd, _ := newSyncChangeCommand(streams, cluster, words, false, resumeSync)
	return cmd
}

func newSyncRunCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	words := words{use: "run NAME", short: "Have a sync carry out what is to be done", long: syncRunLong, example: syncRunExample}
	cmd, o := newSyncChangeCommand(streams, cluster, words, true, runSync)
	cmd.Flags().StringVar(&o.Plan, "plan", "", "Carry out exactly the plan of this hash, as \"kubectl tenant sync plan\" shows it.")
	return cmd
}

// Run changes the sync, and waits for what it does, if asked to.
func (o *SyncChangeOptions) Run(ctx context.Context) error {
	cluster := o.writing.cluster
	found, err := cluster.find(ctx, syncs, o.Name)
	if err != nil {
		return err
	}
	before := found[0]
	sync, err := syncOf(before)
	if err != nil {
		return err
	}
	step, err := o.decide(o, sync)
	if err != nil {
		return err
	}
	fmt.Fprintln(o.ErrOut, cluster.target(before))
	name := named(before)
	if len(edit.Pending(before, step.fields)) == 0 {
		return o.writing.say(o.IOStreams, before, name+" "+step.already)
	}
	instead := cluster.command("sync", "status", o.Name)
	written, err := o.writing.change(ctx, syncs, before, step.fields, instead)
	if err != nil {
		return err
	}
	wet := o.writing.dryRun == cmdutil.DryRunNone
	if o.writing.wait && wet {
		if err := o.wait(ctx, written, step); err != nil {
			return err
		}
	}
	line := name + " " + step.done + o.writing.dry()
	if step.undo != "" && wet {
		line += "; undo with: " + cluster.command("sync", step.undo, o.Name)
	}
	return o.writing.say(o.IOStreams, written, line)
}

func (o *SyncChangeOptions) wait(ctx context.Context, written *unstructured.Unstructured, step step) error {
	return o.writing.until(ctx, o.writing.cluster.target(written)+": what was asked for", func(ctx context.Context) (bool, string, error) {
		now, err := o.writing.cluster.get(ctx, syncs, written.GetNamespace(), written.GetName())
		if err != nil {
			return false, "", err
		}
		sync, err := syncOf(now)
		if err != nil {
			return false, "", err
		}
		if sync.Status.ObservedGeneration < written.GetGeneration() {
			return false, "the operator has not looked at it yet", nil
		}
		return step.so(sync)
	})
}

func syncOf(object *unstructured.Unstructured) (*v1alpha1.MasterTenantSync, error) {
	sync := &v1alpha1.MasterTenantSync{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, sync); err != nil {
		return nil, fmt.Errorf("sync %s/%s is none that this version of the plugin understands: %w", object.GetNamespace(), object.GetName(), err)
	}
	return sync, nil
}

// request is a value of a field that asks for something once.
func (o *SyncChangeOptions) request() string { return strconv.FormatInt(o.now().UnixMilli(), 10) }

func pauseSync(_ *SyncChangeOptions, sync *v1alpha1.MasterTenantSync) (step, error) {
	if sync.Spec.Suspend {
		return step{already: "is paused already"}, nil
	}
	return step{fields: []edit.Field{edit.Set(true, "spec", "suspend")}, done: "paused", undo: "resume", so: observed}, nil
}

func resumeSync(o *SyncChangeOptions, sync *v1alpha1.MasterTenantSync) (step, error) {
	next := step{done: "resumed", undo: "pause", so: observed}
	if sync.Spec.Suspend {
		next.fields = append(next.fields, edit.Unset("spec", "suspend"))
	}
	if sync.Status.HaltedAt != nil {
		next.fields = append(next.fields, edit.Set(o.request(), "spec", "rollout", "resume"))
	}
	next.already = "is neither paused nor halted"
	return next, nil
}

// observed says that the operator has looked at it, which is all that is waited for.
func observed(*v1alpha1.MasterTenantSync) (bool, string, error) { return true, "", nil }

func runSync(o *SyncChangeOptions, sync *v1alpha1.MasterTenantSync) (step, error) {
	refused := func(why, hint string) (step, error) {
		return step{}, &failure{code: exitUsage, err: errors.New("sync " + sync.Namespace + "/" + sync.Name + " " + why), hint: o.writing.cluster.command("sync", hint, sync.Name)}
	}
	switch {
	case sync.Spec.Suspend:
		return refused("is paused", "resume")
	case sync.Status.HaltedAt != nil:
		return refused("has halted", "resume")
	case o.Plan != "":
		return step{
			fields: []edit.Field{edit.Set(o.Plan, "spec", "approvedPlan")}, done: "has carried out plan " + o.Plan, already: "has plan " + o.Plan + " approved already",
			so: func(sync *v1alpha1.MasterTenantSync) (bool, string, error) { return carriedOut(sync, o.Plan) },
		}, nil
	case sync.Spec.Mode == v1alpha1.SyncPlan:
		return refused("only plans: look at the plan, and run it with --plan", "plan")
	case sync.Spec.Trigger != v1alpha1.TriggerManual:
		return refused("runs by itself: its trigger is "+string(sync.Spec.Trigger), "status")
	}
	request := o.request()
	return step{
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
