// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package intern

import (
	"hash/maphash"
	"maps"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

func TestATableForgets(t *testing.T) {
	values := Table[int]{Most: 10}
	for i := range 1000 {
		if got := values.Share(strconv.Itoa(i), i); got != i {
			t.Errorf("got %d, want %d", got, i)
		}
		if len(values.kept) > 10 {
			t.Fatalf("%d values", len(values.kept))
		}
	}
}

func same(x, y map[string]string) bool {
	return reflect.ValueOf(x).Pointer() == reflect.ValueOf(y).Pointer()
}

func TestEqualMapsAreKeptOnce(t *testing.T) {
	kept := Maps{Most: 10}
	first := map[string]string{"a": "1", "b": "2"}
	if !same(kept.Share(first), first) {
		t.Error("the first of its content is not kept")
	}
	if !same(kept.Share(maps.Clone(first)), first) {
		t.Error("an equal map is kept twice")
	}
	for _, other := range []map[string]string{{"a": "2", "b": "1"}, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}, {"b": "1", "a": "1"}} {
		if got := kept.Share(other); !same(got, other) {
			t.Errorf("%v became %v", other, got)
		}
	}
	if got := kept.Share(map[string]string{}); got != nil {
		t.Errorf("an empty map became %v", got)
	}
}

func TestMapsOfOneHashAreNotMixedUp(t *testing.T) {
	kept := Maps{Most: 10}
	first, other := map[string]string{"a": "1"}, map[string]string{"b": "2"}
	kept.kept = map[uint64]map[string]string{hashOf(other): first}
	if got := kept.Share(other); !same(got, other) {
		t.Errorf("%v became %v", other, got)
	}
}

func TestEqualTextsAreKeptOnce(t *testing.T) {
	texts := Strings{Most: 10}
	for i := range 1000 {
		text := "text " + strconv.Itoa(i)
		kept := texts.Text(text)
		if again := texts.Text("text " + strconv.Itoa(i)); kept != text || unsafe.StringData(again) != unsafe.StringData(kept) {
			t.Errorf("%q became %q and %q, or is kept twice", text, kept, again)
		}
		if len(texts.kept) > 10 {
			t.Fatalf("%d texts", len(texts.kept))
		}
	}
	texts.kept = map[uint64]string{maphash.String(seed, "a"): "b"}
	if got := texts.Text("a"); got != "a" {
		t.Errorf("a text of the same hash as another became %q", got)
	}
}

func TestMapsAreForgotten(t *testing.T) {
	kept := Maps{Most: 10}
	for i := range 1000 {
		kept.Share(map[string]string{"n": strconv.Itoa(i)})
		if len(kept.kept) > 10 {
			t.Fatalf("%d maps", len(kept.kept))
		}
	}
}

func TestPairsShareTheirKeys(t *testing.T) {
	texts := Strings{Most: 10}
	if got := texts.Pairs(map[string]string{}, texts.Text); got != nil {
		t.Errorf("an empty map became %v", got)
	}
	key := strings.Repeat("a", 3)
	texts.Text(key)
	marked := func(value string) string { return value + "!" }
	for shared, value := range texts.Pairs(map[string]string{strings.Repeat("a", 3): "b"}, marked) {
		if unsafe.StringData(shared) != unsafe.StringData(key) || value != "b!" {
			t.Errorf("%q: %q", shared, value)
		}
	}
}

func TestManyMayShareAtOnce(t *testing.T) {
	texts, kept, values := Strings{Most: 10}, Maps{Most: 10}, Table[int]{Most: 10}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 1000 {
				text := strconv.Itoa(i % 20)
				if pairs := kept.Share(map[string]string{texts.Text(text): text}); pairs[text] != text || values.Share(text, i%20) != i%20 {
					t.Errorf("%s: %v", text, pairs)
				}
			}
		})
	}
	group.Wait()
}

func TestWhatIsTooLargeIsNotKept(t *testing.T) {
	texts := Strings{Most: 10, Longest: 3}
	for text, want := range map[string]int{"abc": 1, "abcd": 0} {
		if texts.kept = nil; texts.Text(text) != text || len(texts.kept) != want {
			t.Errorf("%q: %d kept, want %d", text, len(texts.kept), want)
		}
	}
	kept := Maps{Most: 10, Largest: 2*pairCost + 4}
	for _, test := range []struct {
		pairs map[string]string
		want  int
	}{
		{map[string]string{"a": "1", "b": "2"}, 1},
		{map[string]string{"a": "1", "b": "23"}, 0},
		{map[string]string{"a": "", "b": "", "c": ""}, 0}, // pairs of nothing take room, too
	} {
		if kept.kept = nil; !same(kept.Share(test.pairs), test.pairs) || len(kept.kept) != test.want {
			t.Errorf("%v: %d kept, want %d", test.pairs, len(kept.kept), test.want)
		}
	}
}
