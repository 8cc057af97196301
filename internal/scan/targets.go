// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"reflect"
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
	// TooMany says that there are more than one run may look at, of which none is listed.
	TooMany bool
}

// Collection gathers the targets of a place's schedules from the tenant's inventories, one after the other and in any
// order: all at once they may be too large to hold. A tenant may list many assets, and have many schedules ask for them: each
// asset is understood once, what several schedules ask for is gathered once, and too many are not gathered at all.
type Collection struct {
	gathered []*gathering
	// of is the index of what is gathered for each schedule.
	of []int
}

// gathering is what is gathered of the assets that a schedule asks for.
type gathering struct {
	asks  *v1alpha1.ScanTargets
	picks func(assets.Key) bool
	lines map[assets.Key]string
	// bytes of the values alone: a line grows and shrinks with the type that it is told to be of.
	bytes   int
	tooMany bool
}

// Collect begins to gather the assets that schedules ask for: those that they name, in whichever spelling, or whose type
// they pick; else all.
func Collect(schedules ...*v1alpha1.ScanTargets) *Collection {
	c := &Collection{}
	for _, asks := range schedules {
		at := slices.IndexFunc(c.gathered, func(g *gathering) bool { return reflect.DeepEqual(g.asks, asks) })
		if at < 0 {
			at = len(c.gathered)
			c.gathered = append(c.gathered, &gathering{asks: asks, picks: picker(asks), lines: map[assets.Key]string{}})
		}
		c.of = append(c.of, at)
	}
	return c
}

// Add takes what an inventory lists. What can't be understood is no target. One that is listed as of two types is of
// the first in the alphabet.
func (c *Collection) Add(listed []v1alpha1.Asset) {
	for _, asset := range listed {
		if !slices.ContainsFunc(c.gathered, func(g *gathering) bool { return g.mayTake(asset.Type) }) {
			continue
		}
		key, err := assets.KeyOf(asset)
		if err != nil {
			continue
		}
		line := string(asset.Type) + " " + key.Value
		for _, g := range c.gathered {
			if g.mayTake(asset.Type) && g.picks(key) {
				g.take(key, line)
			}
		}
	}
}

// mayTake says of a type whether any asset of it may be asked for, as long as there are not too many.
func (g *gathering) mayTake(of v1alpha1.AssetType) bool {
	return !g.tooMany && (g.asks == nil || g.asks.Selector == nil || slices.Contains(g.asks.Selector.Types, of))
}

func (g *gathering) take(key assets.Key, line string) {
	was, known := g.lines[key]
	if known && was <= line {
		return
	}
	if g.lines[key] = line; known {
		return
	}
	if g.bytes += len(key.Value); len(g.lines) > MaxTargets || g.bytes > MaxTargetBytes {
		g.lines, g.tooMany = nil, true
	}
}

// Targets are what was gathered, in the order of the schedules.
func (c *Collection) Targets() []Targets {
	all := make([]Targets, len(c.gathered))
	for i, g := range c.gathered {
		all[i] = g.targets()
	}
	targets := make([]Targets, len(c.of))
	for i, at := range c.of {
		targets[i] = all[at]
	}
	return targets
}

func (g *gathering) targets() Targets {
	targets := Targets{Lines: slices.Sorted(maps.Values(g.lines)), TooMany: g.tooMany}
	if len(targets.String()) > MaxTargetBytes {
		return Targets{TooMany: true}
	}
	return targets
}

// picker says of an asset whether a schedule asks for it by name, if it does so at all.
func picker(asks *v1alpha1.ScanTargets) func(assets.Key) bool {
	if asks == nil || asks.Selector != nil {
		return func(assets.Key) bool { return true }
	}
	named := map[assets.Key]bool{}
	for _, name := range asks.Names {
		for _, of := range []v1alpha1.AssetType{v1alpha1.AssetDomain, v1alpha1.AssetIPAddress, v1alpha1.AssetWebApplication, v1alpha1.AssetAPI} {
			if key, err := assets.KeyOf(v1alpha1.Asset{Type: of, Value: name}); err == nil {
				named[key] = true
			}
		}
	}
	return func(key assets.Key) bool { return named[key] }
}

// String is what the run reads.
func (t Targets) String() string {
	if len(t.Lines) == 0 {
		return ""
	}
	return strings.Join(t.Lines, "\n") + "\n"
}

func (t Targets) none() bool { return len(t.Lines) == 0 && !t.TooMany }

// fingerprint stands for a target in a ledger. That a new asset has that of a known one, and so starts no run, happens
// once in a million times.
const fingerprint = 4

// ofTooMany stands for the fingerprints of too many targets. It is none of any: when there are fewer again, all are new.
const ofTooMany = "too many"

// fingerprints are those of all targets, as a ledger keeps them.
func (t Targets) fingerprints() string {
	if t.TooMany {
		return ofTooMany
	}
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

// aimOf tells what a schedule asks to look at from what it asked before.
func aimOf(targets *v1alpha1.ScanTargets) string {
	text, err := json.Marshal(targets)
	if err != nil {
		return "" // there is nothing in it that JSON has not
	}
	sum := sha256.Sum256(text)
	return base64.RawStdEncoding.EncodeToString(sum[:aimLength])
}

// aimLength is how many bytes of a digest tell it.
const aimLength = 12

// adds says whether fingerprints have one that others have not.
func adds(now, known string) bool {
	if now == known || now == ofTooMany {
		return now != known
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
