// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/access"
	"github.com/tenantry/tenantry/internal/scan"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// ScanScheduleReconciler says how each ScanSchedule fares, by what ScanReconciler found in the places of its tenants.
type ScanScheduleReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Loader reads where a schedule lies, and whom it picks.
	Loader *tenancy.Loader
	// Events of schedules.
	Events events.EventRecorder
	// Clock says what time it is.
	Clock clock.PassiveClock

	board *scanBoard
}

// NewScanScheduleReconciler sums up what a ScanReconciler finds.
func NewScanScheduleReconciler(runs *ScanReconciler) *ScanScheduleReconciler {
	return &ScanScheduleReconciler{Client: runs.Client, Loader: runs.Loader, Events: runs.Events, Clock: runs.Clock, board: runs.board}
}

// Reconcile looks at one schedule.
func (r *ScanScheduleReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	schedule := &v1alpha1.ScanSchedule{}
	if err := r.Client.Get(ctx, req.NamespacedName, schedule); err != nil || schedule.DeletionTimestamp != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	seen, err := r.look(ctx, schedule)
	if err != nil {
		return ctrl.Result{}, err
	}
	after := schedule.DeepCopy()
	after.Status = standing.OfSchedule(schedule, seen, metav1.NewTime(r.Clock.Now()))
	written, err := status.Patch(ctx, r.Client, schedule, after, v1alpha1.FieldManager)
	if err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if written {
		for _, event := range standing.ScheduleEvents(schedule.Status, after.Status) {
			r.Events.Eventf(after, nil, event.Type, event.Reason, "Schedule", "%s", event.Message)
		}
	}
	return ctrl.Result{}, nil
}

// look finds out what is wrong with the schedule itself, and gathers what was found in its tenants' places.
func (r *ScanScheduleReconciler) look(ctx context.Context, schedule *v1alpha1.ScanSchedule) (standing.ScheduleSeen, error) {
	seen := standing.ScheduleSeen{}
	owner, err := r.Loader.OwnerOf(ctx, schedule.Namespace)
	if err != nil {
		return seen, err
	}
	profile, known := r.Loader.Config.Scans.Profiles[schedule.Spec.Profile]
	seen.Profile = profile
	seen.Fault = scheduleFault(schedule, owner, known)
	if owner == nil {
		return seen, nil
	}
	tenants, err := r.picked(ctx, schedule, owner)
	if err != nil {
		return seen, err
	}
	seen.Whole = true
	for _, tenant := range tenants {
		found, looked := r.board.of(tenant, client.ObjectKeyFromObject(schedule), schedule.UID)
		seen.Whole = seen.Whole && looked && found.Generation >= schedule.Generation
		if looked {
			seen.Findings = append(seen.Findings, found)
		}
	}
	return seen, nil
}

// picked are the names of the tenants that a schedule picks: those in whose places it is looked at.
func (r *ScanScheduleReconciler) picked(ctx context.Context, schedule *v1alpha1.ScanSchedule, owner *v1alpha1.Tenant) ([]types.NamespacedName, error) {
	if !tenancy.IsForMany(schedule) {
		return []types.NamespacedName{client.ObjectKeyFromObject(owner)}, nil
	}
	children, err := r.Loader.ChildrenIn(ctx, schedule.Namespace)
	var picked []types.NamespacedName
	for _, child := range children {
		if child.DeletionTimestamp == nil && access.Selects(schedule.Spec.Tenants, child) {
			picked = append(picked, client.ObjectKeyFromObject(child))
		}
	}
	return picked, err
}

// scheduleFault is why a schedule starts nothing anywhere; nil if it may.
func scheduleFault(schedule *v1alpha1.ScanSchedule, owner *v1alpha1.Tenant, known bool) *scan.Problem {
	fault := func(reason, format string, arguments ...any) *scan.Problem {
		return &scan.Problem{Reason: reason, Message: fmt.Sprintf(format, arguments...)}
	}
	switch _, err := scan.NewCalendar(schedule.Spec); {
	case owner == nil:
		return fault(v1alpha1.ReasonNotAPlace, "namespace %q is no tenant's place: make the schedule in the namespace that status.namespace of a Tenant names", schedule.Namespace)
	case tenancy.IsForMany(schedule) && owner.Spec.Partner == nil:
		return fault(v1alpha1.ReasonParentNotPartner, "spec.tenants picks customers of a partner, and Tenant %q is none: leave it out, or make the schedule in the partner's place", owner.Name)
	case err != nil:
		return fault(v1alpha1.ReasonInvalidSchedule, "%v", err)
	case !known:
		return fault(v1alpha1.ReasonUnresolved, "there is no scan profile %q: name another, or ask the operator of this cluster for it", schedule.Spec.Profile)
	}
	return nil
}
