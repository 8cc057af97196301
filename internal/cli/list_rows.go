// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/directory"
)

// listedTenant is a Tenant as this version of the plugin knows it, and as the API server has it.
type listedTenant struct {
	*v1alpha1.Tenant
	object *unstructured.Unstructured
}

// order of tenants: as cmp.Compare.
type order func(a, b listedTenant) int

type orderNames map[string]order

// orders are what tenants can be sorted by.
var orders = orderNames{
	"name":     func(a, b listedTenant) int { return cmp.Compare(a.Name, b.Name) },
	"status":   func(a, b listedTenant) int { return cmp.Compare(a.Status.Phase, b.Status.Phase) },
	"plan":     func(a, b listedTenant) int { return cmp.Compare(planOf(a), planOf(b)) },
	"agents":   func(a, b listedTenant) int { return cmp.Compare(agentsOf(b), agentsOf(a)) },                 // most first
	"activity": func(a, b listedTenant) int { return activeOf(b).Compare(activeOf(a)) },                      // latest first
	"age":      func(a, b listedTenant) int { return b.CreationTimestamp.Compare(a.CreationTimestamp.Time) }, // latest first
}

func (o orderNames) names() []string { return slices.Sorted(maps.Keys(o)) }

// readTenant reads a Tenant as far as this version of the plugin understands it: of another, who it is.
func readTenant(object *unstructured.Unstructured) (listedTenant, error) {
	tenant := &v1alpha1.Tenant{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, tenant); err != nil {
		known := metav1.ObjectMeta{Namespace: object.GetNamespace(), Name: object.GetName(), CreationTimestamp: object.GetCreationTimestamp()}
		return listedTenant{Tenant: &v1alpha1.Tenant{ObjectMeta: known}, object: object},
			fmt.Errorf("tenant %s/%s is none that this version of the plugin understands: %w", object.GetNamespace(), object.GetName(), err)
	}
	return listedTenant{Tenant: tenant, object: object}, nil
}

// arrange sorts tenants. Of those that it does not understand it says so.
func arrange(objects []*unstructured.Unstructured, by string, reverse bool) (listed []listedTenant, strange []error) {
	for _, object := range objects {
		tenant, err := readTenant(object)
		if err != nil {
			strange = append(strange, err)
		}
		listed = append(listed, tenant)
	}
	slices.SortStableFunc(listed, func(a, b listedTenant) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	if by != "" {
		slices.SortStableFunc(listed, orders[by])
	}
	if reverse {
		slices.Reverse(listed)
	}
	return listed, strange
}

// columnsFor is what decides which columns tenants are shown in.
type columnsFor struct {
	all, wide bool
	now       func() time.Time
}

func tenantColumns(c columnsFor) []column[listedTenant] {
	type columns = []column[listedTenant]
	shown := columns{
		{"NAME", func(t listedTenant) string { return t.Name }},
		{"COMPANY", func(t listedTenant) string { return directory.Escape(string(t.Spec.DisplayName)) }},
		{"PLAN", planOf},
		{"STATUS", func(t listedTenant) string { return string(t.Status.Phase) }},
		{"AGENTS", func(t listedTenant) string { return t.Status.Agents }},
		{"DISK", func(t listedTenant) string { return t.Status.Disk }},
		{"LAST SCAN", func(t listedTenant) string { return since(t.Status.LastScan, c.now()) }},
		{"HOST", hostOf},
		{"REASON", reasonOf},
	}
	if c.all {
		shown = append(columns{{"NAMESPACE", func(t listedTenant) string { return t.Namespace }}}, shown...)
	}
	if c.wide {
		shown = append(shown, columns{
			{"ACTIVITY", func(t listedTenant) string { return since(t.Status.LastActivity, c.now()) }},
			{"AGE", func(t listedTenant) string { return age(t.CreationTimestamp, c.now()) }},
			{"REGION", func(t listedTenant) string { return t.Spec.Region }},
			{"ACCESS", func(t listedTenant) string { return string(t.Spec.CustomerAccess) }},
			{"PLACE", func(t listedTenant) string { return t.Status.Namespace }},
			{"SUPER ADMIN", func(t listedTenant) string { return directory.Escape(t.Status.SuperAdmin) }},
		}...)
	}
	return shown
}

// marked has the first of some columns show which tenant's place the context leads to.
func marked(columns []column[listedTenant], here string) []column[listedTenant] {
	first := columns[0]
	columns[0] = column[listedTenant]{"  " + first.heading, func(t listedTenant) string {
		if t.Status.Namespace != "" && t.Status.Namespace == here {
			return "* " + first.show(t)
		}
		return "  " + first.show(t)
	}}
	return columns
}

func planOf(t listedTenant) string {
	if t.Spec.PlanRef == nil {
		return ""
	}
	return t.Spec.PlanRef.Name
}

func agentsOf(t listedTenant) int64 {
	if t.Status.Usage == nil {
		return 0
	}
	return t.Status.Usage.Agents
}

// activeOf is when something last happened in the tenant's place, as far as that is counted; zero if nothing has.
func activeOf(t listedTenant) time.Time {
	if t.Status.LastActivity == nil {
		return time.Time{}
	}
	return t.Status.LastActivity.Time
}

// since is how long something has been.
func since(at *metav1.Time, now time.Time) string {
	if at == nil {
		return ""
	}
	return age(*at, now)
}

// atMost are the first of some tenants, so many; all if that is 0.
func atMost(listed []listedTenant, limit int) []listedTenant {
	if limit == 0 {
		return listed
	}
	return listed[:min(limit, len(listed))]
}

// inactive are those in whose places nothing has happened since a time, and which were there by then.
func inactive(listed []listedTenant, since time.Time) []listedTenant {
	return slices.DeleteFunc(listed, func(t listedTenant) bool { return activeOf(t).After(since) || t.CreationTimestamp.After(since) })
}

// hostOf is where the tenant's portal is, as long as it is served.
func hostOf(t listedTenant) string {
	if len(t.Status.Hosts) == 0 || t.Status.Phase == v1alpha1.PhaseSuspended {
		return ""
	}
	return string(t.Status.Hosts[0])
}

// reasonOf a tenant that is not as it should be: where it is suspended or degraded it is Ready all the same. That it is suspended, its
// status says.
func reasonOf(t listedTenant) string {
	ready := meta.FindStatusCondition(t.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.Reason == v1alpha1.ReasonReady || ready.Reason == string(t.Status.Phase) {
		return ""
	}
	return ready.Reason
}

func age(since metav1.Time, now time.Time) string {
	if since.IsZero() {
		return ""
	}
	return duration.HumanDuration(now.Sub(since.Time))
}
