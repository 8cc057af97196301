// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/metrics"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// ScanReconciler starts the runs of schedules in one tenant's place, and counts those that finished. What it does follows
// from the place's ledger, which is written first (docs/adr/0018-runs-counted-in-a-ledger.md).
type ScanReconciler struct {
	// Client reads from the caches, and writes Jobs, their targets and the ledger.
	Client client.Client
	// Live reads from the API server: what inventories list, and what stands in the way of a create.
	Live client.Reader
	// Loader reads what decides about a place.
	Loader *tenancy.Loader
	// Feeds reads the versions of feeds of vulnerabilities.
	Feeds client.Reader
	// Events of schedules.
	Events events.EventRecorder
	// Clock says what is due.
	Clock clock.PassiveClock

	board *scanBoard
	// schedules are summed up when something new was found, and tenants when more was counted.
	schedules, tenants pokes
	// read is what the inventories of a place were when its targets were read last, by the UID of the tenant.
	read *lru.Cache
	// reading has room for as many as may read targets at once.
	reading chan struct{}
	// written are the last writes of Jobs and ledgers.
	written *echoes
}

// readsAtOnce is of how many places the targets are read at once: there may be megabytes of them, and much to understand.
const readsAtOnce = 2

// readPlaces is of how many places it is remembered what their inventories were. What is forgotten costs a read of them.
const readPlaces = 1 << 15

// NewScanReconciler shares the clients of a TenantReconciler.
func NewScanReconciler(tenants *TenantReconciler, feeds client.Reader, recorder events.EventRecorder, now clock.PassiveClock) *ScanReconciler {
	return &ScanReconciler{
		Client: tenants.Client, Live: tenants.Live, Loader: tenants.Loader, Feeds: feeds, Events: recorder, Clock: now,
		board: newScanBoard(), schedules: pokesAfter(scheduleBatch), tenants: tenants.scanned, read: lru.New(readPlaces),
		reading: make(chan struct{}, readsAtOnce), written: newEchoes(),
	}
}

// scanVisit is one look at one tenant's place.
type scanVisit struct {
	*tenancy.Scans
	name types.NamespacedName
	now  time.Time
	seen scan.Seen
	// faults are schedules that start nothing, by their UID, and why.
	faults map[types.UID]*scan.Problem
	// inventories are those of the place, as far as it has to be known whether they have changed; empty if not.
	inventories string
	// anew says that the targets were read for this look.
	anew bool
	// started are the schedules of which a run was started, and problems what keeps runs from it.
	started  map[types.UID]bool
	problems map[types.UID]*scan.Problem
}

// Reconcile looks at the place of one Tenant.
func (r *ScanReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	v := &scanVisit{name: req.NamespacedName, now: r.Clock.Now(), faults: map[types.UID]*scan.Problem{}, started: map[types.UID]bool{}, problems: map[types.UID]*scan.Problem{}}
	var err error
	if v.Scans, err = r.Loader.LoadScans(ctx, req.NamespacedName); err != nil {
		return ctrl.Result{}, r.fail(v, err)
	}
	if len(v.Schedules) == 0 && len(v.Jobs) == 0 && v.Book == nil {
		r.tell(v, nil)
		return ctrl.Result{}, nil
	}
	decision, err := r.decide(ctx, v)
	if err != nil {
		return ctrl.Result{}, r.fail(v, err)
	}
	written, err := r.write(ctx, v, decision.Ledger)
	if apierrors.IsConflict(err) { // somebody else has written it: nothing follows from what was read
		return ctrl.Result{RequeueAfter: time.Second}, nil
	}
	if err != nil {
		return ctrl.Result{}, r.fail(v, err)
	}
	if written && len(decision.Recalled) > 0 {
		ctrl.LoggerFrom(ctx).Info("The ledger of scans was lost or put back to what it was: runs are counted as far as their Jobs are still there", "namespace", v.Namespace, "runs", decision.Recalled)
	}
	if written { // who sets out again on a run, or sees it late, has written that it was tried
		for _, number := range decision.Start {
			if run := decision.Ledger.Runs[number]; run.Tries == 0 {
				metrics.Scanned.Started(run.Cause)
			}
		}
		for _, job := range decision.Counted {
			metrics.Scanned.Finished(job.Result, job.Took)
		}
	}
	if v.anew && !decision.AssetsLeft {
		r.read.Add(v.seen.Tenant, v.inventories)
	}
	worked := r.act(ctx, v, decision)
	for _, notice := range decision.Notices {
		r.announce(v, notice)
	}
	r.tell(v, r.findings(v, decision.Ledger))
	if written && v.Tenant != nil && counted(v.Ledger, decision.Ledger) {
		r.tenants.poke(v.name)
	}
	if worked != nil && !apierrors.IsConflict(worked) {
		return ctrl.Result{}, worked
	}
	return ctrl.Result{RequeueAfter: r.again(v, decision, worked != nil)}, nil
}

// decide takes a look, and another with the Jobs that there are, or with the targets, if it takes them.
func (r *ScanReconciler) decide(ctx context.Context, v *scanVisit) (scan.Decision, error) {
	if err := r.see(ctx, v); err != nil {
		return scan.Decision{}, err
	}
	decision := scan.Look(v.seen)
	if decision.Unconfirmed {
		if err := r.confirm(ctx, v); err != nil {
			return scan.Decision{}, err
		}
		decision = scan.Look(v.seen)
	}
	if !decision.Unread {
		return decision, nil
	}
	if err := r.readTargets(ctx, v); err != nil {
		return scan.Decision{}, err
	}
	return scan.Look(v.seen), nil
}

