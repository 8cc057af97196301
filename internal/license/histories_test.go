// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	histories = 10_000
	steps     = 60
)

// TestNothingIsGivenTwiceInAnyHistory plays random histories of a partner: Tenants come and go, want more and
// less and other plans, use what they may and free it, capacities change, and two managers, each of which knows
// everything late and kind by kind, write books and quotas between all that.
func TestNothingIsGivenTwiceInAnyHistory(t *testing.T) {
	t.Parallel()
	served := 0
	for seed := range uint64(histories) {
		h := play(seed, false)
		if h.fault != "" {
			told := play(seed, true)
			t.Fatalf("history %d: %s\n%s", seed, told.fault, told.log)
		}
		served += len(h.books.Entries)
	}
	if served < histories {
		t.Errorf("only %d Tenants hold anything at the end of %d histories: nothing is proven", served, histories)
	}
}

// play plays one history to its end, or to its first fault.
func play(seed uint64, tell bool) *history {
	h := newHistory(seed)
	h.tell = tell
	for range steps {
		if h.step(); h.fault != "" {
			return h
		}
	}
	h.settle()
	return h
}

// site is a tenant's place: what is enforced in it and used, and the version of that.
type site struct {
	Observed
	version int
}

// world is what the API server has.
type world struct {
	asks    map[string]Ask
	sites   map[string]site
	partner Cap
	plans   map[string]Cap
	books   Books
	// versions of the capacities and of the books.
	capVersion, bookVersion uint64
}

// history is the world, and what two managers know of it.
type history struct {
	world
	random   *rand.Rand
	clock    time.Time
	managers [2]world
	// intents are quota writes that a manager has decided, and not done yet.
	intents []intent
	fault   string
	// tell has all that happens noted, which takes most of the time.
	tell bool
	log  string
}

type intent struct {
	name, uid string
	wanted    Amounts
	version   int
	serial    int64
}

func newHistory(seed uint64) *history {
	h := &history{
		random: rand.New(rand.NewPCG(seed, 1)),
		clock:  time.Unix(1_800_000_000, 0),
		world: world{
			asks:       map[string]Ask{},
			sites:      map[string]site{},
			partner:    Cap{6, 40, NoCap},
			plans:      map[string]Cap{"gold": {NoCap, 20, NoCap}, "silver": {2, NoCap, NoCap}},
			books:      Books{Partner: Uncapped()},
			capVersion: 1,
		},
	}
	for m := range h.managers {
		h.refresh(m, -1)
	}
	return h
}

// refresh lets a manager see one kind of object as it is now, or all of them.
func (h *history) refresh(manager, kind int) {
	m := &h.managers[manager]
	if kind < 0 || kind == 0 {
		m.asks = maps.Clone(h.asks)
	}
	if kind < 0 || kind == 1 {
		m.sites = maps.Clone(h.sites)
	}
	if kind < 0 || kind == 2 {
		m.partner, m.plans, m.capVersion = h.partner, maps.Clone(h.plans), h.capVersion
	}
	if kind < 0 || kind == 3 {
		m.books, m.bookVersion = h.books, h.bookVersion
	}
}

func (h *history) note(format string, args ...any) {
	if h.tell {
		h.log += fmt.Sprintf(format+"\n", args...)
	}
}

func (h *history) pick() string { return string(rune('a' + h.random.IntN(8))) }

func (h *history) step() {
	h.clock = h.clock.Add(time.Second)
	manager := h.random.IntN(2)
	switch h.random.IntN(12) {
	case 0, 1:
		h.ask(h.pick())
	case 2:
		h.remove(h.pick())
	case 3:
		h.use(h.pick())
	case 4:
		h.recapacitate()
	case 5, 6:
		h.refresh(manager, h.random.IntN(4))
	case 7, 8:
		h.refresh(manager, h.random.IntN(4))
		h.allocate(manager)
	case 9, 10:
		h.decide(manager, h.pick())
	case 11:
		h.enforce()
	}
	h.judge()
}

// ask makes a Tenant, or changes what one wants.
func (h *history) ask(name string) {
	ask, there := h.asks[name]
	if !there {
		ask = Ask{Name: name, Incarnation: fmt.Sprint(h.random.Uint64()), Created: h.clock}
	}
	ask.Generation++
	ask.Plan = []string{"", "gold", "silver"}[h.random.IntN(3)]
	ask.Own = Amounts{1, h.random.Int64N(25), h.random.Int64N(3)}
	h.asks[name] = ask
	h.note("%s wants %v on %q", name, ask.Own, ask.Plan)
}

