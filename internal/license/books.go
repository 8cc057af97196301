// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Books say who holds how much of a partner's capacity, and of its plans': all of it in one object, which
// is written only in the version that was read. So no two managers give the same away, whatever else
// they see late.
type Books struct {
	// Partner is what all may hold together.
	Partner Cap `json:"partner"`
	// Plans is what those on a plan may hold together, for each plan that limits it.
	Plans map[string]Cap `json:"plans,omitempty"`
	// Share is the serial of the line that Partner follows, in the books that the partner itself is in.
	Share int64 `json:"share,omitempty"`
	// Entries are who holds what, by the name of the Tenant.
	Entries map[string]Entry `json:"entries,omitempty"`
	// Waiting is since when a Tenant waits for more than it holds, in seconds since 1970, by name.
	Waiting map[string]int64 `json:"waiting,omitempty"`
	// Sources are the versions of what was read for these books: whoever knows only older ones must not
	// write them.
	Sources map[string]uint64 `json:"sources,omitempty"`
}

// Entry is what a Tenant holds. Its names are short, because a ConfigMap has room for a mebibyte.
type Entry struct {
	// Incarnation and Generation of the Tenant whose wish this follows.
	Incarnation string `json:"i"`
	Generation  int64  `json:"g"`
	// Serial grows with each change of what was given. What follows the line bears it, and nothing that bears a
	// lesser one is taken for enforced: a write that was decided before may still be under way.
	Serial int64 `json:"s"`
	// Plan whose capacity it is held of as well; empty for none.
	Plan string `json:"p,omitempty"`
	// Own is what the Tenant was given for itself.
	Own Amounts `json:"o"`
	// Children is what it was given for its children; nil for one that is no partner.
	Children *Cap `json:"c,omitempty"`
	// Held is what nobody else gets: what was given, and more while less is not enforced yet, or more is
	// in use. Nil where it is what was given.
	Held *Amounts `json:"h,omitempty"`
}

// IncarnationOf is the part of a Tenant's UID that tells it from others of its name.
func IncarnationOf(uid types.UID) string {
	const enough = 8
	return string(uid[:min(enough, len(uid))])
}

// Given is all that the Tenant was given.
func (e Entry) Given() Amounts {
	if e.Children == nil {
		return e.Own
	}
	return e.Own.Plus(e.Children.amounts())
}

// Holds is what nobody else gets.
func (e Entry) Holds() Amounts {
	if e.Held != nil {
		return *e.Held
	}
	return e.Given()
}

// holding is the entry where that much is held.
func (e Entry) holding(held Amounts) Entry {
	e.Held = nil
	if held != e.Given() {
		e.Held = &held
	}
	return e
}

// Held is what all hold together, on one plan or, for the empty name, on any and none.
func (b Books) Held(plan string) (held Amounts, tenants int) {
	for _, entry := range b.Entries {
		if plan == "" || entry.Plan == plan {
			held = held.Plus(entry.Holds())
			tenants++
		}
	}
	return held, tenants
}

// Exceeded says that all hold more together than the partner has for them.
func (b Books) Exceeded() bool {
	held, _ := b.Held("")
	return len(b.Partner.Exceeded(held)) > 0
}

// Stale says that the books were written by somebody who knew more than the sources.
func (b Books) Stale(sources map[string]uint64) bool {
	for name, version := range sources {
		if b.Sources[name] > version {
			return true
		}
	}
	return false
}

// Same says whether two books say the same, whatever they were made from.
func (b Books) Same(other Books) bool {
	return b.Partner == other.Partner && b.Share == other.Share && maps.Equal(b.Plans, other.Plans) && maps.Equal(b.Waiting, other.Waiting) &&
		maps.EqualFunc(b.Entries, other.Entries, Entry.same)
}

func (e Entry) same(other Entry) bool {
	return e.Incarnation == other.Incarnation && e.Serial == other.Serial && e.Generation == other.Generation && e.Plan == other.Plan && e.Own == other.Own && e.Holds() == other.Holds() &&
		(e.Children == nil) == (other.Children == nil) && (e.Children == nil || *e.Children == *other.Children)
}

// gives says whether two lines give the same.
func (e Entry) gives(other Entry) bool {
	return e.Own == other.Own && (e.Children == nil) == (other.Children == nil) && (e.Children == nil || *e.Children == *other.Children)
}

// Changed are the names of the Tenants of which two books say different things.
func (b Books) Changed(other Books) []string {
	changed := map[string]bool{}
	for name := range b.Entries {
		changed[name] = true
	}
	for name, entry := range other.Entries {
		before, known := b.Entries[name]
		changed[name] = !known || !before.same(entry)
	}
	for name := range b.Entries {
		if _, still := other.Entries[name]; still && !changed[name] {
			delete(changed, name)
		}
	}
	for _, pair := range [2][2]map[string]int64{{b.Waiting, other.Waiting}, {other.Waiting, b.Waiting}} {
		for name := range pair[0] {
			if _, both := pair[1][name]; !both {
				changed[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

// WaitingSince is since when a Tenant waits for more; false if it does not.
func (b Books) WaitingSince(name string) (time.Time, bool) {
	since, waits := b.Waiting[name]
	return time.Unix(since, 0), waits
}

// Read reads books; none are empty and limit nothing.
func Read(text string) (Books, error) {
	books := Books{Partner: Uncapped()}
	if text == "" {
		return books, nil
	}
	if err := json.Unmarshal([]byte(text), &books); err != nil {
		return books, fmt.Errorf("reading the books of capacity: %w", err)
	}
	return books, nil
}

// Write prints books.
func (b Books) Write() (string, error) {
	text, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("writing the books of capacity: %w", err)
	}
	return string(text), nil
}
