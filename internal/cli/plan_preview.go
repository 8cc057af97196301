// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/utils/ptr"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/license"
)

// plansOutlook says what tenants have of their plans, of those that lie in a namespace.
func plansOutlook(ctx context.Context, cluster cluster, namespace string) (outlook, error) {
	found, err := cluster.listed(ctx, licensePlans, namespace, "")
	if err != nil {
		return nil, explain(err)
	}
	plans := map[string]*v1alpha1.LicensePlan{}
	for _, object := range found {
		plan, err := typed[v1alpha1.LicensePlan](object)
		if err != nil {
			return nil, err
		}
		plans[plan.Name] = plan
	}
	return outlookOf(plans, time.Now()), nil
}

func outlookOf(plans map[string]*v1alpha1.LicensePlan, now time.Time) outlook {
	room := rooms{}
	return func(before, after *v1alpha1.Tenant) (*page, *page, error) {
		return entitled(before, plans, rooms{}, now), entitled(after, plans, room, now), nil
	}
}

// rooms are how much of their capacity plans have given out, by their names, to those that were looked at too.
type rooms map[string]license.Amounts

// entitled is what a tenant has by its plan, and of its own: what it would be given if there is capacity. What is not known to who
// may read plans, the operator's defaults and what the partner above lacks, is as the status tells it.
func entitled(tenant *v1alpha1.Tenant, plans map[string]*v1alpha1.LicensePlan, given rooms, now time.Time) *page {
	in := desired.Inputs{Tenant: tenant, Config: &configv1alpha1.Configuration{}}
	in.License.InEffect = license.Resolve(tenant.Spec.PlanRef, func(name string) *v1alpha1.LicensePlan { return plans[name] },
		license.Trials{}.Known(license.TrialOf(tenant)), now)
	told := ptr.Deref(tenant.Status.Effective, v1alpha1.Effective{})
	if told.Agents != nil && told.Agents.From == v1alpha1.OriginDefault {
		in.Config.Limits.Agents = &told.Agents.Value
	}
	if told.Disk != nil && told.Disk.From == v1alpha1.OriginDefault {
		in.Config.Limits.Disk = &told.Disk.Value
	}
	effective, usage, plan, out := desired.Effective(in), ptr.Deref(tenant.Status.Usage, v1alpha1.Usage{}), in.License.Plan, &page{}
	out.say("Plan", in.License.PlanName())
	if in.License.Missing != "" {
		out.say("Plan", in.License.Missing+", which is not there")
	}
	out.say("Trial", trialHeld(in.License.InEffect))
	if plan != nil {
		out.say("Model", string(plan.Spec.Model))
	}
	if metered, counts := license.Meter(plan, usage, now); counts {
		out.say("Included", beside(strconv.FormatInt(metered.Included, 10)+" "+metered.Of, metered.Used > metered.Included, "%d used", metered.Used))
	}
	if agents := effective.Agents; agents != nil {
		out.say("Agents", beside(number(&agents.Value), usage.Agents > int64(agents.Value), "%d in use: nobody new gets in", usage.Agents))
	} else {
		out.say("Agents", defaulted)
	}
	if disk, claimed := effective.Disk, usage.Disk; disk != nil {
		over := claimed != nil && claimed.Cmp(disk.Value) > 0
		out.say("Disk", beside(disk.Value.String(), over, "%s in use: no new volume", quantity(claimed)))
	} else {
		out.say("Disk", defaulted)
	}
	if plan != nil && plan.Name != tenant.Status.Plan {
		out.say("Capacity", given.lacking(plan, effective))
	}
	withheld := map[string]bool{}
	for _, permission := range told.Permissions {
		withheld[permission.Name] = permission.From == v1alpha1.OriginPartner
	}
	for _, permission := range effective.Permissions {
		out.say("Permission "+permission.Name, ifSo(permission.Granted && !withheld[permission.Name]))
	}
	return out
}

// defaulted is a limit that neither the tenant nor its plan says.
const defaulted = "the operator's default"

// beside adds to a value what is to be known of it, if it is so.
func beside(value string, so bool, format string, args ...any) string {
	if !so {
		return value
	}
	return value + " (" + fmt.Sprintf(format, args...) + ")"
}

// trialHeld says how the trial of the plan in effect stands.
func trialHeld(in license.InEffect) string {
	switch {
	case in.TrialOver:
		return "over: the tenant is suspended"
	case in.OnTrial:
		return "until " + in.Ends().UTC().Format(time.RFC3339)
	default:
		return ""
	}
}

// lacking says what a plan has too little left of to take one more tenant; empty where there is enough, which it has then.
func (r rooms) lacking(plan *v1alpha1.LicensePlan, asked v1alpha1.Effective) string {
	given, known := r[plan.Name]
	if !known {
		given = license.Amounts(license.CapOf(plan.Status.Allocated))
		for d := range given {
			given[d] = max(0, given[d])
		}
	}
	wanted := license.Amounts{license.Tenants: 1}
	if asked.Agents != nil {
		wanted[license.Agents] = int64(asked.Agents.Value)
	}
	if asked.Disk != nil {
		wanted[license.Disk] = asked.Disk.Value.Value()
	}
	wanted = wanted.Plus(given)
	short := license.CapOf(plan.Spec.Capacity).Exceeded(wanted)
	if len(short) > 0 {
		return "too little left of " + strings.Join(short, " and ") + ": the tenant waits for it, and stays as it is"
	}
	r[plan.Name] = wanted
	return ""
}
