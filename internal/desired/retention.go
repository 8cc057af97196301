// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Kept is the place of a former Tenant.
type Kept struct {
	// UID of the former Tenant.
	UID string
	// Creator of the former Tenant; empty if that is not known.
	Creator string
	// Record says how the place is kept; nil where its record is gone.
	Record *v1alpha1.RetainedTenant
}

// superAdmin of the former Tenant; empty if that is not known.
func (k Kept) superAdmin() string {
	if k.Record == nil {
		return ""
	}
	return k.Record.Spec.SuperAdmin
}

// Retention is how long the place is kept when the tenant is deleted; 0 purges it at once.
func Retention(in Inputs) time.Duration {
	if in.Tenant.Annotations[v1alpha1.AnnotationPurge] == in.Tenant.Name {
		return 0
	}
	if own := in.Tenant.Spec.RetainFor; own != nil {
		return own.Duration
	}
	return in.Config.RetainFor.Duration
}

// RetainedUntil is when the place of a tenant that is deleted is purged; nil if it is not kept.
func RetainedUntil(in Inputs) *metav1.Time {
	deleted, retention := in.Tenant.DeletionTimestamp, Retention(in)
	if deleted == nil || retention <= 0 {
		return nil
	}
	return &metav1.Time{Time: deleted.Add(retention).Truncate(time.Second)}
}

// Record remembers a deleted tenant whose place is kept, beside its siblings.
func Record(in Inputs) apply.Intent {
	return apply.Intent{
		Object: &v1alpha1.RetainedTenant{
			ObjectMeta: metav1.ObjectMeta{
				Name:      in.Tenant.Name,
				Namespace: in.Tenant.Namespace,
				Labels:    OwnerLabels(in.Tenant),
			},
			Spec: v1alpha1.RetainedTenantSpec{
				Tenant:      recorded(in.Tenant.Spec),
				Labels:      ownLabels(in.Tenant),
				UID:         string(in.Tenant.UID),
				Namespace:   NamespaceName(in),
				Creator:     in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy],
				SuperAdmin:  SuperAdmin(in),
				TrialEndsAt: in.Tenant.Status.TrialEndsAt,
				Until:       *RetainedUntil(in),
			},
		},
		// A person's wish.
		ServerFields: [][]string{{"spec", "action"}},
	}
}

// recorded is the spec without where it once came from: it says that no more.
func recorded(spec v1alpha1.TenantSpec) v1alpha1.TenantSpec {
	kept := *spec.DeepCopy()
	kept.RestoreFrom = nil
	return kept
}

// ownLabels are the labels that the partner gave the Tenant. Those of the tools that delivered it
// would make it theirs again, whoever restores it.
func ownLabels(tenant *v1alpha1.Tenant) map[string]v1alpha1.LabelValue {
	var own map[string]v1alpha1.LabelValue
	for key, value := range tenant.Labels {
		if deliverers(key) {
			continue
		}
		if own == nil {
			own = map[string]v1alpha1.LabelValue{}
		}
		own[key] = v1alpha1.LabelValue(value)
	}
	return own
}

// deliverers says whether a label is of a tool that delivers objects.
func deliverers(key string) bool {
	prefix, _, _ := strings.Cut(key, "/")
	return key == "app.kubernetes.io/instance" || prefix == "argocd.argoproj.io" ||
		strings.HasSuffix(prefix, "fluxcd.io") || strings.HasSuffix(prefix, "helm.sh")
}

// Former is the Tenant that a record remembers: deleted, and its place closed.
func Former(record *v1alpha1.RetainedTenant) *v1alpha1.Tenant {
	former := Restored(record)
	former.UID = types.UID(record.Spec.UID)
	former.Spec.RestoreFrom = nil
	former.CreationTimestamp, former.DeletionTimestamp = record.CreationTimestamp, &record.CreationTimestamp
	former.Spec.RetainFor = &metav1.Duration{Duration: record.Spec.Until.Sub(record.CreationTimestamp.Time)}
	former.Finalizers = []string{v1alpha1.Finalizer}
	former.Status = v1alpha1.TenantStatus{Namespace: record.Spec.Namespace, SuperAdmin: record.Spec.SuperAdmin}
	return former
}

