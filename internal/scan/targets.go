// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/tenantry/tenantry/api/v1alpha1"
	"github.com/tenantry/tenantry/internal/assets"
)

const (
	// MaxTargets is how many assets one run may look at.
	MaxTargets = 5000
	// MaxTargetBytes is how long the list of them may be: a ConfigMap takes a mebibyte in all.
	MaxTargetBytes = 900 << 10
)

// Targets are the assets that a run looks at, each once.
type Targets struct {
	// Lines are type, space and value in its one form, sorted.
	Lines []string
}

// Collection gathers the targets of a schedule from a tenant's inventories, one after the other and in any order: all
// at once they may be too large to hold.
type Collection struct {
	picks func(v1alpha1.AssetType, assets.Key) bool
	types map[assets.Key]v1alpha1.AssetType
}

// Collect begins to gather the assets that a schedule asks for: those that it names, in whichever spelling, or whose
// type it picks; else all.
func Collect(asks *v1alpha1.ScanTargets) *Collection {
	return &Collection{picks: picker(asks), types: map[assets.Key]v1alpha1.AssetType{}}
}

// Add takes what an inventory lists. What can't be understood is no target. One that is listed as of two types is of
// the first in the alphabet. Of more than one run may look at, those that there are say so.
func (c *Collection) Add(listed []v1alpha1.Asset) {
	for _, asset := range listed {
		key, err := assets.KeyOf(asset)
		if err != nil || !c.picks(asset.Type, key) {
			continue
		}
		was, known := c.types[key]
		if known && was <= asset.Type || !known && len(c.types) > MaxTargets {
			continue
		}
		c.types[key] = asset.Type
	}
}

// Targets are what was gathered.
func (c *Collection) Targets() Targets {
	var targets Targets
	for key, kind := range c.types {
		targets.Lines = append(targets.Lines, string(kind)+" "+key.Value)
	}
	slices.Sort(targets.Lines)
	return targets
}

// picker says of an asset whether a schedule asks for it.
func picker(asks *v1alpha1.ScanTargets) func(v1alpha1.AssetType, assets.Key) bool {
	switch {
	case asks == nil:
		return func(v1alpha1.AssetType, assets.Key) bool { return true }
	case asks.Selector != nil:
		return func(of v1alpha1.AssetType, _ assets.Key) bool { return slices.Contains(asks.Selector.Types, of) }
	}
	named := map[assets.Key]bool{}
	for _, name := range asks.Names {
		for _, of := range []v1alpha1.AssetType{v1alpha1.AssetDomain, v1alpha1.AssetIPAddress, v1alpha1.AssetWebApplication, v1alpha1.AssetAPI} {
			if key, err := assets.KeyOf(v1alpha1.Asset{Type: of, Value: name}); err == nil {
				named[key] = true
			}
		}
	}
	return func(_ v1alpha1.AssetType, key assets.Key) bool { return named[key] }
}

// String is what the run reads.
func (t Targets) String() string {
	if len(t.Lines) == 0 {
		return ""
	}
	return strings.Join(t.Lines, "\n") + "\n"
}

// TooMany says that there are more than one run may look at.
func (t Targets) TooMany() bool { return len(t.Lines) > MaxTargets || len(t.String()) > MaxTargetBytes }

// fingerprint stands for a target in a ledger. That a new asset has that of a known one, and so starts no run, happens
// once in a million times.
const fingerprint = 4

// fingerprints are those of all targets, as a ledger keeps them.
func (t Targets) fingerprints() string {
	prints := make([]uint32, 0, len(t.Lines))
	for _, line := range t.Lines {
		sum := sha256.Sum256([]byte(line))
		prints = append(prints, binary.BigEndian.Uint32(sum[:fingerprint]))
	}
	slices.Sort(prints)
	packed := make([]byte, 0, fingerprint*len(prints))
	for _, print := range prints {
		packed = binary.BigEndian.AppendUint32(packed, print)
	}
	return base64.StdEncoding.EncodeToString(packed)
}

// adds says whether fingerprints have one that others have not.
func adds(now, known string) bool {
	if now == known {
		return false
	}
	was := unpacked(known)
	return slices.ContainsFunc(unpacked(now), func(print uint32) bool {
		_, found := slices.BinarySearchFunc(was, print, cmp.Compare[uint32])
		return !found
	})
}

func unpacked(text string) []uint32 {
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	var prints []uint32
	for ; len(packed) >= fingerprint; packed = packed[fingerprint:] {
		prints = append(prints, binary.BigEndian.Uint32(packed))
	}
	return prints
}
