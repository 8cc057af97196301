// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import "math"

// lowered is what was given for children, less what is wanted no more. One that becomes a partner was given
// nothing for them yet.
func lowered(given, wanted *Cap) *Cap {
	if wanted == nil {
		return nil
	}
	if given == nil {
		given = &Cap{}
	}
	after := *wanted
	for d := range after {
		if wanted[d] != NoCap {
			after[d] = min(max(0, given[d]), wanted[d]) // what was not limited counts for nothing
		}
	}
	return &after
}

// unseen is all that there could be of what is limited for children only now: nobody has counted yet how much
// of it they hold.
func unseen(before, after *Cap) Amounts {
	var amounts Amounts
	if before == nil || after == nil {
		return amounts
	}
	for d := range amounts {
		if before[d] == NoCap && after[d] != NoCap {
			amounts[d] = math.MaxInt64
		}
	}
	return amounts
}

// ChildrenOf is what a partner asks for its children: nothing of what is limited from above and not named. Nil
// for one that is no partner.
func (in Inputs) ChildrenOf(ask Ask) *Cap {
	if ask.Children == nil {
		return nil
	}
	children := ask.Children.narrowed(in.above(ask.Plan))
	return &children
}