// Restored is the Tenant that action Restore makes of a record.
func Restored(record *v1alpha1.RetainedTenant) *v1alpha1.Tenant {
	tenant := &v1alpha1.Tenant{
		ObjectMeta: metav1.ObjectMeta{
			Name:        record.Name,
			Namespace:   record.Namespace,
			Annotations: map[string]string{v1alpha1.AnnotationCreatedBy: record.Spec.Creator},
		},
		Spec: *record.Spec.Tenant.DeepCopy(),
	}
	tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: record.Spec.UID}
	for key, value := range record.Spec.Labels {
		metav1.SetMetaDataLabel(&tenant.ObjectMeta, key, string(value))
	}
	return tenant
}

// Due is what is to become of a place that is kept.
type Due int

// What is to become of a place that is kept.
const (
	// DueNothing: it is kept.
	DueNothing Due = iota
	// DueRestore: somebody who may wants it back.
	DueRestore
	// DuePurge: its time is up, or somebody who may wants it gone.
	DuePurge
)

// DueOf says what is to become of the place of a record now. A wish outranks the clock: a place that
// is to be restored is not purged in between.
func DueOf(record *v1alpha1.RetainedTenant, now time.Time) Due {
	switch {
	case record.Spec.Action == v1alpha1.ActionRestore:
		return DueRestore
	case record.Spec.Action == v1alpha1.ActionPurge, !now.Before(record.Spec.Until.Time):
		return DuePurge
	}
	return DueNothing
}

// entitled says that the tenant may have the place that is kept: its creator is the former's, or it
// was made to restore that very place, which takes a right of its own.
func entitled(in Inputs) bool {
	creator := in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy]
	from := in.Tenant.Spec.RestoreFrom
	return creator != "" && creator == in.Kept.Creator || from != nil && from.UID == in.Kept.UID
}

// refuseRetained: what is kept is not for whoever comes next by that name.
func refuseRetained(in Inputs) *Refusal {
	if in.Kept == nil || in.Tenant.DeletionTimestamp != nil {
		return nil
	}
	if entitled(in) {
		return refuseRestoration(in)
	}
	return &Refusal{
		Reason: v1alpha1.ReasonRetained,
		Message: fmt.Sprintf("the place of a deleted tenant %q is kept, and somebody else had made that tenant; whoever may administer tenants takes it back by setting spec.restoreFrom.uid to %q; or make this tenant under another name",
			in.Tenant.Name, in.Kept.UID),
		Stalled: true,
	}
}

// refuseRestoration says what keeps a tenant from the place that it may take back.
func refuseRestoration(in Inputs) *Refusal {
	if in.Kept.Record == nil {
		return nil
	}
	former := in.Kept.Record.Spec
	if former.Action == v1alpha1.ActionPurge {
		return &Refusal{
			Reason:  v1alpha1.ReasonRetained,
			Message: "the place that was kept under this name is being purged; this tenant is made when it is gone",
		}
	}
	if region := former.Tenant.Region; region != "" && region != in.Tenant.Spec.Region {
		return &Refusal{
			Reason: v1alpha1.ReasonRetained,
			Message: fmt.Sprintf("the place that is kept lies in region %q and its data stays there; delete this tenant and make it again with spec.region %q",
				region, region),
			Stalled: true,
		}
	}
	if wanted := in.Tenant.Spec.SuperAdmin; wanted != "" && wanted != former.SuperAdmin && !namesSuperAdmin(in) {
		return &Refusal{
			Reason:  v1alpha1.ReasonRetained,
			Message: fmt.Sprintf("the place that is kept has super admin %q, who stays it; leave spec.superAdmin out, or name the same", former.SuperAdmin),
			Stalled: true,
		}
	}
	return nil
}

// namesSuperAdmin says whether the tenant's creator may give a restored place another super admin:
// its present one may, and the parent's.
func namesSuperAdmin(in Inputs) bool {
	switch in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy] {
	case "":
		return false
	case in.Kept.superAdmin():
		return true
	}
	return len(in.Ancestors) > 0 && in.Ancestors[0].Status.SuperAdmin == in.Tenant.Annotations[v1alpha1.AnnotationCreatedBy]
}
