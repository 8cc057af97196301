// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package controller

import (
	"math/rand/v2"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/standing"
)

// inventoryOf is one of some generation, with what was said of it; nothing yet where counted is negative.
func inventoryOf(generation, observed int64, unique, counted int32) *v1alpha1.AssetInventory {
	made := &v1alpha1.AssetInventory{ObjectMeta: metav1.ObjectMeta{Namespace: "acme-a", Generation: generation}}
	made.Status.ObservedGeneration = observed
	if counted >= 0 {
		made.Status.Unique, made.Status.Counted = new(unique), new(counted)
	}
	return made
}

func TestAnInventoryIsDueWhenSomethingChangedOrMayHave(t *testing.T) {
	for _, test := range []struct {
		name      string
		inventory *v1alpha1.AssetInventory
		confirmed bool
		due       bool
	}{
		{"it is new", inventoryOf(1, -1, 0, -1), true, true},
		{"it was changed", inventoryOf(3, 2, 5, 5), true, true},
		{"it was said to lie in nobody's place", inventoryOf(2, 2, 0, -1), true, true},
		{"nothing changed", inventoryOf(2, 2, 5, 5), false, false},
		{"nothing changed, and an older one has some of its assets", inventoryOf(2, 2, 5, 3), true, false},
		{"an older one that has some of its assets may have gone", inventoryOf(2, 2, 5, 3), false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &InventoryReconciler{}
			if test.confirmed {
				r.confirmed.add("acme-a")
			}
			if due := r.isDue(*test.inventory); due != test.due {
				t.Errorf("due: %v", due)
			}
		})
	}
}

func TestAnInventoryThatGoesHasTheOthersCountedAgain(t *testing.T) {
	r := &InventoryReconciler{}
	shared := inventoryOf(1, 1, 5, 3)
	replaced := shared.DeepCopy()
	replaced.UID = "another"
	r.confirmed.add("acme-a")
	if r.listsAnew().Update(event.UpdateEvent{ObjectOld: shared, ObjectNew: shared}) || r.isDue(*shared) {
		t.Error("a status write is news")
	}
	if !r.listsAnew().Update(event.UpdateEvent{ObjectOld: shared, ObjectNew: replaced}) || !r.isDue(*shared) {
		t.Error("one that was replaced is no news")
	}
	r.confirmed.add("acme-a")
	if !r.listsAnew().Delete(event.DeleteEvent{Object: shared}) || !r.isDue(*shared) {
		t.Error("one that went is no news")
	}
}

// Whoever is killed between two writes leaves something that is due, and at no moment is the sum higher
// than before and after.
func TestRecountsAreWrittenSoThatNoneIsForgottenAndTheSumDoesNotOvershoot(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var recounts []recount
		before, after := 0, 0
		for range 1 + random.IntN(6) {
			unique := int32(random.IntN(6))
			was, is := random.Int32N(unique+1), random.Int32N(unique+1)
			changed := random.IntN(2) == 0
			observed := int64(2)
			if changed {
				observed = 1
			}
			before, after = before+int(was), after+int(is)
			recounts = append(recounts, recount{inventoryOf(2, observed, unique, was), standing.InventorySeen{Counted: int(is)}})
		}
		// What falls without a change of its own falls because of one that changed.
		if !slices.ContainsFunc(recounts, func(r recount) bool { return r.inventory.Status.ObservedGeneration == 1 }) &&
			slices.ContainsFunc(recounts, func(r recount) bool { return r.turn() == 0 }) {
			continue
		}
		slices.SortStableFunc(recounts, func(a, b recount) int { return a.turn() - b.turn() })
		sum := before
		for i := range recounts {
			left := recounts[i:]
			stale := slices.ContainsFunc(left, func(r recount) bool { return ptr.Deref(r.inventory.Status.Counted, 0) != int32(r.seen.Counted) })
			due := slices.ContainsFunc(left, func(r recount) bool { return (&InventoryReconciler{}).isDue(*r.inventory) })
			if stale && !due {
				t.Fatalf("after %d writes nothing tells of the others: %+v", i, left)
			}
			sum += left[0].seen.Counted - int(*left[0].inventory.Status.Counted)
			if sum > max(before, after) {
				t.Fatalf("the sum goes from %d over %d to %d", before, sum, after)
			}
		}
	}
}
