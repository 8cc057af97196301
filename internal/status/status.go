// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package status keeps conditions and writes status, for any kind, in the way that
// kubectl wait, Argo CD and Flux read them (sigs.k8s.io/cli-utils kstatus).
package status

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Conditions are exactly the wanted ones, in their order, each with the generation that it speaks
// of. A condition whose status is as before keeps the time since when; one that is not wanted goes.
func Conditions(before, wanted []metav1.Condition, generation int64, now metav1.Time) []metav1.Condition {
	after := make([]metav1.Condition, 0, len(wanted))
	for _, condition := range wanted {
		condition.ObservedGeneration = generation
		condition.LastTransitionTime = now
		if old := meta.FindStatusCondition(before, condition.Type); old != nil && old.Status == condition.Status {
			condition.LastTransitionTime = old.LastTransitionTime
		}
		after = append(after, condition)
	}
	return after
}

// maxMessage is the longest message of a condition, in bytes. Some quote others' words, which have no
// bound of their own.
const maxMessage = 2048

// cut ends a message that was cut.
const cut = " …"

// Condition makes a condition from a verdict. A message that is too long is cut.
func Condition(kind string, met bool, reason, message string) metav1.Condition {
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage-len(cut)], "") + cut
	}
	condition := metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: message}
	if met {
		condition.Status = metav1.ConditionTrue
	}
	return condition
}

// Patch writes the status of after where it differs from before's, and says whether it did. It
// carries before's resource version: a status decided on a stale view is refused.
func Patch(ctx context.Context, c client.Client, before, after client.Object, fieldManager string) (bool, error) {
	if reflect.DeepEqual(before, after) || equality.Semantic.DeepEqual(before, after) { // the first is the cheaper by far
		return false, nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Status().Patch(ctx, after, patch, client.FieldOwner(fieldManager)); err != nil {
		return false, fmt.Errorf("writing the status of %T %q: %w", after, after.GetName(), err)
	}
	return true, nil
}
