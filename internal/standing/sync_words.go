// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replication"
)

// maxNamed is how many tenants a message names: the rest are counted.
const maxNamed = 3

// named are the first of some names, and how many more there are.
func named(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}

// countNamed counts some tenants and names the first.
func countNamed(names []string) string {
	return fmt.Sprintf("%s (%s)", count(len(names), "tenant"), named(names))
}

// share is so many of all tenants, with the verb that follows.
func share(some, all int) string {
	verb := "are"
	if some == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s", some, count(all, "tenant"), verb)
}

// allAs says that all tenants are as the master.
func allAs(tenants int) string {
	if tenants == 1 {
		return "1 tenant is as the master"
	}
	return fmt.Sprintf("%d tenants are as the master", tenants)
}

// namesOf are the names of the targets of which something is so.
func namesOf(targets []replication.Target, is func(replication.Target) bool) []string {
	var names []string
	for _, target := range targets {
		if is(target) {
			names = append(names, target.Name)
		}
	}
	return names
}

func hasFailed(target replication.Target) bool { return target.State == replication.Failed }

// why says where it is told why tenants failed, and of the first what.
func why(targets []replication.Target) string {
	told := "see status.syncs of each for why"
	first := slices.IndexFunc(targets, func(target replication.Target) bool { return hasFailed(target) && target.Message != "" })
	if first >= 0 {
		told += fmt.Sprintf("; in %s: %s", targets[first].Name, targets[first].Message)
	}
	return told
}

// kept names the tenants where objects of their own stand in the place of copies; empty where none do.
func kept(targets []replication.Target) string {
	names := namesOf(targets, func(target replication.Target) bool { return target.State == replication.Current && target.Kept })
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; in %s objects of the tenant's own stand in the place of copies, and stay: see its status.syncs", named(names))
}

// absent names the tenants in a sync's spec that are not there; empty where all are.
func absent(sync *v1alpha1.MasterTenantSync, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("; the spec names tenants that are not in namespace %q: %s; make them, or correct the names", sync.Namespace, named(names))
}

// staleNow names the tenants that are no longer as in the approved plan; empty where that is not known of any.
func staleNow(sync *v1alpha1.MasterTenantSync, seen SyncSeen) string {
	names := namesOf(seen.States, func(target replication.Target) bool { return target.Stale })
	number := len(names)
	if approved := sync.Status.Approved; number == 0 && approved != nil && approved.Hash == sync.Spec.ApprovedPlan {
		number = int(approved.Stale)
		for _, name := range approved.StaleTenants {
			names = append(names, string(name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	told := named(names)
	if listed := min(len(names), maxNamed); number > len(names) {
		told = fmt.Sprintf("%s and %d more", strings.Join(names[:listed], ", "), number-listed)
	}
	return fmt.Sprintf("; no longer as in it: %s", told)
}

// failedIn are the names of the targets whose status says that the sync failed there.
func failedIn(sync *v1alpha1.MasterTenantSync, targets []*v1alpha1.Tenant) []string {
	var names []string
	for _, tenant := range targets {
		if slices.ContainsFunc(tenant.Status.Syncs, func(entry v1alpha1.TenantSync) bool {
			return entry.Name == sync.Name && entry.State == v1alpha1.SyncFailed
		}) {
			names = append(names, tenant.Name)
		}
	}
	return names
}

// toMark says what is to be labelled so that there is something to copy.
func toMark(sync *v1alpha1.MasterTenantSync, place string) string {
	var labels []string
	for _, value := range replication.MarksOf(&sync.Spec) {
		labels = append(labels, v1alpha1.LabelSync+"="+value)
	}
	return fmt.Sprintf("nothing in the master's place is marked for this sync: in namespace %q, label what is to be copied with %s", place, strings.Join(labels, " or "))
}

// bracketed are names, in brackets; empty where none are known.
func bracketed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + named(names) + ")"
}

// failures say who failed so that a rollout stopped, and why; who did may be mended or gone since.
func failures(targets []replication.Target) string {
	names := namesOf(targets, hasFailed)
	if len(names) == 0 {
		return "so many had failed"
	}
	return countNamed(names) + " had failed: " + why(targets)
}
