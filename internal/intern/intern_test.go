// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package intern

import (
	"hash/maphash"
	"maps"
	"reflect"
	"strconv"
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
	kept.Share(first)
	kept.kept = map[uint64]map[string]string{hashOf(other): first}
	if got := kept.Share(other); !same(got, other) {
		t.Errorf("%v became %v", other, got)
	}
}

func TestEqualTextsAreKeptOnce(t *testing.T) {
	texts := Strings{Most: 10}
	for i := range 1000 {
		text := strconv.Itoa(i)
		if kept := texts.Text(text); kept != text || unsafe.StringData(texts.Text(strconv.Itoa(i))) != unsafe.StringData(kept) && i > 99 {
			t.Errorf("%q became %q, or is kept twice", text, kept)
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

func TestPairsAreAsLargeAsTheyNeedToBe(t *testing.T) {
	texts := Strings{Most: 10}
	if got := texts.Pairs(map[string]string{}, texts.Text); got != nil {
		t.Errorf("got %v", got)
	}
	upper := func(value string) string { return value + "!" }
	if got := texts.Pairs(map[string]string{"a": "b"}, upper); !maps.Equal(got, map[string]string{"a": "b!"}) {
		t.Errorf("got %v", got)
	}
}

func TestWhatIsTooLargeIsNotKept(t *testing.T) {
	texts := Strings{Most: 10, Longest: 3}
	for text, want := range map[string]int{"abc": 1, "abcd": 0} {
		if texts.kept = nil; texts.Text(text) != text || len(texts.kept) != want {
			t.Errorf("%q: %d kept, want %d", text, len(texts.kept), want)
		}
	}
	kept := Maps{Most: 10, Largest: 3}
	for value, want := range map[string]int{"12": 1, "123": 0} {
		pairs := map[string]string{"a": value}
		if kept.kept = nil; !same(kept.Share(pairs), pairs) || len(kept.kept) != want {
			t.Errorf("%v: %d kept, want %d", pairs, len(kept.kept), want)
		}
	}
}