// remove deletes a Tenant with its place.
func (h *history) remove(name string) {
	delete(h.asks, name)
	delete(h.sites, name)
	h.note("%s goes", name)
}

// use takes up what is enforced, or frees some of what is in use.
func (h *history) use(name string) {
	place, there := h.sites[name]
	if !there {
		return
	}
	for d := range place.Used {
		if place.Used[d] < place.Enforced[d] {
			place.Used[d] = place.Enforced[d]
		} else if place.Used[d] > 0 {
			place.Used[d] = h.random.Int64N(place.Used[d])
		}
	}
	place.version++
	h.sites[name] = place
	h.note("%s uses %v", name, place.Used)
}

// recapacitate changes what there is.
func (h *history) recapacitate() {
	h.capVersion++
	h.plans = maps.Clone(h.plans)
	if h.random.IntN(2) == 0 {
		h.partner = Cap{3 + h.random.Int64N(6), 20 + h.random.Int64N(40), NoCap}
	} else {
		h.plans["gold"] = Cap{NoCap, 5 + h.random.Int64N(30), NoCap}
	}
	h.note("capacity %v, %v", h.partner, h.plans)
}

// allocate has a manager write the books as it knows the world.
func (h *history) allocate(manager int) {
	m := h.managers[manager]
	in := Inputs{Before: m.books, Partner: m.partner, Plans: m.plans, Sources: map[string]uint64{"capacities": m.capVersion}, Now: h.clock}
	if m.books.Stale(in.Sources) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m.asks)) {
		in.Asks = append(in.Asks, m.asks[name])
	}
	// Who is in the books and not known is asked after at the API server.
	for name := range m.books.Entries {
		if _, known := m.asks[name]; known {
			continue
		}
		if _, there := h.asks[name]; there {
			return
		}
	}
	in.Observed = map[string]Observed{}
	for _, name := range Unsettled(m.books, in.Asks) {
		if place, there := m.sites[name]; there {
			in.Observed[name] = place.Observed
		}
	}
	after := Allocate(in)
	if after.Same(m.books) || h.bookVersion != m.bookVersion {
		return
	}
	h.grew(h.books, after)
	h.inTurn(in, after)
	h.books, h.bookVersion = after, h.bookVersion+1
	h.refresh(manager, 3)
	h.note("manager %d writes %v, waiting %v", manager, h.books.Entries, h.books.Waiting)
}

// grew finds fault with books in which more is held than there is, and than there was.
func (h *history) grew(before, after Books) {
	for _, pool := range []string{"", "gold", "silver"} {
		limits := after.Partner
		if pool != "" {
			limits = after.Plans[pool]
		}
		was, _ := before.Held(pool)
		is, _ := after.Held(pool)
		for d := range limits {
			if limits[d] != NoCap && is[d] > limits[d] && is[d] > was[d] {
				h.fault = fmt.Sprintf("pool %q gives %d of %d %s; it gave %d", pool, is[d], limits[d], names[d], was[d])
			}
		}
	}
}

// inTurn finds fault with books in which somebody got what somebody who waits longer needs.
func (h *history) inTurn(in Inputs, after Books) {
	for _, late := range in.Asks {
		before, entry := in.Before.Entries[late.Name], after.Entries[late.Name]
		got := entry.Holds().beyond(before.Holds())
		if _, waited := in.Before.Waiting[late.Name]; !waited || got == (Amounts{}) {
			continue
		}
		for _, early := range in.Asks {
			since, waits := after.Waiting[early.Name]
			if !waits || since >= in.Before.Waiting[late.Name] || in.Before.Waiting[early.Name] != since {
				continue
			}
			need := early.Own.beyond(after.Entries[early.Name].Holds())
			held, _ := after.Held("")
			for d := range need {
				if short := after.Partner[d] != NoCap && need[d] > after.Partner[d]-held[d]; short && got[d] > 0 && need[d]+held[d]-got[d] <= after.Partner[d] && need[d] <= after.Partner[d] && !exceeds(early.Own, need, after.Partner) && !exceeds(early.Own, early.Own, after.Plans[early.Plan].orNone()) {
					h.fault = fmt.Sprintf("%s got %v before %s, that needs %v and waits longer", late.Name, got, early.Name, need)
				}
			}
		}
	}
}

