// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/pricing"
	"github.com/tenantry/tenantry/internal/status"
	"github.com/tenantry/tenantry/internal/tenancy"
)

// PriceListReconciler says what plans cost and earn. A request names a namespace: what one PriceList says of
// its partner depends on the others. It tells nothing by events, logs or metrics: others may read these.
type PriceListReconciler struct {
	// Client reads from the caches and writes status.
	Client client.Client
	// Loader reads the PriceLists of a namespace and what they speak of.
	Loader *tenancy.Loader
	// Clock says which month it is.
	Clock clock.PassiveClock
}

// Reconcile looks at the PriceLists of one namespace.
func (r *PriceListReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	in, err := r.Loader.LoadPrices(ctx, req.Namespace)
	if err != nil || len(in.Lists) == 0 {
		return ctrl.Result{}, err
	}
	now := r.Clock.Now()
	var failed []error
	for i, decided := range pricing.Statuses(in, metav1.NewTime(now)) {
		failed = append(failed, r.report(ctx, in.Lists[i], decided))
	}
	if err := errors.Join(failed...); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: pricing.PeriodEnd(now).Sub(now)}, nil
}

// report writes the status of one PriceList, which is the cache's own.
func (r *PriceListReconciler) report(ctx context.Context, list *v1alpha1.PriceList, decided v1alpha1.PriceListStatus) error {
	after := list.DeepCopy()
	after.Status = decided
	if _, err := status.Patch(ctx, r.Client, list, after, v1alpha1.FieldManager); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("writing the status of PriceList %q: %w", list.Name, discreet(err))
	}
	return nil
}

// discreet is an error without what it quotes of an object: the API server's refusals name the values that
// they refuse, and a client that can't read an answer the place where it stopped. The log is not for money.
func discreet(err error) error {
	var refusal apierrors.APIStatus
	var request *url.Error
	switch {
	case errors.As(err, &refusal):
		said := refusal.Status()
		return &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: said.Status, Code: said.Code, Reason: said.Reason,
			Message: fmt.Sprintf("the API server refuses it: %s (%d)%s", said.Reason, said.Code, fieldsOf(said.Details)),
		}}
	case errors.As(err, &request): // what was asked of whom, and what became of the connection
		return request
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return fmt.Errorf("the answer can't be read: %T", err)
}

// noField is where the API server remarks something of the whole object.
const noField = "<nil>"

// fieldsOf are the fields that a refusal speaks of, each once, in order.
func fieldsOf(details *metav1.StatusDetails) string {
	if details == nil || len(details.Causes) == 0 {
		return ""
	}
	var fields []string
	for _, cause := range details.Causes {
		if cause.Field != noField && !slices.Contains(fields, cause.Field) {
			fields = append(fields, cause.Field)
		}
	}
	slices.Sort(fields) // the API server has no order of its own
	return " for " + strings.Join(fields, ", ")
}
