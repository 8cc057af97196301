// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package assets

import (
	"cmp"
	"crypto/sha256"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// MaxInvalid is how many assets of an inventory are named that could not be understood.
const MaxInvalid = 20

// digest stands for a key: an inventory's keys are held while those of others are read.
type digest [16]byte

func digestOf(key Key) digest {
	sum := sha256.Sum256([]byte(string(key.Class) + "\x00" + key.Value))
	return digest(sum[:len(digest{})])
}

// Reading is what one inventory lists.
type Reading struct {
	// Assets is the number of lines.
	Assets int
	// NotUnderstood is how many of them could not be understood.
	NotUnderstood int
	// Invalid are the first of these.
	Invalid []v1alpha1.InvalidAsset

	unique []digest
}

// Unique is the number of assets, each counted once.
func (r Reading) Unique() int { return len(r.unique) }

// Read reads what an inventory lists. It keeps nothing of what it is given.
func Read(listed []v1alpha1.Asset) Reading {
	reading := Reading{Assets: len(listed)}
	known := make(map[digest]bool, len(listed))
	for i, asset := range listed {
		key, err := KeyOf(asset)
		if err != nil {
			reading.NotUnderstood++
			if len(reading.Invalid) < MaxInvalid {
				reading.Invalid = append(reading.Invalid, v1alpha1.InvalidAsset{Index: int32(i), Message: "the asset " + err.Error()})
			}
			continue
		}
		if found := digestOf(key); !known[found] {
			known[found] = true
			reading.unique = append(reading.unique, found)
		}
	}
	return reading
}

// Count says of each inventory of a tenant, the oldest first, how many of its assets no older one names.
func Count(inventories []Reading) []int {
	known := map[digest]bool{}
	counted := make([]int, len(inventories))
	for i, inventory := range inventories {
		for _, found := range inventory.unique {
			if !known[found] {
				known[found] = true
				counted[i]++
			}
		}
	}
	return counted
}

// Older compares the ages of two inventories of a tenant: negative if a counts before b. Those of the same
// second go by their names.
func Older(a, b *v1alpha1.AssetInventory) int {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
}
