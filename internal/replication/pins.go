// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package replication

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// maxPins is the most bytes of encoded pins: they must fit into one object.
const maxPins = 900 << 10

// ErrPlanTooLarge says that a plan can't be approved as a whole, since what it allows does not fit into one object.
var ErrPlanTooLarge = errors.New("the plan is too large to be approved")

// Pins are the writes that an approved plan allows, tenant by tenant. What many tenants have in common is kept once.
type Pins struct {
	writes  []string       // identities
	index   map[string]int // of writes
	sets    []pinSet
	setOf   map[string]int // by pinSet.key
	tenants map[string]pinned
}

// pinSet are the writes of a tenant, as places in Pins.writes, sorted.
type pinSet []int

func (s pinSet) key() string { return fmt.Sprint([]int(s)) }

// pinned is one tenant.
type pinned struct {
	// Set is a place in Pins.sets.
	Set int `json:"s"`
	// Blanks says which of the tenant's values are filled in, Values is their digest.
	Blanks int    `json:"b,omitempty"`
	Values string `json:"v,omitempty"`
}

func newPins() Pins {
	return Pins{index: map[string]int{}, setOf: map[string]int{}, tenants: map[string]pinned{}}
}

// pin is the identity of a write without the tenant's values, which make its version another for each tenant.
func (a Action) pin() string {
	if source := a.wanted.source; source != nil && source.Substitute {
		return a.identity(source.Version)
	}
	return a.identity(a.Version)
}

// add adds what is written in a tenant.
func (p *Pins) add(tenant TenantActions) {
	var set pinSet
	var used blanks
	var filled values
	for _, action := range tenant.Actions {
		if !action.Verb.Writes() {
			continue
		}
		pin := action.pin()
		at, known := p.index[pin]
		if !known {
			at = len(p.writes)
			p.index[pin] = at
			p.writes = append(p.writes, pin)
		}
		set = append(set, at)
		if source := action.wanted.source; source != nil && source.Substitute {
			used = used.plus(source.gist.blanks)
			filled = action.wanted.values
		}
	}
	slices.Sort(set)
	at, known := p.setOf[set.key()]
	if !known {
		at = len(p.sets)
		p.setOf[set.key()] = at
		p.sets = append(p.sets, set)
	}
	p.tenants[tenantKey(tenant.UID)] = pinned{Set: at, Blanks: used.mask(), Values: filled.digest(used.mask())}
}

// tenantKey is short: a UID is given by the API server, and nobody chooses one that reads like another.
func tenantKey(tenant types.UID) string { return digestOf(string(tenant))[:16] }

// mask says which of the values that may change are filled in.
func (b blanks) mask() int {
	mask := 0
	if b.displayName > 0 {
		mask |= 1
	}
	if b.host > 0 {
		mask |= 2
	}
	return mask
}

// digest of the values that a mask names; empty where it names none.
func (v values) digest(mask int) string {
	if mask == 0 {
		return ""
	}
	if mask&1 == 0 {
		v.displayName = ""
	}
	if mask&2 == 0 {
		v.host = ""
	}
	return digestOf(v.displayName, v.host)
}

// Allow says whether all that the actions write in a tenant is in the plan. Less may be left to do than was planned: what
// is done already stays allowed.
func (p Pins) Allow(tenant types.UID, actions []Action) bool {
	one, known := p.tenants[tenantKey(tenant)]
	for _, action := range actions {
		if !action.Verb.Writes() {
			continue
		}
		at, planned := p.index[action.pin()]
		if !known || !planned || !slices.Contains(p.sets[one.Set], at) {
			return false
		}
		source := action.wanted.source
		if source != nil && source.Substitute && action.wanted.values.digest(one.Blanks) != one.Values {
			return false
		}
	}
	return true
}

// encodedPins are Pins as JSON.
type encodedPins struct {
	Writes  []string          `json:"writes"`
	Sets    []pinSet          `json:"sets"`
	Tenants map[string]pinned `json:"tenants"`
}

// Encode is the pins as text, to be kept in a ConfigMap: some 35 bytes a tenant, 80 where values are filled in. An error
// is ErrPlanTooLarge.
func (p Pins) Encode() ([]byte, error) {
	text, err := json.Marshal(encodedPins{p.writes, p.sets, p.tenants})
	if err != nil {
		return nil, fmt.Errorf("encoding the approved plan: %w", err)
	}
	if len(text) > maxPins {
		return nil, fmt.Errorf("%w: it takes %d bytes, of at most %d; approve it for some of the targets at a time (spec.targets)", ErrPlanTooLarge, len(text), maxPins)
	}
	return text, nil
}

// DecodePins reads what Encode wrote.
func DecodePins(data []byte) (Pins, error) {
	var encoded encodedPins
	if err := json.Unmarshal(data, &encoded); err != nil {
		return Pins{}, fmt.Errorf("reading the approved plan: %w", err)
	}
	pins := newPins()
	pins.writes, pins.sets = encoded.Writes, encoded.Sets
	for at, write := range encoded.Writes {
		pins.index[write] = at
	}
	for at, set := range encoded.Sets {
		pins.setOf[set.key()] = at
	}
	for tenant, one := range encoded.Tenants {
		if one.Set < 0 || one.Set >= len(pins.sets) {
			return Pins{}, fmt.Errorf("reading the approved plan: tenant %s has set %d of %d", tenant, one.Set, len(pins.sets))
		}
		pins.tenants[tenant] = one
	}
	return pins, nil
}
