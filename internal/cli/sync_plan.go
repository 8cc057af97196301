// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	syncPlanLong = `Show what a sync is about to do, and write nothing. It exits with 8 where there is something to do, with 0 where there is not, and with 1
where that is not known yet.

A sync whose mode is Plan does none of it before that plan is run; one whose mode is Apply is at it.`

	syncPlanExample = `  kubectl tenant sync plan baseline -n acme

  # What it would do first, as a script reads it
  kubectl tenant sync plan baseline -n acme -o jsonpath='{.status.plan}'`
)

func newSyncPlanCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, syncs)
	words := words{use: "plan NAME...", short: "Show what syncs are about to do", long: syncPlanLong, example: syncPlanExample}
	return o.showCommand(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return o.showPlans(known[v1alpha1.MasterTenantSync](o, found))
	})
}

// showPlans shows what syncs are about to do, and says so by its exit code.
func (o *BrowseOptions) showPlans(syncs []syncItem) error {
	if err := showPages(o, syncs, planOfSync); err != nil {
		return err
	}
	pending, unknown := 0, 0
	for _, sync := range syncs {
		switch {
		case !lookedAt(sync):
			unknown++
		case planned(sync.is.Status.Plan) != "":
			pending++
			if sync.is.Spec.Mode == v1alpha1.SyncPlan && !sync.is.Spec.Suspend {
				fmt.Fprintln(o.ErrOut, "carry it out with:", o.cluster.command("sync", "run", sync.is.Name, "--plan", string(sync.is.Status.Plan.Hash)))
			}
		}
	}
	switch {
	case unknown > 0:
		return fmt.Errorf("what %d of %d syncs are about to do is not known yet", unknown, len(syncs))
	case pending > 0:
		return exitStatus(exitPending)
	default:
		return nil
	}
}

// lookedAt says whether the operator has looked at a sync as it is, and this version of the plugin understands what it says of it.
func lookedAt(s syncItem) bool {
	return !s.unknown && s.is.Status.ObservedGeneration == s.is.Generation
}

// planOfSync says what a sync is about to do.
func planOfSync(s syncItem) *page {
	sync, out := s.is, &page{}
	out.say("Sync", s.object.GetNamespace()+"/"+s.object.GetName())
	out.say("Mode", string(sync.Spec.Mode))
	plan := sync.Status.Plan
	switch {
	case s.unknown:
		out.say("Plan", "this version of the plugin does not understand it")
		return out
	case !lookedAt(s):
		out.say("Plan", "the operator has not looked at it yet")
		return out
	case planned(plan) == "":
		out.say("Plan", "nothing to do")
		return out
	}
	out.say("Plan", string(plan.Hash))
	for _, part := range []struct {
		what  string
		count int32
	}{{"Create", plan.Create}, {"Update", plan.Update}, {"Delete", plan.Delete}, {"In the way", plan.Conflicts}} {
		if part.count > 0 {
			out.say(part.what, number(&part.count))
		}
	}
	names := plan.Names
	if more := plan.Create + plan.Update + plan.Delete - int32(len(names)); more > 0 && len(names) > 0 {
		names = append(slices.Clip(names), fmt.Sprintf("and %d more", more))
	}
	out.sayAll("First", names)
	return out
}
