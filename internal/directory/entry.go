// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package directory

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tenantry/tenantry/api/v1alpha1"
)

const (
	// DataKey is the one key in the data of a shard.
	DataKey = "directory.json"
	// Version of the format. Fields may be added to a version; one that changes its meaning makes another.
	Version = 1
	// ShardSize is the most entries of a shard: with all fields at their longest, it is well below the
	// 1 MiB that a ConfigMap may have.
	ShardSize = 500
)

// Entry is a tenant that a subject may enter.
type Entry struct {
	// Tenant is the name of the Tenant, and Parent the namespace that it lies in.
	Tenant string `json:"tenant"`
	Parent string `json:"parent"`
	// Namespace is the tenant's own place: where to work.
	Namespace string `json:"namespace"`
	// DisplayName for people, safe to print; the name of the Tenant where it has no other.
	DisplayName string `json:"displayName"`
	// Role in effect.
	Role v1alpha1.Role `json:"role"`
	// Host that leads into the place; empty while there is none.
	Host string `json:"host,omitempty"`
	// ExpiresAt is when the access ends; nil if it does not.
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
}

// shard is the JSON of a ConfigMap.
type shard struct {
	Version int `json:"version"`
	// Shards is how many there are; in the first alone, so that a new one rewrites no other.
	Shards  int     `json:"shards,omitempty"`
	Entries []Entry `json:"entries"`
}

// Encode makes the data of each shard, in order: the same for the same entries, whatever their order. There
// is none without entries.
func Encode(entries []Entry) []string {
	sorted := slices.SortedFunc(slices.Values(entries), compare)
	count := (len(sorted) + ShardSize - 1) / ShardSize
	shards := make([]string, 0, count)
	for chunk := range slices.Chunk(sorted, ShardSize) {
		made := shard{Version: Version, Entries: make([]Entry, 0, len(chunk))}
		if len(shards) == 0 {
			made.Shards = count
		}
		for _, entry := range chunk {
			entry.DisplayName = Escape(entry.DisplayName)
			if entry.ExpiresAt != nil {
				entry.ExpiresAt = new(entry.ExpiresAt.UTC().Truncate(time.Second))
			}
			made.Entries = append(made.Entries, entry)
		}
		shards = append(shards, print(made))
	}
	return shards
}

func compare(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Parent, b.Parent), cmp.Compare(a.Tenant, b.Tenant))
}

// print writes what HTML would misread as it is: the text is read by people, too.
func print(made shard) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(made); err != nil { // strings, numbers and times always print
		panic(err)
	}
	return text.String()
}

// ErrNewer says that a directory was written by a newer version of Tenantry.
var ErrNewer = errors.New("the directory has a newer format than this program knows; update it")

// Decode reads the data of one shard: its entries and, of the first shard alone, how many shards there are.
// Errors: ErrNewer, or that it is no directory.
func Decode(data map[string]string) (entries []Entry, shards int, err error) {
	text, found := data[DataKey]
	if !found {
		return nil, 0, fmt.Errorf("no directory: there is no key %q", DataKey)
	}
	var read shard
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		// What a newer version writes may read as nothing of this one.
		var newer struct{ Version int }
		if json.Unmarshal([]byte(text), &newer) == nil && newer.Version > Version {
			return nil, 0, ErrNewer
		}
		return nil, 0, fmt.Errorf("no directory: %w", err)
	}
	switch {
	case read.Version > Version:
		return nil, 0, ErrNewer
	case read.Version < 1 || read.Shards < 0:
		return nil, 0, fmt.Errorf("no directory: version %d with %d shards", read.Version, read.Shards)
	}
	return read.Entries, read.Shards, nil
}
