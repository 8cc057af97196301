// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"cmp"
	"slices"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
)

// Targets are the tenants that a sync copies to, sorted by name: children of the sync's own namespace that it picks and
// does not exclude; not the master, none that is going. With trigger OnCreate, only those made since the sync was.
func Targets(sync *v1alpha1.MasterTenantSync, tenants []*v1alpha1.Tenant) []*v1alpha1.Tenant {
	picks := TargetPicker(sync)
	var targets []*v1alpha1.Tenant
	for _, tenant := range tenants {
		if picks(tenant) {
			targets = append(targets, tenant)
		}
	}
	slices.SortFunc(targets, func(a, b *v1alpha1.Tenant) int { return cmp.Compare(a.Name, b.Name) })
	return targets
}

// Absent are the names, sorted, by which a sync's spec picks or excludes tenants that are not there. Of tenants are those of
// its namespace.
func Absent(sync *v1alpha1.MasterTenantSync, tenants []*v1alpha1.Tenant) []string {
	var named []v1alpha1.TenantName
	if targets := sync.Spec.Targets; targets != nil {
		named = slices.Clone(targets.Names)
		if targets.Exclude != nil {
			named = append(named, targets.Exclude.Names...)
		}
	}
	if rollout := sync.Spec.Rollout; rollout != nil && rollout.Canary != nil {
		named = append(named, rollout.Canary.Names...)
	}
	there := make(map[v1alpha1.TenantName]bool, len(tenants))
	for _, tenant := range tenants {
		there[v1alpha1.TenantName(tenant.Name)] = true
	}
	var absent []string
	for _, name := range named {
		if !there[name] {
			absent = append(absent, string(name))
		}
	}
	slices.Sort(absent)
	return slices.Compact(absent)
}

// IsTarget says whether Targets would have a tenant. It reads the selector: for many tenants, TargetPicker does so once.
func IsTarget(sync *v1alpha1.MasterTenantSync, tenant *v1alpha1.Tenant) bool {
	return TargetPicker(sync)(tenant)
}

// InCanary says whether a target belongs to the first wave. It reads the selector: for many tenants, CanaryPicker does
// so once.
func InCanary(rollout *v1alpha1.Rollout, tenant *v1alpha1.Tenant) bool {
	return CanaryPicker(rollout)(tenant)
}

// CanaryPicker says of targets whether they belong to the first wave.
func CanaryPicker(rollout *v1alpha1.Rollout) func(*v1alpha1.Tenant) bool {
	if rollout == nil || rollout.Canary == nil {
		return func(*v1alpha1.Tenant) bool { return false }
	}
	return tenantPicker(rollout.Canary.Names, rollout.Canary.Selector)
}

// TargetPicker says of tenants whether Targets would have them.
func TargetPicker(sync *v1alpha1.MasterTenantSync) func(*v1alpha1.Tenant) bool {
	picked := func(*v1alpha1.Tenant) bool { return true }
	excluded := func(*v1alpha1.Tenant) bool { return false }
	if targets := sync.Spec.Targets; targets != nil {
		if targets.Names != nil || targets.Selector != nil {
			picked = tenantPicker(targets.Names, targets.Selector)
		}
		if targets.Exclude != nil {
			excluded = tenantPicker(targets.Exclude.Names, targets.Exclude.Selector)
		}
	}
	return func(tenant *v1alpha1.Tenant) bool {
		switch {
		case tenant.Namespace != sync.Namespace || tenant.DeletionTimestamp != nil:
			return false
		case sync.Spec.MasterRef != nil && string(sync.Spec.MasterRef.Name) == tenant.Name:
			return false
		case sync.Spec.Trigger == v1alpha1.TriggerOnCreate && tenant.CreationTimestamp.Before(&sync.CreationTimestamp):
			return false
		}
		return picked(tenant) && !excluded(tenant)
	}
}

// tenantPicker picks by names, or by a selector.
func tenantPicker(names []v1alpha1.TenantName, selector *v1alpha1.LabelSelector) func(*v1alpha1.Tenant) bool {
	if selector != nil {
		selects := access.Matcher(selector)
		return func(tenant *v1alpha1.Tenant) bool { return selects(tenant.Labels) }
	}
	named := make(map[string]bool, len(names))
	for _, name := range names {
		named[string(name)] = true
	}
	return func(tenant *v1alpha1.Tenant) bool { return named[tenant.Name] }
}
