// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package license

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBooksReadWhatTheyWrote(t *testing.T) {
	t.Parallel()
	books := Books{
		Partner: Cap{3, 20, NoCap},
		Plans:   map[string]Cap{"gold": agentsOnly(10)},
		Entries: map[string]Entry{
			"a": holder(newcomer("a", 5, onPlan("gold"))),
			"b": held(holder(newcomer("b", 5, withChildren(Cap{1, 2, 3}))), Amounts{4, 40, 400}),
		},
		Waiting: map[string]int64{"c": 1_800_000_000},
		Sources: map[string]uint64{"partner": 12},
	}
	text, err := books.Write()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Read(text)
	if diff := cmp.Diff(books, read); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
}

func TestNoBooksLimitNothing(t *testing.T) {
	t.Parallel()
	if none, err := Read(""); err != nil || none.Partner != Uncapped() || len(none.Entries) > 0 {
		t.Errorf("%v, %+v", err, none)
	}
	if partly, err := Read(`{"entries":{}}`); err != nil || partly.Partner != Uncapped() {
		t.Errorf("books that do not speak of the partner: %v, %+v", err, partly)
	}
	if _, err := Read("{"); err == nil {
		t.Error("half a text is read")
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	books := Books{Sources: map[string]uint64{"partner": 12, "plan/gold": 7}}
	for _, test := range []struct {
		name    string
		sources map[string]uint64
		want    bool
	}{
		{"the same sources are not behind", map[string]uint64{"partner": 12, "plan/gold": 7}, false},
		{"newer ones are not", map[string]uint64{"partner": 13, "plan/gold": 9}, false},
		{"one that is older is", map[string]uint64{"partner": 13, "plan/gold": 6}, true},
		{"one that is there no more tells nothing", map[string]uint64{"partner": 12}, false},
		{"one that was not there tells nothing", map[string]uint64{"plan/silver": 1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := books.Stale(test.sources); got != test.want {
				t.Errorf("stale: %v", got)
			}
		})
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	before := Books{
		Entries: map[string]Entry{
			"same": holder(newcomer("same", 5)), "more": holder(newcomer("more", 5)), "gone": holder(newcomer("gone", 5)),
			"moved": holder(newcomer("moved", 5)), "held": holder(newcomer("held", 5)), "sub": holder(newcomer("sub", 1, withChildren(agentsOnly(1)))),
		},
		Waiting: map[string]int64{"waits": 1, "served": 1, "longer": 1},
	}
	after := Books{
		Entries: map[string]Entry{
			"same": held(holder(newcomer("same", 5)), Amounts{1, 5, 0}), "more": holder(newcomer("more", 6)), "new": holder(newcomer("new", 5)),
			"moved": holder(newcomer("moved", 5, onPlan("gold"))), "held": held(holder(newcomer("held", 5)), Amounts{1, 9, 0}),
			"sub": holder(newcomer("sub", 1, withChildren(agentsOnly(2)))),
		},
		Waiting: map[string]int64{"waits": 1, "queues": 1, "longer": 2},
	}
	want := []string{"gone", "held", "more", "moved", "new", "queues", "served", "sub"}
	if diff := cmp.Diff(want, before.Changed(after)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, after.Changed(before)); diff != "" {
		t.Errorf("the other way round (-want +got):\n%s", diff)
	}
	if changed := before.Changed(before); len(changed) > 0 {
		t.Errorf("from itself differ %v", changed)
	}
	if before.Same(after) || !before.Same(before) {
		t.Error("books are the same as others, or not as themselves")
	}
}

func TestBooksAreTheSameWhateverTheyWereMadeFrom(t *testing.T) {
	t.Parallel()
	books, other := entries(map[string]Entry{"a": holder(newcomer("a", 5))}), entries(map[string]Entry{"a": holder(newcomer("a", 5))})
	other.Sources, other.Waiting, other.Plans = map[string]uint64{"partner": 1}, map[string]int64{}, map[string]Cap{}
	if !books.Same(other) {
		t.Error("they differ")
	}
	other.Partner = agentsOnly(1)
	if books.Same(other) {
		t.Error("another capacity makes no difference")
	}
}

func TestExceeded(t *testing.T) {
	t.Parallel()
	books := entries(map[string]Entry{"a": holder(newcomer("a", 5))})
	for limits, want := range map[Cap]bool{Uncapped(): false, agentsOnly(5): false, agentsOnly(4): true, {0, NoCap, NoCap}: true} {
		if books.Partner = limits; books.Exceeded() != want {
			t.Errorf("of %v: %v", limits, books.Exceeded())
		}
	}
}
