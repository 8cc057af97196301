// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var opened = time.Unix(1_800_000_000, 0)

// newcomer asks for a tenant with seats.
func newcomer(name string, agents int64, change ...func(*Ask)) Ask {
	ask := Ask{Name: name, Incarnation: "uid-" + name, Generation: 1, Own: Amounts{1, agents, 0}, Created: opened}
	for _, change := range change {
		change(&ask)
	}
	return ask
}

func later(ask *Ask)    { ask.Created = ask.Created.Add(time.Minute) }
func changed(ask *Ask)  { ask.Generation++ }
func runs(ask *Ask)     { ask.Runs = true }
func remade(ask *Ask)   { ask.Incarnation += "-again" }
func outdated(ask *Ask) { ask.Generation-- }

func onPlan(plan string) func(*Ask) { return func(ask *Ask) { ask.Plan = plan } }

// withChildren asks for capacity of children, too.
func withChildren(children Cap) func(*Ask) { return func(ask *Ask) { ask.Children = &children } }

// holder is the entry of a newcomer that got all that it asks for.
func holder(ask Ask) Entry { return ask.entry(ask.Children) }

func held(entry Entry, amounts Amounts) Entry { return entry.holding(amounts) }

// entries are books of those who hold something.
func entries(holders map[string]Entry) Books {
	return Books{Partner: Uncapped(), Entries: holders}
}

func agentsOnly(agents int64) Cap { return Cap{NoCap, agents, NoCap} }

