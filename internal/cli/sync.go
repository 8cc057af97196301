// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

const (
	syncListLong = `List the syncs of a partner: what brings one master configuration to many tenants, and how many have it.`

	syncListExample = `  # The syncs of acme
  kubectl tenant sync list -n acme`

	syncStatusLong = `Show how syncs fare: how many tenants have what they carry, what is planned, and which tenants it could not be brought to, and why.`

	syncStatusExample = `  kubectl tenant sync status baseline -n acme`
)

// failuresShown is how many of the tenants that a sync failed in are named.
const failuresShown = 10

func newSyncCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	return newGroup("sync", "MasterTenantSyncs: one configuration for many tenants", newSyncListCommand(streams, cluster), newSyncStatusCommand(streams, cluster),
		newSyncPlanCommand(streams, cluster), newSyncRunCommand(streams, cluster), newSyncPauseCommand(streams, cluster), newSyncResumeCommand(streams, cluster),
		newSyncHistoryCommand(streams, cluster))
}

type syncItem = item[v1alpha1.MasterTenantSync]

func newSyncListCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, syncs)
	words := words{use: "list [NAME...]", aliases: []string{"ls", "get"}, short: "List syncs", long: syncListLong, example: syncListExample}
	return o.command(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		return show(o, known[v1alpha1.MasterTenantSync](o, found), syncColumns(o.output.wide(), o.now()))
	})
}

func syncColumns(wide bool, now time.Time) []column[syncItem] {
	type columns = []column[syncItem]
	progress := func(count func(*v1alpha1.SyncProgress) int32) func(syncItem) string {
		return func(s syncItem) string {
			if s.is.Status.Progress == nil {
				return ""
			}
			return strconv.Itoa(int(count(s.is.Status.Progress)))
		}
	}
	shown := columns{
		{"NAME", func(s syncItem) string { return s.is.Name }},
		{"MASTER", masterOf},
		{"TRIGGER", func(s syncItem) string { return string(s.is.Spec.Trigger) }},
		{"MODE", func(s syncItem) string { return string(s.is.Spec.Mode) }},
		{"SYNCED", func(s syncItem) string { return syncedOf(s.is.Status.Progress) }},
		{"PENDING", progress(func(p *v1alpha1.SyncProgress) int32 { return p.Pending })},
		{"FAILED", progress(func(p *v1alpha1.SyncProgress) int32 { return p.Failed })},
		{"STATE", stateOf},
	}
	if wide {
		shown = append(shown, columns{
			{"KEPT", progress(func(p *v1alpha1.SyncProgress) int32 { return p.Kept })},
			{"WAVE", func(s syncItem) string { return number(s.is.Status.Wave) }},
			{"PLAN", func(s syncItem) string { return planned(s.is.Status.Plan) }},
			{"COMPLETED", func(s syncItem) string { return ago(s.is.Status.LastCompleted, now) }},
		}...)
	}
	return shown
}

// masterOf is the tenant that a sync copies from.
func masterOf(s syncItem) string {
	if s.is.Spec.MasterRef == nil {
		return "the partner"
	}
	return string(s.is.Spec.MasterRef.Name)
}

// syncedOf is how many of the targets have what a sync carries.
func syncedOf(progress *v1alpha1.SyncProgress) string {
	if progress == nil {
		return ""
	}
	return fmt.Sprintf("%d/%d", progress.Current, progress.Total)
}

// stateOf is what a sync is about, in a word.
func stateOf(s syncItem) string {
	switch {
	case s.is.Spec.Suspend:
		return "Suspended"
	case s.is.Status.HaltedAt != nil:
		return "Halted"
	default:
		return cmp.Or(whyNot(s.is.Status.Conditions), readyReason(s.is.Status.Conditions))
	}
}

func readyReason(conditions []metav1.Condition) string {
	if statusOf(conditions) == string(metav1.ConditionTrue) {
		return "Synced"
	}
	return ""
}

// planned is what a sync is about to do.
func planned(plan *v1alpha1.PlanSummary) string {
	if plan == nil || plan.Create+plan.Update+plan.Delete+plan.Conflicts == 0 {
		return ""
	}
	return fmt.Sprintf("+%d ~%d -%d !%d", plan.Create, plan.Update, plan.Delete, plan.Conflicts)
}

func ago(at *metav1.Time, now time.Time) string {
	if at == nil {
		return ""
	}
	return duration.HumanDuration(now.Sub(at.Time)) + " ago"
}

