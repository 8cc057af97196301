// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
	"github.com/tenantry/tenantry/internal/status"
)

// InventorySeen is what was found in an inventory when it was last read.
type InventorySeen struct {
	// NotAPlace says that the inventory lies in no tenant's place. It was not read.
	NotAPlace bool
	// Reading is what it lists.
	Reading assets.Reading
	// Counted is how many of its assets no older inventory of the tenant names.
	Counted int
}

// OfInventory is the status of an inventory. Now is the time of a change of a condition.
func OfInventory(inventory *v1alpha1.AssetInventory, seen InventorySeen, now metav1.Time) v1alpha1.AssetInventoryStatus {
	after := v1alpha1.AssetInventoryStatus{ObservedGeneration: inventory.Generation}
	judged := judgeInventory(inventory, seen)
	conditions := []metav1.Condition{status.Condition(v1alpha1.ConditionReady, judged.ready, judged.reason, judged.message)}
	if judged.stalled {
		conditions = append(conditions, status.Condition(v1alpha1.ConditionStalled, true, judged.reason, judged.message))
	}
	after.Conditions = status.Conditions(inventory.Status.Conditions, conditions, inventory.Generation, now)
	if !seen.NotAPlace {
		after.Assets = new(int32(seen.Reading.Assets))
		after.Unique = new(int32(seen.Reading.Unique()))
		after.Counted = new(int32(seen.Counted))
		after.Invalid = seen.Reading.Invalid
	}
	return after
}

// judgeInventory: what can't be understood waits for a person; the rest counts all the same.
func judgeInventory(inventory *v1alpha1.AssetInventory, seen InventorySeen) verdict {
	switch {
	case seen.NotAPlace:
		return verdict{stalled: true, reason: v1alpha1.ReasonNotAPlace,
			message: fmt.Sprintf("namespace %q is no tenant's place, and nothing in it is counted: make the inventory in the namespace that status.namespace of the Tenant names", inventory.Namespace)}
	case seen.Reading.NotUnderstood > 0:
		return verdict{stalled: true, reason: v1alpha1.ReasonInvalidAssets,
			message: fmt.Sprintf("%s of %d could not be understood and count for nothing: status.invalid says what is wrong with the first, by their index in spec.assets",
				count(seen.Reading.NotUnderstood, "asset"), seen.Reading.Assets)}
	}
	return verdict{ready: true, reason: v1alpha1.ReasonReady, message: "every asset is understood, and counted once over all inventories of the tenant"}
}
