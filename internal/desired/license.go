// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/license"
)

// License is what a tenant's plan, and the capacity that it was given, say.
type License struct {
	license.InEffect
	// Share is what the tenant was given of what its partner or a plan limits; nil where nothing is limited, or
	// nothing was given.
	Share *license.Entry
	// Undecided says that nobody has looked yet whether there is capacity.
	Undecided bool
	// Waiting says that the tenant waits for capacity, and Lack for which; nil if others wait longer.
	Waiting bool
	Lack    *license.Lack
	// Below are the books of a partner's children; nil where nothing is limited.
	Below *license.Books
	// Granted is what a partner was given for its children.
	Granted license.Cap
}

// PlanName is the name of the plan in effect; empty for none.
func (l License) PlanName() string {
	if l.Plan == nil {
		return ""
	}
	return l.Plan.Name
}

// askedLimits are those that the tenant asks for: its own, else its plan's, else the operator's defaults. The
// disk is in whole bytes.
func askedLimits(in Inputs) v1alpha1.Effective {
	levels := []struct {
		limits *v1alpha1.Limits
		from   v1alpha1.Origin
	}{
		{in.Tenant.Spec.Limits, v1alpha1.OriginTenant},
		{planLimits(in), v1alpha1.OriginPlan},
		{&v1alpha1.Limits{Agents: in.Config.Limits.Agents, Disk: in.Config.Limits.Disk}, v1alpha1.OriginDefault},
	}
	asked := v1alpha1.Effective{}
	for _, level := range levels {
		if level.limits == nil {
			continue
		}
		if level.limits.Agents != nil && asked.Agents == nil {
			asked.Agents = &v1alpha1.EffectiveCount{Value: *level.limits.Agents, From: level.from}
		}
		if level.limits.Disk != nil && asked.Disk == nil {
			// A copy: printing a quantity writes to it, and the configuration is everybody's.
			asked.Disk = &v1alpha1.EffectiveQuantity{Value: served(*level.limits.Disk, 0), From: level.from}
		}
	}
	return asked
}

// planLimits are those that the plan gives. While it is not there, they are as they were.
func planLimits(in Inputs) *v1alpha1.Limits {
	was := in.Tenant.Status.Effective
	switch {
	case in.License.Missing != "" && was != nil && was.Agents != nil && was.Disk != nil:
		return &v1alpha1.Limits{Agents: &was.Agents.Value, Disk: &was.Disk.Value}
	case in.License.Plan == nil:
		return nil
	}
	return in.License.Plan.Spec.Limits
}

// Effective is what holds for the tenant, and where each value comes from. Where capacity is limited, that is
// what the tenant was given.
func Effective(in Inputs) v1alpha1.Effective {
	effective := askedLimits(in)
	if share := in.License.Share; share != nil {
		if agents := share.Own[license.Agents]; agents != int64(effective.Agents.Value) {
			effective.Agents = &v1alpha1.EffectiveCount{Value: int32(agents), From: v1alpha1.OriginCapacity}
		}
		if disk := share.Own[license.Disk]; disk != effective.Disk.Value.Value() {
			effective.Disk = &v1alpha1.EffectiveQuantity{Value: *resource.NewQuantity(disk, resource.BinarySI), From: v1alpha1.OriginCapacity}
		}
	}
	effective.Permissions = effectivePermissions(in)
	return effective
}

// Limits in effect. Both are always set; the disk is in whole bytes.
func Limits(in Inputs) v1alpha1.Limits {
	effective := Effective(in)
	return v1alpha1.Limits{Agents: &effective.Agents.Value, Disk: &effective.Disk.Value}
}

// Ask is what the tenant asks of what is limited.
func Ask(in Inputs) license.Ask {
	asked := askedLimits(in)
	ask := license.Ask{
		Name:        in.Tenant.Name,
		Incarnation: license.IncarnationOf(in.Tenant.UID),
		Generation:  in.Tenant.Generation,
		Plan:        in.License.PlanName(),
		Own:         license.Amounts{1, int64(asked.Agents.Value), asked.Disk.Value.Value()},
		Created:     in.Tenant.CreationTimestamp.Time,
	}
	if partner := in.Tenant.Spec.Partner; partner != nil {
		children := license.CapOf(partner.Capacity)
		ask.Children = &children
	}
	return ask
}

// Permissions are the tenant's in effect: what it asks for, else what its plan gives, as far as every partner
// above it has that too.
func Permissions(in Inputs) map[string]bool {
	inEffect := map[string]bool{}
	for _, permission := range effectivePermissions(in) {
		inEffect[permission.Name] = permission.Granted
	}
	return inEffect
}

func effectivePermissions(in Inputs) []v1alpha1.EffectivePermission {
	own, plan := in.Tenant.Spec.Permissions, planPermissions(in.Tenant, in.License.InEffect)
	var effective []v1alpha1.EffectivePermission
	for _, name := range slices.Sorted(maps.Keys(either(plan, own))) {
		permission := v1alpha1.EffectivePermission{Name: name, Granted: plan[name], From: v1alpha1.OriginPlan}
		if wanted, says := own[name]; says {
			permission.Granted, permission.From = wanted, v1alpha1.OriginTenant
		}
		if permission.Granted && !in.hadAbove(name) {
			permission.Granted, permission.From = false, v1alpha1.OriginPartner
		}
		effective = append(effective, permission)
	}
	return effective
}

// hadAbove says that every partner above the tenant has a permission.
func (in Inputs) hadAbove(permission string) bool {
	for above, ancestor := range in.Ancestors {
		if !either(planPermissions(ancestor, in.planAbove(above)), ancestor.Spec.Permissions)[permission] {
			return false
		}
	}
	return true
}

// planPermissions are those that a tenant's plan gives. While it is not there, they are as they were.
func planPermissions(tenant *v1alpha1.Tenant, in license.InEffect) map[string]bool {
	switch {
	case in.Missing != "" && tenant.Status.Effective != nil:
		were := map[string]bool{}
		for _, permission := range tenant.Status.Effective.Permissions {
			were[permission.Name] = permission.Granted
		}
		return were
	case in.Plan == nil:
		return nil
	}
	return in.Plan.Spec.Permissions
}

// either is what one map says, and the other where it says something.
func either(otherwise, first map[string]bool) map[string]bool {
	merged := make(map[string]bool, len(otherwise)+len(first))
	maps.Copy(merged, otherwise)
	maps.Copy(merged, first)
	return merged
}
