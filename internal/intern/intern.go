// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

// Package intern keeps values once that are the same in many objects of a cache. What is shared must not be changed.
package intern

import (
	"hash/maphash"
	"maps"
	"sync"
)

// seed is that of all hashes of a process.
var seed = maphash.MakeSeed()

// Table keeps one of the values of each key. Full, it is begun anew, so that values which nobody has any more don't stay. It is safe
// for concurrent use, and must not be copied.
type Table[T any] struct {
	// Most entries that it may have.
	Most int

	mu   sync.Mutex
	kept map[string]T
}

// Share returns the value that was kept for the key, or keeps this one.
func (t *Table[T]) Share(key string, value T) T {
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, found := t.kept[key]; found {
		return kept
	}
	if t.kept == nil || len(t.kept) >= t.Most {
		t.kept = map[string]T{}
	}
	t.kept[key] = value
	return value
}

// hashed keeps one of the values that are the same, under a hash of them: a key that says the same would be as large as the value.
type hashed[T any] struct {
	mu   sync.Mutex
	kept map[uint64]T
}

// share returns the value that was kept, or keeps this one. Full, with most values, it is begun anew.
func (h *hashed[T]) share(hash uint64, value T, most int, same func(T, T) bool) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	if kept, found := h.kept[hash]; found {
		if same(kept, value) {
			return kept
		}
		return value // another has its hash
	}
	if h.kept == nil || len(h.kept) >= most {
		h.kept = map[uint64]T{}
	}
	h.kept[hash] = value
	return value
}

// Strings keeps texts. Full, it is begun anew. It is safe for concurrent use, and must not be copied.
type Strings struct {
	// Most texts that are kept.
	Most int
	// Longest text that is kept, in bytes; 0 for any length. It bounds what is held of texts that anybody writes.
	Longest int

	hashed[string]
}

// Text returns the text that was kept, or keeps this one.
func (s *Strings) Text(text string) string {
	if s.Longest > 0 && len(text) > s.Longest {
		return text
	}
	return s.share(maphash.String(seed, text), text, s.Most, func(x, y string) bool { return x == y })
}

// Pairs returns a map whose keys are kept texts, and whose values are what value makes of them. It is as large as it needs to be: a map
// that something was taken from is larger. Nil is returned for an empty one.
func (s *Strings) Pairs(pairs map[string]string, value func(string) string) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	shared := make(map[string]string, len(pairs))
	for key, of := range pairs {
		shared[s.Text(key)] = value(of)
	}
	return shared
}

// Maps keeps one of the maps of each content. Full, it is begun anew. It is safe for concurrent use, and must not be copied.
type Maps struct {
	// Most maps that are kept.
	Most int
	// Largest map that is kept, in bytes of about what it takes; 0 for any size. It bounds what is held of maps that anybody writes.
	Largest int

	hashed[map[string]string]
}

// Share returns the map of the same content that was kept, or keeps this one. Nil is returned for an empty one.
func (m *Maps) Share(pairs map[string]string) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	if m.Largest > 0 && sizeOf(pairs) > m.Largest {
		return pairs
	}
	return m.share(hashOf(pairs), pairs, m.Most, maps.Equal[map[string]string, map[string]string])
}

// hashOf is the same for maps of the same content, whatever order they are read in.
func hashOf(pairs map[string]string) uint64 {
	var sum uint64
	for key, value := range pairs {
		sum += maphash.Comparable(seed, [2]string{key, value})
	}
	return sum
}

// pairCost is about what a pair takes besides its texts, in bytes.
const pairCost = 48

func sizeOf(pairs map[string]string) int {
	size := 0
	for key, value := range pairs {
		size += pairCost + len(key) + len(value)
	}
	return size
}
