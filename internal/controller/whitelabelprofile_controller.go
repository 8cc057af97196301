// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/standing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

const (
	// brandBatch is how long changes of the tenants that bear a brand are gathered.
	brandBatch = time.Second
	// brandAudit is how often what a profile refers to is looked at, of which no watch tells: ConfigMaps with
	// pictures, and the Secret of a mail server.
	brandAudit = 5 * time.Minute
	// brandRetry is how soon it is looked at again when something was wrong a moment ago; later each time.
	brandRetry = 2 * time.Second
)

// WhiteLabelProfileReconciler says of each profile what of it is worn, by how many, and how its mail server fares. A
// picture that has changed is told to the tenants by the profile's status.
type WhiteLabelProfileReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Loader reads what a profile refers to, and who bears it.
	Loader *tenancy.Loader
	// Routes know how its mail server fares.
	Routes MailRoutes
	// Clock says when a condition changed.
	Clock clock.PassiveClock
}

// Reconcile looks at one profile.
func (r *WhiteLabelProfileReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	profile := &v1alpha1.WhiteLabelProfile{}
	if err := r.Client.Get(ctx, req.NamespacedName, profile); err != nil {
		if apierrors.IsNotFound(err) {
			r.Loader.Looks.Forget(req.NamespacedName)
			r.Routes.Servers.forget(req.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	seen, err := r.Loader.LoadProfile(ctx, profile)
	if err != nil {
		return ctrl.Result{}, err
	}
	if seen.MailServer, err = r.Routes.seen(ctx, profile); err != nil {
		return ctrl.Result{}, err
	}
	after := profile.DeepCopy()
	after.Status = standing.OfProfile(profile, seen, metav1.NewTime(r.Clock.Now()))
	if _, err := status.Patch(ctx, r.Client, profile, after, v1alpha1.FieldManager); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	return ctrl.Result{RequeueAfter: r.again(after)}, nil
}

// again is when to look at what a profile refers to the next time; 0 for one that refers to nothing. While something
// is wrong the pause is as long as that has been so: what is made a moment after the profile is seen a moment later.
func (r *WhiteLabelProfileReconciler) again(profile *v1alpha1.WhiteLabelProfile) time.Duration {
	audit := auditOf(profile.Spec)
	if ready := meta.FindStatusCondition(profile.Status.Conditions, v1alpha1.ConditionReady); ready != nil && ready.Status != metav1.ConditionTrue {
		return min(audit, max(brandRetry, r.Clock.Since(ready.LastTransitionTime.Time)))
	}
	return audit
}

// auditOf is how often to look at what a profile refers to; 0 for one that refers to nothing.
func auditOf(spec v1alpha1.WhiteLabelProfileSpec) time.Duration {
	for _, image := range []*v1alpha1.Image{spec.Logo, spec.Favicon} {
		if image != nil && image.ConfigMapKeyRef != nil {
			return brandAudit
		}
	}
	if spec.SMTPSecretRef != nil {
		return brandAudit
	}
	return 0
}
