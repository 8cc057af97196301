// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// entitled says that the tenant may have the place that is kept: its creator is the former's, or it
// was made to restore that very place.
func entitled(in Inputs) bool {
	made := creator(in.Tenant)
	return made != "" && made == in.Kept.Creator || authorized(in)
}

// authorized says that the tenant was made to restore the place that is kept, by who may administer it:
// an admission policy asks for that right.
func authorized(in Inputs) bool {
	from := in.Tenant.Spec.RestoreFrom
	return from != nil && from.UID == in.Kept.UID
}

// refuseRetained: what is kept is not for whoever comes next by that name.
func refuseRetained(in Inputs) *Refusal {
	if in.Kept == nil || in.Tenant.DeletionTimestamp != nil {
		return nil
	}
	if !entitled(in) {
		return &Refusal{Reason: v1alpha1.ReasonRetained, Message: notEntitled(in), Stalled: true}
	}
	for _, refuse := range []func(Inputs) *Refusal{refusePurging, refuseOtherRegion, refuseOtherSuperAdmin, refuseOtherTerms} {
		if refusal := refuse(in); refusal != nil {
			return refusal
		}
	}
	return nil
}

func notEntitled(in Inputs) string {
	cause := "somebody else had made that tenant"
	if in.Tenant.Spec.RestoreFrom != nil {
		cause = "spec.restoreFrom.uid is another UID"
	}
	return fmt.Sprintf("the place of a deleted tenant %q is kept, and %s; whoever may administer tenants takes it back by setting spec.restoreFrom.uid to %q; or make this tenant under another name",
		in.Tenant.Name, cause, in.Kept.UID)
}

func refusePurging(in Inputs) *Refusal {
	if in.Kept.Record == nil || in.Kept.Record.Spec.Action != v1alpha1.ActionPurge {
		return nil
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonRetained,
		Message: "the place that was kept under this name is being purged; this tenant is made when it is gone",
	}
}

func refuseOtherRegion(in Inputs) *Refusal {
	region := in.Kept.Region
	if region == "" || region == in.Tenant.Spec.Region {
		return nil
	}
	return &Refusal{
		Reason: v1alpha1.ReasonRetained,
		Message: fmt.Sprintf("the place that is kept lies in region %q and its data stays there; delete this tenant and make it again with spec.region %q, or under another name",
			region, region),
		Stalled: true,
	}
}

func refuseOtherSuperAdmin(in Inputs) *Refusal {
	wanted := in.Tenant.Spec.SuperAdmin
	if wanted == "" || wanted == in.Kept.SuperAdmin || namesSuperAdmin(in) {
		return nil
	}
	return &Refusal{
		Reason:  v1alpha1.ReasonRetained,
		Message: fmt.Sprintf("the place that is kept has super admin %q, who stays it; leave spec.superAdmin out, or name the same", in.Kept.SuperAdmin),
		Stalled: true,
	}
}

// namesSuperAdmin says whether the tenant's creator may give a restored place another super admin:
// its present one may, and the parent's.
func namesSuperAdmin(in Inputs) bool {
	switch in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy] {
	case "":
		return false
	case in.Kept.SuperAdmin:
		return true
	}
	return len(in.Ancestors) > 0 && in.Ancestors[0].Status.SuperAdmin == in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy]
}

// refuseOtherTerms: who may make a tenant again need not be allowed to administer it, and deleting it
// is no way round that.
func refuseOtherTerms(in Inputs) *Refusal {
	if in.Kept.Record == nil || authorized(in) {
		return nil
	}
	former := in.Kept.Record.Spec
	if equality.Semantic.DeepEqual(guarded(in.Tenant.Spec), guarded(former.Tenant)) && maps.Equal(ownLabels(in.Tenant), former.Labels) {
		return nil
	}
	return &Refusal{
		Reason: v1alpha1.ReasonRetained,
		Message: fmt.Sprintf("the place that is kept had other terms, which only who may administer tenants changes: make this tenant with the labels and spec of `kubectl get retainedtenant -n %s %s -o yaml`, or have somebody who may set spec.restoreFrom.uid to %q",
			in.Tenant.Namespace, in.Tenant.Name, in.Kept.UID),
		Stalled: true,
	}
}

// guarded are the parts of a spec that only who may administer tenants changes, but for those that
// have a rule of their own: the region and the super admin.
func guarded(spec v1alpha1.TenantSpec) v1alpha1.TenantSpec {
	spec.DisplayName, spec.Contact, spec.WhiteLabel = "", nil, nil
	spec.Region, spec.SuperAdmin, spec.RestoreFrom = "", "", nil
	spec.Domain, spec.Limits = absentIfEmpty(spec.Domain), absentIfEmpty(spec.Limits)
	if (&v1alpha1.Tenant{Spec: spec}).PortalActive() {
		spec.Portal = nil
	}
	return spec
}

// absentIfEmpty makes no difference between an object that says nothing and none.
func absentIfEmpty[T any](object *T) *T {
	if object != nil && equality.Semantic.DeepEqual(*object, *new(T)) {
		return nil
	}
	return object
}
