// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"cmp"
	"slices"
	"time"
)

// Ask is what one Tenant wants.
type Ask struct {
	// Name of the Tenant.
	Name string
	// Incarnation and Generation of the Tenant that asks it: what it asked before is not heard any more.
	Incarnation string
	Generation  int64
	// Plan in effect; empty for none.
	Plan string
	// Own is what the Tenant wants for itself: one tenant, its seats, its disk.
	Own Amounts
	// Children is what it wants for its children, NoCap where it names nothing; nil for one that is no
	// partner.
	Children *Cap
	// Created is when the Tenant was made: a new one waits since then.
	Created time.Time
	// Runs says that the Tenant has a place already.
	Runs bool
}

// Observed is what is enforced in the place of a Tenant, and used.
type Observed struct {
	// Enforced is what the Tenant itself may use, Below what its children may hold together.
	Enforced, Below Amounts
	// Used is what nobody else can have: by the Tenant, and by its children.
	Used Amounts
	// Serial is that of the line which all of it follows: the least of those in force.
	Serial int64
}

func (o Observed) enforced() Amounts { return o.Enforced.Plus(o.Below) }

// Inputs are what decides who holds what.
type Inputs struct {
	// Before are the books as they are.
	Before Books
	// Partner is what the partner was given for all, and Share the serial of the line that says so.
	Partner Cap
	Share   int64
	// Plans are those beside the Tenants that limit what is held on them.
	Plans map[string]Cap
	// Asks are what the Tenants want.
	Asks []Ask
	// Kept are the names of deleted Tenants whose places are kept: they hold what they held.
	Kept []string
	// Observed is what holds in the places of the Tenants that Unsettled names, as far as it is known.
	Observed map[string]Observed
	// Sources are the versions of what was read.
	Sources map[string]uint64
	// Now is since when a Tenant waits that wants more now.
	Now time.Time
}

// Unsettled are the Tenants of which it must be known what is enforced in their places: they hold more than
// they ask for, or have a place and are not in the books.
func Unsettled(before Books, asks []Ask) []string {
	var unsettled []string
	for _, ask := range asks {
		entry, known := before.Entries[ask.Name]
		switch {
		case !known && ask.Runs:
			unsettled = append(unsettled, ask.Name)
		case known && entry.Held != nil, known && entry.Holds().beyond(ask.total(Uncapped())) != Amounts{}:
			unsettled = append(unsettled, ask.Name)
		}
	}
	return unsettled
}

// total is all that is asked for, with children that are capped from above.
func (a Ask) total(above Cap) Amounts {
	if a.Children == nil {
		return a.Own
	}
	return a.Own.Plus(a.Children.narrowed(above).amounts())
}

// entry is what the Tenant holds that got all that it asks for.
func (a Ask) entry(children *Cap) Entry {
	return Entry{Incarnation: a.Incarnation, Generation: a.Generation, Plan: a.Plan, Own: a.Own, Children: children}
}

// Allocate decides who holds what from now on. It gives nobody what is not there, and takes from nobody what
// is in use. Of those who want more, who waits longest is served first, and nobody passes who could use up what
// they wait for; but one who wants more than there is in all keeps nobody waiting.
func Allocate(in Inputs) Books {
	w := works{in: in, after: Books{
		Partner: in.Partner,
		Share:   in.Share,
		Plans:   in.Plans,
		Entries: map[string]Entry{},
		Waiting: map[string]int64{},
		Sources: in.Sources,
	}}
	for _, name := range in.Kept {
		if entry, known := in.Before.Entries[name]; known {
			w.after.Entries[name] = entry
		}
	}
	for _, ask := range in.Asks {
		w.keep(ask)
	}
	w.count()
	w.serve()
	for name, entry := range w.after.Entries {
		before, known := in.Before.Entries[name]
		if entry.Serial = before.Serial; !known {
			entry.Serial = in.Observed[name].Serial // of former books
		}
		if !known || !entry.gives(before) {
			entry.Serial++
		}
		w.after.Entries[name] = entry
	}
	return w.after
}

// works is one decision in the making.
type works struct {
	in    Inputs
	after Books
	// held by pool: the partner's is the empty name's. What is kept for who waits counts as held.
	held map[string]Amounts
}