func TestAllocate(t *testing.T) {
	t.Parallel()
	sub := newcomer("sub", 10, withChildren(agentsOnly(40)))
	uncapped := newcomer("sub", 10, withChildren(Uncapped()))
	all := Amounts{1, math.MaxInt64, 0}
	for _, test := range []struct {
		name string
		in   Inputs
		// holds are the seats that each holds; children what is given for them.
		holds    map[string]int64
		children map[string]Cap
		waits    []string
	}{
		{
			name:  "who fits is served",
			in:    Inputs{Partner: agentsOnly(10), Asks: []Ask{newcomer("a", 4), newcomer("b", 6)}},
			holds: map[string]int64{"a": 4, "b": 6},
		},
		{
			name:  "who was made first is served first, whatever the name",
			in:    Inputs{Partner: agentsOnly(10), Asks: []Ask{newcomer("a", 6, later), newcomer("b", 6)}},
			holds: map[string]int64{"b": 6}, waits: []string{"a"},
		},
		{
			name:  "nobody passes who could use up what another waits for",
			in:    Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"z": holder(newcomer("z", 6))}), Asks: []Ask{newcomer("z", 6), newcomer("a", 6), newcomer("b", 2, later)}},
			holds: map[string]int64{"z": 6}, waits: []string{"a", "b"},
		},
		{
			name:  "who wants more than there is in all keeps nobody waiting",
			in:    Inputs{Partner: agentsOnly(10), Asks: []Ask{newcomer("a", 11), newcomer("b", 10, later)}},
			holds: map[string]int64{"b": 10}, waits: []string{"a"},
		},
		{
			name:  "a tenant that asks for no seats needs none that is left",
			in:    Inputs{Partner: agentsOnly(0), Asks: []Ask{newcomer("a", 0), newcomer("b", 1)}},
			holds: map[string]int64{"a": 0}, waits: []string{"b"},
		},
		{
			name: "a plan's capacity is apart from the partner's",
			in: Inputs{Partner: agentsOnly(10), Plans: map[string]Cap{"gold": agentsOnly(5)},
				Asks: []Ask{newcomer("a", 5, onPlan("gold")), newcomer("b", 5, onPlan("gold"), later), newcomer("c", 5, onPlan("silver"))}},
			holds: map[string]int64{"a": 5, "c": 5}, waits: []string{"b"},
		},
		{
			name: "who moves to a plan that is full stays where it is, with what it has",
			in: Inputs{Partner: agentsOnly(20), Plans: map[string]Cap{"gold": agentsOnly(5)},
				Before: entries(map[string]Entry{"a": holder(newcomer("a", 5, onPlan("gold"))), "b": holder(newcomer("b", 3, onPlan("silver")))}),
				Asks:   []Ask{newcomer("a", 5, onPlan("gold")), newcomer("b", 3, onPlan("gold"), changed)}},
			holds: map[string]int64{"a": 5, "b": 3}, waits: []string{"b"},
		},
		{
			name: "who wants less holds what it had until less is enforced",
			in: Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"a": holder(newcomer("a", 10))}),
				Asks: []Ask{newcomer("a", 4, changed), newcomer("b", 6, later)}},
			holds: map[string]int64{"a": 10}, waits: []string{"b"},
		},
		{
			name: "who wants less holds what is in use",
			in: Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"a": holder(newcomer("a", 10))}),
				Asks: []Ask{newcomer("a", 4, changed), newcomer("b", 5, later)}, Observed: map[string]Observed{"a": {Enforced: Amounts{1, 4, 0}, Used: Amounts{1, 6, 0}}}},
			holds: map[string]int64{"a": 6}, waits: []string{"b"},
		},
		{
			name: "what is used no more goes to who waits",
			in: Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"a": holder(newcomer("a", 10))}),
				Asks: []Ask{newcomer("a", 4, changed), newcomer("b", 6, later)}, Observed: map[string]Observed{"a": {Enforced: Amounts{1, 4, 0}, Used: Amounts{1, 3, 0}}}},
			holds: map[string]int64{"a": 4, "b": 6},
		},
		{
			name: "what an older generation of a Tenant asks is not heard",
			in: Inputs{Partner: agentsOnly(20), Before: entries(map[string]Entry{"a": holder(newcomer("a", 5))}),
				Asks: []Ask{newcomer("a", 15, outdated)}},
			holds: map[string]int64{"a": 5},
		},
		{
			name: "a Tenant made again under its name is heard, however young",
			in: Inputs{Partner: agentsOnly(20), Before: entries(map[string]Entry{"a": holder(newcomer("a", 5))}),
				Asks: []Ask{newcomer("a", 15, outdated, remade)}},
			holds: map[string]int64{"a": 15},
		},
		{
			name:  "whose place is kept holds what it held",
			in:    Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"a": holder(newcomer("a", 5))}), Kept: []string{"a", "unknown"}, Asks: []Ask{newcomer("b", 6)}},
			holds: map[string]int64{"a": 5}, waits: []string{"b"},
		},
		{
			name:  "whose place is gone holds nothing",
			in:    Inputs{Partner: agentsOnly(10), Before: entries(map[string]Entry{"a": holder(newcomer("a", 5))}), Asks: []Ask{newcomer("b", 6)}},
			holds: map[string]int64{"b": 6},
		},
		{
			name: "who was there before anything was limited loses nothing, and is not given what it had not",
			in: Inputs{Partner: agentsOnly(10), Asks: []Ask{newcomer("a", 50, runs)},
				Observed: map[string]Observed{"a": {Enforced: Amounts{1, 12, 0}, Used: Amounts{1, 12, 0}}}},
			holds: map[string]int64{"a": 12}, waits: []string{"a"},
		},
		{
			name:  "one of which nothing was seen yet is served like a new one",
			in:    Inputs{Partner: agentsOnly(10), Asks: []Ask{newcomer("a", 8, runs)}},
			holds: map[string]int64{"a": 8},
		},
		{
			name:  "what a partner names for its children counts",
			in:    Inputs{Partner: agentsOnly(50), Asks: []Ask{sub, newcomer("b", 1, later)}},
			holds: map[string]int64{"sub": 50}, children: map[string]Cap{"sub": agentsOnly(40)}, waits: []string{"b"},
		},
		{
			name:  "a partner that names nothing below a limit gets nothing for its children",
			in:    Inputs{Partner: agentsOnly(50), Asks: []Ask{uncapped}},
			holds: map[string]int64{"sub": 10}, children: map[string]Cap{"sub": agentsOnly(0)},
		},
		{
			name:  "a plan's limit narrows what its partners' children get, too",
			in:    Inputs{Partner: Uncapped(), Plans: map[string]Cap{"gold": {1, NoCap, NoCap}}, Asks: []Ask{newcomer("sub", 10, onPlan("gold"), withChildren(Uncapped()))}},
			holds: map[string]int64{"sub": 10}, children: map[string]Cap{"sub": {0, NoCap, NoCap}},
		},
		{
			name: "a customer that becomes a partner waits for what its children are to have",
			in: Inputs{Partner: agentsOnly(50), Before: entries(map[string]Entry{"sub": holder(newcomer("sub", 10)), "b": holder(newcomer("b", 20))}),
				Asks: []Ask{newcomer("sub", 10, withChildren(agentsOnly(40)), changed), newcomer("b", 20)}},
			holds: map[string]int64{"sub": 10, "b": 20}, children: map[string]Cap{"sub": agentsOnly(0)}, waits: []string{"sub"},
		},
		{
			name: "a partner that lowers what its children have holds it until their books say so",
			in: Inputs{Partner: agentsOnly(50), Before: entries(map[string]Entry{"sub": holder(sub)}),
				Asks:     []Ask{newcomer("sub", 10, withChildren(agentsOnly(5)), changed)},
				Observed: map[string]Observed{"sub": {Enforced: Amounts{1, 10, 0}, Below: Amounts{0, 40, 0}, Used: Amounts{1, 10, 0}}}},
			holds: map[string]int64{"sub": 50}, children: map[string]Cap{"sub": agentsOnly(5)},
		},
		{
			name: "a partner holds what its children use, beside all of its own",
			in: Inputs{Partner: agentsOnly(50), Before: entries(map[string]Entry{"sub": holder(sub)}),
				Asks:     []Ask{newcomer("sub", 10, withChildren(agentsOnly(5)), changed)},
				Observed: map[string]Observed{"sub": {Enforced: Amounts{1, 10, 0}, Below: Amounts{0, 5, 0}, Used: Amounts{1, 18, 0}}}},
			holds: map[string]int64{"sub": 18}, children: map[string]Cap{"sub": agentsOnly(5)},
		},
		{
			name:  "what was not limited for children is all held until it is counted",
			in:    Inputs{Partner: agentsOnly(50), Before: entries(map[string]Entry{"sub": holder(uncapped)}), Asks: []Ask{uncapped, newcomer("b", 1, later)}},
			holds: map[string]int64{"sub": all[Agents]}, children: map[string]Cap{"sub": agentsOnly(0)}, waits: []string{"b"},
		},
		{
			name:  "a limit that is gone is gone for children, too",
			in:    Inputs{Partner: Cap{5, NoCap, NoCap}, Before: entries(map[string]Entry{"sub": holder(newcomer("sub", 10, withChildren(agentsOnly(0))))}), Asks: []Ask{uncapped}},
			holds: map[string]int64{"sub": 10}, children: map[string]Cap{"sub": {0, NoCap, NoCap}},
		},
		{
			name:  "one that is no partner any more holds what its children had until none is seen",
			in:    Inputs{Partner: agentsOnly(50), Before: entries(map[string]Entry{"sub": holder(sub)}), Asks: []Ask{newcomer("sub", 10, changed)}},
			holds: map[string]int64{"sub": 50},
		},
		{
			name: "a capacity that was lowered takes nothing from anybody, and gives nobody more",
			in: Inputs{Partner: agentsOnly(3), Before: entries(map[string]Entry{"a": holder(newcomer("a", 5)), "b": holder(newcomer("b", 5))}),
				Asks: []Ask{newcomer("a", 5), newcomer("b", 6, changed)}},
			holds: map[string]int64{"a": 5, "b": 5}, waits: []string{"b"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.in.Now = opened.Add(time.Hour)
			after := Allocate(test.in)
			if len(test.in.Observed) > 0 { // what is enforced follows, and is looked at again
				test.in.Before = after
				for name, seen := range test.in.Observed {
					seen.Serial = after.Entries[name].Serial
					test.in.Observed[name] = seen
				}
				after = Allocate(test.in)
			}
			holds, children, waits := map[string]int64{}, map[string]Cap{}, []string(nil)
			for name, entry := range after.Entries {
				holds[name] = entry.Holds()[Agents]
				if entry.Children != nil {
					children[name] = *entry.Children
				}
			}
			for name := range after.Waiting {
				waits = append(waits, name)
			}
			slices.Sort(waits)
			if test.children == nil {
				test.children = map[string]Cap{}
			}
			if diff := cmp.Diff(test.holds, holds); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.children, children); diff != "" {
				t.Errorf("given for children (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.waits, waits); diff != "" {
				t.Errorf("waiting (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaitingSince(t *testing.T) {
	t.Parallel()
	now := opened.Add(time.Hour)
	waiting := entries(map[string]Entry{"old": holder(newcomer("old", 10)), "more": holder(newcomer("more", 1))})
	waiting.Waiting = map[string]int64{"was": 1_700_000_000}
	after := Allocate(Inputs{
		Before: waiting, Partner: agentsOnly(11), Now: now,
		Asks: []Ask{newcomer("old", 10), newcomer("more", 2, changed), newcomer("new", 1, later), newcomer("was", 1, later)},
	})
	want := map[string]int64{"more": now.Unix(), "new": opened.Add(time.Minute).Unix(), "was": 1_700_000_000}
	if diff := cmp.Diff(want, after.Waiting); diff != "" {
		t.Errorf("who asks for more waits from now on, a new one since it was made, and who waited since then (-want +got):\n%s", diff)
	}
	if since, waits := after.WaitingSince("was"); !waits || !since.Equal(time.Unix(1_700_000_000, 0)) {
		t.Errorf("was waits: %v, since %v", waits, since)
	}
	if _, waits := after.WaitingSince("old"); waits {
		t.Error("old waits for nothing")
	}
}

func TestUnsettled(t *testing.T) {
	t.Parallel()
	sub := newcomer("sub", 10, withChildren(agentsOnly(40)))
	for _, test := range []struct {
		name   string
		before map[string]Entry
		ask    Ask
		want   bool
	}{
		{"one that has what it asks for is settled", map[string]Entry{"a": holder(newcomer("a", 5))}, newcomer("a", 5), false},
		{"one that asks for more is settled", map[string]Entry{"a": holder(newcomer("a", 5))}, newcomer("a", 6), false},
		{"one that asks for less is not", map[string]Entry{"a": holder(newcomer("a", 5))}, newcomer("a", 4), true},
		{"one that holds more than it was given is not", map[string]Entry{"a": held(holder(newcomer("a", 5)), Amounts{1, 9, 0})}, newcomer("a", 5), true},
		{"a new one is settled", nil, newcomer("a", 5), false},
		{"one that runs and is not in the books is not", nil, newcomer("a", 5, runs), true},
		{"a partner whose children are to have less is not", map[string]Entry{"sub": holder(sub)}, newcomer("sub", 10, withChildren(agentsOnly(39))), true},
		{"one that is no partner any more is not", map[string]Entry{"sub": holder(sub)}, newcomer("sub", 10), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := Unsettled(entries(test.before), []Ask{test.ask}); (len(got) == 1) != test.want {
				t.Errorf("unsettled: %v", got)
			}
		})
	}
}

func TestLacks(t *testing.T) {
	t.Parallel()
	books := Books{
		Partner: Cap{3, 20, NoCap},
		Plans:   map[string]Cap{"gold": agentsOnly(10)},
		Entries: map[string]Entry{"a": holder(newcomer("a", 8, onPlan("gold"))), "b": holder(newcomer("b", 4))},
	}
	for _, test := range []struct {
		name string
		ask  Ask
		want *Lack
	}{
		{"of the partner's, before the plan's", newcomer("c", 9, onPlan("gold")), &Lack{Of: "agents", Asked: 9, Cap: 20}},
		{"of the plan's", newcomer("c", 3, onPlan("gold")), &Lack{Plan: "gold", Of: "agents", Asked: 3, Cap: 10}},
		{"more than there is in all", newcomer("c", 21), &Lack{Of: "agents", Asked: 21, Cap: 20}},
		{"nothing: others wait longer", newcomer("c", 2), nil},
		{"of the plan that it moves to, all that it asks for", newcomer("b", 4, onPlan("gold")), &Lack{Plan: "gold", Of: "agents", Asked: 4, Cap: 10}},
		{"of what its children are to have", newcomer("c", 1, withChildren(Cap{3, 0, NoCap})), &Lack{Of: "tenants", Asked: 4, Cap: 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, books.Lacks(test.ask)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if len(books.Entries) != 2 || books.Waiting != nil {
		t.Errorf("to ask changes the books: %+v", books)
	}
}
