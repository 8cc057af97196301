// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package license decides what a tenant's plan gives it: which plan that is, how much of the capacity of
// its partner and of its plan it holds, and when somebody is to be told of what it uses. It is pure.
package license

import (
	"math"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

// What capacity counts: the places in Amounts and Cap.
const (
	// Tenants is the number of tenants.
	Tenants = iota
	// Agents is the number of seats.
	Agents
	// Disk is in bytes.
	Disk
	dimensions
)

// names of what capacity counts, for people.
var names = [dimensions]string{Tenants: "tenants", Agents: "agents", Disk: "disk"}

// Amounts is how much of what capacity counts. It is not negative, and ends at the largest number.
type Amounts [dimensions]int64

// Plus is the sum.
func (a Amounts) Plus(b Amounts) Amounts {
	for d := range a {
		if a[d] > math.MaxInt64-b[d] {
			a[d] = math.MaxInt64
		} else {
			a[d] += b[d]
		}
	}
	return a
}

// beyond is how much more it is than other, nowhere less than nothing.
func (a Amounts) beyond(other Amounts) Amounts {
	for d := range a {
		a[d] = max(0, a[d]-other[d])
	}
	return a
}

// atLeast is the larger of the two, for each.
func (a Amounts) atLeast(other Amounts) Amounts {
	for d := range a {
		a[d] = max(a[d], other[d])
	}
	return a
}

// atMost is the smaller of the two, for each.
func (a Amounts) atMost(other Amounts) Amounts {
	for d := range a {
		a[d] = min(a[d], other[d])
	}
	return a
}

// NoCap says that nothing limits an amount.
const NoCap int64 = -1

// Cap is how much there may be of what capacity counts; NoCap where that is not limited.
type Cap [dimensions]int64

// Uncapped limits nothing.
func Uncapped() Cap { return Cap{NoCap, NoCap, NoCap} }

// CapOf is what a capacity says.
func CapOf(capacity *v1alpha1.Capacity) Cap {
	limits := Uncapped()
	if capacity == nil {
		return limits
	}
	if capacity.Tenants != nil {
		limits[Tenants] = int64(*capacity.Tenants)
	}
	if capacity.Agents != nil {
		limits[Agents] = int64(*capacity.Agents)
	}
	if capacity.Disk != nil {
		limits[Disk] = capacity.Disk.Value()
	}
	return limits
}

// Capacity is what the limits say; nil where there are none.
func (c Cap) Capacity() *v1alpha1.Capacity {
	if !c.Limits() {
		return nil
	}
	capacity := &v1alpha1.Capacity{}
	if c[Tenants] != NoCap {
		capacity.Tenants = new(clamp32(c[Tenants]))
	}
	if c[Agents] != NoCap {
		capacity.Agents = new(clamp32(c[Agents]))
	}
	if c[Disk] != NoCap {
		capacity.Disk = resource.NewQuantity(c[Disk], resource.BinarySI)
	}
	return capacity
}

// Capacity is how much it is.
func (a Amounts) Capacity() *v1alpha1.Capacity { return Cap(a).Capacity() }

func clamp32(n int64) int32 { return int32(min(n, math.MaxInt32)) }

// Limits says whether anything is limited.
func (c Cap) Limits() bool { return c != Uncapped() }

// amounts are the limits as amounts: nothing where nothing is limited.
func (c Cap) amounts() Amounts {
	var a Amounts
	for d := range c {
		a[d] = max(0, c[d])
	}
	return a
}

// narrowed is the cap where what is capped from above is nothing unless it says otherwise.
func (c Cap) narrowed(above Cap) Cap {
	for d := range c {
		if c[d] == NoCap && above[d] != NoCap {
			c[d] = 0
		}
	}
	return c
}

// either caps what one of the two caps: only that it does is of interest, not how much.
func (c Cap) either(other Cap) Cap {
	for d := range c {
		c[d] = max(c[d], other[d])
	}
	return c
}

// Exceeded says of what more is held than there may be.
func (c Cap) Exceeded(held Amounts) []string {
	var exceeded []string
	for d := range c {
		if c[d] != NoCap && held[d] > c[d] {
			exceeded = append(exceeded, names[d])
		}
	}
	return exceeded
}

// short says what there is too little of for a need; empty if there is enough.
func (c Cap) short(held, need Amounts) string {
	for d := range c {
		if c[d] != NoCap && need[d] > 0 && (held[d] > c[d] || need[d] > c[d]-held[d]) {
			return names[d]
		}
	}
	return ""
}
