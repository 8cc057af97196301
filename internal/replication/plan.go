// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// Revision is what a rollout is about: the versions of the sources, and what of the spec decides over what is written or brought. Run,
// approvedPlan, rollout, suspend, trigger, mode, onLeave and targets don't.
func Revision(sync *v1alpha1.MasterTenantSync, sources []*Source) string {
	versions := make([]string, 0, len(sources))
	for _, source := range sources {
		versions = append(versions, digestOf(source.Key.Group, source.Key.Version, source.Key.Kind, source.Key.Name, source.Version,
			strconv.FormatBool(source.Substitute)))
	}
	slices.Sort(versions)
	prune := sync.Spec.Prune == nil || *sync.Spec.Prune
	conflict := cmp.Or(sync.Spec.Conflict, v1alpha1.ConflictKeep)
	drift := cmp.Or(sync.Spec.OnDrift, v1alpha1.DriftRepair)
	decides := slices.Concat(versions, []string{string(conflict), string(drift), strconv.FormatBool(prune)})
	for _, category := range Brings(&sync.Spec) {
		decides = append(decides, string(category))
	}
	return digestOf(decides...)
}

// Terms are what an approval is bound to beside what is done in each tenant: the revision, the sync itself, and what becomes of copies
// that tenants leave with. A sync that is made anew, or that leaves otherwise, takes another approval.
func Terms(sync *v1alpha1.MasterTenantSync, revision string) string {
	return digestOf(revision, string(sync.UID), string(cmp.Or(sync.Spec.OnLeave, v1alpha1.LeavePrune)))
}

// TenantActions are what a sync would do in one tenant.
type TenantActions struct {
	Name    string
	UID     types.UID
	Actions []Action
}

// Plan is what a sync would do in all tenants.
type Plan struct {
	// Summary is for the sync's status.
	Summary v1alpha1.PlanSummary
	// Pins hold what an approval of the plan allows.
	Pins Pins
}

// maxNames is how many objects a summary names.
const maxNames = 20

// Summarize is the plan on some Terms. The order of the tenants, and of their actions, is of no account. The hash tells the
// terms, the tenants by name and UID that something is to be done in, or is in the way, and what that is.
func Summarize(terms string, tenants []TenantActions) Plan {
	plan := Plan{Pins: newPins()}
	sum := digest{sha256.New()}
	sum.text(terms)
	for _, tenant := range slices.SortedFunc(slices.Values(tenants), func(a, b TenantActions) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UID, b.UID))
	}) {
		if len(tenant.Actions) == 0 {
			continue
		}
		sum.text(tenant.Name)
		sum.text(string(tenant.UID))
		sum.head('a', len(tenant.Actions))
		for _, action := range slices.SortedFunc(slices.Values(tenant.Actions), compareActions) {
			sum.text(action.identity(action.Version))
			plan.count(tenant.Name, action)
		}
		plan.Pins.add(tenant)
	}
	plan.Summary.Hash = v1alpha1.PlanHash("sha256:" + hex.EncodeToString(sum.Sum(nil)))
	return plan
}

// count adds an action to the summary.
func (p *Plan) count(tenant string, action Action) {
	switch action.Verb {
	case Create, Bring:
		p.Summary.Create++
	case Update, Replace, TakeOver, Release:
		p.Summary.Update++
	case Delete:
		p.Summary.Delete++
	case Keep, Contest, Report, Refuse:
		p.Summary.Conflicts++
	case Wait:
	}
	if len(p.Summary.Names) < maxNames {
		p.Summary.Names = append(p.Summary.Names, string(action.Verb)+" "+tenant+" "+action.Key.Kind+" "+action.Key.Name)
	}
}

// identity tells an action apart from all others that write another version, or over something else of the tenant's own.
func (a Action) identity(version string) string {
	return digestOf(string(a.Verb), a.Key.Group, a.Key.Version, a.Key.Kind, a.Key.Name, version, strconv.FormatBool(a.takenOver), a.over)
}
