// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package desired

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
)

// Kept is the place of a former Tenant, as its namespace tells: the loss of its record opens nothing.
type Kept struct {
	// UID of the former Tenant.
	UID string
	// Version is the resource version of the namespace that was looked at.
	Version string
	// Creator of the former Tenant; empty if that is not known.
	Creator string
	// SuperAdmin of the former Tenant; empty if it had none.
	SuperAdmin string
	// Region that the place lies in; empty if it lies in none.
	Region string
	// Record says how the place is kept; nil where its record is gone.
	Record *v1alpha1.RetainedTenant
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

// RetainedUntil is when the place of a tenant that is deleted is purged; nil if it is not kept. What is
// deleted in the place of a partner that is itself kept is kept no longer than that.
func RetainedUntil(in Inputs) *metav1.Time {
	deleted, retention := in.Tenant.DeletionTimestamp, Retention(in)
	if deleted == nil || retention <= 0 {
		return nil
	}
	until := deleted.Add(retention)
	for _, ancestor := range in.Ancestors {
		if own := ancestor.Spec.RetainFor; ancestor.DeletionTimestamp != nil && own != nil {
			if end := ancestor.DeletionTimestamp.Add(own.Duration); end.Before(until) {
				until = end
			}
		}
	}
	return &metav1.Time{Time: until.Truncate(time.Second)}
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
				Syncs:       retainedSyncs(in.Tenant.Status.Syncs),
				UID:         string(in.Tenant.UID),
				Namespace:   NamespaceName(in),
				Creator:     creator(in.Tenant),
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

// retainedSyncs are those that have copied Secrets into the place.
func retainedSyncs(entries []v1alpha1.TenantSync) []v1alpha1.RetainedSync {
	var retained []v1alpha1.RetainedSync
	for _, entry := range entries {
		if len(entry.Secrets) > 0 {
			retained = append(retained, v1alpha1.RetainedSync{Name: entry.Name, Secrets: slices.Clone(entry.Secrets)})
		}
	}
	return retained
}

// RestoredSyncs are the entries of a Tenant's status with those of the record whose place it takes back: by them the copies of Secrets are
// found again, and removed if their sync is no more.
func RestoredSyncs(entries []v1alpha1.TenantSync, record *v1alpha1.RetainedTenant) []v1alpha1.TenantSync {
	restored := slices.Clone(entries)
	for _, retained := range record.Spec.Syncs {
		at := slices.IndexFunc(restored, func(entry v1alpha1.TenantSync) bool { return entry.Name == retained.Name })
		if at < 0 {
			at = len(restored)
			restored = append(restored, v1alpha1.TenantSync{Name: retained.Name, State: v1alpha1.SyncPending, Reason: v1alpha1.ReasonWaiting})
		}
		restored[at].Secrets = slices.Compact(slices.Sorted(slices.Values(slices.Concat(restored[at].Secrets, retained.Secrets))))
	}
	slices.SortFunc(restored, func(x, y v1alpha1.TenantSync) int { return strings.Compare(x.Name, y.Name) })
	return restored
}

// maxCreator is the longest creator that a record takes.
const maxCreator = 1024

// creator of a Tenant; of one whose name is too long to keep, a digest.
func creator(tenant *v1alpha1.Tenant) string {
	name := tenant.Annotations[v1alpha1.AnnotationCreatedBy]
	if len(name) > maxCreator {
		return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(name)))
	}
	return name
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
			Name:      record.Name,
			Namespace: record.Namespace,
			// A person's name or a system's, or, where none is known, a name that is nobody's.
			Annotations: map[string]string{v1alpha1.AnnotationCreatedBy: cmp.Or(record.Spec.Creator, unknownCreator)},
		},
		Spec: *record.Spec.Tenant.DeepCopy(),
	}
	tenant.Spec.RestoreFrom = &v1alpha1.RestoreReference{UID: record.Spec.UID}
	for key, value := range record.Spec.Labels {
		metav1.SetMetaDataLabel(&tenant.ObjectMeta, key, string(value))
	}
	return tenant
}

// unknownCreator is the creator of a restored Tenant whose creator nobody knows.
const unknownCreator = "system:unknown"

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

// KeptUntil is when a place that is kept is purged, as is written on it; false if it is not kept.
func KeptUntil(place *corev1.Namespace) (time.Time, bool) {
	until, err := time.Parse(time.RFC3339, place.Annotations[v1alpha1.AnnotationRetainedUntil])
	return until, err == nil && place.Labels[v1alpha1.LabelManaged] == "true"
}
