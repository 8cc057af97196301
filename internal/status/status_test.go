// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var (
	then = metav1.NewTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	now  = metav1.NewTime(then.Add(time.Hour))
)

// at is a condition as it is written, of generation 7.
func at(since metav1.Time, condition metav1.Condition) metav1.Condition {
	condition.LastTransitionTime, condition.ObservedGeneration = since, 7
	return condition
}

func TestConditions(t *testing.T) {
	ready := Condition("Ready", true, "Ready", "all is well")
	notReady := Condition("Ready", false, "Failed", "it failed")
	stalled := Condition("Stalled", true, "Failed", "it failed")
	older := func(condition metav1.Condition) metav1.Condition {
		condition.LastTransitionTime, condition.ObservedGeneration = then, 3
		return condition
	}
	for _, test := range []struct {
		name           string
		before, wanted []metav1.Condition
		want           []metav1.Condition
	}{
		{"a new one is of now", nil, []metav1.Condition{ready}, []metav1.Condition{at(now, ready)}},
		{"one with the same status keeps its time", []metav1.Condition{older(ready)}, []metav1.Condition{ready}, []metav1.Condition{at(then, ready)}},
		{"one with the same status and another reason keeps its time",
			[]metav1.Condition{older(Condition("Ready", true, "Suspended", "no"))}, []metav1.Condition{ready}, []metav1.Condition{at(then, ready)}},
		{"one with another status is of now", []metav1.Condition{older(ready)}, []metav1.Condition{notReady}, []metav1.Condition{at(now, notReady)}},
		{"one that is not wanted goes", []metav1.Condition{older(notReady), older(stalled)}, []metav1.Condition{ready}, []metav1.Condition{at(now, ready)}},
		{"they come in the wanted order", []metav1.Condition{older(stalled), older(notReady)}, []metav1.Condition{notReady, stalled},
			[]metav1.Condition{at(then, notReady), at(then, stalled)}},
		{"a time and a generation that the wanted one brings are not its own",
			nil, []metav1.Condition{older(ready)}, []metav1.Condition{at(now, ready)}},
		{"nothing is wanted", []metav1.Condition{older(ready)}, nil, []metav1.Condition{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Conditions(test.before, test.wanted, 7, now)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestConditionsLeavesItsArgumentsAlone(t *testing.T) {
	before := []metav1.Condition{at(then, Condition("Ready", false, "Failed", "it failed"))}
	wanted := []metav1.Condition{Condition("Ready", true, "Ready", "all is well")}
	Conditions(before, wanted, 8, now)
	if before[0].ObservedGeneration != 7 || wanted[0].ObservedGeneration != 0 || !wanted[0].LastTransitionTime.IsZero() {
		t.Errorf("before %+v, wanted %+v", before[0], wanted[0])
	}
}

func TestCondition(t *testing.T) {
	for met, want := range map[bool]metav1.ConditionStatus{true: metav1.ConditionTrue, false: metav1.ConditionFalse} {
		got := Condition("Ready", met, "Because", "so it is")
		if diff := cmp.Diff(metav1.Condition{Type: "Ready", Status: want, Reason: "Because", Message: "so it is"}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", met, diff)
		}
	}
}
