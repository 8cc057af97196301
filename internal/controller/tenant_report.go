// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/apply"
	"github.com/tenantry/tenantry/internal/desired"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
)

// Reporter writes what is said of a tenant: its status, and events from what changed in it.
type Reporter struct {
	Client client.Client
	Events events.EventRecorder
	Clock  clock.PassiveClock
}

// Report writes the tenant's status and says how to go on. A failed status write wins over every
// other error: until it is written, nobody knows of them.
func (r *Reporter) Report(ctx context.Context, in desired.Inputs, seen standing.Seen, applied error) (ctrl.Result, error) {
	if in.Tenant.DeletionTimestamp != nil && !controllerutil.ContainsFinalizer(in.Tenant, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	if applied != nil {
		seen.Problem = standing.Explain(applied)
		if seen.Problem == nil {
			return ctrl.Result{}, applied
		}
	}
	after := in.Tenant.DeepCopy()
	after.Status = standing.Of(in, seen, metav1.NewTime(r.Clock.Now()))
	written, err := status.Patch(ctx, r.Client, in.Tenant, after, v1alpha1.FieldManager)
	if err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if written {
		r.tell(in.Tenant, after)
	}
	if err := outcome(seen.Problem, applied, written); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: r.lookAgain(in)}, nil
}

// lookAgain is how long until the clock alone may change what is said of a tenant; 0 if it can't.
func (r *Reporter) lookAgain(in desired.Inputs) time.Duration {
	if in.Custom == nil || in.Custom.LookAgain.IsZero() {
		return 0
	}
	return max(in.Custom.LookAgain.Sub(r.Clock.Now()), time.Second)
}

// Retained tells that a deleted tenant's place is kept.
func (r *Reporter) Retained(in desired.Inputs) {
	r.Events.Eventf(in.Tenant, nil, corev1.EventTypeNormal, v1alpha1.ReasonRetaining, "Delete",
		"namespace %q is kept until %s: `kubectl get retainedtenant -n %s %s` says how to get it back",
		desired.NamespaceName(in), desired.RetainedUntil(in).UTC().Format(time.RFC3339), in.Tenant.Namespace, in.Tenant.Name)
}

// Restored tells that a tenant took a place back.
func (r *Reporter) Restored(in desired.Inputs, kept *desired.Kept) {
	r.Events.Eventf(in.Tenant, nil, corev1.EventTypeNormal, v1alpha1.ReasonRestored, "Restore",
		"namespace %q of the deleted tenant with UID %s is this tenant's again, as it was", desired.NamespaceName(in), kept.UID)
}

// Applied notes that an object was written; an event tells it where a tenant was complete before:
// then somebody else had changed the object.
func (r *Reporter) Applied(ctx context.Context, in desired.Inputs, object client.Object, done apply.Outcome) {
	kind := apply.KindOf(r.Client.Scheme(), object)
	ctrl.LoggerFrom(ctx).V(1).Info("Applied", "kind", kind, "object", client.ObjectKeyFromObject(object), "outcome", done)
	settled := in.Closed() == (in.Tenant.Status.Phase == v1alpha1.PhaseSuspended)
	if in.Tenant.IsReady() && settled {
		// Events of one Tenant with the same reason are told as one, unless they relate to different objects.
		r.Events.Eventf(in.Tenant, object, corev1.EventTypeNormal, "Repaired", "Apply",
			"%s %q was not as it should be and was put right (%s)", kind, object.GetName(), done)
	}
}

// outcome of a reconciliation: what waits for a watch is done, what nobody can mend but a person
// is not tried again, all else is. A namespace's end wakes those whose status says that they wait
// for it: who has only just said so looks once more, lest it went in between.
func outcome(problem *standing.Problem, err error, told bool) error {
	switch {
	case problem == nil || problem.Reason == v1alpha1.ReasonProvisioning:
		return nil
	case problem.Reason != v1alpha1.ReasonNamespaceConflict || told:
		return err
	case problem.Stalled:
		return reconcile.TerminalError(err)
	}
	return nil
}

// tell makes an event of a change of the Ready condition.
func (r *Reporter) tell(before, after *v1alpha1.Tenant) {
	was := meta.FindStatusCondition(before.Status.Conditions, v1alpha1.ConditionReady)
	is := meta.FindStatusCondition(after.Status.Conditions, v1alpha1.ConditionReady)
	if is == nil || is.Reason == v1alpha1.ReasonProvisioning || (was != nil && was.Reason == is.Reason && was.Status == is.Status) {
		return
	}
	kind := corev1.EventTypeNormal
	if is.Status != metav1.ConditionTrue && after.DeletionTimestamp == nil {
		kind = corev1.EventTypeWarning
	}
	r.Events.Eventf(after, nil, kind, is.Reason, "Reconcile", "%s", is.Message)
}
