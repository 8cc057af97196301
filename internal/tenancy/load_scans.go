// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	configv1alpha1 "github.com/tenantry/tenantry/api/config/v1alpha1"
	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/scan"
)

// IndexRuns finds the Jobs of runs by the Tenant that they are of, as namespace/name: also of one that is gone.
const IndexRuns = "runs-of-tenant"

// RunOf is the Tenant whose run a Job is.
func RunOf(object client.Object) []string {
	labels := object.GetLabels()
	return []string{labels[v1alpha1.LabelParent] + "/" + labels[v1alpha1.LabelTenant]}
}

// FeedsNamespace is where the versions of feeds lie: the operator's own namespace, to which no tenant can write.
const FeedsNamespace = configv1alpha1.DefaultNamespace

// LedgerKey is the key of the ledger in its ConfigMap.
const LedgerKey = "ledger"

// Scans are what decides about the runs in a tenant's place.
type Scans struct {
	// Tenant whose place it is; nil for one that is gone, and has left Jobs behind, though there be another of its name.
	Tenant *v1alpha1.Tenant
	// Namespace of the place, and its UID; empty while it is not there.
	Namespace    string
	NamespaceUID types.UID
	// Going says that the namespace is being deleted.
	Going bool
	// Access says who is let into the place.
	Access access.Inputs
	// Ends is when the first of those is to be let out; zero if none is.
	Ends time.Time
	// Schedules that may start runs in the place: those in it, and those of the partner's that pick the tenant.
	Schedules []*v1alpha1.ScanSchedule
	// Jobs of runs in the place.
	Jobs []*batchv1.Job
	// Book holds the ledger; nil if there is none.
	Book *corev1.ConfigMap
	// Ledger of the place.
	Ledger scan.Ledger
}

// LoadScans reads what decides about the runs of a tenant, the cache's own: none of it must be changed. An error that
// comes with the schedules is one of what is in the place.
func (l *Loader) LoadScans(ctx context.Context, name types.NamespacedName) (*Scans, error) {
	scans := &Scans{}
	tenant := &v1alpha1.Tenant{}
	err := l.Reader.Get(ctx, name, tenant)
	if client.IgnoreNotFound(err) != nil {
		return scans, fmt.Errorf("reading tenant %q: %w", name.Name, err)
	}
	if err == nil {
		scans.Tenant = tenant
		if err := l.loadSchedules(ctx, scans); err != nil {
			return scans, err
		}
	}
	if scans.Jobs, err = l.runs(ctx, name); err != nil {
		return scans, err
	}
	if scans.Namespace == "" {
		if err := l.leftBehind(ctx, scans, name); err != nil {
			return scans, err
		}
	}
	if scans.Namespace == "" {
		scans.Jobs = nil
		return scans, nil
	}
	scans.Jobs = slices.DeleteFunc(scans.Jobs, func(job *batchv1.Job) bool { return job.Namespace != scans.Namespace })
	scans.Book, scans.Ledger, err = l.ledger(ctx, scans.Namespace, name)
	return scans, err
}

// leftBehind finds the place of a tenant that is gone by the Jobs of its runs. It must say itself that it was the tenant's:
// else whoever makes Jobs in a namespace of their own, with our labels, would have them looked at as a tenant's.
func (l *Loader) leftBehind(ctx context.Context, scans *Scans, name types.NamespacedName) error {
	for _, job := range scans.Jobs {
		namespace := &corev1.Namespace{}
		err := l.Reader.Get(ctx, client.ObjectKey{Name: job.Namespace}, namespace)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading namespace %q: %w", job.Namespace, err)
		}
		if err == nil && isPlaceOf(namespace, name) {
			scans.Tenant, scans.Schedules, scans.Namespace, scans.NamespaceUID = nil, nil, namespace.Name, namespace.UID
			scans.Going = namespace.DeletionTimestamp != nil
			return nil
		}
	}
	return nil
}

// isPlaceOf says that a namespace is, or was, a tenant's place.
func isPlaceOf(namespace *corev1.Namespace, tenant types.NamespacedName) bool {
	labels := namespace.Labels
	return labels[v1alpha1.LabelManaged] == "true" && labels[v1alpha1.LabelTenant] == tenant.Name && labels[v1alpha1.LabelParent] == tenant.Namespace
}

// loadSchedules reads the place of a tenant, and which schedules may start runs in it.
func (l *Loader) loadSchedules(ctx context.Context, scans *Scans) error {
	in, err := l.load(ctx, scans.Tenant, l.ancestors, l.place)
	if err != nil {
		return err
	}
	if in.PlaceUID != "" {
		scans.Namespace, scans.NamespaceUID, scans.Going = desired.NamespaceName(in), in.PlaceUID, in.PlaceGoing
		if scans.Schedules, err = l.SchedulesIn(ctx, scans.Namespace, isOwn); err != nil {
			return err
		}
	}
	if len(in.Ancestors) > 0 {
		above, err := l.SchedulesIn(ctx, scans.Tenant.Namespace, func(schedule *v1alpha1.ScanSchedule) bool {
			return IsForMany(schedule) && access.Selects(schedule.Spec.Tenants, scans.Tenant)
		})
		if err != nil {
			return err
		}
		scans.Schedules = append(scans.Schedules, above...)
	}
	if len(scans.Schedules) == 0 {
		return nil
	}
	for _, step := range []func(context.Context, *desired.Inputs) error{l.ancestorPlans, l.license} {
		if err := step(ctx, &in); err != nil {
			return err
		}
	}
	scans.Access.Now = l.Clock.Now()
	if scans.Access.Place, err = l.accessPlace(ctx, in); err != nil {
		return err
	}
	if scans.Access.Parent, err = l.accessParent(ctx, in); err != nil {
		return err
	}
	scans.Ends = nextEnd(access.Entries(scans.Access))
	return nil
}