// keep takes over what a Tenant holds, less what it wants no more.
func (w *works) keep(ask Ask) {
	entry, known := w.in.Before.Entries[ask.Name]
	seen, observed := w.in.Observed[ask.Name]
	if !known {
		if !ask.Runs || !observed {
			return
		}
		// It was there before anything was limited: it loses nothing.
		entry = ask.entry(w.in.ChildrenOf(ask))
		entry.Own = ask.Own.atMost(seen.Enforced)
		entry.Own[Tenants] = ask.Own[Tenants]
		w.after.Entries[ask.Name] = entry.holding(entry.Given().atLeast(seen.enforced()).atLeast(seen.Used))
		return
	}
	if entry.Incarnation == ask.Incarnation && entry.Generation > ask.Generation {
		w.after.Entries[ask.Name] = entry
		return
	}
	held := entry.Holds()
	entry.Incarnation, entry.Generation = ask.Incarnation, ask.Generation
	if entry.Plan == ask.Plan {
		children := lowered(entry.Children, w.in.ChildrenOf(ask))
		held = held.atLeast(unseen(entry.Children, children))
		entry.Own, entry.Children = entry.Own.atMost(ask.Own), children
	}
	given := entry.Given()
	held = held.atLeast(given)
	// Only what was written after it was given is what it will stay: a former write may still be under way.
	if observed && seen.Serial >= w.in.Before.Entries[ask.Name].Serial && entry.gives(w.in.Before.Entries[ask.Name]) {
		for d := range held {
			if seen.enforced()[d] <= given[d] {
				held[d] = max(given[d], seen.Used[d])
			}
		}
	}
	w.after.Entries[ask.Name] = entry.holding(held)
}

// above is what limits a Tenant from above, by its partner or its plan.
func (in Inputs) above(plan string) Cap {
	return in.Partner.either(in.planCap(plan))
}

func (in Inputs) planCap(plan string) Cap {
	if limits, limited := in.Plans[plan]; limited && plan != "" {
		return limits
	}
	return Uncapped()
}

// count adds up what is held.
func (w *works) count() {
	w.held = map[string]Amounts{}
	for _, entry := range w.after.Entries {
		holds := entry.Holds()
		w.held[""] = w.held[""].Plus(holds)
		if entry.Plan != "" {
			w.held[entry.Plan] = w.held[entry.Plan].Plus(holds)
		}
	}
}

// serve gives those who want more what there is.
func (w *works) serve() {
	type waiter struct {
		Ask
		since int64
	}
	var waiters []waiter
	for _, ask := range w.in.Asks {
		entry, known := w.after.Entries[ask.Name]
		if known && entry.Incarnation == ask.Incarnation && entry.Generation > ask.Generation {
			continue
		}
		if known && entry.Plan == ask.Plan && ask.total(w.in.above(ask.Plan)).beyond(entry.Given()) == (Amounts{}) {
			continue
		}
		since, waits := w.in.Before.Waiting[ask.Name]
		switch {
		case waits:
		case known:
			since = w.in.Now.Unix()
		default:
			since = ask.Created.Unix()
		}
		waiters = append(waiters, waiter{ask, since})
	}
	slices.SortFunc(waiters, func(a, b waiter) int {
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.Name, b.Name))
	})
	for _, waiter := range waiters {
		if !w.give(waiter.Ask) {
			w.after.Waiting[waiter.Name] = waiter.since
		}
	}
}

// give gives a Tenant what it asks for, or keeps it for it and says that it has to wait.
func (w *works) give(ask Ask) bool {
	entry := w.after.Entries[ask.Name]
	total := ask.total(w.in.above(ask.Plan))
	more := total.beyond(entry.Holds())
	ofPlan := more
	if entry.Plan != ask.Plan {
		ofPlan = total.atLeast(entry.Holds())
	}
	fits := w.in.Partner.short(w.held[""], more) == "" && w.in.planCap(ask.Plan).short(w.held[ask.Plan], ofPlan) == ""
	if !fits && (exceeds(total, more, w.in.Partner) || exceeds(total, ofPlan, w.in.planCap(ask.Plan))) {
		return false
	}
	w.held[""] = w.held[""].Plus(more)
	if ask.Plan != "" {
		w.held[ask.Plan] = w.held[ask.Plan].Plus(ofPlan)
	}
	if !fits {
		return false
	}
	children := w.in.ChildrenOf(ask)
	held := entry.Holds().atLeast(total).atLeast(unseen(entry.Children, children))
	w.after.Entries[ask.Name] = ask.entry(children).holding(held)
	return true
}

// exceeds says that so much is asked for that it would not be there if nobody held anything.
func exceeds(total, more Amounts, limits Cap) bool {
	for d := range limits {
		if limits[d] != NoCap && more[d] > 0 && total[d] > limits[d] {
			return true
		}
	}
	return false
}
