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

// Strings keeps texts, each under a hash of it, which is half as long as a text's place and length. Full, it is begun anew. It is
// safe for concurrent use, and must not be copied.
type Strings struct {
	// Most texts that are kept.
	Most int
	// Longest text that is kept, in bytes; 0 for any length. It bounds what is held of texts that anybody writes.
	Longest int

	mu   sync.Mutex
	kept map[uint64]string
}

// Text returns the text that was kept, or keeps this one.
func (s *Strings) Text(text string) string {
	if s.Longest > 0 && len(text) > s.Longest {
		return text
	}
	hash := maphash.String(seed, text)
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, found := s.kept[hash]
	switch {
	case found && kept == text:
		return kept
	case found: // another of the same hash: it is its own
		return text
	case s.kept == nil || len(s.kept) >= s.Most:
		s.kept = map[uint64]string{}
	}
	s.kept[hash] = text
	return text
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

// Maps keeps one of the maps of each content, under a hash of it: a text that says the same would be as large as the map. Full, it is
// begun anew. It is safe for concurrent use, and must not be copied.
type Maps struct {
	// Most entries that it may have.
	Most int
	// Largest map that is kept, in bytes of about what it takes; 0 for any size. It bounds what is held of maps that anybody writes.
	Largest int

	mu   sync.Mutex
	kept map[uint64]map[string]string
}

// Share returns the map of the same content that was kept, or keeps this one.
func (m *Maps) Share(pairs map[string]string) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	if m.Largest > 0 && sizeOf(pairs) > m.Largest {
		return pairs
	}
	hash := hashOf(pairs)
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, found := m.kept[hash]
	switch {
	case found && maps.Equal(kept, pairs):
		return kept
	case found: // another of the same hash: it is its own
		return pairs
	case m.kept == nil || len(m.kept) >= m.Most:
		m.kept = map[uint64]map[string]string{}
	}
	m.kept[hash] = pairs
	return pairs
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