// OwnerOf is the tenant whose place a namespace is; nil for none.
func (l *Loader) OwnerOf(ctx context.Context, namespace string) (*v1alpha1.Tenant, error) {
	owner, kind, err := ownerOf(ctx, l.Reader, namespace)
	if err != nil || kind != desired.ParentKnown {
		return nil, client.IgnoreNotFound(err)
	}
	return owner, nil
}

// IsForMany says that a schedule is a partner's, for several of its customers.
func IsForMany(schedule *v1alpha1.ScanSchedule) bool { return schedule.Spec.Tenants != nil }

func isOwn(schedule *v1alpha1.ScanSchedule) bool { return !IsForMany(schedule) }

// SchedulesIn are those in a namespace that are asked for, the cache's own: they must not be changed.
func (l *Loader) SchedulesIn(ctx context.Context, namespace string, which func(*v1alpha1.ScanSchedule) bool) ([]*v1alpha1.ScanSchedule, error) {
	list := &v1alpha1.ScanScheduleList{}
	if err := l.Reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency); err != nil {
		return nil, fmt.Errorf("listing the scan schedules in namespace %q: %w", namespace, err)
	}
	var schedules []*v1alpha1.ScanSchedule
	for i := range list.Items {
		if which(&list.Items[i]) {
			schedules = append(schedules, &list.Items[i])
		}
	}
	return schedules, nil
}

// runs are the Jobs of a tenant's runs, as late as the cache is: to wait until it has those that are made for others
// would have all tenants wait for each other.
func (l *Loader) runs(ctx context.Context, tenant types.NamespacedName) ([]*batchv1.Job, error) {
	return listRuns(ctx, l.Reader, tenant, client.MatchingFields{IndexRuns: tenant.String()}, client.UnsafeDisableDeepCopy, client.DisableReadYourWritesConsistency)
}

// ReadRuns reads the Jobs of a tenant's runs in its place from the API server.
func ReadRuns(ctx context.Context, live client.Reader, namespace string, tenant types.NamespacedName) ([]*batchv1.Job, error) {
	return listRuns(ctx, live, tenant, client.InNamespace(namespace), client.HasLabels{v1alpha1.LabelSchedule},
		client.MatchingLabels{v1alpha1.LabelParent: tenant.Namespace, v1alpha1.LabelTenant: tenant.Name})
}

// listRuns lists Jobs in the order of their names.
func listRuns(ctx context.Context, reader client.Reader, tenant types.NamespacedName, options ...client.ListOption) ([]*batchv1.Job, error) {
	list := &batchv1.JobList{}
	if err := reader.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("listing the Jobs of tenant %q: %w", tenant.Name, err)
	}
	jobs := make([]*batchv1.Job, len(list.Items))
	for i := range list.Items {
		jobs[i] = &list.Items[i]
	}
	slices.SortFunc(jobs, func(a, b *batchv1.Job) int { return strings.Compare(a.Name, b.Name) })
	return jobs, nil
}

// ledger in a tenant's place, and the ConfigMap that holds it; nil for one that is not there, or not the tenant's.
func (l *Loader) ledger(ctx context.Context, namespace string, tenant types.NamespacedName) (*corev1.ConfigMap, scan.Ledger, error) {
	book := &corev1.ConfigMap{}
	err := l.Reader.Get(ctx, client.ObjectKey{Namespace: namespace, Name: v1alpha1.ScanLedgerName}, book)
	if apierrors.IsNotFound(err) || err == nil && (book.Labels[v1alpha1.LabelTenant] != tenant.Name || book.Labels[v1alpha1.LabelParent] != tenant.Namespace) {
		return nil, scan.Ledger{}, nil
	}
	if err != nil {
		return nil, scan.Ledger{}, fmt.Errorf("reading ConfigMap %q in namespace %q: %w", v1alpha1.ScanLedgerName, namespace, err)
	}
	ledger, err := scan.ReadLedger(book.Data[LedgerKey])
	return book, ledger, err
}

// Feeds are the versions of the feeds of vulnerabilities, by the profile that looks for new findings with them.
func Feeds(ctx context.Context, reader client.Reader) (map[string]string, error) {
	feeds := &corev1.ConfigMap{}
	err := reader.Get(ctx, client.ObjectKey{Namespace: FeedsNamespace, Name: v1alpha1.ScanFeedsName}, feeds)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("reading ConfigMap %q in namespace %q: %w", v1alpha1.ScanFeedsName, FeedsNamespace, err)
	}
	return feeds.Data, nil
}

// scanned reads what is counted of the tenant's scans.
func (l *Loader) scanned(ctx context.Context, in *desired.Inputs) error {
	if in.PlaceUID == "" {
		return nil
	}
	book, ledger, err := l.ledger(ctx, desired.NamespaceName(*in), client.ObjectKeyFromObject(in.Tenant))
	if book != nil {
		in.Scans = &ledger
	}
	return err
}

// ReadTargets reads the targets of several schedules in a place from the API server, in the order of what they ask for.
func ReadTargets(ctx context.Context, live client.Reader, namespace string, asks []*v1alpha1.ScanTargets) ([]scan.Targets, error) {
	collection := scan.Collect(asks...)
	err := eachInventory(ctx, live, namespace, func(inventory *v1alpha1.AssetInventory) { collection.Add(inventory.Spec.Assets) })
	return collection.Targets(), err
}