// see gathers what is known of a place.
func (r *ScanReconciler) see(ctx context.Context, v *scanVisit) error {
	v.seen = scan.Seen{Namespace: v.Namespace, NamespaceUID: v.NamespaceUID, Ledger: v.Ledger, Now: v.now, Closed: v.Tenant == nil || v.Access.Place.Closed}
	if v.Tenant != nil {
		v.seen.Tenant = v.Tenant.UID
	}
	v.readJobs()
	var reaching []*v1alpha1.ScanSchedule
	for _, schedule := range v.Schedules {
		if v.Namespace != "" && !v.Going && scan.Reaches(schedule, v.Access) {
			reaching = append(reaching, schedule)
		}
	}
	admitted, refused := scan.Admitted(reaching)
	v.refuse(refused)
	var feeds map[string]string
	var err error
	for _, schedule := range admitted {
		if waits(schedule, v1alpha1.ScanOnFeedUpdated) && feeds == nil {
			if feeds, err = r.feeds(ctx); err != nil {
				return err
			}
		}
		v.admit(schedule, r.Loader.Config.Scans.Profiles, feeds)
	}
	return r.readNew(ctx, v)
}

// confirm reads the Jobs of a place from the API server.
func (r *ScanReconciler) confirm(ctx context.Context, v *scanVisit) (err error) {
	if v.Jobs, err = tenancy.ReadRuns(ctx, r.Live, v.Namespace, v.name); err != nil {
		return err
	}
	v.readJobs()
	v.seen.Confirmed = true
	return nil
}

// readNew reads the targets of a place where a schedule waits for new ones, if inventories have changed since they were read.
func (r *ScanReconciler) readNew(ctx context.Context, v *scanVisit) error {
	if !slices.ContainsFunc(v.seen.Schedules, func(schedule scan.Schedule) bool { return waits(schedule.Object, v1alpha1.ScanOnAssetAdded) }) {
		return nil
	}
	inventories, err := tenancy.Inventories(ctx, r.Client, v.Namespace)
	if err != nil {
		return err
	}
	for i := range inventories {
		v.inventories += fmt.Sprintf("%s/%d ", inventories[i].UID, inventories[i].Generation)
	}
	if known, found := r.read.Get(v.seen.Tenant); found && known == v.inventories {
		return nil
	}
	return r.readTargets(ctx, v)
}

// readTargets reads those of all schedules of a place.
func (r *ScanReconciler) readTargets(ctx context.Context, v *scanVisit) error {
	asks := make([]*v1alpha1.ScanTargets, len(v.seen.Schedules))
	for i, schedule := range v.seen.Schedules {
		asks[i] = schedule.Object.Spec.Targets
	}
	select {
	case r.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.reading }()
	targets, err := tenancy.ReadTargets(ctx, r.Live, v.Namespace, asks)
	if err != nil {
		return err
	}
	for i := range v.seen.Schedules {
		v.seen.Schedules[i].Targets, v.seen.Schedules[i].Unread = targets[i], false
	}
	v.anew = true
	return nil
}

// feeds are the versions of feeds, by profile; empty where there are none.
func (r *ScanReconciler) feeds(ctx context.Context) (map[string]string, error) {
	versions, err := tenancy.Feeds(ctx, r.Feeds)
	if versions == nil {
		versions = map[string]string{}
	}
	return versions, err
}

// again is when to look anew, though nothing changes; 0 for never.
func (r *ScanReconciler) again(v *scanVisit, decision scan.Decision, conflicted bool) time.Duration {
	again := until(decision.LookAgain, v.now)
	if conflicted {
		again = sooner(again, time.Second)
	}
	for _, job := range v.seen.Jobs {
		if _, later := job.Stuck(v.now); !later.IsZero() {
			again = sooner(again, until(later, v.now))
		}
	}
	if v.Tenant != nil && slices.ContainsFunc(v.Schedules, tenancy.IsForMany) {
		again = sooner(again, until(v.Ends, v.now))
	}
	return again
}

// until is how long it is until a time, at least a moment; 0 if the time is zero.
func until(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(at.Sub(now), time.Millisecond)
}

// fail tells the schedules of a place that it could not be looked at.
func (r *ScanReconciler) fail(v *scanVisit, err error) error {
	found := map[types.NamespacedName]scan.Finding{}
	for _, schedule := range v.Schedules {
		name := client.ObjectKeyFromObject(schedule)
		before, known := r.board.of(v.name, name, schedule.UID)
		if !known {
			before = scan.Finding{UID: schedule.UID, Namespace: v.Namespace, NamespaceUID: v.NamespaceUID, Reached: scan.Reaches(schedule, v.Access)}
		}
		before.Generation = schedule.Generation
		if before.Reached {
			before.Problem = problemOf(err)
		}
		found[name] = before
	}
	if len(found) > 0 {
		r.tell(v, found)
	}
	return err
}

// tell hands what was found to the controller of schedules.
func (r *ScanReconciler) tell(v *scanVisit, found map[types.NamespacedName]scan.Finding) {
	for _, schedule := range r.board.put(v.name, found) {
		r.schedules.poke(schedule)
	}
}
