// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/replicas"
	"github.com/tenantry/tenantry/internal/replication"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// secretsAge is how old what was read of the master's Secrets may be: no watch tells of them.
const secretsAge = 5 * time.Minute

// progressPause is the least time between two writes of a sync's sums.
const progressPause = time.Second

// SyncReconciler says what each MasterTenantSync is about at present, who of its targets may be written to, and how far it
// has come. The copying is SyncTargetReconciler's.
type SyncReconciler struct {
	// Client reads from the caches, and writes status and finalizers.
	Client client.Client
	// Loader reads the master, and the tenants.
	Loader *tenancy.Loader
	// Stores read what is marked, and the copies.
	Stores *replicas.Stores
	// Events of syncs.
	Events events.EventRecorder
	// Clock says how long a canary has soaked.
	Clock clock.PassiveClock

	board *board
	// told is when the status of each sync was written last, by its name.
	told sync.Map
	// targets are looked at anew when they are poked.
	targets pokes
}

// Reconcile looks at one sync.
func (r *SyncReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	sync := &v1alpha1.MasterTenantSync{}
	if err := r.Client.Get(ctx, req.NamespacedName, sync); err != nil {
		r.board.take(req.NamespacedName)
		r.told.Delete(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	result, err := r.reconcile(ctx, sync)
	if err != nil && sync.DeletionTimestamp == nil {
		r.board.fail(sync)
	}
	return result, err
}

func (r *SyncReconciler) reconcile(ctx context.Context, sync *v1alpha1.MasterTenantSync) (ctrl.Result, error) {
	name := client.ObjectKeyFromObject(sync)
	tenants, err := r.Loader.ChildrenIn(ctx, sync.Namespace)
	if err != nil {
		return ctrl.Result{}, err
	}
	if sync.DeletionTimestamp != nil {
		return ctrl.Result{}, r.leave(ctx, sync, tenants)
	}
	seen, err := r.look(ctx, sync, tenants)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := patchFinalizer(ctx, r.Client, sync, controllerutil.AddFinalizer); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	// What a rollout remembers is written before anybody is written to by it.
	after := sync.DeepCopy()
	after.Status = standing.OfSync(sync, seen, metav1.NewTime(r.Clock.Now()))
	later := r.later(sync, after)
	if later > 0 {
		after.Status = sync.Status
	}
	written, err := status.Patch(ctx, r.Client, sync, after, v1alpha1.FieldManager)
	if err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if written {
		r.told.Store(name, r.Clock.Now())
		r.tell(sync, after)
	}
	if approved := after.Status.Approved; seen.Pins == nil && (approved == nil || approved.CompletedAt != nil) {
		if err := tenancy.DropPins(ctx, r.Client, sync); err != nil {
			return ctrl.Result{}, err
		}
	}
	ran := after.Status.ObservedRun != sync.Status.ObservedRun
	if ran { // nothing more is copied by it
		seen.Mode = standing.SyncStill
	}
	r.announce(after, seen, tenants)
	// What was approved is written down, and can begin; or it is done, and there is another plan to be found out.
	if seen.Pins != nil && (seen.Mode == standing.SyncLook || after.Status.Approved.CompletedAt != nil) {
		return ctrl.Result{RequeueAfter: time.Millisecond}, nil
	}
	if ran { // which is to be said
		return ctrl.Result{RequeueAfter: time.Millisecond}, nil
	}
	again := sooner(seen.Decision.Again, later)
	if len(replication.NamedSecrets(&sync.Spec)) > 0 {
		again = sooner(again, secretsAge)
	}
	return ctrl.Result{RequeueAfter: again}, nil
}

// later is how long to wait before sums are written again: while thousands of tenants are copied to, they change ten
// times a second.
func (r *SyncReconciler) later(before, after *v1alpha1.MasterTenantSync) time.Duration {
	at, told := r.told.Load(client.ObjectKeyFromObject(before))
	if !told || !standing.OnlyProgress(before.Status, after.Status) {
		return 0
	}
	return max(0, progressPause-r.Clock.Since(at.(time.Time)))
}

// look finds out what the sync is about, and how far it has come.
func (r *SyncReconciler) look(ctx context.Context, sync *v1alpha1.MasterTenantSync, tenants []*v1alpha1.Tenant) (standing.SyncSeen, error) {
	seen := standing.SyncSeen{Mode: standing.SyncModeOf(sync)}
	master, err := r.Loader.LoadMaster(ctx, sync)
	if err != nil {
		return seen, err
	}
	if seen.Reason, seen.Message = master.Reason, master.Message; master.Tenant == nil {
		seen.Mode = standing.SyncStill
		return seen, nil
	}
	marked, err := r.Stores.MarkedIn(ctx, master.Namespace, replication.NamedSecrets(&sync.Spec), r.secretsSince(sync))
	if err != nil {
		return seen, err
	}
	seen.Selection = r.Stores.Rules.Select(&sync.Spec, marked)
	seen.Revision = replication.Revision(sync, seen.Selection.Sources)
	seen.Place, seen.Targets, seen.Absent = master.Namespace, replication.Targets(sync, tenants), replication.Absent(sync, tenants)
	if seen.Mode == standing.SyncLook && standing.CarriesOut(sync, seen.Revision) {
		if seen.Pins, err = tenancy.PinsOf(ctx, r.Client, sync, sync.Spec.ApprovedPlan); err != nil {
			return seen, err
		}
		if seen.Pins != nil {
			seen.Mode = standing.SyncWrite
		}
	}
	r.progress(sync, &seen, tenants)
	if seen.Mode == standing.SyncLook && standing.Approves(sync, seen.Plan) {
		err = r.approve(ctx, sync, &seen, master.Partner)
	}
	return seen, err
}

// approve writes down what the approved plan allows. One that is too large for that is not carried out.
func (r *SyncReconciler) approve(ctx context.Context, sync *v1alpha1.MasterTenantSync, seen *standing.SyncSeen, partner *v1alpha1.Tenant) error {
	err := tenancy.KeepPins(ctx, r.Client, sync, partner, seen.Plan)
	if errors.Is(err, replication.ErrPlanTooLarge) {
		seen.Unkept = err.Error()
		return nil
	}
	seen.Pins = &seen.Plan.Pins
	return err
}

// secretsSince is when the master's Secrets must have been read: whoever changes the sync, or starts it, wants what there is now.
func (r *SyncReconciler) secretsSince(sync *v1alpha1.MasterTenantSync) time.Time {
	if sync.Status.ObservedGeneration != sync.Generation {
		return r.Clock.Now()
	}
	return r.Clock.Now().Add(-secretsAge)
}

// tell makes events of what has changed.
func (r *SyncReconciler) tell(before, after *v1alpha1.MasterTenantSync) {
	for _, event := range standing.SyncEvents(before.Status, after.Status) {
		r.Events.Eventf(after, nil, event.Type, event.Reason, "Sync", "%s", event.Message)
	}
}
