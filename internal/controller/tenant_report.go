// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
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
	licensed := r.until(standing.LookAgain(in, after.Status, r.Clock.Now()))
	return ctrl.Result{RequeueAfter: sooner(sooner(seen.Again, licensed), sooner(r.until(in.AccessEnds), r.lookAgain(in)))}, nil
}

// lookAgain is how long until the clock alone may change what is said of a tenant; 0 if it can't.
func (r *Reporter) lookAgain(in desired.Inputs) time.Duration {
	if in.Custom == nil {
		return 0
	}
	return r.until(in.Custom.LookAgain)
}

// until is how long it is until a time, at least a moment; 0 if the time is zero.
func (r *Reporter) until(at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(at.Sub(r.Clock.Now()), time.Second)
}

// sooner is the shorter of two times, of which 0 means never.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// RouteRemoved tells that a route of the tenant's own was deleted.
func (r *Reporter) RouteRemoved(in desired.Inputs, route client.Object, host string) {
	r.Events.Eventf(in.Tenant, route, corev1.EventTypeWarning, "RouteRemoved", "Delete",
		"%s %q was deleted: it named host %q, which the tenant has given up", apply.KindOf(r.Client.Scheme(), route), route.GetName(), host)
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

// Applied notes that an object was written; an event tells it where a tenant was complete before, and
// nothing else is wanted of it: then somebody else had changed the object. Of a binding and of a brand that can't be
// known: grants elsewhere change who is in the one, and a profile what is in the other.
func (r *Reporter) Applied(ctx context.Context, in desired.Inputs, object client.Object, done apply.Outcome) {
	kind := apply.KindOf(r.Client.Scheme(), object)
	ctrl.LoggerFrom(ctx).V(1).Info("Applied", "kind", kind, "object", client.ObjectKeyFromObject(object), "outcome", done)
	_, binding := object.(*rbacv1.RoleBinding)
	_, configMap := object.(*corev1.ConfigMap)
	if brand := configMap && object.GetName() == desired.BrandName; !binding && !brand && standing.Settled(in) {
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

// tell makes events of what has changed.
func (r *Reporter) tell(before, after *v1alpha1.Tenant) {
	r.tellReady(before, after)
	for _, alert := range standing.NewAlerts(before.Status, after.Status) {
		r.Events.Eventf(after, nil, corev1.EventTypeWarning, alert.Reason, "Count", "%s", alert.Message)
	}
}

// tellReady makes an event of a change of the Ready condition.
func (r *Reporter) tellReady(before, after *v1alpha1.Tenant) {
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