func newSyncStatusCommand(streams genericiooptions.IOStreams, cluster cluster) *cobra.Command {
	o := newBrowseOptions(streams, cluster, syncs)
	words := words{use: "status NAME...", aliases: []string{"show"}, short: "Show how syncs fare", long: syncStatusLong, example: syncStatusExample}
	return o.showCommand(words, func(ctx context.Context) error {
		found, err := o.read(ctx)
		if err != nil {
			return err
		}
		failures, err := o.failures(ctx, known[v1alpha1.MasterTenantSync](o, found))
		if err != nil {
			return err
		}
		return showPages(o, known[v1alpha1.MasterTenantSync](o, found), func(s syncItem) *page { return syncPage(s, failures[s.is.Name], o.now()) })
	})
}

// failures are what syncs of one namespace could not be brought to, by the name of the sync: none where no people read on, none failed,
// or the caller may list no tenants.
func (o *BrowseOptions) failures(ctx context.Context, syncs []syncItem) (map[string][]string, error) {
	failed := func(s syncItem) bool { return s.is.Status.Progress != nil && s.is.Status.Progress.Failed > 0 }
	if !o.output.forPeople() || !slices.ContainsFunc(syncs, failed) {
		return nil, nil //nolint:nilnil // there is nothing to read
	}
	found, err := o.cluster.listed(ctx, tenants, syncs[0].is.Namespace, "")
	if apierrors.IsForbidden(err) {
		return nil, nil //nolint:nilnil // they are counted all the same
	}
	if err != nil {
		return nil, explain(err)
	}
	failures := map[string][]string{}
	for _, tenant := range known[v1alpha1.Tenant](o, found) {
		for _, sync := range tenant.is.Status.Syncs {
			if sync.State == v1alpha1.SyncFailed {
				failures[sync.Name] = append(failures[sync.Name], tenant.is.Name+": "+cmp.Or(sync.Message, sync.Reason))
			}
		}
	}
	return failures, nil
}

// syncPage says how a sync fares, and where it failed.
func syncPage(s syncItem, failures []string, now time.Time) *page {
	sync, out := s.is, &page{}
	out.say("Sync", sync.Namespace+"/"+sync.Name)
	out.say("Master", masterOf(s))
	out.say("Carries", carriedBy(sync))
	out.say("Trigger", string(sync.Spec.Trigger))
	out.say("Mode", string(sync.Spec.Mode))
	out.say("State", stateOf(s))
	if progress := sync.Status.Progress; progress != nil {
		out.say("Synced", syncedOf(progress)+" tenants"+percentOf(progress))
		if progress.Kept > 0 {
			out.say("Kept", fmt.Sprintf("%d keep objects of their own", progress.Kept))
		}
		if progress.Pending > 0 {
			out.say("Pending", strconv.Itoa(int(progress.Pending)))
		}
		if progress.Failed > 0 {
			out.say("Failed", strconv.Itoa(int(progress.Failed)))
		}
	}
	if wave := sync.Status.Wave; wave != nil && sync.Spec.Rollout != nil {
		out.say("Wave", map[bool]string{true: "the canary", false: "the rest"}[*wave == 0])
	}
	if text := planned(sync.Status.Plan); text != "" {
		out.say("Plan", text+", hash "+string(sync.Status.Plan.Hash))
		out.sayAll("To do", sync.Status.Plan.Names)
	}
	out.say("Halted", ago(sync.Status.HaltedAt, now))
	out.say("Completed", ago(sync.Status.LastCompleted, now))
	if more := len(failures) - failuresShown; more > 0 {
		failures = append(slices.Clone(failures[:failuresShown]), fmt.Sprintf("and %d more", more))
	}
	out.sayAll("Not brought to", failures)
	out.sayConditions(sync.Status.Conditions)
	return out
}

func percentOf(progress *v1alpha1.SyncProgress) string {
	if progress.Total == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d%%)", progress.Current*100/progress.Total)
}

// carriedBy is what a sync carries.
func carriedBy(sync *v1alpha1.MasterTenantSync) string {
	var carried []string
	for _, category := range sync.Spec.Categories {
		carried = append(carried, string(category))
	}
	for _, resource := range sync.Spec.Resources {
		carried = append(carried, directory.Escape(resource.Kind))
	}
	return strings.Join(carried, ", ")
}