// TestALateWriteGivesNothingBack has a raise of a quota arrive after it was taken back and given to another.
func TestALateWriteGivesNothingBack(t *testing.T) {
	t.Parallel()
	h := newHistory(1)
	h.plans, h.partner = map[string]Cap{}, Cap{NoCap, 20, NoCap}
	wish := func(agents int64) {
		ask := h.asks["a"]
		h.asks["a"] = Ask{Name: "a", Incarnation: "a", Generation: ask.Generation + 1, Own: Amounts{1, agents, 0}, Created: h.clock}
		for range 2 {
			h.refresh(0, -1)
			h.allocate(0)
		}
		h.refresh(0, -1)
	}
	wish(5)
	h.decide(0, "a")
	h.enforce()
	wish(20)
	h.decide(0, "a")
	wish(5)
	h.enforce()
	if h.judge(); h.fault != "" {
		t.Fatal(h.fault)
	}
	if h.settle(); h.fault != "" {
		t.Error(h.fault)
	}
}

func (c Cap) orNone() Cap {
	if c == (Cap{}) {
		return Uncapped()
	}
	return c
}

// decide has a manager decide about a quota, which it leaves alone where it bears a later serial.
func (h *history) decide(manager int, name string) {
	m := h.managers[manager]
	entry, known := m.books.Entries[name]
	ask, there := m.asks[name]
	if !there || !known || ask.Incarnation != entry.Incarnation {
		return
	}
	place, made := m.sites[name]
	if made && place.Serial > entry.Serial {
		return
	}
	if !made {
		place.version = -1
	}
	h.intents = append(h.intents, intent{name: name, uid: ask.Incarnation, wanted: entry.Own, version: place.version, serial: entry.Serial})
}

// enforce does one of the writes that were decided: the API server refuses it if the quota has changed since.
func (h *history) enforce() {
	if len(h.intents) == 0 {
		return
	}
	i := h.random.IntN(len(h.intents))
	next := h.intents[i]
	h.intents = slices.Delete(h.intents, i, i+1)
	place, made := h.sites[next.name]
	// A namespace bears the UID of its Tenant, and goes with it.
	if h.asks[next.name].Incarnation != next.uid || made != (next.version >= 0) || made && place.version != next.version {
		return
	}
	place.Enforced, place.Serial = next.wanted, next.serial
	place.version++
	h.sites[next.name] = place
	h.note("%s has a quota of %v", next.name, place.Enforced)
}

// judge finds fault with a place in which more is enforced, or used, than the books say is held.
func (h *history) judge() {
	for name, place := range h.sites {
		holds := h.books.Entries[name].Holds()
		if place.Enforced.beyond(holds) != (Amounts{}) || place.Used.beyond(holds) != (Amounts{}) {
			h.fault = fmt.Sprintf("%s holds %v, and %v is enforced, %v in use", name, holds, place.Enforced, place.Used)
		}
	}
}

// settle lets one manager see everything and do what it will until nothing changes, and finds fault with what
// is left undone.
func (h *history) settle() {
	for range 40 {
		h.refresh(0, -1)
		before, sites := h.bookVersion, maps.Clone(h.sites)
		h.allocate(0)
		for _, name := range slices.Sorted(maps.Keys(h.asks)) {
			h.refresh(0, -1)
			h.decide(0, name)
		}
		for len(h.intents) > 0 {
			h.enforce()
		}
		h.judge()
		if h.bookVersion == before && maps.EqualFunc(sites, h.sites, func(a, b site) bool { return a.Observed == b.Observed }) {
			break
		}
	}
	for name, ask := range h.asks {
		entry, known := h.books.Entries[name]
		_, waits := h.books.Waiting[name]
		switch {
		case waits:
		case !known || entry.Own != ask.Own || entry.Plan != ask.Plan:
			h.fault = fmt.Sprintf("%s asks for %v, has %v and does not wait", name, ask.Own, entry)
		case h.sites[name].Used.beyond(ask.Own) == (Amounts{}) && entry.Held != nil:
			h.fault = fmt.Sprintf("%s holds %v and needs only %v", name, *entry.Held, ask.Own)
		}
	}
	for name := range h.books.Waiting {
		if since, first := h.books.Waiting[name], slices.Min(slices.Collect(maps.Values(h.books.Waiting))); since == first && h.books.Lacks(h.asks[name]) == nil && h.only(since) {
			h.fault = fmt.Sprintf("%s waits longest, and for nothing", name)
		}
	}
}

// only says that nobody else waits since then.
func (h *history) only(since int64) bool {
	count := 0
	for _, other := range h.books.Waiting {
		if other == since {
			count++
		}
	}
	return count == 1
}
