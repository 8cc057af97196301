// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// pollInterval is how often an object that is waited for is read: who may only get it may not watch it.
const pollInterval = 500 * time.Millisecond

// until waits until something is so, and fails with what it was like last, where that takes too long: all that a command waits for together.
func (w *writing) until(ctx context.Context, what string, so func(context.Context) (done bool, last string, err error)) error {
	if w.deadline.IsZero() {
		w.deadline = time.Now().Add(w.timeout)
	}
	var last string
	err := wait.PollUntilContextTimeout(ctx, pollInterval, time.Until(w.deadline), true, func(ctx context.Context) (done bool, err error) {
		done, last, err = so(ctx)
		return done, err
	})
	if wait.Interrupted(err) && ctx.Err() == nil {
		if last != "" {
			last = ": " + last
		}
		return &failure{code: exitTimeout, err: fmt.Errorf("%s is not done after %s%s", what, w.timeout, last)}
	}
	return explain(err)
}

// untilReady waits until a Tenant is as it was asked for.
func (w *writing) untilReady(ctx context.Context, object *unstructured.Unstructured) error {
	return w.until(ctx, w.cluster.target(object)+": what was asked for", func(ctx context.Context) (bool, string, error) {
		now, err := w.cluster.get(ctx, tenants, object.GetNamespace(), object.GetName())
		if err != nil {
			return false, "", err
		}
		tenant := &v1alpha1.Tenant{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(now.Object, tenant); err != nil {
			return false, "", err
		}
		return settled(tenant)
	})
}

// untilGone waits until an object that is being deleted is gone, or another has its name.
func (w *writing) untilGone(ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured) error {
	return w.until(ctx, w.cluster.target(object)+": the deletion", func(ctx context.Context) (bool, string, error) {
		now, err := w.cluster.get(ctx, resource, object.GetNamespace(), object.GetName())
		if apierrors.IsNotFound(err) {
			return true, "", nil
		}
		if err != nil {
			return false, "", err
		}
		return now.GetUID() != object.GetUID(), readyOf(now), nil
	})
}

// readyOf is what an object says of itself: the reason of its Ready condition, and the message.
func readyOf(object *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, condition := range conditions {
		if condition, ok := condition.(map[string]any); ok && condition["type"] == v1alpha1.ConditionReady {
			return fmt.Sprintf("%v: %v", condition["reason"], condition["message"])
		}
	}
	return ""
}

// settled says whether a Tenant is as asked, and what it waits for where it is not. It fails where waiting leads nowhere.
func settled(tenant *v1alpha1.Tenant) (done bool, last string, err error) {
	if tenant.IsReady() {
		return true, "", nil
	}
	ready := meta.FindStatusCondition(tenant.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil || ready.ObservedGeneration != tenant.Generation {
		return false, "the operator has not looked at it yet", nil
	}
	last = ready.Reason + ": " + ready.Message
	switch {
	case ready.Reason == v1alpha1.ReasonCapacityExhausted:
		return false, last, &failure{code: exitRefused, err: fmt.Errorf("tenant %s/%s: %s", tenant.Namespace, tenant.Name, last)}
	case meta.IsStatusConditionTrue(tenant.Status.Conditions, v1alpha1.ConditionStalled):
		return false, last, &failure{code: exitFailure, err: fmt.Errorf("tenant %s/%s: %s", tenant.Namespace, tenant.Name, last)}
	default:
		return false, last, nil
	}
}
