// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import "maps"

// Lack says what a Tenant waits for: of which pool, the partner's or its plan's, and of what. It is for people,
// and says nothing that changes with every other Tenant.
type Lack struct {
	// Plan whose capacity it is; empty for the partner's.
	Plan string
	// Of is tenants, agents or disk.
	Of string
	// Asked is what the Tenant asks for, Cap all there is.
	Asked, Cap int64
}

// Lacks is what a Tenant that waits lacks, by the books; nil if it waits for others that wait longer.
func (b Books) Lacks(ask Ask) *Lack {
	w := works{in: Inputs{Partner: b.Partner, Plans: b.Plans}, after: Books{Entries: maps.Clone(b.Entries)}}
	w.count()
	entry := b.Entries[ask.Name]
	total := ask.total(w.in.above(ask.Plan))
	more := total.beyond(entry.Holds())
	if lack := lackOf(b.Partner, w.held[""], more, total); lack != nil {
		return lack
	}
	if entry.Plan != ask.Plan {
		more = total.atLeast(entry.Holds())
	}
	lack := lackOf(w.in.planCap(ask.Plan), w.held[ask.Plan], more, total)
	if lack != nil {
		lack.Plan = ask.Plan
	}
	return lack
}

func lackOf(limits Cap, held, more, total Amounts) *Lack {
	for d := range limits {
		if limits[d] != NoCap && more[d] > 0 && more[d] > limits[d]-min(held[d], limits[d]) {
			return &Lack{Of: names[d], Asked: total[d], Cap: limits[d]}
		}
	}
	return nil
}
